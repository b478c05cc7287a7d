"""What a classifier of two features has learned."""

# ruff: noqa: N803  # X and Y are the labs' names

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from autograder.plots.guard import guarded
from autograder.plots.panel import MANY_POINTS, padded
from autograder.plots.screen import (
    BLUE,
    VERMILLION,
    legend_below,
    new_figure,
    show,
    spaced_ticks,
    studio,
)
from autograder.plots.value import FloatArray, numbers, predict

SAMPLES: Final = 161
SHADES: Final = LinearSegmentedColormap.from_list("classes", ["#9ecae5", "#ffffff", "#f2c29b"])


@guarded
def plot_decision(X: Any, Y: Any, model: Callable[..., Any] | None = None) -> Figure | None:
    """Draw points of two classes over the probability that a model gives to class 1.

    The black line is where the model gives both classes the same probability, 0.5. Without a
    model the points stand alone.

    Args:
        X: features, a tensor of shape [n, 2].
        Y: classes 0 and 1, of shape [n] or [n, 1].
        model: anything that turns a tensor [m, 2] into probabilities [m], [m, 1], or [m, 2]
            with class 1 in the second column.

    Returns:
        The picture where there is no screen, else None.

    """
    points, classes = _classified(X, Y)
    sides = [padded(float(side.min()), float(side.max()), 0.1) for side in points.T]
    with studio():
        figure = new_figure(7.2, 5.2)
        axes = figure.subplots()
        axes.set_title("Data")
        if model is not None:
            first, second = np.meshgrid(*(np.linspace(*side, SAMPLES) for side in sides))
            grid = np.column_stack([first.ravel(), second.ravel()])
            chance = _probability(predict(model, grid, X)).reshape(first.shape)
            _draw_probability(figure, axes, first, second, chance)
        _draw_classes(axes, points, classes)
        axes.set_xlabel("first feature")
        axes.set_ylabel("second feature")
        spaced_ticks(axes.xaxis)
        axes.set_xlim(*sides[0])
        axes.set_ylim(*sides[1])
        legend_below(figure)
        return show(figure)


def _classified(X: Any, Y: Any) -> tuple[FloatArray, FloatArray]:
    """Return finite points [n, 2] and their classes [n]."""
    shape = np.shape(X) if not hasattr(X, "shape") else tuple(X.shape)
    if len(shape) != 2 or shape[1] != 2:
        raise ValueError(f"X has the shape {list(shape)}; the picture needs two features, [n, 2]")
    points, classes = numbers(X, "X").reshape(-1, 2), numbers(Y, "Y")
    if len(points) != classes.size:
        raise ValueError(f"X holds {len(points)} points and Y {classes.size} classes")
    if not np.isin(classes, (0, 1)).all():
        raise ValueError("Y holds other values than the classes 0 and 1")
    finite = np.isfinite(points).all(axis=1)
    if not finite.any():
        raise ValueError("X holds no finite point")
    return points[finite], classes[finite]


def _probability(answer: FloatArray) -> FloatArray:
    chance = answer[:, 1] if answer.ndim == 2 else answer
    low, high = float(chance.min()), float(chance.max())
    if not (low >= -1e-6 and high <= 1 + 1e-6):  # NaN is no probability either
        raise ValueError(
            f"the model returned values from {low:.3g} to {high:.3g}; probabilities lie between 0 "
            "and 1. Does it end in a sigmoid?"
        )
    return np.clip(chance, 0.0, 1.0)


def _draw_probability(
    figure: Figure, axes: Axes, first: FloatArray, second: FloatArray, chance: FloatArray
) -> None:
    axes.grid(visible=False)
    shade = axes.pcolormesh(
        first, second, chance, cmap=SHADES, vmin=0, vmax=1, shading="gouraud", rasterized=True
    )
    bar = figure.colorbar(shade, ax=axes, ticks=np.linspace(0, 1, 5))
    bar.set_label("probability of class 1")
    if float(chance.min()) < 0.5 < float(chance.max()):
        axes.contour(first, second, chance, levels=[0.5], colors="black", linewidths=2)
        axes.add_line(Line2D([], [], color="black", lw=2, label="probability 0.5"))
        axes.set_title("Decision of the model")
    else:
        side = "at least" if float(chance.min()) >= 0.5 else "at most"
        axes.set_title(f"Probability {side} 0.5 everywhere: no boundary in view")


def _draw_classes(axes: Axes, points: FloatArray, classes: FloatArray) -> None:
    size = 6.0 if len(points) <= MANY_POINTS else 3.5
    for value, colour, marker in ((0, BLUE, "o"), (1, VERMILLION, "^")):
        x, y = points[classes == value].T
        style: dict[str, Any] = {"ls": "none", "mec": "white", "mew": 0.7, "ms": size}
        axes.plot(x, y, marker, color=colour, label=f"class {value}", **style)
