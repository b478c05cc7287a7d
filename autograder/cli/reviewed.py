"""``autograder reviewed``: record a review; the points count as they are."""

from __future__ import annotations

import argparse
import contextlib
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, has_book, open_book
from autograder.errors import CourseError
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from autograder.course.folder import Course
    from autograder.gradebook.book import Book
    from autograder.grading.decision import Decision, Decisions
    from autograder.grading.results import Standing


def add_command(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "reviewed",
        help=say("reviewed-help"),
        description=say("reviewed-description"),
    )
    parser.add_argument("student", metavar="STUDENT")
    parser.add_argument("-a", "--assignment", metavar="LAB", required=True, help=say("option-lab"))
    parser.add_argument("--reason", metavar="TEXT", default="", help=say("reviewed-reason"))
    add_place(parser, "--out")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Note it in the out folder; take the gradebook's marks off. Raises AutograderError."""
    from autograder.grading.decision import decide, load_decisions
    from autograder.judge.review import reason_of

    course = course_of(options)
    lab, student = options.assignment, options.student
    course.exercise(lab)
    folder = (options.graded or course.graded) / lab
    with contextlib.ExitStack() as stack:
        book = _book(options, course, stack)
        found = [*_of_results(folder, student), *_of_book(book, course, lab, student)]
        if not any(one.grade for one in found):
            raise CourseError(say("reviewed-no-grade", folder=folder, lab=lab, student=student))
        made = _made(found, load_decisions(folder), options.reason)
        decide(folder, made)
        if book is not None:
            from autograder.gradebook.review import take_marks_off

            take_marks_off(book, lab, student)
    codes = dict.fromkeys(code for one in made for code in one.reviewed)
    done = say("reviewed-done") if codes else say("reviewed-not-needed")
    print(f"{student}, {lab}: {done}")
    for code in codes:
        print(f"  {reason_of(code)}")
    return 0


def _book(options: argparse.Namespace, course: Course, stack: contextlib.ExitStack) -> Book | None:
    """Return the gradebook where there is one that has the lab. Raises CourseError."""
    if not has_book(options, course):
        return None
    book = stack.enter_context(open_book(options, course))
    from autograder.gradebook.students import has_lab

    return book if has_lab(book, course, options.assignment) else None


def _of_book(book: Book | None, course: Course, lab: str, student: str) -> list[Standing]:
    if book is None:
        return []
    from autograder.gradebook.lateness import LateRule
    from autograder.gradebook.standings import standings

    return standings(book, lab, student, rule=LateRule(course))


def _of_results(folder: Path, student: str) -> list[Standing]:
    """Return the student's line of the last run, which may be newer than the gradebook."""
    from autograder.grading.results import RESULTS, read_results

    path = folder / RESULTS
    found = read_results(path) if path.is_file() else []
    return [one for one in found if one.student == student]


def _made(found: Iterable[Standing], decisions: Decisions, reason: str) -> list[Decision]:
    """Return what is decided by having looked at all of this."""
    from autograder.grading.decision import Decision, subject_of
    from autograder.judge.review import EARLIER_HAND, LATER

    made = []
    for one in found:
        earlier = [code for code in one.review if code == EARLIER_HAND]
        for grade, further in ((one.grade, earlier), (one.later, [LATER])):
            codes = decisions.asked(grade, *further) if grade else ()
            if grade and codes:
                about = subject_of(grade)
                made.append(
                    Decision(student=one.student, submission=about, reviewed=codes, reason=reason)
                )
    return made
