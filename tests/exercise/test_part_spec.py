"""Specs of parts: what is wrong in one is said with its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import SpecError
from autograder.exercise import Exercise, Function
from autograder.exercise.loader import load_exercise
from autograder.exercise.spec import function_of

SPEC = """\
from autograder.exercise import Exercise, Function
exercise = Exercise(
    lab="parts", title="Parts", public_seeds=(1,), hidden_seeds=(2,),
    parts=(Function("f", draw=lambda source: 1, {fields}),),
)
"""


def load(folder: Path, fields: str) -> Exercise:
    path = folder / "parts" / "exercise.py"
    path.parent.mkdir()
    path.write_text(SPEC.format(fields=fields))
    return load_exercise(path)


@pytest.mark.parametrize(
    ("fields", "key", "problem"),
    [
        ("points=1, tolerence=1", "tolerence", "is not a key of Function"),
        ("rtol=0.1", "points", "is missing; Function"),
        ("points=-1", "parts['f'].points", "must have a positive number"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, fields: str, key: str, problem: str) -> None:
    with pytest.raises(SpecError, match=problem) as caught:
        load(tmp_path, fields)
    assert caught.value.key == key


def test_points_are_those_of_the_parts_and_of_training(tmp_path: Path) -> None:
    exercise = load(tmp_path, "points={'f': 2}, leaves_inputs=1")
    assert dict(exercise.points) == {"f-f": 2, "f-leaves_inputs": 1}
    assert (exercise.max_score, exercise.trains) == (3.0, False)


def test_a_check_says_whose_it_is() -> None:
    checks = ("gradient_zeroing", "criterion", "softmax", "Linear-backward", "f-leaves_inputs")
    owners = ["train_model", "criterion", "softmax", "Linear", "f"]
    assert [function_of(check) for check in checks] == owners


def test_two_parts_of_one_name_are_refused() -> None:
    part = Function("f", draw=lambda source: 1, points=1)
    with pytest.raises(SpecError, match="taken"):
        Exercise(lab="p", title="", parts=(part, part), public_seeds=(1,), hidden_seeds=(2,))
