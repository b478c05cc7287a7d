"""Another loss is told by the gradients that were seen, in words that fit them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.judge.diagnosis import inner_losses
from autograder.judge.diagnosis.counts import _law
from autograder.judge.diagnosis.inner_losses import INNER, Slopes, as_seen, read_inner
from autograder.judge.diagnosis.update_rules import Law
from autograder.judge.evidence import ScenarioView

Each = Callable[[Tensor, Tensor], Tensor]
PLACES = torch.tensor([[0.3, -0.2], [-0.5, 0.4], [0.9, 0.1]], dtype=torch.float64)
X = torch.linspace(-1.2, 1.3, 6, dtype=torch.float64)
TARGETS = torch.tensor([0.7, -0.4, 1.1, 0.2, -0.9, 0.5], dtype=torch.float64)
CLASSES = torch.tensor([0.0, 1.0, 0.0, 1.0, 1.0, 0.0], dtype=torch.float64)


def of_squares(place: Tensor, whole: Callable[[Tensor], Tensor] = torch.mean) -> Tensor:
    return whole((place[0] * X + place[1] - TARGETS) ** 2)


def of_classes(place: Tensor, each: Each) -> Tensor:
    return each(torch.sigmoid(place[0] * X + place[1]), CLASSES).mean()


def cross(p: Tensor, y: Tensor) -> Tensor:
    return -(y * p.log() + (1 - y) * (1 - p).log())


def gradients(loss: Callable[[Tensor], Tensor]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a loss's gradients at all places."""
    rows = []
    for place in PLACES:
        leaf = place.clone().requires_grad_()
        rows.append(torch.autograd.grad(loss(leaf), leaf)[0].numpy())
    return np.array(rows)


def slopes(
    seen: Callable[[Tensor], Tensor], rows: Callable[[Tensor], Tensor], **more: Any
) -> Slopes:
    """Return what is known where these gradients were seen, and the lab's loss has these rows."""
    count = len(rows(PLACES[0]))
    losses = np.array([rows(place).numpy() for place in PLACES])
    each = [gradients(lambda place, at=at: rows(place)[at]) for at in range(count)]
    return Slopes(
        seen=gradients(seen), losses=losses, rows=np.stack(each, 1), **{"classes": None, **more}
    )


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[Slopes]], list[Law]]:
    """Return a reader of what was seen, without the runs that it comes from."""
    monkeypatch.setattr(inner_losses, "_slopes", lambda view: view)
    return lambda known: read_inner(cast("Sequence[ScenarioView]", known))


def squares(place: Tensor) -> Tensor:
    return of_squares(place, lambda rows: rows)


def entropies(place: Tensor) -> Tensor:
    return cross(torch.sigmoid(place[0] * X + place[1]), CLASSES)


@pytest.mark.parametrize(
    ("code", "whole"),
    [
        ("inner-minus", lambda rows: -rows.mean()),
        ("inner-sum", torch.sum),
        ("inner-halved", lambda rows: rows.mean() / 2),
        ("inner-root", lambda rows: rows.mean().sqrt()),
        ("inner-square", lambda rows: rows.mean() ** 2),
        ("inner-logarithm", lambda rows: rows.mean().log()),
        ("inner-rows-root", lambda rows: rows.sqrt().mean()),
        ("inner-rows-cube", lambda rows: (rows**1.5).mean()),
        ("inner-rows-square", lambda rows: (rows**2).mean()),
        ("inner-largest", torch.max),
    ],
)
def test_what_becomes_of_the_lab_s_loss_is_read(
    code: str, whole: Callable[[Tensor], Tensor], read: Callable[[Sequence[Slopes]], list[Law]]
) -> None:
    known = slopes(lambda place: of_squares(place, whole), squares)
    (law,) = read([known, known])
    assert law.id == ("wrong-update-sign" if code == "inner-minus" else "wrong-gradient")
    assert code in law.detail.codes()


@pytest.mark.parametrize(
    ("code", "each"),
    [
        ("inner-classes-sigmoid", lambda p, y: cross(torch.sigmoid(p), y)),
        ("inner-classes-square", lambda p, y: (p - y) ** 2),
        ("inner-classes-apart", lambda p, y: (p - y).abs()),
    ],
)
def test_another_loss_of_probabilities_is_read_where_targets_are_classes(
    code: str, each: Each, read: Callable[[Sequence[Slopes]], list[Law]]
) -> None:
    classes = np.tile(CLASSES.numpy(), (len(PLACES), 1))
    known = slopes(lambda place: of_classes(place, each), entropies, classes=classes)
    assert code in read([known])[0].detail.codes()
    assert read([slopes(lambda place: of_classes(place, each), entropies)]) == []


def test_of_one_row_a_step_the_words_for_rows_go_first(
    read: Callable[[Sequence[Slopes]], list[Law]],
) -> None:
    known = slopes(lambda place: squares(place)[2].sqrt(), lambda place: squares(place)[2:3])
    assert "inner-rows-root" in read([known])[0].detail.codes()


def test_one_number_times_the_right_gradient_is_read_and_nothing_else_is_guessed(
    read: Callable[[Sequence[Slopes]], list[Law]],
) -> None:
    third = slopes(lambda place: of_squares(place) / 3, squares)
    assert "gradient-is-times" in read([third])[0].detail.codes()
    assert read([slopes(of_squares, squares)]) == []  # 1 times is right
    other = slopes(lambda place: of_squares(place) + place.sin().sum(), squares)
    assert read([third, other]) == []
    assert read([]) == []


def test_every_loss_that_is_tried_has_words() -> None:
    assert len(INNER) == len(set(INNER))
    assert all(code.startswith("inner-") for code in INNER)


def test_laws_are_said_of_backward_where_the_gradients_are_at_fault() -> None:
    sign, count = Law(id="wrong-update-sign"), Law(id="extra-iteration")
    assert [law.words for law in as_seen([sign, count], [], "gradient")] == [
        "wrong-update-sign-of-loss",
        "",
    ]
    assert as_seen([sign], [], "update") == [sign]


def test_what_never_runs_more_is_told_of_several_numbers_that_were_asked_for() -> None:
    law = _law(np.array([2, 3, 3]), np.array([2, 3, 9]))
    assert law is not None
    assert (law.id, law.detail.codes()) == ("stops-early", {"never-runs-more"})
    assert _law(np.array([2, 3, 9]), np.array([2, 3, 9])) is None
