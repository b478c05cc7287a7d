"""What each check looks at: a module each, of the check's name; its record is in the spec.

``<id>.py`` has a function ``examine_<id>``; ``KNOWN_CHECKS`` in ``exercise/spec.py`` has a line.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from autograder.exercise.spec import KNOWN_CHECKS, Tolerance
from autograder.judge.evidence import ProbeView, ScenarioView
from autograder.judge.result import Finding
from autograder.protocol.job import Role

TRAINING: Role = "train_model"


def _examine(check: str) -> Any:
    """Return what looks at a check's evidence."""
    return getattr(importlib.import_module(f"{__name__}.{check}"), f"examine_{check}")


PROBE_CHECKS: dict[Role, Callable[[ProbeView, Tolerance], Finding]] = {
    known.function: _examine(known.id) for known in KNOWN_CHECKS if known.function != TRAINING
}
Examine = Callable[[ScenarioView, Tolerance], Finding]
TRAINING_CHECKS: dict[str, Examine] = {
    known.id: _examine(known.id) for known in KNOWN_CHECKS if known.function == TRAINING
}


def role_of(check: str) -> Role:
    """Return the function that a check belongs to: a mistake there costs this check.

    Those that every lab has are known; a lab's further ones are of training.
    """
    return next((known.function for known in KNOWN_CHECKS if known.id == check), "train_model")
