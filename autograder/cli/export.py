"""``autograder export``: scores for an LMS, from the gradebook."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, open_book
from autograder.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.grading.standing import Standing

FORMATS = ("csv", "nbgrader", "canvas", "moodle", "gradescope")
NAMED = 10


def add_command(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "export",
        help="write scores for an LMS",
        description="Write a lab's scores, overrides and late penalties in them, as a plain table "
        "(csv), as nbgrader's, or into a file that Canvas or Moodle exported.",
    )
    parser.add_argument("-a", "--assignment", metavar="LAB", required=True)
    parser.add_argument("--format", choices=FORMATS, default="csv")
    parser.add_argument(
        "--roster",
        metavar="FILE",
        type=Path,
        help="canvas: the exported gradebook; moodle: the grading worksheet",
    )
    parser.add_argument(
        "--column", metavar="TITLE", help="canvas: the assignment's title (default: LAB)"
    )
    parser.add_argument("--student", metavar="ID", help="gradescope: whose results.json")
    parser.add_argument("--out", metavar="FILE", type=Path, help="a file (default: stdout)")
    add_place(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the table; 1 where somebody's score found no place. Raises AutograderError."""
    from autograder.export.text import write_text

    with open_book(options, course_of(options)) as book:
        from autograder.gradebook.standings import standings

        found = standings(book, options.assignment)
    text, missing = _text(options, found)
    if options.out is not None:
        write_text(options.out, text)
        print(f"{options.out}: {len(found)} students", file=sys.stderr)
    else:
        sys.stdout.write(text)
    if missing:
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        names = f"{', '.join(missing[:NAMED])}{more}"
        print(f"not in {options.roster}, so without a place there: {names}", file=sys.stderr)
    return int(bool(missing))


def _text(options: argparse.Namespace, found: Sequence[Standing]) -> tuple[str, list[str]]:
    """Return what to write, and whose score found no place."""
    from autograder.export.canvas import fill_canvas
    from autograder.export.gradescope import results_json
    from autograder.export.moodle import fill_moodle
    from autograder.export.nbgrader import nbgrader_csv
    from autograder.export.plain import plain_csv
    from autograder.export.roster import Roster

    kind = options.format
    if kind in ("csv", "nbgrader"):
        return (plain_csv if kind == "csv" else nbgrader_csv)(found), []
    if kind == "gradescope":
        one = next((one for one in found if one.student == options.student), None)
        if one is None:
            raise CourseError("--student ID: results.json is of one student of the gradebook")
        return results_json(one) + "\n", []
    if options.roster is None:
        raise CourseError(f"--format {kind}: give the file that {kind.title()} exports: --roster")
    graded = [one for one in found if one.score is not None]
    if kind == "canvas":
        return fill_canvas(Roster(options.roster), graded, options.column or options.assignment)
    return fill_moodle(Roster(options.roster), graded)
