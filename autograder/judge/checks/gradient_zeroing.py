"""Check ``gradient_zeroing``: each step used its own fresh gradient and nothing older.

The parameters decide: one linear map A with ``step_k = -A g_k`` for all k, where g_k is recomputed
here at the recorded parameters. A wrong sign, rate or target parameter is such a map too, and
costs other checks. Where there is no such map (momentum, a schedule of rates), the gradient
buffers seen by hooks may clear the code, unless a parameter moves by the sum of its gradients.
"""

from __future__ import annotations

import numpy as np

from autograder.exercise.spec import Tolerance
from autograder.judge import words
from autograder.judge.compare import Values
from autograder.judge.result import ABSENT, PASSED, Finding
from autograder.judge.view import ScenarioView
from autograder.protocol.array import unpack
from autograder.protocol.trace import CallRecord


def examine_gradient_zeroing(view: ScenarioView, tolerance: Tolerance) -> Finding:
    """Judge the steps of one scenario; absent where they were not seen or are too few to fit."""
    steps = view.steps
    if steps is None:
        return ABSENT
    if steps.moved < 2:
        return Finding(outcome="skipped", message=words.FEW_STEPS, hint=words.FEW_STEPS_HINT)
    _, gradients = view.landscape.evaluate(steps.before)
    if not (np.isfinite(gradients).all() and np.isfinite(steps.after).all()):
        return Finding(outcome="failed", message=words.NOT_FRESH, hint=words.ZEROING_HINT)
    bound = tolerance.rtol
    if len(gradients) > gradients.shape[1] and residual(steps.moves, gradients) <= bound:
        return PASSED
    explained = _explained(steps.moves, gradients, view.names, bound)
    if explained is None and steps.moved == len(steps.moves):
        explained = PASSED if _buffers_fresh(view.observed.calls, steps.moved, bound) else None
    not_fresh = Finding(outcome="failed", message=words.NOT_FRESH, hint=words.ZEROING_HINT)
    return explained or not_fresh


def _explained(
    moves: Values, gradients: Values, names: tuple[str, ...], bound: float
) -> Finding | None:
    """Return what went wrong where the steps follow from older gradients, else None."""
    if len(gradients) > 2 and residual(moves[1:], gradients[:-1]) <= bound:
        return Finding(outcome="failed", message=words.LAGS, hint=words.LAGS_HINT)
    sums = np.cumsum(gradients, axis=0)
    summed = [
        name
        for index, name in enumerate(names[: gradients.shape[1]])
        if residual(moves[:, [index]], sums[:, [index]]) <= bound
        and residual(moves[:, [index]], gradients[:, [index]]) > bound
    ]
    if not summed:
        return None
    message = words.ACCUMULATES.format(names=" and ".join(summed))
    return Finding(outcome="failed", message=message, hint=words.ZEROING_HINT)


def residual(moves: Values, gradients: Values) -> float:
    """Return the largest deviation from the best ``moves = -gradients A``, over the largest move.

    Each step is scaled by the largest move so far: near convergence relative residuals of single
    steps explode, and in a diverging run the last step would drown all others.
    """
    largest = np.maximum.accumulate(np.abs(moves).max(axis=1, keepdims=True))
    weights = 1.0 / np.maximum(largest, np.finfo(np.float32).tiny)
    fitted, *_ = np.linalg.lstsq(gradients * weights, moves * weights, rcond=None)
    return float(np.abs((moves - gradients @ fitted) * weights).max())


def _buffers_fresh(calls: tuple[CallRecord, ...], moved: int, bound: float) -> bool:
    """Say whether hooks saw every ``.grad`` equal to its new gradient, as often as steps moved."""
    seen = 0
    for call in calls:
        for name, array in call.fresh.items():
            fresh, buffers = unpack(array), unpack(call.buffers.get(name, array))
            if fresh.shape != buffers.shape:
                return False
            if fresh.size and not np.abs(fresh - buffers).max() <= bound * np.abs(fresh).max():
                return False
        seen += min((unpack(array).shape[0] for array in call.fresh.values()), default=0)
    return seen >= max(moved, 2)
