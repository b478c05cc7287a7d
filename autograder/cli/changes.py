"""``autograder changes``: whose score is another since an export, or by grading again, and why."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, open_book, printable, standings_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autograder.grading.results import Changed


def add_command(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "changes",
        help="whose score changed since it was exported, or by grading again, and why",
        description="List whose score in a lab is not what the last export in each format said; "
        "and whose points grading again changed, by which check, before and after.",
    )
    parser.add_argument("-a", "--assignment", metavar="LAB", required=True)
    parser.add_argument(
        "--since",
        metavar="TIME",
        type=_moment,
        help="grading again: from when on, such as '2026-10-01 12:00'; UTC (default: all)",
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
    _say("since the last export", told)
    _say("by grading again", again)
    return 0


def _say(how: str, found: Iterable[Changed]) -> None:
    lines = [f"{one.student}, {one.told}" for one in found]
    sys.stdout.flush()
    print(f"{len(lines)} changed {how}", file=sys.stderr, flush=True)
    for line in lines:
        print(printable(line))


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError as error:
        message = f"{text!r} is not a time such as '2026-10-01 12:00'"
        raise argparse.ArgumentTypeError(message) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
