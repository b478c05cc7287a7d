"""What forward and criterion have in common: value, shape, and a gradient that is right."""

from __future__ import annotations

import msgspec

from autograder.exercise.spec import Tolerance
from autograder.judge import messages
from autograder.judge.claim import read_claim
from autograder.judge.compare import compare, deviation
from autograder.judge.evidence import ProbeView
from autograder.judge.result import PASSED, Evidence, Finding
from autograder.words.text import Text, text


def examine_value(view: ProbeView, tolerance: Tolerance, hint: Text) -> Finding:
    """Compare one probe's value and gradients with the reference's.

    A single value may come in any shape: ``(1,)`` serves backward() as well as ``()``.
    """
    finding = _examine(view, tolerance, hint)
    rated = _deviation(view, tolerance)
    evidence: Evidence = "none" if view.observed.value is None else "values"
    return msgspec.structs.replace(finding, deviation=rated, evidence=evidence)


def _deviation(view: ProbeView, tolerance: Tolerance) -> float | None:
    """Return the larger of the value's and the gradients', None where there is no value."""
    observed, expected = view.observed, view.expected
    if observed.value is None or expected.value is None:
        return None
    pairs = [(observed.value, expected.value)]
    for name, gradient in (expected.gradients or {}).items():
        found = (observed.gradients or {}).get(name)
        if found is None:
            return float("inf")
        pairs.append((found, gradient))
    return max(
        deviation(read_claim(got).reshape(-1), read_claim(want).reshape(-1), tolerance)
        for got, want in pairs
    )


def _examine(view: ProbeView, tolerance: Tolerance, hint: Text) -> Finding:
    observed, expected, role = view.observed, view.expected, view.label
    if observed.failure is not None:
        message, help_ = messages.failure(observed.failure, role, public=view.public)
        return Finding(outcome="failed", message=message, hint=help_)
    if observed.value is None or expected.value is None:
        return Finding(outcome="failed", message=text("no-value", role=role), hint=hint)
    got, want = read_claim(observed.value), read_claim(expected.value)
    if want.size == 1 == got.size:
        got = got.reshape(want.shape)
    mismatch = compare(got, want, at=view.observed.id, tolerance=tolerance)
    if mismatch is not None:
        message = messages.wrong_value(role, mismatch, public=view.public)
        return Finding(outcome="failed", message=message, hint=hint)
    if observed.changed is True and expected.changed is not True:
        message, help_ = text("changes-input", role=role), text("advice-changes-argument")
        return Finding(outcome="failed", message=message, hint=help_)
    return _examine_gradients(view, tolerance) if view.differentiable else PASSED


def _examine_gradients(view: ProbeView, tolerance: Tolerance) -> Finding:
    role = view.label
    cut = Finding(outcome="failed", message=messages.cut_off(role), hint=messages.CUT_HINT)
    observed, expected = view.observed.gradients, view.expected.gradients or {}
    if observed is None:
        return cut
    for name, gradient in expected.items():
        if name not in observed:
            return cut
        got, want = read_claim(observed[name]).reshape(-1), read_claim(gradient).reshape(-1)
        if not got.any() and want.any():
            partly = text("value-cut-off-partly", role=role)
            return msgspec.structs.replace(cut, message=partly)
        if compare(got, want, at=name, tolerance=tolerance) is not None:
            message = messages.wrong_gradient(role)
            return Finding(outcome="failed", message=message, hint=messages.CUT_HINT)
    return PASSED
