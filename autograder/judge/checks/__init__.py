"""What each check looks at: a module each, listed here. Its record is in ``exercise/spec.py``."""

from __future__ import annotations

from collections.abc import Callable

from autograder.exercise.spec import KNOWN_CHECKS, Tolerance
from autograder.judge.checks.criterion import examine_criterion
from autograder.judge.checks.final_parameters import examine_final_parameters
from autograder.judge.checks.forward import examine_forward
from autograder.judge.checks.gradient_zeroing import examine_gradient_zeroing
from autograder.judge.checks.loss_decreases import examine_loss_decreases
from autograder.judge.checks.loss_recorded import examine_loss_recorded
from autograder.judge.evidence import ProbeView, ScenarioView
from autograder.judge.result import Finding
from autograder.protocol.job import Role

PROBE_CHECKS: dict[Role, Callable[[ProbeView, Tolerance], Finding]] = {
    "forward": examine_forward,
    "criterion": examine_criterion,
}
Examine = Callable[[ScenarioView, Tolerance], Finding]
TRAINING_CHECKS: dict[str, Examine] = {
    "loss_recorded": examine_loss_recorded,
    "loss_decreases": examine_loss_decreases,
    "final_parameters": examine_final_parameters,
    "gradient_zeroing": examine_gradient_zeroing,
}


def role_of(check: str) -> Role:
    """Return the function that a check belongs to: a mistake there costs this check.

    Those that every lab has are known; a lab's further ones are of training.
    """
    return next((known.function for known in KNOWN_CHECKS if known.id == check), "train_model")
