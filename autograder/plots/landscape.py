"""The loss over slope and bias, from above and as a surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterMathtext, MaxNLocator

from autograder.plots.bowl import Bowl
from autograder.plots.panel import draw_path, padded
from autograder.plots.screen import spaced_ticks
from autograder.plots.step import Step
from autograder.plots.value import FloatArray

SAMPLES: Final = 61  # on each side, to find the losses' range
RING_SAMPLES: Final = 241
RUNAWAY: Final = 10.0  # times the range asked for: how far a path widens the picture
DECADES: Final = 6.0  # below the highest loss; what lies deeper has one colour
BANDS: Final = 12  # of colour, about
DEPTH: Final = LinearSegmentedColormap.from_list("depth", ["#08306b", "#4a90c4", "#eaf2fa"])


@dataclass(frozen=True, kw_only=True)
class Box:
    """The part of the parameter space that is shown, as (low, high) of w and of b."""

    w: tuple[float, float]
    b: tuple[float, float]


def box_of(w_range: float, b_range: float, path: Sequence[Step]) -> Box:
    """Return the ranges asked for, with a margin, and widened to a path that leaves them.

    A path that runs away widens the box to ten times the range at most.
    """
    sides = []
    for reach, values in ((w_range, [s.w for s in path]), (b_range, [s.b for s in path])):
        near = [value for value in values if abs(value) <= RUNAWAY * reach]  # NaN is never near
        sides.append(padded(min([-reach, *near]), max([reach, *near]), 0.06))
    return Box(w=sides[0], b=sides[1])


def mesh(loss: Bowl, box: Box, samples: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return w, b and the loss, each [samples, samples], over the box."""
    w, b = np.meshgrid(np.linspace(*box.w, samples), np.linspace(*box.b, samples))
    return w, b, loss.at(w, b)


def levels_of(loss: Bowl, box: Box) -> FloatArray:
    """Return rising losses to draw lines at: evenly spaced, or powers of ten and their halves.

    The latter where the losses in the box span decades: in even steps all but the top decade
    would be one patch.
    """
    heights = mesh(loss, box, SAMPLES)[2]
    low = loss.lowest if _holds(box, loss.w, loss.b) else float(heights.min())
    high = float(heights.max()) or 1.0
    if high <= 100 * low:
        return np.asarray(MaxNLocator(BANDS).tick_values(low, high), dtype=np.float64)
    low, high = log10(max(low, high * 10**-DECADES)), log10(high)
    step = max(0.5, ceil((high - low) / BANDS * 2) / 2)
    powers = step * np.arange(floor(low / step), ceil(high / step) + 1)
    return np.asarray(10.0**powers, dtype=np.float64)


def ring(loss: Bowl, level: float) -> tuple[FloatArray, FloatArray]:
    """Return w and b on the ellipse where the loss has the value ``level``.

    Drawn from its formula, a valley far thinner than any grid's cells still has smooth sides.
    """
    sizes, axes = np.linalg.eigh([[loss.mean_xx, loss.mean_x], [loss.mean_x, 1.0]])
    radii = np.sqrt(max(level - loss.lowest, 0.0) / np.maximum(sizes, sizes[-1] * 1e-12))
    angle = np.linspace(0.0, 2 * np.pi, RING_SAMPLES)
    w, b = axes @ (radii[:, None] * np.stack([np.cos(angle), np.sin(angle)]))
    return loss.w + w, loss.b + b


def draw_contour(figure: Figure, axes: Axes, loss: Bowl, box: Box, path: Sequence[Step]) -> None:
    """Draw the loss from above, with the path and a scale of colours beside it."""
    levels = levels_of(loss, box)
    norm = BoundaryNorm(levels, DEPTH.N)
    colours = DEPTH(norm((levels[:-1] + levels[1:]) / 2))
    axes.set_facecolor(colours[-1])
    for level, colour in zip(levels[-2:0:-1], colours[-2::-1], strict=True):
        axes.fill(*ring(loss, level), facecolor=colour, edgecolor="white", lw=0.6)
    _draw_scale(figure, axes, ScalarMappable(norm, DEPTH), levels)
    w, b = _coordinates(path, "w", "b")
    draw_path(axes, w, b)
    outside = not np.all(_holds(box, w, b))
    axes.set_title(f"Parameter space{' (the path leaves the picture)' if outside else ''}")
    axes.set_xlabel("slope w")
    axes.set_ylabel("bias b")
    spaced_ticks(axes.xaxis)
    axes.set_xlim(*box.w)
    axes.set_ylim(*box.b)
    axes.grid(visible=False)


def _draw_scale(figure: Figure, axes: Axes, colours: ScalarMappable, levels: FloatArray) -> None:
    bar = figure.colorbar(colours, ax=axes, ticks=levels[:: max(1, len(levels) // 7)])
    if _logarithmic(levels):
        powers = np.log10(levels)
        bar.set_ticks(levels[np.isclose(powers, powers.round())])
        bar.formatter = LogFormatterMathtext()
    bar.set_label("loss (mean squared error)")
    bar.ax.minorticks_off()


def _holds(box: Box, w: FloatArray | float, b: FloatArray | float) -> Any:
    return (box.w[0] < w) & (w < box.w[1]) & (box.b[0] < b) & (b < box.b[1])


def _logarithmic(levels: FloatArray) -> bool:
    return bool(levels[0] > 0 and np.ptp(np.diff(np.log(levels))) < 1e-6)


def draw_surface(axes: Any, loss: Bowl, box: Box, samples: int, path: Sequence[Step]) -> None:
    """Draw the loss as a surface into 3-D axes, with the path lying on it."""
    w, b, heights = mesh(loss, box, samples)
    levels = levels_of(loss, box)
    norm = (LogNorm if _logarithmic(levels) else Normalize)(levels[0], levels[-1])
    axes.plot_surface(
        w, b, heights,
        cmap=DEPTH, norm=norm, rcount=samples, ccount=samples,
        linewidth=0.2, edgecolor="#ffffff80", antialiased=True, zorder=1,
    )  # fmt: skip
    axes.computed_zorder = False  # else parts of the path vanish behind the surface it lies on
    w, b, heights = _coordinates(path, "w", "b", "loss")
    seen = _holds(box, w, b)
    # Axes in 3-D clip nothing: what lies outside would be drawn over the rest of the picture.
    draw_path(axes, *(np.where(seen, part, np.nan) for part in (w, b, heights)))
    axes.set_title("Loss surface")
    axes.set_xlabel("slope w", labelpad=8)
    axes.set_ylabel("bias b", labelpad=8)
    axes.set_zlabel("loss", labelpad=12)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_major_locator(MaxNLocator(5))
    axes.view_init(elev=38, azim=-60)
    axes.set_box_aspect((1, 1, 0.8), zoom=1.0)


def _coordinates(path: Sequence[Step], *names: str) -> list[FloatArray]:
    return [np.array([getattr(step, name) for step in path], dtype=np.float64) for name in names]
