"""A lab's own update rule, where that is more than gradient descent, and whether steps follow it.

The optimizer, its settings, schedule and clipping come from the spec, never from the child. Torch's
own classes are given trusted gradients at the recorded parameters, one step at a time. Float32
knows a gradient to a share of the largest one only, and some rules, such as Adam, make as large a
step of a small gradient: so each step is also computed with gradients that much larger and smaller,
and where that makes a difference, it is granted.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.replay import OPTIMIZERS, Maker, replayed
from autograder.judge.steps import Steps
from autograder.protocol.job import Rule

NOISE = 2e-6  # of the largest gradient of a step
APART = 1e-3  # of the largest move of a coordinate so far
ROUNDED = 6e-7  # of the parameter
TELLING = 0.1  # of a move: what is granted must be less, for the move to tell anything
ENOUGH = 0.5  # of all moves must tell something
FIRST = 8  # steps are tried before all
ALIKE, GROWS = 0.01, 1.25  # first moves of optimizers that adapt: how far apart, and the second


class Stepper:
    """Clips, steps, and moves the schedule on at the end of its period, as the rule has it."""

    def __init__(self, rule: Rule, place: torch.Tensor, rate: float, period: int) -> None:
        settings: dict[str, Any] = dict(rule.settings)
        self._place, self._rule, self._period, self._taken = place, rule, period, 0
        self._optimizer = getattr(torch.optim, rule.optimizer)([place], lr=rate, **settings)
        self._schedule: Any = None
        if rule.schedule:
            kind = getattr(torch.optim.lr_scheduler, rule.schedule)
            self._schedule = kind(self._optimizer, **rule.schedule_settings)

    def step(self) -> None:
        """Take one step with the gradient that the place has."""
        if self._rule.clip_norm:
            torch.nn.utils.clip_grad_norm_([self._place], self._rule.clip_norm)
        self._optimizer.step()
        self._taken += 1
        if self._schedule is not None and self._taken % self._period == 0:
            self._schedule.step()


def maker_of(rule: Rule, batches: int) -> Maker:
    """Return what makes the rule's steps; its schedule moves on after each iteration, or step."""
    period = 1 if rule.every == "step" else batches

    def make(place: torch.Tensor, rate: float) -> torch.optim.Optimizer:
        return cast("torch.optim.Optimizer", Stepper(rule, place, rate, period))

    return make


def follows_rule(view: ScenarioView) -> float | None:
    """Return how far the steps are from the lab's rule, at 1 too far; None where it has none.

    An optimizer may begin anew with each call, or go on.
    """
    rule, steps = view.rule, view.steps
    if rule is None or steps is None or not len(steps.before):
        return None
    gradients, moves = view.gradients, steps.moves
    if not (np.isfinite(gradients).all() and np.isfinite(moves).all()):
        return np.inf
    rate = view.planned.scenario.situation.learning_rate
    make = maker_of(rule, view.landscape.batches)
    return min(
        _apart(make, steps.before, moves, gradients, rate, begins) for begins in _begins(steps)
    )


def follows_optimizer(steps: Steps, gradients: Values) -> bool:
    """Say whether steps are those of one of torch's optimizers at one rate, whatever the lab asks.

    It is given ``gradients`` ``[N, P]``, each of its own step.
    """
    finite = np.isfinite(gradients).all() and np.isfinite(steps.after).all()
    if not finite or not _adapts(steps.moves, gradients):
        return False
    for make in OPTIMIZERS.values():
        for begins in _begins(steps):
            first = next(replayed(make, steps.before, gradients, 1.0, begins))
            own = float(first @ steps.moves[0]) / (float(first @ first) or 1.0)
            if own > 0.0 and all(
                _apart(make, steps.before[:n], steps.moves[:n], gradients[:n], own, begins[:n])
                <= 1.0
                for n in (FIRST, len(gradients))
            ):
                return True
    return False


def _adapts(moves: Values, gradients: Values) -> bool:
    """Say whether steps begin as those of optimizers that adapt: equally far in all coordinates.

    Else none is made: the first one in a process takes a second. Sums of gradients grow faster.
    """
    if len(moves) < 2 or not moves[0].any():
        return False
    first, second = np.abs(moves[0]), np.abs(moves[1])
    against = (moves[0] * gradients[0] <= 0.0).all()
    return bool(
        against and np.ptp(first) <= ALIKE * first.max() and (second <= GROWS * first).all()
    )


def _begins(steps: Steps) -> list[NDArray[np.bool_]]:
    """Return where an optimizer may begin anew: with the first call alone, or with each."""
    anew = np.diff(steps.call_of, prepend=-1) != 0
    carried = np.arange(len(anew)) == 0
    return [anew] if np.array_equal(anew, carried) else [carried, anew]


def _apart(  # a replay's own terms
    make: Maker,
    before: Values,
    moves: Values,
    gradients: Values,
    rate: float,
    begins: NDArray[np.bool_],
) -> float:
    noise = NOISE * np.abs(gradients).max(axis=1, keepdims=True) * np.ones_like(gradients)
    rows = [
        np.array(list(replayed(make, before, changed, rate, begins)))
        for changed in (gradients, gradients + noise, gradients - noise)
    ]
    wanted = rows[0]
    granted = 2.0 * np.maximum(np.abs(rows[1] - wanted), np.abs(rows[2] - wanted))
    largest = np.maximum.accumulate(np.abs(wanted), axis=0)
    moving = largest > 0.0
    telling = moving & (granted <= TELLING * largest)
    if telling.sum() < ENOUGH * moving.sum():
        return float("inf")
    bounds = APART * largest + ROUNDED * np.abs(before) + granted + np.finfo(np.float32).tiny
    return float((np.abs(moves - wanted) / bounds).max())
