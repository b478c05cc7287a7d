"""``autograder export``: scores for an LMS, from the gradebook."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, decisions_of, open_book
from autograder.console import shown
from autograder.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.export.roster import Filled
    from autograder.grading.standing import Standing

FORMATS = ("csv", "nbgrader", "canvas", "moodle", "gradescope")
ROSTERS = ("canvas", "moodle")
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

    course, lab = course_of(options), options.assignment
    with open_book(options, course) as book:
        from autograder.gradebook.standings import standings

        found = standings(book, lab, decisions=decisions_of(options, course, lab))
    filled = _filled(options, found) if options.format in ROSTERS else None
    text = _text(options, found) if filled is None else filled.text
    if options.out is not None:
        write_text(options.out, text)
    else:
        sys.stdout.write(text)
        if shown(text, getattr(sys.stdout, "encoding", None)) != text:
            print("what this console lacks is replaced; --out FILE has all", file=sys.stderr)
    _list(options, [one for one in found if one.review])
    where = f"{options.out}: " if options.out is not None else ""
    if filled is None:
        if where:
            count = 1 if options.format == "gradescope" else len(found)
            print(f"{where}{count} student{'' if count == 1 else 's'}", file=sys.stderr)
        return 0
    print(f"{where}{filled.filled} of {filled.lines} lines filled in", file=sys.stderr)
    if filled.missing:
        print(_without_place(options.roster, filled.missing), file=sys.stderr)
    return int(bool(filled.missing))


def _without_place(roster: Path, missing: Sequence[str]) -> str:
    """Return what to say of scores that have no line in a roster."""
    what = "1 score has no line" if len(missing) == 1 else f"{len(missing)} scores have no line"
    return f"{what} in {roster}: {_named(missing)}"


def _named(students: Sequence[str]) -> str:
    more = f" and {len(students) - NAMED} more" if len(students) > NAMED else ""
    return f"{', '.join(students[:NAMED])}{more}"


def _list(options: argparse.Namespace, review: Sequence[Standing]) -> None:
    """Say who needs a person, and whose score is therefore left blank."""
    if options.format == "gradescope":
        review = [one for one in review if one.student == options.student]
    needing = [one.student for one in review]
    blank = [one.student for one in review if one.undecided]
    if needing:
        needs = "1 needs a person" if len(needing) == 1 else f"{len(needing)} need a person"
        print(f"{needs}: {_named(needing)}", file=sys.stderr)
    if blank:
        are = "1 of them is" if len(blank) == 1 else f"{len(blank)} of them are"
        said = f"'autograder reviewed' or 'override' decides: {_named(blank)}"
        print(f"{are} left blank until {said}", file=sys.stderr)


def _text(options: argparse.Namespace, found: Sequence[Standing]) -> str:
    """Return a table or file that is all ours. Raises CourseError."""
    from autograder.export.gradescope import results_json
    from autograder.export.nbgrader import nbgrader_csv
    from autograder.export.plain import plain_csv

    kind = options.format
    if kind in ("csv", "nbgrader"):
        return (plain_csv if kind == "csv" else nbgrader_csv)(found)
    if options.student is None:
        raise CourseError("--student ID: results.json is of one student of the gradebook")
    one = next((one for one in found if one.student == options.student), None)
    if one is None:
        raise CourseError(f"{options.student}: no such student in the gradebook")
    return results_json(one) + "\n"


def _filled(options: argparse.Namespace, found: Sequence[Standing]) -> Filled:
    """Return the LMS's own table with our scores in it. Raises CourseError."""
    from autograder.export.canvas import fill_canvas
    from autograder.export.moodle import fill_moodle
    from autograder.export.roster import Roster

    kind = options.format
    if options.roster is None:
        raise CourseError(f"--format {kind}: give the file that {kind.title()} exports: --roster")
    graded = [one for one in found if one.score is not None or one.undecided]
    if kind == "canvas":
        return fill_canvas(Roster(options.roster), graded, options.column or options.assignment)
    return fill_moodle(Roster(options.roster), graded)
