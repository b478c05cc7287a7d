"""Check ``gradient_zeroing``: each step used its own fresh gradient and nothing older.

The parameters decide: each coordinate moves by one fixed multiple of one gradient, its own or (a
mistake that costs other checks) another's, over the whole run; gradients are recomputed here at
the recorded parameters. A wrong sign, a wrong rate or a missing update are such multiples too, and
what another of torch's optimizers makes of the gradients is as good.
Where there is none (momentum, a schedule of rates), the gradient buffers seen by hooks may clear
the code, unless a coordinate moves by the sum of its gradients or by the one before.
"""

from __future__ import annotations

import msgspec
import numpy as np

from autograder.exercise.spec import Tolerance
from autograder.judge import messages
from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.motion import (
    carried,
    largest_so_far,
    multiple_of,
    scale_of,
    shares_of,
    sums_of_calls,
)
from autograder.judge.result import ABSENT, PASSED, Finding
from autograder.judge.rule import follows_optimizer, follows_rule
from autograder.judge.steps import Steps, fresh_gradients, turns_of
from autograder.protocol.trace import CallRecord

MOST_SOURCES = 32
STRONGEST_MOMENTUM = 0.995
LEAST_MOVES = 2  # one alone is a multiple of anything
DIVERGED = 1e12  # parameters that got so far leave float32's range by themselves
FLOAT32 = 1.2e-7  # a rounded sum or product is off by at most half of this share
ROUNDED = 6e-7  # of a parameter: ten times what float32 rounds by when it is moved
SUMMED = 3e-6  # of the largest move so far: gradients that cancel out keep their terms' rounding


def examine_gradient_zeroing(view: ScenarioView, tolerance: Tolerance) -> Finding:
    """Judge the steps of one scenario; where they were not seen, by where they led."""
    steps = view.steps
    if steps is None:
        return msgspec.structs.replace(PASSED, evidence="ends") if view.reached else ABSENT
    by_rule = follows_rule(view) if steps.moved >= LEAST_MOVES else None
    if by_rule is not None and by_rule <= 1.0:
        return Finding(outcome="passed", deviation=by_rule, evidence=steps.evidence)
    found = _examine(view, steps, tolerance)
    if found.outcome == "failed" and follows_optimizer(steps, view.gradients):
        found = PASSED
    return msgspec.structs.replace(found, evidence=steps.evidence)


def _examine(view: ScenarioView, steps: Steps, tolerance: Tolerance) -> Finding:
    if steps.moved < 2:
        return Finding(
            outcome="skipped", message=messages.FEW_STEPS, hint=messages.FEW_STEPS_HINT, yields=True
        )
    steps, gradients = _before_overflow(steps, view.gradients)
    if not (np.isfinite(gradients).all() and np.isfinite(steps.after).all()):
        return Finding(outcome="failed", message=messages.NOT_FRESH, hint=messages.ZEROING_HINT)
    bound = tolerance.rtol
    off = [_staleness(view, steps, gradients, i, bound) for i in range(gradients.shape[1])]
    stale = [i for i, value in enumerate(off) if value > bound]
    rated = max(off) / bound
    if not stale:
        return Finding(outcome="passed", deviation=rated)
    fresh = _buffers_fresh(view.observed.calls, steps.moved, bound)
    finding = _explained(steps, gradients, stale, view.coordinates, bound, fresh=fresh)
    if finding is None and fresh:
        whole = view.landscape.evaluate(steps.before)[1]  # of all data: for a step an epoch
        for own in (gradients, whole):
            if all(_rests_between(steps, own, i, bound) for i in stale):
                return PASSED
        claimed = _claimed(view.observed.calls, steps, gradients)
        borne_out = view.landscape.batches > 1 or _agree(claimed, gradients, bound)
        seen = claimed is not gradients
        other_rule = view.rule is not None and seen and _is_fresh(claimed, gradients, bound)
        if other_rule or (
            steps.moves[0].any()
            and all(_follows(steps, claimed, i, bound, rising=borne_out) for i in stale)
        ):
            return PASSED
    hint = messages.SOURCE_HINT if fresh else messages.ZEROING_HINT
    not_fresh = Finding(outcome="failed", message=messages.NOT_FRESH, hint=hint)
    return msgspec.structs.replace(finding or not_fresh, deviation=rated)


