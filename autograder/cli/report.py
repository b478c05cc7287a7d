"""``autograder report`` and ``autograder feedback``: pages for instructors and for students."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, decisions_of, has_book, needs, open_book
from autograder.errors import CourseError

if TYPE_CHECKING:
    from autograder.course.folder import Course
    from autograder.grading.standing import Standing


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
    standings = _standings(options, course, graded)
    path = options.out or graded / lab / "report.html"
    try:
        from autograder.report.write import write_report
    except ImportError as error:
        raise needs(error) from error
    summary = write_report(course, lab, standings, graded, path)
    print(path)
    counts = f"{summary.total} students, {len(summary.misconceptions)} mistakes named"
    need = f"{summary.to_review} need{'s' * (summary.to_review == 1)} a person"
    print(f"{counts}, {need}, {len(summary.attention)} more worth a look", file=sys.stderr)
    return 0


def run_feedback(options: argparse.Namespace) -> int:
    """Write a page for each student who has a grade. Raises AutograderError."""
    from rich.console import Console

    course = course_of(options)
    lab, graded = options.assignment, options.graded or course.graded
    course.exercise(lab)
    standings = _standings(options, course, graded)
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


def _standings(options: argparse.Namespace, course: Course, graded: Path) -> list[Standing]:
    """Return what counts: from the gradebook where there is one, else from the last run's results.

    Raises AutograderError.
    """
    lab = options.assignment
    if has_book(options, course):
        with open_book(options, course) as book:
            from autograder.gradebook.standings import standings

            return standings(book, lab, decisions=decisions_of(options, course, lab))
    from autograder.grading.results import RESULTS, read_results

    path = graded / lab / RESULTS
    if not path.is_file():
        problem = f"no grades; 'autograder grade SUBMITTED -a {lab}' makes them"
        raise CourseError(f"{path}: {problem}")
    return read_results(path)
