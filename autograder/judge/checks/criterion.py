"""Check ``criterion``: the right loss and gradient, for inputs of several sizes."""

from __future__ import annotations

from autograder.exercise.spec import Tolerance
from autograder.judge import messages
from autograder.judge.checks.value import examine_value
from autograder.judge.evidence import ProbeView
from autograder.judge.result import Finding


def examine_criterion(view: ProbeView, tolerance: Tolerance) -> Finding:
    """Judge one call."""
    return examine_value(view, tolerance, messages.CRITERION_HINT)
