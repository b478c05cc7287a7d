"""Further lists and evaluation in a spec: what they are called, and what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import pytest

from autograder.errors import SpecError
from autograder.exercise import Evaluation, Recorded, Validation
from autograder.exercise.loader import load_exercise
from autograder.exercise.plan import make_plan
from autograder.exercise.spec import function_of
from autograder.judge.objective import Landscape, rows_of
from autograder.protocol.job import records_of

LAB = Path(__file__).parents[1] / "verification" / "validated"
EXERCISE = load_exercise(LAB / "exercise.py")


def changed(**fields: Any) -> None:
    dataclasses.replace(EXERCISE, **fields)


def test_checks_of_lists_are_those_of_training_and_their_names_reach_the_worker() -> None:
    wanted = ["train_model-VAL", "train_model-ACC", "train_model-eval_mode", "train_model-no_grad"]
    assert list(EXERCISE.recorded_checks) == wanted
    assert {function_of(check) for check in wanted} == {"train_model"}
    assert EXERCISE.max_score == 11
    assert records_of(EXERCISE.contract) == (("VAL", "val_losses"), ("ACC", "accuracies"))


@pytest.mark.parametrize(
    "recorded",
    [
        "VAL",
        ("VAL",),
        (Recorded("VAL", len, points=1), Recorded("VAL", len, points=1)),  # type: ignore[arg-type]
        (Recorded("not a name", len, points=1),),  # type: ignore[arg-type]
        (Recorded("VAL", 3.0, points=1),),  # type: ignore[arg-type]
        (Recorded("VAL", len, points=1, rtol=-1.0),),  # type: ignore[arg-type]
        (Recorded("VAL", len, points=0),),  # type: ignore[arg-type]
    ],
)
def test_lists_that_are_none_are_refused(recorded: object) -> None:
    with pytest.raises(SpecError):
        changed(recorded=recorded)


def test_an_evaluation_needs_points_and_data() -> None:
    with pytest.raises(SpecError, match="evaluation"):
        changed(evaluation=Evaluation())
    alone = msgspec.structs.replace(EXERCISE.contract, validation=msgspec.UNSET)
    with pytest.raises(SpecError, match="validation"):
        changed(contract=alone)


def test_validation_data_must_be_there_with_as_many_rows_and_may_be_fewer_than_others() -> None:
    other = msgspec.structs.replace(EXERCISE.contract, validation=Validation(inputs="X_test"))
    with pytest.raises(SpecError, match="X_test"):
        make_plan(dataclasses.replace(EXERCISE, contract=other))
    plan = make_plan(EXERCISE)
    shapes = {name: array.shape for name, array in plan.preset.data.items()}
    assert shapes == {"X": (28, 2), "y": (28,), "X_val": (18, 2), "y_val": (18,)}
    rows = rows_of(EXERCISE.contract)
    landscape = Landscape(EXERCISE.objective, plan.scenarios[0].scenario, 7, rows=rows)
    assert landscape.batches == 4


def test_each_planned_scenario_says_whether_training_goes_back_to_its_best() -> None:
    plain = dataclasses.replace(
        EXERCISE, contract=msgspec.structs.replace(EXERCISE.contract, keeps_best=msgspec.UNSET)
    )
    assert {planned.keeps_best for planned in make_plan(EXERCISE).scenarios} == {True}
    assert {planned.keeps_best for planned in make_plan(plain).scenarios} == {False}


def test_whether_training_stops_early_is_said_by_true_or_false_and_planned() -> None:
    stops = msgspec.structs.replace(EXERCISE.contract, stops_early=True)
    plan = make_plan(dataclasses.replace(EXERCISE, contract=stops))
    assert {planned.stops_early for planned in plan.scenarios} == {True}
    with pytest.raises(SpecError, match="stops_early"):
        changed(contract=msgspec.structs.replace(EXERCISE.contract, stops_early=3))
