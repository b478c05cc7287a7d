from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from autograder.plots import PlotWarning, plot_data

from .figures import LINE_Y, X, line, points, texts


def test_points_alone() -> None:
    picture = plot_data(X, LINE_Y)
    (axes,) = picture.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "y")
    assert len(axes.lines) == 1
    assert np.allclose(points(line(picture, "data")), torch.cat([X, LINE_Y], dim=1).numpy())


@pytest.mark.parametrize(
    "truth", [(1, -1), [1.0, -1.0], torch.tensor([1.0, -1.0]), X - 1], ids=str.__class__
)
def test_the_true_line_comes_as_slope_and_bias_or_as_its_values(truth: object) -> None:
    drawn = points(line(plot_data(X, LINE_Y, line=truth), "true line"))
    assert np.allclose(drawn[:, 1], drawn[:, 0] - 1, atol=1e-6)
    assert np.all(np.diff(drawn[:, 0]) > 0)


def test_a_models_fit_is_drawn_over_the_range_of_x() -> None:
    model = nn.Linear(1, 1)
    drawn = points(line(plot_data(X, LINE_Y, model=model), "the model's fit"))
    expected = model.weight.item() * drawn[:, 0] + model.bias.item()
    assert np.allclose(drawn[:, 1], expected, atol=1e-5)
    assert drawn[0, 0] <= -3
    assert drawn[-1, 0] >= 2.9


def test_a_function_of_flat_inputs_is_a_model_too() -> None:
    shapes = []

    def forward(x: torch.Tensor) -> torch.Tensor:
        shapes.append((x.ndim, x.dtype, torch.is_grad_enabled()))
        return x**2

    x = X[:, 0].double()
    drawn = points(line(plot_data(x, x**2, model=forward), "the model's fit"))
    assert np.allclose(drawn[:, 1], drawn[:, 0] ** 2)
    assert shapes == [(1, torch.float64, False)]


def test_a_line_that_does_not_fit_is_told() -> None:
    with pytest.warns(PlotWarning, match=r"line holds 3 numbers; give \(slope, bias\)"):
        assert plot_data(X, LINE_Y, line=(1, 2, 3)) is None


def test_a_model_that_raises_is_told() -> None:
    with pytest.warns(PlotWarning, match="plot_data could not draw: RuntimeError"):
        assert plot_data(X, LINE_Y, model=nn.Linear(4, 1)) is None


def test_points_that_are_not_finite_are_left_out() -> None:
    y = LINE_Y.clone()
    y[3] = float("nan")
    assert len(points(line(plot_data(X, y), "data"))) == len(X) - 1
    with pytest.warns(PlotWarning, match="no finite point"):
        plot_data(X, y * float("nan"))


@pytest.mark.usefixtures("drawn")
def test_the_legend_covers_no_data() -> None:
    picture = plot_data(X, LINE_Y, (1, -1), nn.Linear(1, 1))
    (legend,) = picture.legends
    assert "true line" in texts(picture)
    assert not legend.get_window_extent().overlaps(picture.axes[0].get_window_extent())
