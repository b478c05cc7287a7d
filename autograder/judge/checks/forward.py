"""Check ``forward``: right values, shape and gradient, at unpredictable inputs and parameters."""

from __future__ import annotations

from autograder.exercise.spec import Tolerance
from autograder.judge import messages
from autograder.judge.checks.value import examine_value
from autograder.judge.evidence import ProbeView
from autograder.judge.result import Finding


def examine_forward(view: ProbeView, tolerance: Tolerance) -> Finding:
    """Judge one call; the probes differ in parameters, so following them is judged too."""
    return examine_value(view, tolerance, messages.FORWARD_HINT)
