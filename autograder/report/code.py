"""A submission's code as a page shows it, with marks on the lines that have remarks."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterator, Sequence

from autograder.grading.record import Grade
from autograder.judge.grouping import further
from autograder.judge.messages import spot
from autograder.judge.spots import Remark, remarks_of
from autograder.protocol.trace import CodeCell, Trace
from autograder.words.catalogue import say
from autograder.words.text import Text

LONGEST_LINE = 2_000
NEAR = 8  # lines above and below one that is marked
KEPT_LINES, KEPT_CHARACTERS = 120, 8_000
"""How much of a student's code the class report has: there may be a thousand of them."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """A line, fit to be shown; ``remarks`` are the numbers of those that speak of it."""

    number: int
    text: str
    remarks: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell. ``open``: something is said of it, or it defines one of the lab's functions."""

    title: str
    lines: tuple[Line, ...]
    open: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Code:
    """All that was run of a file. The number of a remark is its place, counted from 1."""

    file: str
    cells: tuple[Cell, ...]
    remarks: tuple[Remark, ...]
    cut: bool

    def number_of(self, text: Text) -> int:
        """Return the number of what is said, 0 where it is about no line."""
        texts = [remark.text for remark in self.remarks]
        return texts.index(text) + 1 if text in texts else 0


def make_code(trace: Trace, grade: Grade) -> Code | None:
    """Return the code of a submission, None where no file could be read."""
    listing = trace.listing
    if listing is None:
        return None
    twice = {*grade.notes} - {*further(grade.notes, grade.groups)}
    found = remarks_of(trace, grade.checks, grade.diagnosis, grade.departure)
    remarks = tuple(remark for remark in found if remark.text not in twice)
    defining = {mark.cell for mark in listing.landmarks}
    return Code(
        file=_shown(listing.file),
        cells=tuple(_cell(cell, remarks, defining) for cell in listing.cells if cell.text.strip()),
        remarks=remarks,
        cut=listing.cut,
    )


def excerpt(code: Code, most: int = KEPT_CHARACTERS) -> list[tuple[str, list[Line]]]:
    """Return titles and lines of the cells that matter, at most so many characters of them."""
    lines_left, left = KEPT_LINES, min(most, KEPT_CHARACTERS)
    found = []
    for cell in code.cells:
        kept = []
        for line in _near(cell) if cell.open else ():
            left -= len(line.text)
            lines_left -= 1
            if left < 0 or lines_left < 0:
                break
            kept.append(line)
        if kept:
            found.append((cell.title, kept))
    return found


def shown_text(text: str) -> str:
    """Return a text of several lines in which everything can be seen, as much as a page has."""
    lines = text.split("\n")
    cut = lines[KEPT_LINES:]
    return "\n".join([*map(_shown, lines[:KEPT_LINES]), *(["…"] if cut else [])])


def _near(cell: Cell) -> Iterator[Line]:
    """Yield the lines of a cell that are marked, and those around; else all of it."""
    marked = [line.number for line in cell.lines if line.remarks]
    short = not marked or len(cell.lines) <= KEPT_LINES // 2
    for line in cell.lines:
        if short or any(abs(line.number - number) <= NEAR for number in marked):
            yield line


def _cell(cell: CodeCell, remarks: Sequence[Remark], defining: set[int | None]) -> Cell:
    about: dict[int, list[int]] = {}
    for number, remark in enumerate(remarks, start=1):
        for place in remark.spots:
            if place.cell == cell.number:
                for line in range(place.first, place.last + 1):
                    about.setdefault(line, []).append(number)
    title = say(spot(cell.number, None))
    return Cell(
        title=title[:1].upper() + title[1:],
        lines=tuple(
            Line(
                number=number,
                text=_shown(text),
                remarks=tuple(dict.fromkeys(about.get(number, ()))),
            )
            for number, text in enumerate(cell.text.rstrip().split("\n"), start=1)
        ),
        open=bool(about) or cell.number in defining or cell.number is None,
    )


def _shown(text: str) -> str:
    """Return a line in which everything can be seen: what has no shape of its own is spelled."""
    kept = text[:LONGEST_LINE].expandtabs(4)
    return "".join(
        character
        if unicodedata.category(character)[0] != "C" and character not in "\u2028\u2029"
        else character.encode("unicode_escape").decode("ascii")
        for character in kept
    ) + ("…" if len(text) > LONGEST_LINE else "")
