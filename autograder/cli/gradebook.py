"""What the gradebook's commands have in common: where it is, and errors if it cannot be opened."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.folder import Course, find_course
from autograder.errors import CourseError
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.gradebook.book import Book
    from autograder.grading.decision import Decisions
    from autograder.grading.results import Standing


def add_place(parser: argparse.ArgumentParser, *graded: str) -> None:
    """Add the options that say which gradebook; ``graded`` are more names for --graded."""
    parser.add_argument("--course", metavar="DIR", type=Path, help=say("option-course-here"))
    parser.add_argument(
        "--db",
        metavar="URL",
        help=say("option-db"),
    )
    parser.add_argument(
        "--graded",
        *graded,
        metavar="DIR",
        type=Path,
        help=say("option-graded"),
    )


def course_of(options: argparse.Namespace) -> Course:
    """Return the course that the options name, or the one around the working folder."""
    return find_course(options.course, Path.cwd())


def decisions_of(options: argparse.Namespace, course: Course, lab: str) -> Decisions:
    """Return what was decided about submissions of a lab. Raises CourseError."""
    from autograder.grading.decision import load_decisions

    return load_decisions((options.graded or course.graded) / lab)


def standings_of(
    options: argparse.Namespace, book: Book, course: Course, lab: str, only: str | None = None
) -> list[Standing]:
    """Return what counts in a lab now; nbgrader's columns are made what they are a copy of.

    Raises CourseError.
    """
    from autograder.gradebook.copying import rewrite_all
    from autograder.gradebook.lateness import LateRule
    from autograder.gradebook.standings import standings

    rule = LateRule(course)
    found = standings(book, lab, only, decisions_of(options, course, lab), rule=rule)
    try:
        rewrite_all(book, lab, rule)
    except CourseError as error:  # a gradebook that may be read only
        print(say("gradebook-read-only", error=error), file=sys.stderr)
    return found


def current_standings(options: argparse.Namespace, course: Course, lab: str = "") -> list[Standing]:
    """Return what counts: from the gradebook where there is one, else from the last run's results.

    ``lab`` is by default the one that the options name. Raises CourseError.
    """
    lab = lab or options.assignment
    if has_book(options, course):
        with open_book(options, course) as book:
            return standings_of(options, book, course, lab)
    from autograder.grading.results import RESULTS, read_results

    path = (options.graded or course.graded) / lab / RESULTS
    if not path.is_file():
        raise CourseError(say("no-grades", path=path, lab=lab))
    return read_results(path)


def has_book(options: argparse.Namespace, course: Course) -> bool:
    """Return whether a gradebook is asked for, or the course has one."""
    return options.db is not None or (course.root / "gradebook.db").is_file()


def open_book(options: argparse.Namespace, course: Course, *, new: bool = False) -> Book:
    """Open the gradebook. Raises CourseError where there is none and a ``new`` one is not meant."""
    try:
        from autograder.gradebook.book import SQLITE, Book, url_of
    except ImportError as error:
        raise needs(error) from error
    url = url_of(course, options.db)
    path = Path(url.removeprefix(SQLITE))
    if url.startswith(SQLITE) and not new and not path.is_file():
        raise CourseError(say("gradebook-missing", path=path))
    return Book(url)


def needs(error: ImportError) -> CourseError:
    """Return what to say where a package of the instructor's part is missing."""
    return CourseError(say("package-missing", name=error.name))


def some(who: Sequence[str], most: int) -> str:
    """Return the first names, and how many more there are."""
    first = ", ".join(who[:most])
    return say("who-and-more", who=first, n=len(who) - most) if len(who) > most else first


def printable(text: str) -> str:
    """Return a text on one line, with nothing in it that a terminal would obey."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
