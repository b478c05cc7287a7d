"""Check ``loss_decreases``: the full-data loss, computed here, ends lower than it began.

Not step by step: near convergence the float32 losses of right code rise in half the steps. Equal
steps, and shrinking parameters, lower many a loss, and have nothing to do with it: they count only
where they end where the reference does.
"""

from __future__ import annotations

import msgspec
import numpy as np

from autograder.exercise.spec import Tolerance
from autograder.judge import messages
from autograder.judge.compare import Values, compare
from autograder.judge.evidence import NEAR, ScenarioView
from autograder.judge.motion import multiple_of
from autograder.judge.result import ABSENT, PASSED, Finding
from autograder.judge.steps import count_moves, fresh_gradients
from autograder.protocol.job import is_numpy

FEWEST = 3  # steps: fewer are equal, or a share of the parameter, by chance
SAME = 1e-4  # of the largest step
VARIES = 1e-6  # of the largest: more than float32 rounds


def examine_loss_decreases(view: ScenarioView, tolerance: Tolerance) -> Finding:
    """Require a drop of at least ``1 - rtol`` of the reference's, over two moves or more."""
    start = view.landscape.start
    if any(end.shape != start.shape for end in view.ends):
        return Finding(outcome="failed", message=messages.UNSEEN)
    finding = _examine(view, tolerance)
    evidence = view.steps.evidence if view.steps else "ends"
    return msgspec.structs.replace(finding, evidence=evidence)


def _examine(view: ScenarioView, tolerance: Tolerance) -> Finding:
    start = view.landscape.start
    path = np.vstack([start, *view.ends])
    moved = view.steps.moved if view.steps else count_moves(path[:-1], path[1:])
    if view.steps is None and moved < 2:
        return PASSED if view.reached else ABSENT  # nothing else is known of the steps
    if moved < 2:
        return Finding(outcome="skipped", message=messages.FEW_STEPS, hint=messages.FEW_STEPS_HINT)
    losses, _ = view.landscape.evaluate(path)
    expected, _ = view.landscape.evaluate(np.vstack([start, *view.expected_ends]))
    wanted = (1.0 - tolerance.rtol) * (expected[0] - expected[-1])
    drop = losses[0] - losses[-1]
    if is_numpy(view.contract) and view.planned.scenario.kind == "isolated" and not wanted > 0:
        # Gradients written by hand are those of the lab's own forward, not of what stands for it.
        return PASSED if _arrived(view) else ABSENT
    rated = float(wanted / drop) if drop > 0 else np.inf
    if drop >= wanted and _blind(view) and not _arrived(view):
        return Finding(outcome="failed", message=messages.BLIND, hint=messages.NOT_LOWER_HINT)
    if drop >= wanted:  # false for NaN
        return Finding(outcome="passed", deviation=rated)
    message = messages.not_lower(view.planned)
    hint = messages.NOT_LOWER_HINT
    return Finding(outcome="failed", message=message, hint=hint, deviation=rated)


def _blind(view: ScenarioView) -> bool:
    """Return whether all moves are the same, or the same share of the parameter, by no gradient.

    A gradient met at the first step counts as one for all: some predict once and go on with that.
    So do gradients that hooks saw, of whatever loss, unless each is the same to the last digit.
    """
    steps = view.steps
    if steps is None or len(steps.before) < FEWEST or view.landscape.batches > 1:
        return False
    moves, gradients = steps.moves, view.gradients
    if not (np.isfinite(moves).all() and np.isfinite(gradients).all()):
        return False
    rate = view.planned.scenario.situation.learning_rate
    seen = fresh_gradients(view.observed.calls, steps)
    moving = np.flatnonzero(moves.any(axis=0))
    for index in moving:
        move, gradient = moves[:, index], gradients[:, index]
        sources = (np.ones_like(move), steps.before[:, index])
        is_plain = any(multiple_of(source, move).residual <= SAME for source in sources)
        first = -rate * gradient[0]
        if (
            not is_plain
            or multiple_of(gradient, move).residual <= SAME
            or abs(move[0] - first) <= SAME * abs(first)
            or (seen is not None and _follows(move, seen[:, index]))
        ):
            return False
    return len(moving) > 0


def _follows(move: Values, seen: Values) -> bool:
    """Return whether moves ``[N]`` are a multiple of gradients that hooks saw, which vary."""
    varies = float(np.ptp(seen)) > VARIES * float(np.abs(seen).max())
    return varies and multiple_of(seen, move).residual <= SAME


def _arrived(view: ScenarioView) -> bool:
    """Return whether each call ends where the reference's does."""
    ends, wanted = np.vstack(view.ends), np.vstack(view.expected_ends)
    return compare(ends, wanted, at=view.observed.id, tolerance=NEAR) is None
