"""``autograder collect``: an LMS's archive of submissions, or one file, into ``submitted/``."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import sys
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import has_book, open_book, printable
from autograder.cli.people import people_known, resolver
from autograder.course.folder import find_course, require_writable
from autograder.errors import CourseError

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.collect.plan import Attempt, Collection, Place
    from autograder.course.folder import Course
    from autograder.lms.entry import Read

WORDS = {
    "new": "new",
    "newer": "newer; what was there is kept in attempts/",
    "older": "an earlier attempt; kept in attempts/",
    "unchanged": "there already",
}
SHOWN = 20
FORMATS = ("auto", "moodle", "canvas", "gradescope", "blackboard", "brightspace", "plain")


def add_command(commands: Any) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser(
        "collect",
        help="sort an LMS's archive of submissions into submitted/",
        description="Sort a bulk download of Moodle's, Canvas's, Gradescope's, Blackboard's or "
        "Brightspace's, any zip with a folder or file for each student, or one student's file, "
        "into submitted/STUDENT/LAB/.",
    )
    parser.add_argument("archive", metavar="FILE", type=Path, help="the zip file, or one file")
    parser.add_argument("-a", "--assignment", required=True, metavar="LAB", help="the lab")
    parser.add_argument(
        "--format",
        default="auto",
        choices=FORMATS,
        help="whose archive it is (default: see what fits)",
    )
    parser.add_argument("--student", metavar="ID", help="FILE is this student's, not an archive")
    parser.add_argument(
        "--at",
        metavar="TIME",
        type=_moment,
        help="with --student: when it was handed in, such as '2026-10-01 12:00'",
    )
    parser.add_argument(
        "--zone",
        metavar="ZONE",
        type=_zone,
        help="of times that say none, such as Europe/Berlin (default: this machine's)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, do nothing")
    parser.add_argument("--yes", action="store_true", help="take students whom nobody knows yet")
    parser.add_argument("--to", type=Path, metavar="DIR", help="instead of COURSE/submitted")
    parser.add_argument("--course", type=Path, metavar="DIR", help="the course folder")
    parser.add_argument(
        "--db", metavar="URL", help="the gradebook that knows who is who (default: the course's)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Collect, and say what matched and what did not. Raises CourseError."""
    try:
        from autograder.collect.archive import Archive
        from autograder.collect.plan import Place, plan, planned
        from autograder.collect.single import read_single
    except ImportError as error:
        raise CourseError(
            f"collect needs {error.name}; pip install 'torch-autograder[instructor]'"
        ) from error

    lab = options.assignment
    course = find_course(options.course, options.archive.parent)
    course.exercise(lab)  # a lab that there is
    if options.at is not None and options.student is None:
        raise CourseError("--at: says when one student's file came; give --student as well")
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
        why = _unknown(found, place) if many else "nothing was written: --dry-run"
        console.print(why, markup=False, soft_wrap=True)
        return int(many or not found.attempts)
    if found.attempts:
        require_writable(place.submitted)
        with console.status(f"0 of {len(found.attempts)}") as status:
            for done, _ in enumerate(write(found, read, place), start=1):
                status.update(f"{done} of {len(found.attempts)}")
    next_one = f"next: autograder grade {place.submitted} -a {place.lab}" if found.attempts else ""
    show(found, place, console, wrote=next_one)
    return 0 if found.attempts else 1


def _unknown(found: Collection, place: Place) -> str:
    count = f"{len(found.strangers)} of {len(found.students)} students"
    advice = "--yes takes them as new ones"
    if found.layout == "moodle":
        advice = (
            "Moodle numbers people anew in each assignment: import this one's grading worksheet, "
            f"'autograder roster import WORKSHEET -a {place.lab}'; {advice}"
        )
    else:
        advice = f"'autograder roster import FILE' says who they are; {advice}"
    return f"nothing was written: {count} are not known in this course. {advice}"


def show(found: Collection, place: Place, console: Console, *, wrote: str) -> None:
    """Print a line an attempt, what was not taken, and the sums."""
    from autograder.collect.plan import ACTS, count

    for attempt in found.attempts:
        print(_line(attempt))
    sys.stdout.flush()
    if found.refused:
        console.print(f"not taken: {len(found.refused)}", style="bold", markup=False)
        for refused in found.refused[:SHOWN]:
            text = f"  {printable(refused.path)}: {printable(refused.reason)}"
            console.print(text, markup=False, soft_wrap=True)
        if len(found.refused) > SHOWN:
            console.print(f"  and {len(found.refused) - SHOWN} more", markup=False)
    sums = [f"{count(found.attempts, act)} {act}" for act in ACTS if count(found.attempts, act)]
    many = len(found.students)
    total = (
        f"{many} student{'' if many == 1 else 's'} ({found.layout}): {', '.join(sums) or 'none'}"
    )
    console.print(total, markup=False)
    notes = [*found.notes]
    strangers = sorted(found.strangers)
    if strangers:
        more = f" and {len(strangers) - SHOWN} more" if len(strangers) > SHOWN else ""
        verb = "is" if len(strangers) == 1 else "are"
        notes.append(f"{', '.join(strangers[:SHOWN])}{more} {verb} new in this course")
    if place.zone is None and found.layout in ("blackboard", "brightspace"):
        notes.append("its times say no zone and are read as this machine's; --zone says another")
    for note in [*notes, wrote]:
        if note:
            console.print(printable(note), markup=False, soft_wrap=True)


def _line(attempt: Attempt) -> str:
    when = f", {attempt.submitted:%Y-%m-%d %H:%M:%S %Z}" if attempt.submitted else ""
    late = ", late" if attempt.late else ""
    label = f" ({printable(attempt.label)})" if attempt.label else ""
    files = ", ".join(printable(file) for file in attempt.files)
    return f"{attempt.student}{label}: {files}{when}{late}: {WORDS[attempt.act]}"


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError as error:
        message = f"{text!r} is not a time such as '2026-10-01 12:00'"
        raise argparse.ArgumentTypeError(message) from error


def _zone(text: str) -> dt.tzinfo:
    try:
        return zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time zone, such as Europe/Berlin"
        ) from error
