"""Check ``loss_recorded``: one plain number per iteration, the loss before its update.

Judged on the student's own trajectory, so that honest records of a wrong training pass.
"""

from __future__ import annotations

import numpy as np

from autograder.exercise.spec import Tolerance
from autograder.judge import words
from autograder.judge.compare import Values, compare
from autograder.judge.result import ABSENT, PASSED, Finding
from autograder.judge.view import ScenarioView
from autograder.protocol.array import unpack
from autograder.protocol.trace import LossRecord

OVERFLOW = 1e35  # float32 ends at 3.4e38, and a sum of squares gets there before their mean


def examine_loss_recorded(view: ScenarioView, tolerance: Tolerance) -> Finding:
    """Judge the list after each call: length, kinds, then the numbers where steps were seen."""
    entries: list[Values] = []
    total = 0
    for call, count in zip(view.observed.calls, view.counts, strict=True):
        if call.losses is None:
            return _failed(words.NO_LOSSES)
        wrong = _examine_kinds(call.losses, count, total + count, public=view.planned.public)
        if wrong is not None:
            return wrong
        entries.append(unpack(call.losses.values)[-count:])
        total += count
    if view.steps is None:
        return ABSENT
    losses, _ = view.landscape.evaluate(view.steps.before)
    observed = np.concatenate(entries)
    if _agree(observed, losses, tolerance):
        advice = any("t" in call.losses.kinds for call in view.observed.calls if call.losses)
        return Finding(outcome="passed", message=words.LOSS_ADVICE) if advice else PASSED
    late, _ = view.landscape.evaluate(view.steps.after)
    if _agree(observed, late, tolerance):
        return _failed(words.LOSS_LATE)
    return _failed(words.LOSS_OTHER)


def _agree(observed: Values, losses: Values, tolerance: Tolerance) -> bool:
    """Compare up to where float32 overflows: from there on a right record holds inf or NaN."""
    if observed.shape == losses.shape:
        beyond = ~np.isfinite(observed) & ~(np.abs(losses) < OVERFLOW)
        kept = int(np.argmax(beyond)) if beyond.any() else len(observed)
        observed, losses = observed[:kept], losses[:kept]
    mismatch = compare(observed, losses, at="losses", tolerance=tolerance)
    return bool(observed.size) and mismatch is None


def _examine_kinds(losses: LossRecord, count: int, total: int, *, public: bool) -> Finding | None:
    """Return what is wrong with the list's form. A list emptied at each call is as good."""
    found = len(losses.kinds)
    if found not in (count, total) or unpack(losses.values).shape != (found,):
        return _failed(words.loss_count(found, total, public=public))
    if "g" in losses.kinds:
        return _failed(words.LOSS_GRAPH, words.LOSS_GRAPH_HINT)
    if "x" in losses.kinds:
        return _failed(words.LOSS_KIND, words.LOSS_GRAPH_HINT)
    return None


def _failed(message: str, hint: str = words.LOSSES_HINT) -> Finding:
    return Finding(outcome="failed", message=message, hint=hint)
