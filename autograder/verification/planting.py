"""Plant every known mistake into a file that has the construct for it."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator

from IPython.core.inputtransformer2 import TransformerManager

from autograder.exercise.plan import Plan
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.mistakes.script import Script


@dataclasses.dataclass(frozen=True, kw_only=True)
class Planted:
    """A file with one mistake in it."""

    name: str
    mistake: Mistake
    source: bytes


def plant_all(plan: Plan, text: str) -> Iterator[Planted]:
    """Yield every variant of every mistake. Raises SyntaxError where the text does not parse.

    Notebook magics are turned into calls first, as the worker does.
    """
    script = _script(plan, text)
    for mistake in MISTAKES:
        if mistake.plant is None:
            continue
        for number, variant in enumerate(mistake.plant(script), start=1):
            name = f"{mistake.function}:{mistake.id}-{number}"
            yield Planted(name=name, mistake=mistake, source=variant.source().encode())


def unplanted(plan: Plan, text: str) -> bytes:
    """Return the file as mistakes are planted into it: parsed, without what it merely runs."""
    return _script(plan, text).source().encode()


def _script(plan: Plan, text: str) -> Script:
    manager = TransformerManager()  # type: ignore[no-untyped-call]  # IPython has no annotation
    tree = ast.parse(manager.transform_cell(text))
    return Script(tree, plan.exercise.contract, plan.preset)
