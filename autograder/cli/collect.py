"""``autograder collect``: an LMS's archive of submissions, sorted into ``submitted/``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.course.folder import find_course, require_writable
from autograder.errors import CourseError

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.collect.plan import Attempt, Collection

WORDS = {
    "new": "new",
    "newer": "newer; what was there is kept in attempts/",
    "older": "older than what is there; kept in attempts/",
    "unchanged": "there already",
}
SHOWN = 20


def add_command(commands: Any) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser(
        "collect",
        help="sort an LMS's archive of submissions into submitted/",
        description="Sort a bulk download of Moodle's, Canvas's or Gradescope's, or any zip with a "
        "folder or file for each student, into submitted/STUDENT/LAB/.",
    )
    parser.add_argument("archive", type=Path, help="the zip file")
    parser.add_argument("-a", "--assignment", required=True, metavar="LAB", help="the lab")
    parser.add_argument(
        "--format",
        default="auto",
        choices=("auto", "moodle", "canvas", "gradescope", "plain"),
        help="whose archive it is (default: see what fits)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, do nothing")
    parser.add_argument("--course", type=Path, metavar="DIR", help="the course folder")
    parser.add_argument("--to", type=Path, metavar="DIR", help="instead of COURSE/submitted")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Collect, and say what matched and what did not. Raises CourseError."""
    try:
        from autograder.collect.archive import Archive
        from autograder.collect.plan import plan
        from autograder.collect.write import write
    except ImportError as error:
        raise CourseError(
            f"collect needs {error.name}; pip install 'torch-autograder[instructor]'"
        ) from error
    from rich.console import Console

    lab = options.assignment
    course = find_course(options.course, options.archive.parent)
    course.exercise(lab)  # a lab that there is
    submitted = (options.to or course.root / "submitted").absolute()
    attempts = submitted.with_name("attempts")
    console = Console(stderr=True, highlight=False)
    with Archive(options.archive) as archive:
        found = plan(archive, lab, submitted, attempts, options.format)
        if not options.dry_run and found.attempts:
            require_writable(submitted)
            done = 0
            with console.status(f"0 of {len(found.attempts)} students") as status:
                for _ in write(found, archive, lab, submitted, attempts):
                    done += 1
                    status.update(f"{done} of {len(found.attempts)} students")
    show(found, lab, submitted, console, dry=options.dry_run)
    return 0 if found.attempts else 1


def show(found: Collection, lab: str, submitted: Path, console: Console, *, dry: bool) -> None:
    """Print a line a student, what was not taken, and the sums."""
    from autograder.collect.plan import ACTS, count

    for attempt in found.attempts:
        print(_line(attempt))
    sys.stdout.flush()
    if found.refused:
        console.print(f"not taken: {len(found.refused)}", style="bold", markup=False)
        for refused in found.refused[:SHOWN]:
            console.print(f"  {refused.path}: {refused.reason}", markup=False, soft_wrap=True)
        if len(found.refused) > SHOWN:
            console.print(f"  and {len(found.refused) - SHOWN} more", markup=False)
    sums = [f"{count(found.attempts, act)} {act}" for act in ACTS if count(found.attempts, act)]
    total = f"{len(found.attempts)} students ({found.layout}): {', '.join(sums) or 'none'}"
    console.print(total, markup=False)
    if dry:
        console.print("nothing was written: --dry-run", markup=False)
    elif found.attempts:
        console.print(f"next: autograder grade {submitted} -a {lab}", markup=False, soft_wrap=True)


def _line(attempt: Attempt) -> str:
    when = f", {attempt.submitted:%Y-%m-%d %H:%M:%S %Z}" if attempt.submitted else ""
    late = ", late" if attempt.late else ""
    label = f" ({_printable(attempt.label)})" if attempt.label else ""
    files = ", ".join(_printable(name) for name in attempt.files)
    return f"{attempt.student}{label}: {files}{when}{late}: {WORDS[attempt.act]}"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