def residual(moves: Values, source: Values, noise: Values | float = 0.0) -> float:
    """Return the largest deviation of ``moves`` ``[N]`` from their best multiple of ``source``."""
    return multiple_of(source, moves, noise).residual


def _staleness(
    view: ScenarioView, steps: Steps, gradients: Values, index: int, bound: float
) -> float:
    """Return how far a coordinate's moves are from multiples of a fresh gradient.

    Of its own; else of another's; else of its own where the others have moved already.
    """
    move = steps.moves[:, index]
    noise = _noise(steps, index, bound)
    if not move.any():
        return 0.0
    least = residual(move, gradients[:, index], noise)
    if least <= bound:
        return least
    others = range(gradients.shape[1]) if gradients.shape[1] <= MOST_SOURCES else ()
    least = min([least, *(residual(move, gradients[:, other], noise) for other in others)])
    if least <= bound:
        return least
    return min(least, _one_after_another(view, steps, index, noise))


def _noise(steps: Steps, index: int, bound: float) -> Values:
    """Return how large moves must be, so that what float32 rounds off stays below the bound."""
    largest = largest_so_far(np.abs(steps.moves).max(axis=1))
    return (ROUNDED * np.abs(steps.before[:, index]) + SUMMED * largest) / bound


def _before_overflow(steps: Steps, gradients: Values) -> tuple[Steps, Values]:
    """Leave out what comes after a run that diverges by itself has left float32's range."""
    finite = np.isfinite(gradients).all(axis=1) & np.isfinite(steps.after).all(axis=1)
    kept = int(np.argmin(finite))
    if finite.all() or kept < 3 or not np.abs(steps.before[:kept]).max() > DIVERGED:
        return steps, gradients
    return steps.first(kept), gradients[:kept]


def _one_after_another(view: ScenarioView, steps: Steps, index: int, noise: Values) -> float:
    """Return how far a coordinate is from its gradient where the others have moved already."""
    if view.landscape.batches > 1:
        return np.inf
    mixed = steps.after.copy()
    mixed[:, index] = steps.before[:, index]
    _, gradients = view.landscape.evaluate(mixed)
    return residual(steps.moves[:, index], gradients[:, index], noise)


def _rests_between(steps: Steps, gradients: Values, index: int, bound: float) -> bool:
    """Return whether a coordinate moves in some steps alone, then by its own fresh gradient.

    As where it is moved in every second iteration, by a second loss of the same iteration, or once
    an epoch.
    """
    moving = steps.moves[:, index] != 0.0
    if moving.sum() < LEAST_MOVES:
        return False
    noise = _noise(steps, index, bound)[moving]
    move = steps.moves[moving, index]
    return residual(move, gradients[moving, index], noise) <= bound


def _explained(
    steps: Steps,
    gradients: Values,
    stale: list[int],
    coordinates: tuple[str, ...],
    bound: float,
    *,
    fresh: bool,
) -> Finding | None:
    """Return what went wrong where coordinates move by older gradients, else None."""
    moves = steps.moves
    sums = (np.cumsum(gradients, axis=0), sums_of_calls(gradients, steps.call_of))
    summed = [
        index
        for index in stale
        if any(residual(moves[:, index], total[:, index]) <= bound for total in sums)
    ]
    if summed:
        message = messages.accumulates(coordinates[index] for index in summed)
        hint = messages.SUMMED_HINT if fresh else messages.ZEROING_HINT
        return Finding(outcome="failed", message=message, hint=hint)
    late = [coordinates[i] for i in stale if _is_late(moves[:, i], gradients[:, i], bound)]
    if not late:
        return None
    message = messages.LAGS if set(late) == set(coordinates) else messages.lags(late)
    return Finding(outcome="failed", message=message, hint=messages.LAGS_HINT)


