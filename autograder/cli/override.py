"""``autograder override``: change a grade by hand, with a reason, or undo that."""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, decisions_of, open_book, printable
from autograder.errors import CourseError
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from autograder.gradebook.hand import Entry, Kind

POINTED = ("check", "cell", "total")


def add_command(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "override",
        help=say("override-help"),
        description=say("override-description"),
        epilog=say("override-examples"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("student", metavar="STUDENT")
    parser.add_argument("-a", "--assignment", metavar="LAB", required=True, help=say("option-lab"))
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", metavar="CHECK", help=say("override-check"))
    what.add_argument("--cell", help=say("override-cell"))
    what.add_argument("--total", action="store_true", help=say("override-total"))
    what.add_argument(
        "--bonus", metavar="N", type=float, nargs="?", const=0.0, help=say("override-bonus")
    )
    what.add_argument("--excuse", action="store_true", help=say("override-excuse"))
    what.add_argument("--extend", metavar="TIME", nargs="?", const="", help=say("override-extend"))
    what.add_argument("--comment", metavar="TEXT", help=say("override-comment"))
    what.add_argument(
        "--undo",
        metavar="NUMBER",
        nargs="?",
        const=0,
        type=int,
        help=say("override-undo"),
    )
    parser.add_argument("--points", type=float, help=say("override-points"))
    parser.add_argument("--late", action="store_true", help=say("override-late"))
    parser.add_argument("--take-back", action="store_true", help=say("override-take-back"))
    parser.add_argument("--reason", default="", help=say("override-reason"))
    parser.add_argument("--who", default="", help=say("override-who"))
    add_place(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Change, and say so. Raises AutograderError."""
    course, lab = course_of(options), options.assignment
    with open_book(options, course) as book:
        from autograder.gradebook.identity import people_of
        from autograder.gradebook.lateness import LateRule
        from autograder.gradebook.override import give, undo, worth_of
        from autograder.gradebook.total import total_of

        student = people_of(book).find(options.student, lab)
        rule, who = LateRule(course), options.who or _login()
        if options.undo is not None:
            done = undo(book, lab, student, options.undo or None, rule, who=who)
            said = say("override-undone", student=student, lab=lab, what=done.words)
        else:
            worth = worth_of(book, course, lab, student) if options.check else {}
            made = give(book, _entry(options, student, who), rule, worth)
            what, number = made.words, made.number
            said = say("override-made", student=student, lab=lab, what=what, number=number)
        decisions = decisions_of(options, course, lab)
        total = total_of(book, lab, student, decisions, rule=rule)
    print(printable(said))
    print("\n".join(printable(line) for line in total.lines()))
    counting = {change.target for change in total.standing.account.changes}
    if options.check and not options.take_back and options.check not in counting:
        print(say("override-hidden", check=options.check))
    return 0


def _entry(options: argparse.Namespace, student: str, who: str) -> Entry:
    """Return the change that is asked for. Raises CourseError where options do not fit."""
    from autograder.gradebook.hand import Entry

    kind, part, points, text = _kind(options)
    if options.late and kind != "total":
        raise CourseError(say("override-late-alone"))
    if kind in POINTED and not options.take_back and options.points is None:
        raise CourseError(say("override-no-points", kind=kind))
    if options.points is not None and (options.take_back or kind not in POINTED):
        raise CourseError(say("override-points-alone"))
    if options.take_back and kind == "comment":
        raise CourseError(say("override-comment-back"))
    return Entry(
        lab=options.assignment,
        student=student,
        kind=kind,
        part=part,
        points=None if options.take_back else points,
        late=options.late,
        text=text,
        reason=options.reason,
        who=who,
    )


def _kind(options: argparse.Namespace) -> tuple[Kind, str, float | None, str]:
    """Return the kind of the change, of which part, its points and its text."""
    until = "" if options.take_back or options.extend is None else _until(options.extend)
    kinds: list[tuple[bool, tuple[Kind, str, float | None, str]]] = [
        (options.check is not None, ("check", options.check, options.points, "")),
        (options.cell is not None, ("cell", options.cell, options.points, "")),
        (options.total, ("total", "", options.points, "")),
        (options.bonus is not None, ("bonus", "", options.bonus, "")),
        (options.excuse, ("excused", "", 1.0, "")),
        (options.extend is not None, ("extension", "", 1.0, until)),
    ]
    comment = (options.comment or "").strip()
    return next((kind for asked, kind in kinds if asked), ("comment", "", 1.0, comment))


def _until(text: str) -> str:
    try:
        moment = dt.datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError as error:
        problem = say("not-a-time", text=text)
        raise CourseError(f"--extend: {problem}") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).isoformat()


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # nobody has this number
        return ""
