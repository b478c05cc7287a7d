"""What a known mistake is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from autograder.judge.mistakes.script import Script
from autograder.protocol.job import Role
from autograder.words.text import Text

Plant = Callable[[Script], Iterator[Script]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mistake:
    """A known misconception.

    ``plant`` yields variants of a script with the mistake in it, none where the script lacks the
    construct; it is empty for mistakes that are recognised from what happened.
    ``layer`` is 0 where a mistake is not planted together with another one; pairs are of different
    layers, planted in their order: mistakes of one layer are about the same thing.
    ``words`` ends the codes of what the student reads, ``mistake-<words>`` and ``hint-<words>``:
    what was done, and a question; never how to write it right.
    """

    id: str
    function: Role
    words: str
    plant: Plant | None = None
    layer: int = 0

    @property
    def explanation(self) -> Text:
        """What was done."""
        return Text(f"mistake-{self.words}")

    @property
    def hint(self) -> Text:
        """A question."""
        return Text(f"hint-{self.words}")
