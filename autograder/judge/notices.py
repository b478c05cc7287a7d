"""What is told of a submission besides its checks: one place for the sentences, by code.

A notice may ask for a person: then its code is in the grade's ``review``, and somebody should look
before the grade counts. The worker and the grader name codes; only this module has words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from autograder.judge import words
from autograder.protocol.trace import Failure, Note


class Notice(NamedTuple):
    """A sentence with named places for a note's values, and whether a person should look."""

    text: str
    review: bool = False


NOTICES: Mapping[str, Notice] = {
    "not-run": Notice("{what} is not run while grading"),
    "device-not-there": Notice(
        "there is no {device} while grading: what is moved to it stays where it is"
    ),
    "missing-module": Notice(
        "the module {module} is missing while grading; something that does nothing stands in for it"
    ),
    "missing-module-value": Notice(
        "what the module {module} does counts here, and it is missing while grading", review=True
    ),
    "nobody-answers": Notice("input() is answered by an empty line while grading"),
    "plot-left-out": Notice("a plot broke while training; it was left out and cost nothing"),
}


class _Values(dict[str, str]):
    """A note's values; one that is missing reads as a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"


def say(note: Note) -> str:
    """Return a note as a sentence, its place first; empty for a code that is not known."""
    notice = NOTICES.get(note.code)
    if notice is None:
        return ""
    values = _Values({name: words.clean(value) for name, value in note.values.items()})
    place = words.where(Failure(kind="exception", text="", cell=note.cell, line=note.line))
    return words.clean(f"{place}{notice.text.format_map(values)}")


def review_codes(notes: Iterable[Note]) -> tuple[str, ...]:
    """Return the codes among these that ask for a person, each once."""
    return tuple(dict.fromkeys(n.code for n in notes if NOTICES.get(n.code, ("", False))[1]))
