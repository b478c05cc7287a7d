"""The data of a regression lab, with the line behind them and the fit of a model."""

# ruff: noqa: N803  # X and Y are the labs' names

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from matplotlib.figure import Figure

from autograder.plots.guard import guarded
from autograder.plots.panel import draw_points, padded
from autograder.plots.screen import GREEN, VERMILLION, legend_below, new_figure, show, studio
from autograder.plots.value import FloatArray, numbers, pairs, predict

SAMPLES: Final = 200


@guarded
def plot_data(
    X: Any, Y: Any, line: Any = None, model: Callable[..., Any] | None = None
) -> Figure | None:
    """Draw the points, and with them the true line and a model's fit where they are given.

    Args:
        X: inputs, a tensor of shape [n, 1] or [n].
        Y: targets, as many as X.
        line: ``(slope, bias)``, or a tensor with the line's value for each x.
        model: anything that turns a tensor of X's kind into predictions.

    Returns:
        The picture where there is no screen, else None.

    """
    x, y = pairs(X, Y)
    left, right = padded(float(x.min()), float(x.max()), 0.03)
    truth = None if line is None else _line(line, X, np.array([left, right]))
    with studio():
        figure = new_figure(7.0, 4.6)
        axes = figure.subplots()
        draw_points(axes, x, y)
        if truth is not None:
            axes.plot(*truth, color=GREEN, lw=2.5, label="true line")
        if model is not None:
            grid = np.linspace(left, right, SAMPLES)
            flat = isinstance(X, torch.Tensor | np.ndarray) and X.ndim == 1
            fit = predict(model, grid if flat else grid.reshape(-1, 1), X)
            axes.plot(grid, fit, color=VERMILLION, lw=2.5, ls="--", label="the model's fit")
        axes.set_title("Data")
        legend_below(figure)
        return show(figure)


def _line(line: Any, X: Any, ends: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return x and y of the line: from slope and bias, or from its values at X."""
    values, x = numbers(line, "line"), numbers(X, "X")
    if (isinstance(line, list | tuple) and values.size == 2) or values.size == 2 != x.size:
        return ends, values[0] * ends + values[1]
    if values.size != x.size:
        raise ValueError(
            f"line holds {values.size} numbers; give (slope, bias), or one for each of the "
            f"{x.size} points"
        )
    order = np.argsort(x)
    return x[order], values[order]
