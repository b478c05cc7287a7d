"""The training of one parameter: the line among the data, and w on the curve of the loss."""

# ruff: noqa: N803  # X, Y and Yhat are the labs' names

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from autograder.plots.bowl import bowl
from autograder.plots.guard import Guarded, guarded_method
from autograder.plots.panel import (
    draw_data_space,
    draw_loss_curve,
    view_of,
)
from autograder.plots.screen import (
    GREY,
    entitle,
    is_drawn,
    label,
    legend_below,
    new_figure,
    show,
    studio,
    with_notice,
)
from autograder.plots.step import Step, counted, sampled, told
from autograder.plots.value import FloatArray, number, numbers, pairs


class plot_diagram(Guarded):  # noqa: N801  # called like a function, as in the tutorials
    """Watch a slope ``w`` being trained: ``gradient_plot = plot_diagram(X, Y, w, stop=5)``.

    The loss is the mean squared error of ``w * x`` on all data, computed here from copies.

    Args:
        X: inputs, a tensor of shape [n, 1] or [n].
        Y: targets, as many as X.
        w: the start value, a number or a tensor holding one.
        stop: the other end of the loss curve.
        go: whether to show the start at once.

    Attributes:
        steps: what was recorded, one entry a call.
        figure: the newest picture.

    """

    @guarded_method
    def __init__(self, X: Any, Y: Any, w: Any, stop: Any, go: bool = False) -> None:  # noqa: FBT001, FBT002  # the tutorials' signature
        self.figure: Figure | None = None
        self.steps: list[Step] = []
        self._x, self._y = pairs(X, Y)
        self._inputs = numbers(X, "X")
        self._loss = bowl(self._x, self._y)
        start, end = number(w, "w"), number(stop, "stop")
        self._low, self._high = sorted((start, end))
        self._start = self._step(start, float("nan"))
        if go:
            self._show(f"Start: w = {label(start)}", [self._start], [self._start], None)

    @guarded_method
    def __call__(self, Yhat: Any, w: Any, error: Any, n: Any) -> Figure | None:
        """Record iteration ``n`` and show it: call it before the update of w.

        Args:
            Yhat: the predictions for X, of X's shape.
            w: the slope that made them.
            error: the loss, a number or a tensor holding one.
            n: the iteration.

        Returns:
            The picture where there is no screen, else None.

        """
        step = self._step(number(w, "w"), number(error, "error"))
        self.steps.append(step)
        call = len(self.steps)
        if not is_drawn(call):
            return None
        count = n.item() if hasattr(n, "item") else n
        title = f"Iteration {count}: w = {label(step.w)}, {told(step)}"
        return self._show(with_notice(title, call), [step], self.steps, numbers(Yhat, "Yhat"))

    @guarded_method
    def final_plot(self) -> Figure | None:
        """Show the whole path: the lines of all iterations, and all steps on the loss curve."""
        title = "No step recorded yet"
        if self.steps:
            first, last = self.steps[0], self.steps[-1]
            title = (
                f"{counted(self.steps)}: w from {label(first.w)} to {label(last.w)}, "
                f"loss from {label(first.loss)} to {label(last.loss)}"
            )
        return self._show(title, sampled(self.steps), self.steps, None)

    def _step(self, w: float, given: float) -> Step:
        return Step(w=w, b=0.0, given=given, loss=float(self._loss.at(w)))

    def _show(
        self, title: str, lines: list[Step], path: list[Step], predicted: FloatArray | None
    ) -> Figure | None:
        with studio():
            self.figure = figure = new_figure(10.0, 4.6)
            entitle(figure, title)
            data, parameters = figure.subplots(1, 2)
            view = view_of(self._x, self._y, [self._start, *lines])
            draw_data_space(data, self._x, self._y, view=view, steps=lines)
            if predicted is not None and not self._matches(lines[-1], predicted):
                order = np.argsort(self._inputs)
                style: dict[str, Any] = {"color": GREY, "ls": "--", "zorder": 4}
                data.plot(self._inputs[order], predicted[order], label="Yhat passed in", **style)
            draw_loss_curve(parameters, self._loss, low=self._low, high=self._high, path=path)
            legend_below(figure, columns=7)
            return show(figure)

    def _matches(self, step: Step, predicted: FloatArray) -> bool:
        """Return whether the predictions are those of the line, up to float32's rounding."""
        if predicted.size != self._inputs.size:
            raise ValueError(f"Yhat holds {predicted.size} numbers and X {self._inputs.size}")
        line = step.w * self._inputs
        slack = 1e-3 * float(np.nanmax(np.abs(line)))
        return bool(np.allclose(predicted, line, rtol=1e-3, atol=slack, equal_nan=True))
