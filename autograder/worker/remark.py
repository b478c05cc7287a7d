"""Notes made while student code runs: each once, sent with the next frame."""

from __future__ import annotations

import sys

from autograder.protocol.trace import Note
from autograder.worker.fault import place_of

MOST_REMARKS = 40


class _Remarks:
    """What was remarked and not taken yet, and what was remarked before."""

    def __init__(self) -> None:
        self.pending: list[Note] = []
        self.made: set[tuple[str, ...]] = set()


_remarks = _Remarks()


def remark(
    code: str,
    *,
    again: bool = False,
    place: tuple[int | None, int | None] | None = None,
    **values: str,
) -> None:
    """Note something, at the student's line that runs now; ``again``: once for each frame."""
    said = (code, *values.values())
    before = {(note.code, *note.values.values()) for note in _remarks.pending}
    known = before if again else _remarks.made
    if said in known or len(_remarks.pending) >= MOST_REMARKS:
        return
    _remarks.made.add(said)
    cell, line = place_of(sys._getframe(1)) if place is None else place
    _remarks.pending.append(Note(code=code, values=values, cell=cell, line=line))


def taken() -> tuple[Note, ...]:
    """Return the notes made since the last time."""
    found = tuple(_remarks.pending)
    _remarks.pending.clear()
    return found


def forget() -> None:
    """Begin anew: another file is going to run."""
    _remarks.pending.clear()
    _remarks.made.clear()
