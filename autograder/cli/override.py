"""``autograder override``: an instructor's own points, with a reason."""

from __future__ import annotations

import argparse
from typing import Any

from autograder.cli.gradebook import add_place, course_of, decisions_of, open_book


def add_command(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "override",
        help="give points by hand, with a reason; grading again keeps them",
        description="Set the points of one of a student's graded cells by hand.",
    )
    parser.add_argument("student", metavar="STUDENT")
    parser.add_argument("-a", "--assignment", metavar="LAB", required=True)
    parser.add_argument(
        "--cell", required=True, help="the graded cell, such as check-train_model or train_model"
    )
    points = parser.add_mutually_exclusive_group(required=True)
    points.add_argument("--points", type=float, help="what it is worth")
    points.add_argument("--take-back", action="store_true", help="let the automatic points count")
    parser.add_argument("--reason", required=True, help="why; kept with the grade")
    add_place(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Override, and say so. Raises AutograderError."""
    course = course_of(options)
    with open_book(options, course) as book:
        from autograder.gradebook.identity import people_of
        from autograder.gradebook.lateness import LateRule
        from autograder.gradebook.override import override
        from autograder.gradebook.total import total_of

        student = people_of(book).find(options.student, options.assignment)
        points = None if options.take_back else options.points
        lab = options.assignment
        rule = LateRule(course)
        made = override(book, lab, student, options.cell, points, options.reason, rule)
        total = total_of(book, lab, student, decisions_of(options, course, lab))
    what = "automatic again" if made.points is None else f"{made.points:g} points"
    print(f"{student}, {lab}, {made.cell}: {what}")
    print("\n".join(total.lines()))
    return 0
