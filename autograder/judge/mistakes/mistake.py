"""What a known mistake is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from autograder.judge.mistakes.script import Script
from autograder.protocol.job import Role

Plant = Callable[[Script], Iterator[Script]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mistake:
    """A known misconception.

    ``plant`` yields variants of a script with the mistake in it, none where the script lacks the
    construct; it is empty for mistakes that are recognised from what happened.
    ``layer`` is 0 where a mistake is not planted together with another one; pairs are of different
    layers, planted in their order: mistakes of one layer are about the same thing.
    ``explanation`` and ``hint`` are for the student: what was done, and a question; never how to
    write it right.
    """

    id: str
    function: Role
    explanation: str
    hint: str
    plant: Plant | None = None
    layer: int = 0
