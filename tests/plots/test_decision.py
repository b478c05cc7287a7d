from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from autograder.plots import PlotWarning, plot_decision

from .figures import line, points, texts

X = torch.tensor([[-1.0, -1.0], [-2.0, 0.5], [1.0, 1.5], [2.0, -0.5]])
Y = torch.tensor([[0.0], [0.0], [1.0], [1.0]])


def sigmoid(x: torch.Tensor) -> torch.Tensor:
    """Probability 0.5 on the line x1 + 2 x2 = 0."""
    return torch.sigmoid(x[:, :1] + 2 * x[:, 1:])


def boundary(picture: object) -> np.ndarray:
    """Return the points of the 0.5 boundary."""
    sets = [part for part in picture.axes[0].collections if hasattr(part, "levels")]
    assert [part.levels.tolist() for part in sets] == [[0.5]]
    return np.concatenate([path.vertices for path in sets[0].get_paths()])


def test_classes_differ_in_colour_and_marker() -> None:
    picture = plot_decision(X, Y, sigmoid)
    zero, one = line(picture, "class 0"), line(picture, "class 1")
    assert np.allclose(points(zero), X[:2])
    assert np.allclose(points(one), X[2:])
    assert zero.get_marker() != one.get_marker()
    assert zero.get_color() != one.get_color()


def test_the_boundary_is_where_the_probability_is_a_half() -> None:
    picture = plot_decision(X, Y, sigmoid)
    edge = boundary(picture)
    assert np.abs(edge[:, 0] + 2 * edge[:, 1]).max() < 1e-4
    assert "probability 0.5" in texts(picture)


def test_axes_and_scale_are_labelled() -> None:
    axes, scale = plot_decision(X, Y, sigmoid).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("first feature", "second feature")
    assert scale.get_ylabel() == "probability of class 1"
    assert scale.get_ylim() == (0, 1)


@pytest.mark.parametrize(
    "model",
    [
        sigmoid,
        lambda x: sigmoid(x)[:, 0],
        lambda x: torch.cat([1 - sigmoid(x), sigmoid(x)], dim=1),
        lambda x: sigmoid(x).detach().numpy(),
    ],
    ids=["column", "flat", "two-columns", "numpy"],
)
def test_probabilities_come_in_several_shapes(model: Callable[..., object]) -> None:
    picture = plot_decision(X, Y[:, 0].long(), model)
    edge = boundary(picture)
    assert np.abs(edge[:, 0] + 2 * edge[:, 1]).max() < 1e-4
    shade = np.asarray(picture.axes[0].collections[0].get_array()).reshape(-1)
    assert shade[0] < 0.1  # at the lower left
    assert shade[-1] > 0.9


def test_a_trained_module_with_gradients_works_and_stays_as_it_is() -> None:
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout(), nn.Linear(2, 1), nn.Sigmoid())
    model[2].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [part.training for part in model.modules()]
    x = X.clone().requires_grad_()
    assert plot_decision(x, Y, model) is not None
    assert plot_decision(x, Y, model.forward) is not None
    assert [part.training for part in model.modules()] == modes
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(value.grad is None for value in model.parameters())


def test_without_a_model_the_points_stand_alone() -> None:
    picture = plot_decision(X, Y)
    (axes,) = picture.axes
    assert not axes.collections
    assert np.allclose(points(line(picture, "class 1")), X[2:])


def test_a_model_without_a_boundary_in_view_says_so() -> None:
    picture = plot_decision(X, Y, lambda x: torch.full((len(x),), 0.2))
    assert "at most 0.5 everywhere" in texts(picture)
    assert "probability 0.5" not in texts(picture)


@pytest.mark.parametrize(
    ("x", "y", "model", "message"),
    [
        (X, Y, nn.Linear(2, 1), "Does it end in a sigmoid"),
        (X, Y, lambda x: x[:, 0] * float("nan"), "probabilities lie between 0 and 1"),
        (X, Y, lambda x: x[:3, 0], "returned 3 numbers for"),
        (X[:, :1], Y, sigmoid, r"shape \[4, 1\]; the picture needs two features"),
        (X, Y[:2], sigmoid, "X holds 4 points and Y 2 classes"),
        (X, Y + 1, sigmoid, "other values than the classes 0 and 1"),
    ],
    ids=["logits", "nan", "too-few", "one-feature", "too-few-classes", "other-classes"],
)
def test_what_cannot_be_drawn_is_told(x: object, y: object, model: object, message: str) -> None:
    with torch.no_grad():
        if isinstance(model, nn.Linear):
            model.weight.fill_(5)
    with pytest.warns(PlotWarning, match=message):
        assert plot_decision(x, y, model) is None


def test_a_model_is_put_back_even_when_it_raises() -> None:
    model = nn.Sequential(nn.Linear(3, 1), nn.Sigmoid())
    with pytest.warns(PlotWarning, match="RuntimeError"):
        plot_decision(X, Y, model)
    assert model.training
    assert torch.is_grad_enabled()
