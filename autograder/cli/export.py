"""``autograder export``: scores for an LMS, from the gradebook."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, open_book, printable, some, standings_of
from autograder.console import shown
from autograder.errors import CourseError
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograder.course.folder import Course
    from autograder.grading.results import Standing
    from autograder.lms.fill import Filled
    from autograder.lms.joining import People
    from autograder.lms.registry import System
    from autograder.lms.sheet import Named, Sheet

OURS = ("csv", "nbgrader", "gradescope")
FORMATS = (*OURS, "canvas", "moodle", "moodle-feedback", "blackboard", "brightspace")
NAMED = 20


def add_command(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "export",
        help=say("export-help"),
        description=say("export-description"),
    )
    parser.add_argument("-a", "--assignment", metavar="LAB", required=True, help=say("option-lab"))
    parser.add_argument("--format", choices=FORMATS, default="csv")
    parser.add_argument(
        "--roster",
        metavar="FILE",
        type=Path,
        help=say("export-roster"),
    )
    parser.add_argument(
        "--column",
        metavar="TITLE",
        action="append",
        default=[],
        help=say("export-column"),
    )
    parser.add_argument("--by", metavar="KIND", help=say("export-by"))
    parser.add_argument("--out-of", metavar="N", type=float, help=say("export-out-of"))
    parser.add_argument("--encoding", help=say("export-encoding"))
    parser.add_argument("--student", metavar="ID", help=say("export-student"))
    parser.add_argument("--feedback", metavar="DIR", type=Path, help=say("export-feedback"))
    parser.add_argument("--out", metavar="FILE", type=Path, help=say("export-out"))
    add_place(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the table; 1 where somebody's score found no place. Raises AutograderError."""
    course, lab = course_of(options), options.assignment
    with open_book(options, course) as book:
        from autograder.gradebook.identity import people_of
        from autograder.gradebook.said import note_export, since_exports

        found = standings_of(options, book, course, lab)
        people = people_of(book)
        before = since_exports(book, lab, found)
        code, told = _export(options, course, found, people)
        note_export(book, lab, options.format, told)
    changed = [one.student for one in before if one.occasion == options.format]
    new = [student for student in changed if any(one.student == student for one in told)]
    if new:
        who = some(new, NAMED)
        said = say("export-changed", format=options.format, n=len(new), who=who)
        print(printable(said), file=sys.stderr)
    return code


def _export(
    options: argparse.Namespace, course: Course, found: Sequence[Standing], people: People
) -> tuple[int, Sequence[Standing]]:
    """Write the table; return the exit code and whose score, or none, was written."""
    if options.format in OURS:
        text = _text(options, found)
        _give(options, text.encode())
        if options.out is None and shown(text, getattr(sys.stdout, "encoding", None)) != text:
            print(say("export-console"), file=sys.stderr)
        _list(options, [one for one in found if one.review])
        if options.out is not None:
            count = 1 if options.format == "gradescope" else len(found)
            print(say("export-wrote", n=count, out=options.out), file=sys.stderr)
        alone = options.format == "gradescope"
        return 0, [one for one in found if not alone or one.student == options.student]
    if options.format == "moodle-feedback":
        return _feedback(options, course, found, people), ()
    filled = _filled(options, found, people)
    _give(options, filled.data)
    _list(options, [one for one in found if one.review])
    for line in _report(filled, options.roster, options.out):
        print(printable(line), file=sys.stderr)
    there = {*filled.filled, *filled.blank}
    code = int(bool(filled.missing or filled.doubled))
    return code, [one for one in found if one.student in there]


def _give(options: argparse.Namespace, data: bytes) -> None:
    """Write to a file or to stdout, byte for byte. Raises CourseError."""
    if options.out is not None:
        from autograder.grading.file import write_atomically

        write_atomically(options.out, data)
        return
    sys.stdout.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:  # a stdout of somebody's own
        sys.stdout.write(data.decode("utf-8", "replace"))
    else:
        stream.write(data)
        stream.flush()


def _list(options: argparse.Namespace, review: Sequence[Standing]) -> None:
    """Say who needs review, and whose score is therefore left blank."""
    if options.format == "gradescope":
        review = [one for one in review if one.student == options.student]
    needing = [one.student for one in review]
    blank = [one.student for one in review if one.undecided]
    if needing:
        who = some(needing, NAMED)
        print(say("export-review", n=len(needing), who=who), file=sys.stderr)
    if blank:
        print(say("export-blank", n=len(blank), who=some(blank, NAMED)), file=sys.stderr)


