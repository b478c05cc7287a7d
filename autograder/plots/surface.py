"""The training of two parameters: the line among the data, and (w, b) on the loss's landscape."""

# ruff: noqa: N803  # X and Y are the labs' names

from __future__ import annotations

from math import isfinite
from typing import Any

from matplotlib.figure import Figure
from torch import nn

from autograder.plots.bowl import bowl
from autograder.plots.guard import Guarded, guarded_method
from autograder.plots.landscape import Box, box_of, draw_contour, draw_surface
from autograder.plots.panel import draw_data_space, view_of
from autograder.plots.screen import (
    entitle,
    is_drawn,
    label,
    legend_below,
    new_figure,
    show,
    studio,
    with_notice,
)
from autograder.plots.step import Step, counted, told
from autograder.plots.value import number, pairs, weight_and_bias


class plot_error_surfaces(Guarded):  # noqa: N801  # called like a function, as in the tutorials
    """Watch a line ``w * x + b`` being trained: ``surface = plot_error_surfaces(15, 15, X, Y)``.

    The loss is the mean squared error on all data, computed here from copies.

    Args:
        w_range: slopes from -w_range to w_range are shown.
        b_range: biases from -b_range to b_range are shown.
        X: inputs, a tensor of shape [n, 1] or [n].
        Y: targets, as many as X.
        n_samples: lines on each side of the surface.
        go: whether to show the surface at once.

    Attributes:
        steps: what was recorded, one entry a call of ``set_para_loss``.
        figure: the newest picture.

    """

    @guarded_method
    def __init__(
        self,
        w_range: Any,
        b_range: Any,
        X: Any,
        Y: Any,
        n_samples: int = 30,
        go: bool = True,  # noqa: FBT001, FBT002  # the tutorials' signature
    ) -> None:
        self.figure: Figure | None = None
        self.steps: list[Step] = []
        self._calls = 0
        self._x, self._y = pairs(X, Y)
        self._loss = bowl(self._x, self._y)
        self._ranges = _reach(w_range, "w_range"), _reach(b_range, "b_range")
        self._samples = max(2, int(n_samples))
        if go:
            self._show_landscape("The loss of every line")

    @guarded_method
    def set_para_loss(self, w: Any, b: Any, loss: Any = None) -> None:
        """Record an iteration: ``(w, b, loss)``, or ``(model, loss)`` with a linear module.

        Call it before the update; each value is a number, a tensor or a list holding one.
        """
        if isinstance(w, nn.Module):
            loss = b if loss is None else loss
            slope, bias = weight_and_bias(w)
        else:
            slope, bias = number(w, "w"), number(b, "b")
        given, true = number(loss, "the loss"), float(self._loss.at(slope, bias))
        self.steps.append(Step(w=slope, b=bias, given=given, loss=true))

    @guarded_method
    def plot_ps(self) -> Figure | None:
        """Show the line recorded last among the data, and the path so far from above.

        Both panels show the same iteration, whatever has happened to the parameters since.

        Returns:
            The picture where there is no screen, else None.

        """
        self._calls += 1
        if not is_drawn(self._calls):
            return None
        title = "No step recorded yet"
        if self.steps:
            last = self.steps[-1]
            place = f"w = {label(last.w)}, b = {label(last.b)}"
            title = f"Iteration {len(self.steps) - 1}: {place}, {told(last)}"
        with studio():
            self.figure = figure = new_figure(10.6, 4.6)
            entitle(figure, with_notice(title, self._calls))
            data, parameters = figure.subplots(1, 2)
            view = view_of(self._x, self._y, [*self.steps[:1], *self.steps[-1:]])
            draw_data_space(data, self._x, self._y, view=view, steps=self.steps[-1:])
            draw_contour(figure, parameters, self._loss, self._box(), self.steps)
            legend_below(figure, columns=5)
            return show(figure)

    @guarded_method
    def final_plot(self) -> Figure | None:
        """Show the whole path, on the surface of the loss and from above.

        Returns:
            The picture where there is no screen, else None.

        """
        title = "No step recorded yet"
        if self.steps:
            first, last = self.steps[0], self.steps[-1]
            title = (
                f"{counted(self.steps)}: w from {label(first.w)} to {label(last.w)}, "
                f"b from {label(first.b)} to {label(last.b)}, "
                f"loss from {label(first.loss)} to {label(last.loss)}"
            )
        return self._show_landscape(title)

    def _show_landscape(self, title: str) -> Figure | None:
        with studio():
            self.figure = figure = new_figure(11.0, 5.4)
            entitle(figure, title)
            cells = figure.add_gridspec(1, 2, wspace=0.15)
            solid: Any = figure.add_subplot(cells[0], projection="3d")
            flat = figure.add_subplot(cells[1])
            draw_surface(solid, self._loss, self._box(), self._samples, self.steps)
            draw_contour(figure, flat, self._loss, self._box(), self.steps)
            legend_below(figure)
            return show(figure)

    def _box(self) -> Box:
        return box_of(*self._ranges, self.steps)


def _reach(value: Any, what: str) -> float:
    reach = abs(number(value, what))
    if not reach or not isfinite(reach):
        raise ValueError(f"{what} is {reach}; it must be a number above 0")
    return reach
