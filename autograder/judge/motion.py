"""Step mathematics: what a step is, how far it may be off, and what makes it up.

A step is a move from recorded parameters; the gradient there is computed by the judge. All who fit
steps, checks and diagnosis alike, do it with what stands here. Steps are scaled by the largest so
far: near convergence relative residuals of single steps explode, and in a diverging run the last
step would drown all others.

What an optimizer makes of the same gradients is in ``replay``.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from numpy.typing import NDArray

from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.fit import least_squares
from autograder.judge.objective import LossSurface
from autograder.judge.steps import in_turn, turns_of

SMALLEST = float(np.finfo(np.float32).tiny)


def largest_so_far(values: Values) -> Values:
    """Return the largest size up to each row, of each column by itself."""
    found: Values = np.maximum.accumulate(np.abs(values), axis=0)
    return found


def scale_of(moves: Values) -> Values:
    """Return what moves ``[N, …]`` are divided by before they are fitted: never zero."""
    found: Values = np.maximum(largest_so_far(moves), SMALLEST)
    return found


@dataclasses.dataclass(frozen=True, kw_only=True)
class Closeness:
    """How far a step may be off: shares of itself, of the largest so far, and of the parameter.

    Gradients are rounded as sums of larger terms are, and float32 rounds parameters by 6e-8.
    """

    apart: float
    blur: float
    rounding: float

    def bounds(self, wanted: Values, before: Values) -> Values:
        """Return how far each number may be from ``wanted``, for moves from ``before``."""
        found: Values = (
            self.apart * np.abs(wanted)
            + self.blur * largest_so_far(wanted)
            + self.rounding * np.abs(before)
        )
        return found

    def close(self, found: Values, wanted: Values, before: Values) -> bool:
        """Say whether all numbers are near those wanted, for moves from ``before``."""
        return bool((np.abs(found - wanted) <= self.bounds(wanted, before)).all())


RIGHT = Closeness(apart=1e-3, blur=1e-4, rounding=1e-6)
"""Of a step that is compared with the right one."""
FITTED = Closeness(apart=2e-3, blur=2e-4, rounding=1e-6)
"""Of a step that is compared with a formula, whose constants are fitted."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Multiple:
    """The factor by which a source comes nearest to moves, and by how much it fails at most.

    ``residual`` is a share of the largest move so far.
    """

    factor: float
    residual: float


def multiple_of(source: Values, moves: Values, noise: Values | float = 0.0) -> Multiple:
    """Return the best multiple of ``source`` ``[N]`` for ``moves`` ``[N]``, 0 where it is zero.

    Moves below ``noise`` count as if they were as large.
    """
    scale = np.maximum(scale_of(moves), noise)
    scaled, wanted = source / scale, moves / scale
    power = float(scaled @ scaled)
    factor = float(scaled @ wanted) / power if power > 0 else 0.0
    return Multiple(factor=factor, residual=float(np.abs(wanted - factor * scaled).max()))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shares:
    """The shares of columns that come nearest to moves, and by how much they fail at most."""

    of: Values
    residual: float


def shares_of(columns: Values, moves: Values, scale: Values) -> Shares | None:
    """Return the best shares of ``columns`` ``[M, C]`` for ``moves`` ``[M]``, each row scaled."""
    scaled, wanted = columns / scale[:, None], moves / scale
    found = least_squares(scaled, wanted)
    if found is None:
        return None
    return Shares(of=found, residual=float(np.abs(wanted - scaled @ found).max()))


def carried(moves: Values, begins: NDArray[np.bool_] | None = None) -> Values:
    """Return the move before each one, ``[N, …]``: zero before the first, and where it ``begins``.

    Momentum is a share of this.
    """
    before = np.concatenate([np.zeros_like(moves[:1]), moves[:-1]])
    if begins is not None:
        before[begins] = 0.0
    return before


def sums_of_calls(gradients: Values, call_of: NDArray[np.int64]) -> Values:
    """Return running sums ``[N, …]`` that begin anew with each call of the training function."""
    calls = [gradients[call_of == call] for call in np.unique(call_of)]
    return np.concatenate([np.cumsum(rows, axis=0) for rows in calls])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Motion:
    """One situation's steps ``[N, P]`` before the first that is not finite, and what is right.

    ``gradients`` are the right ones at the places ``before``, ``rate`` is the one that was set.
    ``taken`` and ``expected`` count the steps of each call, ``batches`` those of an iteration;
    ``call_of`` is each step's call, and ``moved`` says how many steps moved something.
    """

    before: Values
    after: Values
    gradients: Values
    rate: float
    taken: tuple[int, ...]
    expected: tuple[int, ...]
    batches: int
    call_of: NDArray[np.int64]
    coordinates: tuple[str, ...]
    moved: int
    surface: LossSurface

    @functools.cached_property
    def moves(self) -> Values:
        """The step vectors."""
        return self.after - self.before

    @functools.cached_property
    def turns(self) -> NDArray[np.int64]:
        """Each step's place in its call."""
        return turns_of(self.call_of)

    @functools.cached_property
    def asked(self) -> Values:
        """How many steps each step's call should take."""
        return np.array([self.expected[call] for call in self.call_of], dtype=np.float64)

    @functools.cached_property
    def losses(self) -> Values:
        """The right losses at the places before, over all data."""
        return self.surface.evaluate(self.before)[0]

    @functools.cached_property
    def halfway(self) -> Values:
        """Each coordinate's right gradient where all other parameters have moved already."""
        names, found = np.array(self.coordinates), np.empty_like(self.gradients)
        for name in dict.fromkeys(self.coordinates):
            own = names == name
            mixed = np.where(own, self.before, self.after)
            if in_turn(self.taken, self.batches):
                gradients = self.surface.step_gradients(mixed)
            else:
                gradients = self.surface.evaluate(mixed)[1]
            found[:, own] = gradients[:, own]
        return found

    @functools.cached_property
    def descent(self) -> Values:
        """The right moves: the rate times the gradient, downhill."""
        return -self.rate * self.gradients

    @functools.cached_property
    def bounds(self) -> Values:
        """How far each move may be from what a formula gives."""
        return FITTED.bounds(self.moves, self.before)

    def fits(self, moves: Values) -> bool:
        """Say whether these are the moves."""
        return bool((np.abs(moves - self.moves) <= self.bounds).all())

    def first(self, count: int) -> Motion:
        """Return the first steps alone."""
        return dataclasses.replace(
            self,
            before=self.before[:count],
            after=self.after[:count],
            gradients=self.gradients[:count],
            call_of=self.call_of[:count],
        )


def motion_of(view: ScenarioView) -> Motion | None:
    """Return a scenario's motion, None where its steps were not seen or none is finite."""
    steps = view.steps
    if steps is None:
        return None
    finite = np.isfinite(np.hstack([steps.before, steps.after, view.gradients])).all(axis=1)
    kept = len(steps.before) if finite.all() else int(np.argmin(finite))
    if kept == 0:
        return None
    return Motion(
        before=steps.before[:kept],
        after=steps.after[:kept],
        gradients=view.gradients[:kept],
        rate=view.planned.scenario.situation.learning_rate,
        taken=steps.taken(len(view.counts)),
        expected=view.step_counts,
        batches=view.landscape.batches,
        call_of=steps.call_of[:kept],
        coordinates=view.coordinates,
        moved=steps.moved,
        surface=view.landscape,
    )
