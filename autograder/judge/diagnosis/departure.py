"""Where no known mistake fits: the first step that departs from the reference, and how."""

from __future__ import annotations

import numpy as np

from autograder.judge.compare import Values
from autograder.judge.view import ScenarioView

APART = 1e-3  # of the reference's step
SAME = 5e-3


def first_departure(view: ScenarioView) -> str | None:
    """Return a sentence on the first step that differs, None where none does or none was seen.

    Only for public scenarios: it tells how many times as large a step is.
    """
    steps = view.steps
    if steps is None or not len(steps.moves):
        return None
    gradients = view.gradients
    rate = view.planned.scenario.situation.learning_rate
    wanted = -rate * gradients
    for number, (move, want) in enumerate(zip(steps.moves, wanted, strict=True), start=1):
        if not (np.isfinite(move).all() and np.isfinite(want).all()):
            return f"In step {number} the numbers leave the range that float32 can hold."
        for index, name in enumerate(view.coordinates):
            if abs(move[index] - want[index]) > APART * max(abs(want[index]), 1e-6):
                how = _how(move[index], want[index], wanted, number - 1, index)
                return f"Your step {number} is the first that differs: {name} {how}."
    return None


def _how(move: float, want: float, wanted: Values, row: int, index: int) -> str:
    """Say how one coordinate's move compares with what it should be."""
    if move == 0.0:
        return "does not move"
    if row and abs(move - wanted[row - 1, index]) <= APART * abs(move):
        return "moves as the step before it should have"
    if row and abs(move - wanted[: row + 1, index].sum()) <= APART * abs(move):
        return "moves by all gradients so far together"
    if want == 0.0:
        return "moves where it should rest"
    ratio = move / want
    if ratio < 0:
        right = abs(ratio + 1.0) <= SAME
        return "moves the right distance the wrong way" if right else "moves the wrong way"
    return f"moves {ratio:.3g} times as far as it should"
