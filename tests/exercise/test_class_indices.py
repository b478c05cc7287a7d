"""Targets that are indices of classes: what is handed over, and what stands in for functions."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from autograder.errors import SpecError
from autograder.exercise.loader import load_exercise
from autograder.exercise.plan import make_plan
from autograder.exercise.published import public_plan
from autograder.judge.objective import isolated_objective
from autograder.protocol.array import natural
from autograder.protocol.job import CriterionProbe, Module
from autograder.worker import standin

LAB = Path(__file__).parents[1] / "verification" / "classes"
EXERCISE = load_exercise(LAB / "exercise.py")
FORM = standin.form_of((60, 1, 3, 3), (60,), (3,))


def test_classes_are_handed_over_as_whole_numbers_and_pictures_as_fractions() -> None:
    plan = make_plan(EXERCISE)
    for situation in (plan.preset, *(one.scenario.situation for one in plan.scenarios)):
        assert (situation.data["X"].dtype, situation.data["y"].dtype) == ("f4", "i8")
    probes = [probe for probe in plan.probes if isinstance(probe, CriterionProbe)]
    assert [(p.yhat.shape, p.y.shape) for p in probes] == [((n, 3), (n,)) for n in (5, 13, 31)]
    assert {int(one) for probe in probes for one in natural(probe.y)} == {0, 1, 2}


def test_isolated_classes_are_drawn_anew_so_that_no_known_answer_is_theirs() -> None:
    for planned in make_plan(EXERCISE).scenarios:
        if planned.variation.isolated:
            pictures, classes = (natural(planned.scenario.situation.data[n]) for n in "Xy")
            known = {
                tuple(p.reshape(-1).round()): c for p, c in zip(pictures, classes, strict=True)
            }
            assert set(classes) == {0, 1, 2}
            assert len(set(known.values())) > 1


def test_a_stand_in_gives_a_score_for_each_class() -> None:
    scores = standin.predict([torch.randn(30)], torch.randn(60, 1, 3, 3), FORM)
    assert scores.shape == (60, 3)
    assert set(scores.argmax(1).tolist()) > {0}
    assert standin.predict([torch.randn(30)], torch.randn(60, 9), FORM).shape == (60, 3)


def test_the_stand_ins_loss_takes_classes_in_either_place_and_pixels_too() -> None:
    scores, classes = torch.randn(7, 3), torch.tensor([0, 1, 2, 0, 1, 2, 0])
    assert standin.loss(scores, classes) == standin.loss(classes, scores)
    hot = standin.RIGHT_CLASS * torch.nn.functional.one_hot(classes, 3)
    assert standin.loss(scores, classes) == standin.loss(scores, hot.float())
    assert standin.loss(torch.randn(4, 3, 2, 2), torch.randint(3, (4, 2, 2))).ndim == 0


def test_the_judge_s_objective_is_the_stand_ins() -> None:
    X, y, p = torch.randn(9, 1, 3, 3), torch.randint(3, (9,)), torch.randn(30)
    found = isolated_objective(EXERCISE.contract)({"p": p}, {"X": X, "y": y})
    form = standin.form_of(X.shape, y.shape, (3,))
    assert found == standin.loss(standin.predict([p], X, form), y)


def test_whole_numbers_are_fractions_where_predictions_have_no_shape_of_their_own() -> None:
    plain = dataclasses.replace(EXERCISE, contract=Module(model_class=("Classifier",), targets="y"))
    squares = dataclasses.replace(
        plain, objective=lambda p, d: (d["y"] - p["linear.bias"][0]) @ d["y"]
    )
    assert public_plan(squares).preset.data["y"].dtype == "f4"
    with pytest.raises(SpecError, match="Long"):
        public_plan(plain)


@pytest.mark.parametrize("outputs", [(), (0,), 3, (2.0,)])
def test_a_shape_that_is_none_is_refused(outputs: object) -> None:
    contract = Module(model_class=("Classifier",), targets="y", outputs=outputs)  # type: ignore[arg-type]
    with pytest.raises(SpecError, match=r"contract\.outputs"):
        dataclasses.replace(EXERCISE, contract=contract)


def test_inputs_that_are_whole_numbers_need_probes_of_their_own() -> None:
    def data(generator: torch.Generator) -> dict[str, torch.Tensor]:
        return {"X": torch.randint(5, (8, 4), generator=generator), "y": torch.arange(8) % 3}

    with pytest.raises(SpecError, match="forward_inputs"):
        make_plan(
            dataclasses.replace(
                EXERCISE,
                data=data,
                objective=lambda p, d: p["linear.bias"].sum(),
                variations=tuple(dataclasses.replace(v, data=None) for v in EXERCISE.variations),
            )
        )
