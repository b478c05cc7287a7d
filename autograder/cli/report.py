"""``autograder report`` and ``autograder feedback``: pages for instructors and for students."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import (
    add_place,
    course_of,
    current_standings,
    has_book,
    needs,
    open_book,
    printable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.course.folder import Course
    from autograder.grading.results import Changed, Standing


def add_command(commands: Any) -> None:
    """Add both commands and their options."""
    report = commands.add_parser(
        "report",
        help="one page about the class",
        description="Write one HTML file about a lab's grades: scores, checks, the mistakes of the "
        "class, each student. It needs no network and can be opened from anywhere.",
    )
    feedback = commands.add_parser(
        "feedback",
        help="a page for each student",
        description="Write FOLDER/STUDENT/LAB/feedback.html, and feedback.md for an LMS's comment.",
    )
    for parser, out in ((report, "FILE"), (feedback, "FOLDER")):
        parser.add_argument("-a", "--assignment", metavar="LAB", required=True)
        add_place(parser)
        default = "GRADED/LAB/report.html" if out == "FILE" else "COURSE/feedback"
        parser.add_argument("--out", metavar=out, type=Path, help=f"where to (default: {default})")
    report.set_defaults(run=run_report)
    feedback.set_defaults(run=run_feedback)


def run_report(options: argparse.Namespace) -> int:
    """Write the class report. Raises AutograderError."""
    course = course_of(options)
    lab, graded = options.assignment, options.graded or course.graded
    course.exercise(lab)
    standings = current_standings(options, course)
    changed = _changed(options, course, standings)
    path = options.out or graded / lab / "report.html"
    try:
        from autograder.report.write import write_report
    except ImportError as error:
        raise needs(error) from error
    summary = write_report(course, lab, standings, graded, path, changed)
    print(path)
    counts = f"{summary.total} students, {len(summary.misconceptions)} mistakes named"
    for one in changed:
        if one.occasion != "grade":
            said = f"{one.student} changed since the export to {one.told}"
            print(printable(said), file=sys.stderr)
    need = f"{summary.to_review} need{'s' * (summary.to_review == 1)} a person"
    print(f"{counts}, {need}, {len(summary.attention)} more worth a look", file=sys.stderr)
    alike = [one for one in summary.groups if one.several]
    if alike:
        said = f"{len(alike)} {'group' if len(alike) == 1 else 'groups'} without a named mistake"
        print(f"{said}; 'autograder name --list -a {lab}' shows them", file=sys.stderr)
    return 0


def run_feedback(options: argparse.Namespace) -> int:
    """Write a page for each student who has a grade. Raises AutograderError."""
    from rich.console import Console

    course = course_of(options)
    lab, graded = options.assignment, options.graded or course.graded
    course.exercise(lab)
    standings = current_standings(options, course)
    folder = (options.out or course.root / "feedback").absolute()
    try:
        from autograder.report.write import write_feedback
    except ImportError as error:
        raise needs(error) from error
    done = 0
    with Console(stderr=True).status(f"0 of {len(standings)} pages") as status:
        for _ in write_feedback(course, lab, standings, graded, folder):
            done += 1
            status.update(f"{done} of {len(standings)} pages")
    print(folder)
    print(f"{done} students", file=sys.stderr)
    return 0


def _changed(
    options: argparse.Namespace, course: Course, found: Sequence[Standing]
) -> list[Changed]:
    """Return whose score is not what was exported, or was before grading again."""
    if not has_book(options, course):
        return []
    with open_book(options, course) as book:
        from autograder.gradebook.said import regraded, since_exports

        lab = options.assignment
        return [*since_exports(book, lab, found), *regraded(book, lab)]
