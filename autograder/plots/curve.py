"""Losses over the iterations, of one run or several."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from autograder.plots.guard import guarded
from autograder.plots.screen import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    legend_below,
    new_figure,
    show,
    studio,
)
from autograder.plots.value import FloatArray, numbers

COLOURS: Final = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
LINES: Final = ("-", "--", "-.", ":")
MANY: Final = 25  # iterations are marked one by one up to here


@guarded
def plot_losses(
    *runs: Any, labels: Sequence[str] | str | None = None, log: bool = False
) -> Figure | None:
    """Draw the losses of one or several runs into one picture: ``plot_losses(LOSS, LOSS2)``.

    Args:
        runs: a list, array or tensor each, with one loss an iteration.
        labels: a name for each run, such as ``["lr 0.1", "lr 0.2"]``.
        log: whether the loss axis shows powers of ten.

    Returns:
        The picture where there is no screen, else None.

    """
    losses = [numbers(run, f"run {at}") for at, run in enumerate(runs, start=1)]
    given = [labels] if isinstance(labels, str) else list(labels or ())
    names = [given[at] if at < len(given) else f"run {at + 1}" for at in range(len(losses))]
    with studio():
        figure = new_figure(7.5, 4.6)
        axes = figure.subplots()
        axes.set_xlabel("iteration")
        axes.set_ylabel("loss")
        axes.set_title("Loss of each iteration")
        named = bool(given) or len(losses) > 1
        for values, name, colour, line in zip(losses, names, cycle(COLOURS), cycle(LINES)):
            note = _note(values) if values.size or named else ""
            text = f"{name} ({note})" if note else name
            _draw_run(axes, values, color=colour, ls=line, label=text if named or note else None)
        if log:
            axes.set_yscale("log", nonpositive="mask")
        axes.xaxis.set_major_locator(
            MaxNLocator(8, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
        )
        longest = max((values.size for values in losses), default=0)
        if longest == 1:
            axes.set_xlim(-0.5, 0.5)
        if not longest:
            _say_nothing_there(axes)
        legend_below(figure, columns=3)
        return show(figure)


def _note(values: FloatArray) -> str:
    if not values.size:
        return "no losses yet"
    broken = np.flatnonzero(~np.isfinite(values))
    return f"not finite from iteration {broken[0]}" if broken.size else ""


def _draw_run(axes: Axes, values: FloatArray, **style: Any) -> None:
    shown = np.where(np.isfinite(values), values, np.nan)
    marker: dict[str, Any] = {"marker": "o", "ms": 4.5} if values.size <= MANY else {}
    axes.plot(np.arange(values.size), shown, lw=2, **marker, **style)


def _say_nothing_there(axes: Axes) -> None:
    text = "No losses to draw yet:\nthe list is empty. Has the training run?"
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=GREY)
    axes.set_xticks([])
    axes.set_yticks([])
