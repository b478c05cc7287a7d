"""Numbers that were fitted to hidden data alone are not told; names of parameters are."""

from __future__ import annotations

import pytest

from autograder.judge.diagnosis.naming import name_mistake, without_numbers
from autograder.judge.diagnosis.update_rules import always_runs, so_for
from autograder.judge.result import Diagnosis
from autograder.words.text import NOTHING, Text, text

TRAINING = "train_model"


@pytest.mark.parametrize(
    "detail",
    [
        text("decays", share="0.123"),
        text("iterations-too-many", n=1234),
        text("one-after-other", first=text("x", factor="1.5e-07"), then=NOTHING),
    ],
)
def test_a_number_is_left_out(detail: Text) -> None:
    named = name_mistake("learning-rate-ignored", TRAINING, detail=detail)
    plain = name_mistake("learning-rate-ignored", TRAINING)
    assert named != plain
    assert without_numbers(named) == plain


def test_a_count_is_left_out_with_its_remark() -> None:
    detail = always_runs(12_345, 1)
    named = name_mistake("fixed-iterations", TRAINING, detail=detail, remarks=("always-runs",))
    assert without_numbers(named) == name_mistake("fixed-iterations", TRAINING)


def test_names_are_kept() -> None:
    named = name_mistake("wrong-update-sign", TRAINING, detail=so_for(["w", "linear.weight"]))
    assert without_numbers(named) == named


def test_where_it_happened_is_kept() -> None:
    message = text("at-place", place=text("place-line", line=7), said=text("happened-too-slow"))
    happened = Diagnosis(id="too-slow", function=TRAINING, message=message)
    assert without_numbers(happened) == happened
