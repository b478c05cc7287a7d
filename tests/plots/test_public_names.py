from __future__ import annotations

import inspect

import autograder.plots
from autograder.plots import (
    plot_data,
    plot_decision,
    plot_diagram,
    plot_error_surfaces,
    plot_losses,
)


def test_the_public_names_are_these() -> None:
    assert sorted(autograder.plots.__all__) == [
        "PlotWarning",
        "plot_data",
        "plot_decision",
        "plot_diagram",
        "plot_error_surfaces",
        "plot_losses",
    ]
    assert all(hasattr(autograder.plots, name) for name in autograder.plots.__all__)


def test_signatures_are_those_of_the_labs() -> None:
    def names(call: object) -> list[str]:
        return [name for name in inspect.signature(call).parameters if name != "self"]

    assert names(plot_diagram) == ["X", "Y", "w", "stop", "go"]
    assert names(plot_diagram.__call__) == ["Yhat", "w", "error", "n"]
    assert names(plot_error_surfaces) == ["w_range", "b_range", "X", "Y", "n_samples", "go"]
    assert names(plot_error_surfaces.set_para_loss) == ["w", "b", "loss"]
    assert names(plot_losses) == ["runs", "labels", "log"]
    assert names(plot_data) == ["X", "Y", "line", "model"]
    assert names(plot_decision) == ["X", "Y", "model"]


def test_help_has_words_for_each() -> None:
    for call in (plot_diagram, plot_error_surfaces, plot_losses, plot_data, plot_decision):
        assert "shape" in call.__doc__ or "list" in call.__doc__
