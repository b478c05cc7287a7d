"""What training does may look like a mistake that another check shows not to be there."""

from __future__ import annotations

import pytest

from autograder.exercise.recorded import Evaluation, Recorded, recorded_checks
from autograder.judge.checks.recorded import Look
from autograder.judge.diagnosis.recorded import disproved
from autograder.judge.result import CheckResult, Outcome
from autograder.protocol.job import Functions
from autograder.words.text import NOTHING

LOOKS = {
    id_: Look(check=check, contract=Functions(), value=None)
    for id_, check in recorded_checks(
        (
            Recorded(("VAL",), lambda p, d: 0.0, points=1),
            Recorded(("ACC",), lambda p, d: 0.0, points=1),
        ),
        Evaluation(eval_mode=1),
    ).items()
}


def checks(**outcomes: Outcome) -> list[CheckResult]:
    """Return results by the ends of their ids."""
    return [
        CheckResult(
            id=f"train_model-{name}",
            function="train_model",
            outcome=outcome,
            message=NOTHING,
            hint=NOTHING,
            passed=outcome == "passed",
            points=0,
            max_points=1,
        )
        for name, outcome in outcomes.items()
    ]


@pytest.mark.parametrize(
    ("outcomes", "ruled_out"),
    [
        ({"VAL": "passed", "ACC": "passed"}, {"values-of-training-data"}),
        ({"VAL": "passed", "ACC": "failed"}, set()),
        ({"VAL": "failed", "ACC": "failed", "eval_mode": "skipped"}, set()),
        ({"eval_mode": "passed"}, {"evaluates-in-train-mode", "trains-in-eval-mode"}),
        ({}, set()),
    ],
)
def test_a_mistake_is_none_where_all_checks_that_it_costs_passed(
    outcomes: dict[str, Outcome], ruled_out: set[str]
) -> None:
    assert disproved(checks(**outcomes), LOOKS) == ruled_out
