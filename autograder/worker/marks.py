"""Notes on what student code did, each made once: for people, not for points."""

from __future__ import annotations

import sys
from typing import Any

from autograder.protocol.trace import Note
from autograder.worker.fault import cell_number

KEPT_NOTES = 20
KEPT_OBJECTS = 10
QUOTED = 80


class Marks:
    """Takes notes from rewritten code and from what is done in its place.

    ``kept`` are values that names had when they were deleted, ``left`` those that ``namespace`` had
    under a name when it was bound anew; ``stub`` is where a stub's raise was passed since that was
    last asked.
    """

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {}
        self.left: dict[str, list[Any]] = {}
        self._notes: list[Note] = []
        self._told = 0
        self.kept: dict[str, Any] = {}
        self.stub: tuple[int | None, int] | None = None

    def note(self, code: str, cell: int | None, line: int | None, **values: str) -> None:
        """Note something once for its place."""
        made = Note(code=code, values=values, cell=cell, line=line)
        if made not in self._notes and len(self._notes) < KEPT_NOTES:
            self._notes.append(made)

    def take(self) -> tuple[Note, ...]:
        """Return the notes made since they were last taken."""
        new = self._notes[self._told :]
        self._told = len(self._notes)
        return tuple(new)

    def pass_stub(self, filename: str, line: int) -> None:
        """Note that a stub's raise was reached behind other code."""
        self.stub = (cell_number(filename), line)
        self.note("stub-raise-left", *self.stub)

    def keep(self, name: str, value: object) -> None:
        """Remember what a name of the lab held when it was deleted."""
        self.kept[name] = value

    def leave(self, name: str) -> None:
        """Remember a lab name's value before it is bound anew."""
        left = self.left.setdefault(name, [])
        if name in self.namespace and len(left) < KEPT_OBJECTS:
            left.append(self.namespace[name])

    def forgive(self, root: str, filename: str, line: int, text: str) -> bool:
        """Return whether the NameError that is handled is of a misspelled plot's own root name."""
        _, error, traceback = sys.exc_info()
        here = traceback is not None and traceback.tb_next is None
        if type(error) is not NameError or error.name != root or not here:
            return False
        shown = text if len(text) <= QUOTED else f"{text[: QUOTED - 1]}…"
        self.note("plot-misspelled", cell_number(filename), line, text=shown)
        return True
