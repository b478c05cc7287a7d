"""Losses and gradients that the judge computes itself: over all data, and of each step's batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autograder.judge.compare import Values
from autograder.judge.objective import Landscape
from autograder.protocol.array import pack
from autograder.protocol.job import Scenario, Situation

from .runs import X, Y, objective, planned

START = {"w": -4.0, "b": 3.0}
SIZE = len(X)
POINTS = np.stack([np.linspace(-2.0, 3.0, 23), np.cos(np.arange(23.0))], axis=1)


def landscape(batch_size: int | None = None) -> Landscape:
    return Landscape(objective, planned(start=START, calls=(1,)).scenario, batch_size)


def by_autograd(point: Values, rows: slice) -> tuple[float, Values]:
    """Return loss and gradient at a point over some rows, by torch's own backward."""
    w, b = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in point)
    x, y = torch.from_numpy(X[rows]), torch.from_numpy(Y[rows])
    loss = ((w * x + b - y) ** 2).mean()
    loss.backward()
    assert w.grad is not None
    assert b.grad is not None
    return loss.item(), np.array([w.grad.item(), b.grad.item()])


def test_the_start_is_flat_in_the_order_of_the_parameters() -> None:
    np.testing.assert_array_equal(landscape().start, [-4.0, 3.0])


@pytest.mark.parametrize("batch_size", [None, 1, 4, SIZE])
def test_loss_and_gradient_over_all_data_are_autograd_s(batch_size: int | None) -> None:
    losses, gradients = landscape(batch_size).evaluate(POINTS)
    wanted = [by_autograd(point, slice(None)) for point in POINTS]
    np.testing.assert_allclose(losses, [loss for loss, _ in wanted])
    np.testing.assert_allclose(gradients, [gradient for _, gradient in wanted])


@pytest.mark.parametrize(
    ("batch_size", "batches"),
    [(None, 1), (1, 9), (2, 5), (3, 3), (4, 3), (8, 2), (9, 1), (10, 1), (500, 1)],
)
def test_the_last_batch_may_be_smaller(batch_size: int | None, batches: int) -> None:
    assert landscape(batch_size).batches == batches


@pytest.mark.parametrize("batch_size", [1, 2, 3, 4, 8, 9, 500])
def test_the_gradient_of_a_step_is_that_of_the_batch_whose_turn_it_is(batch_size: int) -> None:
    """After the last batch the first one comes again: 23 steps go round several times."""
    surface = landscape(batch_size)
    wanted = []
    for step, point in enumerate(POINTS):
        first = step % surface.batches * batch_size
        wanted.append(by_autograd(point, slice(first, first + batch_size))[1])
    np.testing.assert_allclose(surface.step_gradients(POINTS), wanted)


def test_without_batches_the_gradient_of_a_step_is_that_of_all_data() -> None:
    surface = landscape()
    np.testing.assert_array_equal(surface.step_gradients(POINTS), surface.evaluate(POINTS)[1])


def test_fewer_steps_than_batches_use_the_first_ones() -> None:
    surface = landscape(4)
    wanted = [by_autograd(POINTS[0], slice(0, 4))[1], by_autograd(POINTS[1], slice(4, 8))[1]]
    np.testing.assert_allclose(surface.step_gradients(POINTS[:2]), wanted)


def test_parameters_of_any_shape_are_taken_from_the_flat_points_in_order() -> None:
    def quadratic(
        parameters: dict[str, torch.Tensor], data: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        assert parameters["layer.weight"].shape == (1, 2)
        assert parameters["layer.bias"].shape == (1,)
        yhat = data["X"] @ parameters["layer.weight"].T + parameters["layer.bias"]
        return ((yhat - data["Y"]) ** 2).mean()

    x = np.arange(10.0).reshape(5, 2)
    y = x @ [[2.0], [-1.0]] + 3.0
    scenario = Scenario(
        id="s",
        kind="own",
        situation=Situation(
            data={"X": pack(x), "Y": pack(y)},
            start={"layer.weight": pack([[1.0, 4.0]]), "layer.bias": pack([0.5])},
            learning_rate=0.1,
        ),
        calls=(1,),
    )
    surface = Landscape(quadratic, scenario, 2)
    assert surface.batches == 3
    np.testing.assert_array_equal(surface.start, [1.0, 4.0, 0.5])
    losses, gradients = surface.evaluate(np.array([[2.0, -1.0, 3.0]]))
    np.testing.assert_allclose(losses, [0.0], atol=1e-12)
    np.testing.assert_allclose(gradients, [[0.0, 0.0, 0.0]], atol=1e-12)
    last = surface.step_gradients(np.array([[2.0, -1.0, 4.0]] * 3))[2]
    np.testing.assert_allclose(last, [2 * 8.0, 2 * 9.0, 2.0])


def test_losses_are_computed_on_one_thread_and_the_others_are_left_as_they_were() -> None:
    used: list[int] = []

    def noted(parameters: dict[str, torch.Tensor], data: dict[str, torch.Tensor]) -> torch.Tensor:
        used.append(torch.get_num_threads())
        return objective(parameters, data)

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        Landscape(noted, planned(start=START, calls=(1,)).scenario).evaluate(POINTS)
        assert set(used) == {1}
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
