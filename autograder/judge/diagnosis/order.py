"""In which order the lines of a training loop stand, as far as they were read."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from autograder.protocol.trace import Landmark, Part

Place = tuple[int, int]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """The lines of training that do each part, all in one function; nothing where they are not.

    What stands in another function runs where that is called: its lines say nothing of the order.
    """

    lines: dict[Part, tuple[Place, ...]]
    known: bool

    @classmethod
    def of(cls, marks: Sequence[Landmark]) -> Order:
        """Return the order of the lines that were marked."""
        own = [mark for mark in marks if mark.role == "train_model"]
        whole = next((mark for mark in own if mark.part == "definition"), None)
        lines: dict[Part, tuple[Place, ...]] = {}
        known = whole is not None
        for part in ("backward", "zeroing", "update", "assignment"):
            found = [mark for mark in own if mark.part == part]
            known = known and all(
                whole is not None
                and mark.cell == whole.cell
                and whole.first <= mark.first <= whole.last
                for mark in found
            )
            lines[part] = tuple((mark.first, mark.last) for mark in found)
        return cls(lines=lines, known=known)

    def has_before(self, part: Part, line: int | None) -> bool:
        """Return whether some line of a part is known to stand before another line."""
        return self.known and any(last < (line or 0) for _, last in self.lines.get(part, ()))

    def zeroes_before(self, line: int | None) -> bool | None:
        """Return whether a gradient is emptied on the way from backward() to a line.

        The way goes from the end of a loop to its beginning. None where the lines do not tell.
        """
        goals = [line] if line else []
        backward, zeroing = self.lines.get("backward", ()), self.lines.get("zeroing", ())
        if goals and not self.known and any(self.lines.values()):
            return None if any(first <= goals[0] for first, _ in zeroing) else False
        if not (self.known and goals and len(backward) == 1):
            return None
        ((_, computed),) = backward
        wraps = goals[0] <= computed
        for first, _ in zeroing:
            after, due = first > computed, first <= goals[0]
            if (after and due) or (wraps and (after or due)):
                return True
        return False

    def zeroes_before_updates(self) -> bool | None:
        """Return whether a gradient is emptied before each update that follows backward()."""
        updates = (*self.lines.get("update", ()), *self.lines.get("assignment", ()))
        if not updates or not self.lines.get("zeroing"):
            return None
        found = {self.zeroes_before(last) for _, last in updates}
        return found.pop() if len(found) == 1 else None
