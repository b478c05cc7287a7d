"""The panels that pictures of a line's training are made of: each draws into axes given to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from autograder.plots.bowl import Bowl
from autograder.plots.screen import BLUE, GREY, VERMILLION, spaced_ticks
from autograder.plots.step import Step
from autograder.plots.value import FloatArray

MANY_POINTS: Final = 300  # data points are drawn smaller from here on
MANY_STEPS: Final = 40  # a path shows its single steps up to here
CURVE_SAMPLES: Final = 400


@dataclass(frozen=True, kw_only=True)
class View:
    """The part of the data space that is shown."""

    left: float
    right: float
    bottom: float
    top: float


def view_of(x: FloatArray, y: FloatArray, lines: Sequence[Step]) -> View:
    """Return a view of the points and of the lines, where these are not too far off.

    At most one height of the data above and below is added: a steep line leaves the picture, and
    the data stay readable.
    """
    left, right = padded(float(x.min()), float(x.max()), 0.05)
    low, high = float(y.min()), float(y.max())
    span = high - low or np.inf  # a single point leaves room for any line
    ends = [step.w * x + step.b for step in lines for x in (left, right)]
    ends = [value for value in ends if np.isfinite(value)]
    bottom = max(min([low, *ends]), low - span)
    top = min(max([high, *ends]), high + span)
    bottom, top = padded(bottom, top, 0.05)
    return View(left=left, right=right, bottom=bottom, top=top)


def padded(low: float, high: float, share: float) -> tuple[float, float]:
    """Return the interval with a margin on both sides, never empty."""
    margin = share * (high - low) or share * abs(high) or 1.0
    return low - margin, high + margin


def draw_points(axes: Axes, x: FloatArray, y: FloatArray) -> None:
    """Draw the data points, smaller where they are many."""
    size, alpha = (5.0, 0.75) if x.size <= MANY_POINTS else (2.5, 0.5)
    axes.plot(x, y, "o", color=BLUE, ms=size, alpha=alpha, mec="none", label="data")
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    spaced_ticks(axes.xaxis)


def draw_data_space(
    axes: Axes, x: FloatArray, y: FloatArray, *, view: View, steps: Sequence[Step]
) -> None:
    """Draw the points and the line of the last step; earlier lines fade with their age."""
    axes.set_title("Data space")
    draw_points(axes, x, y)
    ends = np.array([view.left, view.right])
    for position, step in enumerate(steps, start=1):
        newest = position == len(steps)
        heights = step.w * ends + step.b
        inside = heights.max() >= view.bottom and heights.min() <= view.top
        name = "current line" if inside else "current line, outside the picture"
        axes.plot(
            ends,
            heights,
            color=VERMILLION,
            lw=2.5 if newest else 1.2,
            alpha=1.0 if newest else 0.15 + 0.4 * position / len(steps),
            zorder=3 if newest else 1.5,
            label=name if newest else "earlier lines",
        )
    axes.set_xlim(view.left, view.right)
    axes.set_ylim(view.bottom, view.top)


def draw_path(axes: Any, *coordinates: FloatArray) -> None:
    """Draw the way through the parameter space, in two or three dimensions."""
    count = len(coordinates[0])
    if not count:
        return
    name = "path" if count > 1 else "_"  # what begins with _ stays out of the legend
    marker: dict[str, Any] = {"marker": "o", "ms": 4.5} if count <= MANY_STEPS else {}
    axes.plot(*coordinates, color=VERMILLION, lw=1.6, zorder=10, label=name, **marker)
    first, last = ([part[at : at + 1] for part in coordinates] for at in (0, count - 1))
    edge: dict[str, Any] = {"ls": "none", "zorder": 11}
    if count > 1:
        axes.plot(
            *first, marker="s", ms=8, mfc="white", mec=VERMILLION, mew=2, label="start", **edge
        )
    axes.plot(*last, marker="o", ms=10, mfc=VERMILLION, mec="white", mew=1.5, label="now", **edge)


def draw_loss_curve(
    axes: Axes, loss: Bowl, *, low: float, high: float, path: Sequence[Step]
) -> None:
    """Draw the loss over w from ``low`` to ``high``, with the path on it."""
    axes.set_title("Parameter space")
    w, heights = (np.array([getattr(s, name) for s in path]) for name in ("w", "loss"))
    seen = np.isfinite(w) & np.isfinite(heights)
    left, right = padded(min([low, *w[seen]]), max([high, *w[seen]]), 0.04)
    grid = np.linspace(left, right, CURVE_SAMPLES)
    curve = loss.at(grid)
    axes.plot(grid, curve, color=GREY, lw=2, label="loss of every slope")
    draw_path(axes, w[seen], heights[seen])
    axes.set_xlim(left, right)
    axes.set_ylim(-0.04 * curve.max(), 1.04 * curve.max())
    spaced_ticks(axes.xaxis)
    axes.set_xlabel("slope w")
    axes.set_ylabel("loss (mean squared error)")
