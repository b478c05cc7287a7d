"""What is recorded of one iteration, and its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose
from typing import Final

from autograder.plots.screen import label

LINES: Final = 12  # more lines in one picture cannot be told apart


@dataclass(frozen=True, kw_only=True)
class Step:
    """One iteration: parameters, the loss that was passed in, and the loss on all data."""

    w: float
    b: float
    given: float
    loss: float


def told(step: Step) -> str:
    """Return the step's loss in words; both numbers where the one passed in is another.

    They differ where it is the loss of a batch, or no mean squared error.
    """
    if isclose(step.given, step.loss, rel_tol=1e-2, abs_tol=1e-9) or step.given == step.loss:
        return f"loss = {label(step.given)}"
    return f"loss passed in = {label(step.given)}, on all data = {label(step.loss)}"


def counted(steps: Sequence[Step]) -> str:
    """Return how many steps there are, in words."""
    return f"{len(steps)} iteration{'' if len(steps) == 1 else 's'} recorded"


def sampled(steps: Sequence[Step]) -> list[Step]:
    """Return the first step, the last, and a few evenly between: at most twelve."""
    if len(steps) <= LINES:
        return list(steps)
    return [steps[round(k * (len(steps) - 1) / (LINES - 1))] for k in range(LINES)]
