"""``autograder roster``: who there is, and who has not handed in."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from autograder.cli.gradebook import add_place, course_of, open_book
from autograder.errors import CourseError


def add_command(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "roster",
        help="add students; say who has not handed in",
        description="Keep the list of students in the gradebook, and say who is missing.",
    )
    parser.add_argument(
        "--add",
        metavar="FILE",
        type=Path,
        help="CSV with the column id, and any of first_name, last_name, email, lms_user_id",
    )
    parser.add_argument("-a", "--assignment", metavar="LAB", help="who is missing in this lab")
    parser.add_argument(
        "--forget", metavar="STUDENT", help="remove a student: gradebook, files, grades, traces"
    )
    parser.add_argument("--yes", action="store_true", help="with --forget: really do so")
    add_place(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do what the options say; missing students on stdout. Raises AutograderError."""
    if not (options.add or options.assignment or options.forget):
        raise CourseError("give --add FILE, -a LAB or --forget STUDENT")
    course = course_of(options)
    with open_book(options, course, new=options.add is not None) as book:
        from autograder.gradebook.forgetting import forget_files
        from autograder.gradebook.students import (
            add_roster,
            forget,
            has_lab,
            require_student,
            who_is_missing,
        )

        if options.assignment:
            has_lab(book, course, options.assignment)
        if options.add:
            print(f"{add_roster(book, options.add)} students", file=sys.stderr)
        if options.forget:
            require_student(book, options.forget)
            if not options.yes:
                raise CourseError(f"{options.forget}: nothing was removed; say --yes as well")
            removed = forget_files(course, options.forget, options.graded or course.graded)
            forget(book, options.forget)
            for path in removed:
                print(f"removed from {path}", file=sys.stderr)
            print(f"{options.forget}: removed from the gradebook and {len(removed)} places")
        if options.assignment:
            there, missing = who_is_missing(book, options.assignment)
            for student in missing:
                print(student)
            print(f"{len(there)} handed in, {len(missing)} missing", file=sys.stderr)
    return 0
