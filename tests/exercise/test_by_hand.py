"""A spec of a lab without torch: what it may ask for, and what it is told where it asks for more."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import pytest

from autograder.errors import SpecError
from autograder.exercise import Evaluation
from autograder.exercise.loader import load_exercise

LAB = Path(__file__).parents[1] / "verification" / "by_hand"
EXERCISE = load_exercise(LAB / "exercise.py")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"points": {**EXERCISE.points, "gradient_zeroing": 1}}, "points['gradient_zeroing']"),
        ({"evaluation": Evaluation(eval_mode=1)}, "evaluation"),
        ({"start": {"net W": 1.0}}, "start['net W']"),
        ({"start": {"net[0]": 1.0}}, "start['net[0]']"),
        ({"start": {"0.W": 1.0}}, "start['0.W']"),
        (
            {"contract": msgspec.structs.replace(EXERCISE.contract, numpy="yes")},
            "contract.numpy",
        ),
    ],
)
def test_what_is_of_torch_alone_is_refused_by_its_key(changes: Any, key: str) -> None:
    with pytest.raises(SpecError) as caught:
        dataclasses.replace(EXERCISE, **changes)
    assert caught.value.key == key


def test_without_numpy_the_same_lab_may_ask_for_emptied_gradients() -> None:
    torch = msgspec.structs.replace(EXERCISE.contract, numpy=msgspec.UNSET)
    points = {**EXERCISE.points, "gradient_zeroing": 1}
    assert dataclasses.replace(EXERCISE, contract=torch, points=points).max_score == 11
