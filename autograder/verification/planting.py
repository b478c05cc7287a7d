"""Plant every known mistake into a file that has the construct for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from autograder.exercise.plan import Plan
from autograder.grading.bank import read_script
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.registry import MISTAKES


@dataclasses.dataclass(frozen=True, kw_only=True)
class Planted:
    """A file with one mistake in it."""

    name: str
    mistake: Mistake
    source: bytes


def plant_all(plan: Plan, source: bytes) -> Iterator[Planted]:
    """Yield every variant of every mistake. Raises SyntaxError where the file does not parse."""
    script = read_script(plan, source)
    for mistake in MISTAKES:
        if mistake.plant is None:
            continue
        for number, variant in enumerate(mistake.plant(script), start=1):
            name = f"{mistake.function}:{mistake.id}-{number}"
            yield Planted(name=name, mistake=mistake, source=variant.source().encode())


def unplanted(plan: Plan, source: bytes) -> bytes:
    """Return the file as mistakes are planted into it: parsed, without what it merely runs."""
    return read_script(plan, source).source().encode()
