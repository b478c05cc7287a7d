"""``autograder changes``: whose score changed since an export, or when graded again, and why."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, open_book, printable, standings_of
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autograder.grading.results import Changed


def add_command(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "changes",
        help=say("changes-help"),
        description=say("changes-description"),
    )
    parser.add_argument("-a", "--assignment", metavar="LAB", required=True, help=say("option-lab"))
    parser.add_argument(
        "--since",
        metavar="TIME",
        type=_moment,
        help=say("changes-since"),
    )
    add_place(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a line a change. Raises AutograderError."""
    course, lab = course_of(options), options.assignment
    with open_book(options, course) as book:
        from autograder.gradebook.said import regraded, since_exports

        told = since_exports(book, lab, standings_of(options, book, course, lab))
        again = regraded(book, lab, since=options.since)
    _say("changes-since-export", told)
    _say("changes-by-grading", again)
    return 0


def _say(code: str, found: Iterable[Changed]) -> None:
    lines = [f"{one.student}, {one.told}" for one in found]
    sys.stdout.flush()
    print(say(code, n=len(lines)), file=sys.stderr, flush=True)
    for line in lines:
        print(printable(line))


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError as error:
        message = say("not-a-time", text=text)
        raise argparse.ArgumentTypeError(message) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
