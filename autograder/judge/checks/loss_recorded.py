"""Check ``loss_recorded``: one plain number per iteration, the loss before its update.

Judged on the student's own trajectory, so that honest records of a wrong training pass.
"""

from __future__ import annotations

import msgspec
import numpy as np

from autograder.exercise.spec import Tolerance
from autograder.judge import messages
from autograder.judge.claim import read_claim
from autograder.judge.compare import Values, deviation
from autograder.judge.evidence import ScenarioView
from autograder.judge.objective import LossSurface
from autograder.judge.result import ABSENT, Finding
from autograder.protocol.trace import LossRecord
from autograder.words.text import NOTHING, Text

OVERFLOW = 1e35  # float32 ends at 3.4e38, and a sum of squares gets there before their mean


def examine_loss_recorded(view: ScenarioView, tolerance: Tolerance) -> Finding:
    """Judge the list after each call: length, kinds, then the numbers where steps were seen."""
    evidence = view.steps.evidence if view.steps else "ends"
    return msgspec.structs.replace(_examine(view, tolerance), evidence=evidence)


def _examine(view: ScenarioView, tolerance: Tolerance) -> Finding:
    entries: list[Values] = []
    total = 0
    for call, count in zip(view.observed.calls, view.counts, strict=True):
        if call.losses is None:
            return _failed(messages.NO_LOSSES)
        wrong = _examine_kinds(call.losses, count, total + count, public=view.planned.public)
        if wrong is not None:
            return wrong
        entries.append(read_claim(call.losses.values)[-count:])
        total += count
    observed = np.concatenate(entries)
    if view.steps is None:
        return _examine_unseen(view, observed, tolerance)
    rated = _compared(observed, view.landscape, view.steps.before, tolerance)
    if rated <= 1.0:
        kinds = "".join(call.losses.kinds for call in view.observed.calls if call.losses)
        arrays = messages.LOSS_ARRAYS if "a" in kinds else NOTHING
        message = messages.LOSS_ADVICE if "t" in kinds else arrays
        return Finding(outcome="passed", message=message, deviation=rated)
    late = _compared(observed, view.landscape, view.steps.after, tolerance) <= 1.0
    finding = _failed(messages.LOSS_LATE if late else messages.LOSS_OTHER)
    return msgspec.structs.replace(finding, deviation=rated)


def _examine_unseen(view: ScenarioView, observed: Values, tolerance: Tolerance) -> Finding:
    """Judge entries whose steps were not seen: they count where they are the reference's.

    That training ended where the reference's did, on its way, says that its steps were right.
    """
    way = view.expected_steps
    if way is None or not view.reached:
        return ABSENT
    rated = _compared(observed, view.landscape, way.before, tolerance)
    return Finding(outcome="passed", deviation=rated) if rated <= 1.0 else ABSENT


def _compared(
    observed: Values, landscape: LossSurface, points: Values, tolerance: Tolerance
) -> float:
    """Return how far the entries are from the losses at points ``[K, P]``, in tolerances.

    Compared up to where float32 overflows, or rounds so that another loss comes out: from there
    on a right record holds other numbers, inf or NaN.
    """
    losses, _ = landscape.evaluate(points)
    if observed.shape != losses.shape or not observed.size:
        return np.inf
    rated = deviation(observed, losses, tolerance)
    if rated <= 1.0:
        return rated
    beyond = ~np.isfinite(observed) & ~(np.abs(losses) < OVERFLOW)
    beyond |= landscape.blurred(points)
    kept = int(np.argmax(beyond)) if beyond.any() else len(observed)
    return deviation(observed[:kept], losses[:kept], tolerance) if kept else np.inf


def _examine_kinds(losses: LossRecord, count: int, total: int, *, public: bool) -> Finding | None:
    """Return what is wrong with the list's form. A list emptied at each call is as good."""
    found = len(losses.kinds)
    if found not in (count, total) or read_claim(losses.values).shape != (found,):
        return _failed(messages.loss_count(found, total, public=public))
    if "g" in losses.kinds:
        return _failed(messages.LOSS_GRAPH, messages.LOSS_GRAPH_HINT)
    if "x" in losses.kinds:
        return _failed(messages.LOSS_KIND, messages.LOSS_GRAPH_HINT)
    return None


def _failed(message: Text, hint: Text = messages.LOSSES_HINT) -> Finding:
    return Finding(outcome="failed", message=message, hint=hint)
