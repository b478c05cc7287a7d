"""Check ``loss_decreases``: the full-data loss, computed here, ends lower than it began.

Not step by step: near convergence the float32 losses of right code rise in half the steps.
"""

from __future__ import annotations

import msgspec
import numpy as np

from autograder.exercise.spec import Tolerance
from autograder.judge import messages
from autograder.judge.evidence import ScenarioView
from autograder.judge.result import ABSENT, PASSED, Finding
from autograder.judge.steps import count_moves


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
    rated = float(wanted / drop) if drop > 0 else np.inf
    if drop >= wanted:  # false for NaN
        return Finding(outcome="passed", deviation=rated)
    message = messages.not_lower(view.planned)
    hint = messages.NOT_LOWER_HINT
    return Finding(outcome="failed", message=message, hint=hint, deviation=rated)
