"""``autograder serve`` and ``autograder portal``: a web portal for a course, links to sign in."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import course_of, needs, printable
from autograder.errors import CourseError
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from autograder.course.folder import Course
    from autograder.portal.people import Role

HOST, PORT = "127.0.0.1", 8000


def add_command(commands: Any) -> None:
    """Add both commands and their options."""
    parser = commands.add_parser(
        "serve", help=say("serve-help"), description=say("serve-description")
    )
    _add_place(parser)
    parser.add_argument("--host", default=HOST, help=say("serve-host", host=HOST))
    parser.add_argument("--port", type=_port, default=PORT, help=say("serve-port", port=PORT))
    parser.add_argument("--url", default="", metavar="URL", help=say("serve-url"))
    parser.add_argument("--jupyterhub", action="store_true", help=say("serve-jupyterhub"))
    jobs = os.cpu_count() or 1
    parser.add_argument("--jobs", type=int, default=jobs, metavar="N", help=say("grade-jobs"))
    parser.add_argument("--engine", default="local", metavar="URL", help=say("grade-engine"))
    parser.add_argument("--allow-weak-isolation", action="store_true", help=say("option-weak"))
    parser.set_defaults(run=run)
    portal = commands.add_parser(
        "portal", help=say("portal-help"), description=say("portal-description")
    )
    acts = portal.add_subparsers(dest="act", required=True, metavar="ACT")
    link = acts.add_parser("link", help=say("portal-link-help"))
    link.add_argument("name", metavar="STUDENT", nargs="?", help=say("portal-link-name"))
    link.add_argument("--instructor", action="store_true", help=say("portal-link-instructor"))
    link.add_argument("--assistant", action="store_true", help=say("portal-link-assistant"))
    link.add_argument("--all", action="store_true", help=say("portal-link-all"))
    link.add_argument("--revoke", action="store_true", help=say("portal-link-revoke"))
    link.add_argument("--url", default=f"http://{HOST}:{PORT}", help=say("serve-url"))
    _add_place(link)
    link.set_defaults(run=run_link)


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--course", metavar="DIR", type=Path, help=say("option-course-here"))
    parser.add_argument("--db", metavar="URL", help=say("serve-db"))


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1 << 16):
        message = say("not-a-whole-number", least=1, most=(1 << 16) - 1, text=text)
        raise argparse.ArgumentTypeError(message)
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted. Raises AutograderError."""
    course = course_of(options)
    try:
        from autograder.lti.jupyterhub import service_of
        from autograder.portal.bench import Bench
        from autograder.portal.serve import serve
    except ImportError as error:
        raise needs(error) from error
    jobs = max(1, options.jobs)

    def bench(work: Path) -> Bench:
        weak = options.allow_weak_isolation
        return Bench(course, work, jobs=jobs, weak=weak, engine=options.engine)

    address, url = (options.host, options.port), options.url
    service = service_of(os.environ) if options.jupyterhub else None
    if service is not None:
        address, url = service.listen or address, service.base(url)
    at = url or f"http://{options.host}:{options.port}"
    print(say("serve-at", url=at, course=course.root), file=sys.stderr)
    serve(
        course,
        db=options.db,
        address=address,
        url=url,
        jobs=jobs,
        bench=bench,
        sign_in=service or os.environ.get("AUTOGRADER_OPENID_SECRET", ""),
    )
    return 0


def run_link(options: argparse.Namespace) -> int:
    """Print a personal link for each person asked for, or end what they have."""
    course = course_of(options)
    if bool(options.name) == options.all or (options.all and options.revoke):
        raise CourseError(say("portal-link-whom"))
    try:
        for who, link in _links(options, course):
            name = printable(who)
            print(f"{name}\t{link}" if link else say("portal-revoked", who=name))
    except ImportError as error:
        raise needs(error) from error
    return 0


def _links(options: argparse.Namespace, course: Course) -> list[tuple[str, str]]:
    from autograder.gradebook.book import Book, url_of
    from autograder.portal.people import (
        end_all,
        note,
        require_student_id,
        staff_person,
        student_person,
    )
    from autograder.portal.roster import link_of, students_of
    from autograder.portal.serve import clock, open_database

    with Book(url_of(course, options.db)) as book:
        roster = students_of(book)
    staff: Role = "instructor" if options.instructor else "assistant"
    is_student = not (options.instructor or options.assistant)
    names = list(roster) if options.all else [options.name]
    found, database = [], open_database(course, options.db)
    with database.write() as connection:
        for name in names:
            if is_student:
                wanted = require_student_id(name)
                person = student_person(connection, wanted, roster.get(name, ""), clock())
            else:
                person = staff_person(connection, staff, name, clock())
            link = ""
            if options.revoke:
                end_all(connection, person.id)
            else:
                link = link_of(connection, options.url.rstrip("/"), person, clock())
            act = "revoke" if options.revoke else "link"
            note(connection, None, act, name, clock(), detail="command line")
            found.append((name, link))
    database.close()
    return found