def _is_late(move: Values, gradient: Values, bound: float) -> bool:
    """Return whether a coordinate moves by the gradient of the step before, and not at first."""
    rests_first = abs(move[0]) <= bound * np.abs(move).max()
    return bool(rests_first) and residual(move[1:], gradient[:-1]) <= bound


def _claimed(calls: tuple[CallRecord, ...], steps: Steps, gradients: Values) -> Values:
    """Return the new gradients that hooks saw, ``[N, P]``; ours where they are not one a step."""
    found = fresh_gradients(calls, steps)
    return gradients if found is None else found


def _agree(claimed: Values, gradients: Values, bound: float) -> bool:
    """Return whether claimed gradients ``[N, P]`` are multiples of ours: a loss may be scaled."""
    columns = range(gradients.shape[1])
    return all(residual(claimed[:, i], gradients[:, i]) <= bound for i in columns)


def _is_fresh(claimed: Values, gradients: Values, bound: float) -> bool:
    """Say whether claimed gradients ``[N, P]`` are ours, but for a share of the largest so far."""
    largest = np.maximum.accumulate(np.abs(gradients).max(axis=1))
    return bool((np.abs(claimed - gradients).max(axis=1) <= bound * largest).all())


def _follows(steps: Steps, gradients: Values, index: int, bound: float, *, rising: bool) -> bool:
    """Return whether gradients explain a coordinate's moves: by a rate, momentum or a schedule.

    Hooks live in the student's process: what they claim must at least make sense. A schedule only
    rises or only falls within a call; where our gradients do not bear the claims out it may not be
    ``rising``, which is what sums of gradients look like. Momentum of 1 would be such a sum, too.
    """
    move, gradient = steps.moves[:, index], gradients[:, index]
    if residual(move, gradient) <= bound:
        return True
    return _has_inertia(steps, gradient, index, bound) or _is_schedule(
        steps, gradient, index, bound, rising=rising
    )


def _has_inertia(steps: Steps, gradient: Values, index: int, bound: float) -> bool:
    """Return whether momentum, carried between calls or not, or weight decay explain the moves."""
    move = steps.moves[:, index]
    anew = turns_of(steps.call_of) == 0
    for pull, most in (
        (carried(move), STRONGEST_MOMENTUM),
        (carried(move, anew), STRONGEST_MOMENTUM),
        (-steps.before[:, index], 0.0),
    ):
        shares = shares_of(np.stack([pull, -gradient], axis=1), move, scale_of(move))
        if shares is None or shares.residual > bound:
            continue
        share, rate = shares.of
        if rate > 0.0 and 0.0 < share < (most or rate):  # weights decay slower than they learn
            return True
    return False


def _is_schedule(steps: Steps, gradient: Values, index: int, bound: float, *, rising: bool) -> bool:
    """Return whether a coordinate moves by rates that, but for rounding, only rise or only fall."""
    move = steps.moves[:, index]
    noise = FLOAT32 * (np.abs(steps.before[:, index]) + np.abs(steps.after[:, index]))
    rates = -move / np.where(gradient == 0.0, np.nan, gradient)
    slack = (noise + bound * np.abs(move)) / np.abs(gradient)
    low, high = rates - slack, rates + slack
    for call in np.unique(steps.call_of):
        lows, highs = low[steps.call_of == call], high[steps.call_of == call]
        falls = (lows <= np.minimum.accumulate(highs)).all()
        rises = rising and (highs >= np.maximum.accumulate(lows)).all()
        if not (falls or rises):
            return False
    return bool((high > 0.0).all())


def _buffers_fresh(calls: tuple[CallRecord, ...], moved: int, bound: float) -> bool:
    """Return whether hooks saw each ``.grad`` equal its new gradient, as often as steps moved."""
    seen = 0
    for call in calls:
        for name, array in call.fresh.items():
            fresh, buffers = read_claim(array), read_claim(call.buffers.get(name, array))
            if fresh.shape != buffers.shape:
                return False
            if fresh.size and not np.abs(fresh - buffers).max() <= bound * np.abs(fresh).max():
                return False
        seen += min((read_claim(array).shape[0] for array in call.fresh.values()), default=0)
    return seen >= max(moved, 2)
