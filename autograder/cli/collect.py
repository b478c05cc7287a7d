"""``autograder collect``: an LMS's archive of submissions, or one file, into ``submitted/``."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import sys
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import has_book, open_book, printable, some
from autograder.cli.people import people_known, resolver
from autograder.course.folder import find_course, require_writable
from autograder.errors import CourseError
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.collect.plan import Attempt, Collection, Place
    from autograder.course.folder import Course
    from autograder.lms.entry import Read

SHOWN = 20
FORMATS = ("auto", "moodle", "canvas", "gradescope", "blackboard", "brightspace", "plain")


def add_command(commands: Any) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser(
        "collect",
        help=say("collect-help"),
        description=say("collect-description"),
    )
    parser.add_argument("archive", metavar="FILE", type=Path, help=say("collect-archive"))
    parser.add_argument("-a", "--assignment", required=True, metavar="LAB", help=say("option-lab"))
    parser.add_argument(
        "--format",
        default="auto",
        choices=FORMATS,
        help=say("collect-format"),
    )
    parser.add_argument("--student", metavar="ID", help=say("collect-student"))
    parser.add_argument(
        "--at",
        metavar="TIME",
        type=_moment,
        help=say("collect-at"),
    )
    parser.add_argument(
        "--zone",
        metavar="ZONE",
        type=_zone,
        help=say("collect-zone"),
    )
    parser.add_argument("--dry-run", action="store_true", help=say("collect-dry-run"))
    parser.add_argument("--yes", action="store_true", help=say("collect-yes"))
    parser.add_argument("--to", type=Path, metavar="DIR", help=say("collect-submitted"))
    parser.add_argument("--course", type=Path, metavar="DIR", help=say("option-the-course"))
    parser.add_argument("--db", metavar="URL", help=say("collect-db"))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Collect, and say what matched and what did not. Raises CourseError."""
    try:
        from autograder.collect.archive import Archive
        from autograder.collect.plan import Place, plan, planned
        from autograder.collect.single import read_single
    except ImportError as error:
        raise CourseError(say("package-missing", name=error.name)) from error

    lab = options.assignment
    course = find_course(options.course, options.archive.parent)
    course.exercise(lab)  # a lab that there is
    if options.at is not None and options.student is None:
        raise CourseError(say("collect-at-alone"))
    submitted = (options.to or course.root / "submitted").absolute()
    people = people_known(options, course, submitted)
    place = Place(
        lab=lab,
        submitted=submitted,
        attempts=submitted.with_name("attempts"),
        resolve=resolver(people),
        known=lambda person: bool(people.match(person).student),
        many=people.are_many,
        zone=options.zone,
    )
    with contextlib.ExitStack() as stack:
        if options.student is not None:
            reading, read = read_single(options.archive, options.student, lab, options.at)
            found = planned(reading, read, (), place, "file")
        else:
            archive = stack.enter_context(Archive(options.archive))
            read = archive.read
            found = plan(archive, place, options.format)
        code = _carry_out(options, found, read, place)
    if code == 0 and not options.dry_run and has_book(options, course):
        _remember(options, course, found)
    return code


def _remember(options: argparse.Namespace, course: Course, found: Collection) -> None:
    """Keep whose ids these are, so that the next archive finds them. Raises CourseError."""
    with open_book(options, course) as book:
        from autograder.gradebook.identity import save

        decided = [(one.student, one.person) for one in found.attempts if one.person.ids]
        save(book, decided, options.archive.name)


def _carry_out(options: argparse.Namespace, found: Collection, read: Read, place: Place) -> int:
    """Write what was planned, unless it is to be asked about first, and show it."""
    from rich.console import Console

    from autograder.collect.write import write

    console = Console(stderr=True, highlight=False)
    new = len(found.strangers)
    many = options.student is None and place.many(new, len(found.students) - new)
    many = many and not options.yes
    if many or options.dry_run:
        show(found, place, console, wrote="")
        why = _unknown(found, place) if many else say("wrote-nothing-dry")
        console.print(why, markup=False, soft_wrap=True)
        return int(many or not found.attempts)
    if found.attempts:
        require_writable(place.submitted)
        with console.status(say("done-of", done=0, total=len(found.attempts))) as status:
            for done, _ in enumerate(write(found, read, place), start=1):
                status.update(say("done-of", done=done, total=len(found.attempts)))
    next_one = (
        say("collect-next", lab=place.lab, submitted=place.submitted) if found.attempts else ""
    )
    show(found, place, console, wrote=next_one)
    return 0 if found.attempts else 1


def _unknown(found: Collection, place: Place) -> str:
    code = "collect-unknown-moodle" if found.layout == "moodle" else "collect-unknown"
    return say(code, count=len(found.strangers), n=len(found.students), lab=place.lab)


def show(found: Collection, place: Place, console: Console, *, wrote: str) -> None:
    """Print a line an attempt, what was not taken, and the sums."""
    from autograder.collect.plan import ACTS, count

    for attempt in found.attempts:
        print(_line(attempt))
    sys.stdout.flush()
    if found.refused:
        console.print(say("collect-not-taken", n=len(found.refused)), style="bold", markup=False)
        for refused in found.refused[:SHOWN]:
            text = f"  {printable(refused.path)}: {printable(refused.reason)}"
            console.print(text, markup=False, soft_wrap=True)
        if len(found.refused) > SHOWN:
            console.print(say("more-lines", n=len(found.refused) - SHOWN), markup=False)
    acts = [(act, count(found.attempts, act)) for act in ACTS]
    sums = ", ".join(say(f"collect-sum-{act}", n=n) for act, n in acts if n) or say("none")
    total = say("collect-total", n=len(found.students), layout=found.layout, sums=sums)
    console.print(total, markup=False)
    notes = [*found.notes]
    strangers = sorted(found.strangers)
    if strangers:
        notes.append(say("collect-new-here", who=some(strangers, SHOWN), n=len(strangers)))
    if place.zone is None and found.layout in ("blackboard", "brightspace"):
        notes.append(say("collect-no-zone"))
    for note in [*notes, wrote]:
        if note:
            console.print(printable(note), markup=False, soft_wrap=True)


def _line(attempt: Attempt) -> str:
    when = f", {attempt.submitted:%Y-%m-%d %H:%M:%S %Z}" if attempt.submitted else ""
    late = f", {say('collect-late')}" if attempt.late else ""
    label = f" ({printable(attempt.label)})" if attempt.label else ""
    files = ", ".join(printable(file) for file in attempt.files)
    act = say(f"collect-act-{attempt.act}")
    return f"{attempt.student}{label}: {files}{when}{late}: {act}"


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError as error:
        message = say("not-a-time", text=text)
        raise argparse.ArgumentTypeError(message) from error


def _zone(text: str) -> dt.tzinfo:
    try:
        return zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise argparse.ArgumentTypeError(say("not-a-zone", text=text)) from error