def _text(options: argparse.Namespace, found: Sequence[Standing]) -> str:
    """Return a table or file that is all ours. Raises CourseError."""
    from autograder.export.nbgrader import nbgrader_csv
    from autograder.export.plain import plain_csv
    from autograder.lms.results import results_json

    kind = options.format
    if kind in ("csv", "nbgrader"):
        return (plain_csv if kind == "csv" else nbgrader_csv)(found)
    if options.student is None:
        raise CourseError(say("export-gradescope-student"))
    one = next((one for one in found if one.student == options.student), None)
    if one is None:
        raise CourseError(say("no-such-student", student=options.student))
    return results_json(one) + "\n"


def _filled(options: argparse.Namespace, found: Sequence[Standing], people: People) -> Filled:
    """Return the system's own table with our scores in it. Raises CourseError."""
    from autograder.lms.fill import Whose, fill

    named, system, sheet = _roster(options)
    target = system.target(sheet, options.assignment, named.title)
    by, out_of = options.by or "", options.out_of
    whose = Whose(people.owner, options.assignment)
    return fill(sheet, target, found, whose, by=by, out_of=out_of)


def _feedback(
    options: argparse.Namespace, course: Course, found: Sequence[Standing], people: People
) -> int:
    """Write the students' pages as Moodle takes them; 1 where somebody's found no place."""
    from autograder.lms.fill import Whose, assigned
    from autograder.lms.moodle import FEEDBACK, feedback_zip

    if options.out is None:
        raise CourseError(say("export-feedback-out"))
    _, _, sheet = _roster(options)
    folder = options.feedback or course.root / "feedback"
    paths = {one.student: folder / one.student / options.assignment / FEEDBACK for one in found}
    paths = {student: path for student, path in paths.items() if path.is_file()}
    if not paths:
        raise CourseError(say("export-no-pages", assignment=options.assignment, folder=folder))
    owner = Whose(people.owner, options.assignment)
    _, whose = assigned(sheet, owner, paths.keys(), paths.keys(), options.by or "")
    once = {place for place, student in whose.items() if [*whose.values()].count(student) == 1}
    pages = {place: paths[whose[place]].read_bytes() for place in once}
    _give(options, feedback_zip(sheet, pages))
    print(say("export-pages", n=len(pages), out=options.out), file=sys.stderr)
    missing = sorted(paths.keys() - {whose[place] for place in once})
    if missing:
        what = say(
            "export-pages-missing", n=len(missing), roster=options.roster, who=some(missing, NAMED)
        )
        print(printable(what), file=sys.stderr)
    return int(bool(missing))


def _roster(options: argparse.Namespace) -> tuple[Named, System, Sheet]:
    """Return what the system's table says. Raises CourseError where it is none."""
    from autograder.lms.registry import understood
    from autograder.lms.sheet import Named
    from autograder.lms.table import read_table

    kind = options.format
    system = kind.removesuffix("-feedback")
    if options.roster is None:
        where = say(f"export-where-{system}")
        raise CourseError(say("export-roster-missing", kind=kind, where=where))
    named = Named.of(options.column, system)
    return named, *understood(read_table(options.roster, options.encoding), named)


def _report(filled: Filled, roster: Path, out: Path | None) -> Iterable[str]:
    """Yield what became of each line and each score."""
    where = f"{out}: " if out is not None else ""
    scale = say("export-scaled", scale=filled.scale) if filled.scale else ""
    yield say(
        "export-filled",
        by=repr(filled.by),
        lines=filled.lines,
        n=len(filled.filled),
        scale=scale,
        where=where,
    )
    skipped = tuple(f"{student} ({why})" for student, why in filled.skipped)
    for code, who in (
        ("export-skipped", skipped),
        ("export-no-score", filled.blank),
        ("export-strangers", filled.strangers),
        ("export-missing", filled.missing),
        ("export-doubled", filled.doubled),
    ):
        if who:
            yield say(code, n=len(who), who=some(who, NAMED), roster=roster)
    yield from filled.notes
