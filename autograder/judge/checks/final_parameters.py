"""Check ``final_parameters``: after each call the parameters are where the reference's are."""

from __future__ import annotations

import msgspec
import numpy as np

from autograder.exercise.spec import Tolerance
from autograder.judge import messages
from autograder.judge.compare import TINY, compare, deviation
from autograder.judge.evidence import ScenarioView
from autograder.judge.result import PASSED, Finding
from autograder.judge.rule import follows_rule
from autograder.words.text import Text, text


def examine_final_parameters(view: ScenarioView, tolerance: Tolerance) -> Finding:
    """Compare the parameters at the end of every call, all within the tolerance."""
    pairs = zip(view.ends, view.expected_ends, strict=True)
    rated = max(deviation(observed, expected, tolerance) for observed, expected in pairs)
    finding = _examine(view, tolerance)
    if finding.outcome != "passed" and _taken_by_rule(view):
        return msgspec.structs.replace(PASSED, deviation=None, evidence="calls")
    return msgspec.structs.replace(finding, deviation=rated, evidence="ends")


def _taken_by_rule(view: ScenarioView) -> bool:
    """Say whether each step asked for is one of the lab's own rule.

    Some rules make large steps of gradients that are nothing but rounding: right code then ends
    elsewhere.
    """
    steps = view.steps
    if (
        view.rule is None
        or view.planned.keeps_best
        or steps is None
        or len(steps.before) != sum(view.step_counts)
    ):
        return False
    whole = np.array_equal(steps.before[0], view.landscape.start)
    apart = follows_rule(view) if whole else None
    return apart is not None and apart <= 1.0


def _examine(view: ScenarioView, tolerance: Tolerance) -> Finding:
    for observed, expected in zip(view.ends, view.expected_ends, strict=True):
        mismatch = compare(observed, expected, at=view.observed.id, tolerance=tolerance)
        if mismatch is None:
            continue
        hint = messages.END_HINT
        if mismatch.is_shape:
            names = messages.listed(view.coordinates)
            message = text("parameters-reshaped", names=names, observed=str(mismatch.observed))
        else:
            bounds = tolerance.atol + tolerance.rtol * np.abs(expected)
            excess = np.nan_to_num(np.abs(observed - expected) / (bounds + TINY), nan=np.inf)
            index = int(np.argmax(excess))
            hint = _hint(view, index, float(observed[index]), float(expected[index]))
            message = messages.wrong_end(
                view.planned,
                view.coordinates[index],
                float(observed[index]),
                float(expected[index]),
                public=view.planned.public,
            )
        return Finding(outcome="failed", message=message, hint=hint)
    return PASSED


def _hint(view: ScenarioView, index: int, observed: float, expected: float) -> Text:
    """Return a question that fits where one parameter ended."""
    start, name = float(view.landscape.start[index]), view.coordinates[index]
    steps = view.steps
    if observed == start:
        return text("advice-rests", name=name)
    if not abs(observed - expected) <= abs(start - expected):
        return text("advice-astray", name=name)
    if steps is not None and len(steps.moves) != sum(view.step_counts):
        return messages.COUNT_HINT
    return messages.END_HINT
