from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from autograder.plots import PlotWarning, plot_diagram

from .figures import LINE_Y, SLOPE_Y, X, line, mse, points, texts


def train(
    count: int, *, after_update: bool = False, lr: float = 0.1
) -> tuple[plot_diagram, list[Figure | None], list[float]]:
    """Run the slope lab with its own call, ``gradient_plot(Yhat, w, loss.item(), epoch)``."""
    w = torch.tensor(-10.0, requires_grad=True)
    gradient_plot = plot_diagram(X, SLOPE_Y, w, stop=5)
    pictures, slopes = [], []
    for epoch in range(count):
        yhat = w * X
        loss = torch.mean((yhat - SLOPE_Y) ** 2)
        slopes.append(w.item())
        if not after_update:
            pictures.append(gradient_plot(yhat, w, loss.item(), epoch))
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()
        if after_update:
            pictures.append(gradient_plot(yhat, w, loss.item(), epoch))
    return gradient_plot, pictures, slopes


@pytest.fixture(scope="module")
def run() -> tuple[plot_diagram, list[Figure | None], list[float]]:
    return train(4)


def test_each_call_gives_one_picture_with_data_and_parameter_space(run: Any) -> None:
    _, pictures, _ = run
    assert [len(picture.axes) for picture in pictures] == [2, 2, 2, 2]
    data, parameters = pictures[-1].axes
    assert (data.get_xlabel(), data.get_ylabel()) == ("x", "y")
    assert parameters.get_xlabel() == "slope w"
    assert parameters.get_ylabel() == "loss (mean squared error)"
    assert "Iteration 3" in texts(pictures[-1])


def test_all_data_points_are_drawn(run: Any) -> None:
    drawn = points(line(run[1][0], "data"))
    assert np.allclose(drawn, torch.cat([X, SLOPE_Y], dim=1).numpy())


def test_the_path_grows_by_one_point_a_call_and_holds_the_slopes(run: Any) -> None:
    _, pictures, slopes = run
    paths = [points(line(picture, "path")) for picture in pictures[1:]]
    assert [len(path) for path in paths] == [2, 3, 4]
    assert np.allclose(paths[-1][:, 0], slopes)


def test_the_path_lies_on_the_loss_curve(run: Any) -> None:
    _, pictures, slopes = run
    path = points(line(pictures[-1], "path"))
    assert np.allclose(path[:, 1], [mse(w, 0, X, SLOPE_Y) for w in slopes], rtol=1e-5)


@pytest.mark.parametrize("y", [SLOPE_Y, LINE_Y + 5], ids=["through-origin", "with-offset"])
def test_the_curve_is_the_mean_squared_error_from_start_to_stop(y: torch.Tensor) -> None:
    curve = points(line(plot_diagram(X, y, -10, 5, go=True).figure, "loss of every slope"))
    assert curve[0, 0] <= -10
    assert curve[-1, 0] >= 5
    for w, height in curve[::50]:
        assert height == pytest.approx(mse(w, 0, X, y), rel=1e-5)


def test_both_spaces_show_the_same_iteration(run: Any) -> None:
    for picture, w in zip(run[1], run[2], strict=True):
        ends = points(line(picture, "current line", panel=0))
        assert np.diff(ends[:, 1]) / np.diff(ends[:, 0]) == pytest.approx(w)
        assert points(line(picture, "now", panel=1))[0, 0] == pytest.approx(w)
        assert "Yhat passed in" not in texts(picture)


def test_called_after_the_update_both_spaces_still_agree_and_it_shows() -> None:
    gradient_plot, pictures, _ = train(1, after_update=True)
    w = gradient_plot.steps[0].w
    ends = points(line(pictures[0], "current line"))
    assert np.diff(ends[:, 1]) / np.diff(ends[:, 0]) == pytest.approx(w)
    assert points(line(pictures[0], "now"))[0] == pytest.approx([w, mse(w, 0, X, SLOPE_Y)])
    assert line(pictures[0], "Yhat passed in")
    assert "loss passed in" in texts(pictures[0])


def test_a_loss_that_is_no_mean_squared_error_is_told_with_the_true_one() -> None:
    watch = plot_diagram(X, SLOPE_Y, torch.tensor(-10.0), 5)
    picture = watch(-10 * X, torch.tensor(-10.0), 9000.0, 0)
    assert "loss passed in = 9000, on all data = 147" in texts(picture)


def test_tensors_with_a_graph_are_read_and_left_alone() -> None:
    w = torch.tensor([[-10.0]], requires_grad=True)
    x, y = X.clone().requires_grad_(), SLOPE_Y.clone().requires_grad_()
    before = [value.detach().clone() for value in (w, x, y)]
    watch = plot_diagram(x, y, w, torch.tensor(5))
    yhat = w * x
    loss = torch.mean((yhat - y) ** 2)
    assert watch(yhat, w, loss, torch.tensor(0)) is not None
    loss.backward()
    assert w.grad is not None
    for value, kept in zip((w, x, y), before, strict=True):
        assert torch.equal(value, kept)
        assert value.requires_grad
        assert value.is_leaf


def test_what_was_recorded_does_not_follow_a_later_update() -> None:
    w = torch.tensor(-10.0)
    watch = plot_diagram(X, SLOPE_Y, w, 5)
    watch(w * X, w, 1.0, 0)
    w += 7
    assert watch.steps[0].w == -10


def test_final_plot_shows_every_line_and_the_whole_path(run: Any) -> None:
    watch, _, slopes = run
    picture = watch.final_plot()
    earlier = [part for part in picture.axes[0].lines if part.get_label() == "earlier lines"]
    assert len(earlier) == 3
    assert len(points(line(picture, "path"))) == len(slopes)
    assert "4 iterations recorded" in texts(picture)


def test_final_plot_before_any_step_says_so() -> None:
    assert "No step recorded yet" in texts(plot_diagram(X, SLOPE_Y, -10, 5).final_plot())


def test_a_diverging_path_stays_in_the_picture() -> None:
    _, pictures, _ = train(6, lr=0.4)
    low, high = pictures[-1].axes[1].get_xlim()
    path = points(line(pictures[-1], "path"))
    assert len(path) == 6
    assert low < path[:, 0].min()
    assert path[:, 0].max() < high
    assert path[:, 0].max() > 5


@pytest.mark.usefixtures("drawn")
def test_a_slope_that_is_not_a_number_still_gives_a_picture() -> None:
    watch = plot_diagram(X, SLOPE_Y, -10, 5)
    picture = watch(float("nan") * X, float("nan"), float("nan"), 0)
    assert "w = nan" in texts(picture)


def test_start_values_and_stop_may_come_in_any_order() -> None:
    picture = plot_diagram(X[:, 0], SLOPE_Y[:, 0], 5, -10, go=True).figure
    low, high = picture.axes[1].get_xlim()
    assert low < -10
    assert high > 5
    assert "Start: w = 5" in texts(picture)


def test_nothing_is_shown_before_training_unless_asked_for() -> None:
    assert plot_diagram(X, SLOPE_Y, -10, 5).figure is None


def test_one_warning_a_life_then_silence_and_training_goes_on() -> None:
    watch = plot_diagram(X, SLOPE_Y, -10, 5)
    with pytest.warns(PlotWarning, match=r"w must be one number, it holds 2.*Training goes on"):
        assert watch(X, torch.zeros(2), 1.0, 0) is None
    assert watch(X, "wrong", 1.0, 1) is None  # filterwarnings = error: a second one would raise
    assert watch(X[:5], -10.0, 1.0, 2) is None
    assert watch(-10 * X, -10.0, 1.0, 3) is not None


def test_a_call_with_missing_arguments_is_a_warning_too() -> None:
    watch: Any = plot_diagram(X, SLOPE_Y, -10, 5)
    with pytest.warns(PlotWarning, match="missing 1 required positional argument: 'n'"):
        watch(X, -10.0, 1.0)


def test_data_that_do_not_fit_warn_once_for_constructor_and_calls() -> None:
    with pytest.warns(PlotWarning, match="X holds 60 numbers and Y 5; each x needs one y"):
        watch = plot_diagram(X, SLOPE_Y[:5], -10, 5)
    assert watch(X, -10.0, 1.0, 0) is None
    assert watch.final_plot() is None


def test_a_predictions_count_that_does_not_fit_is_named() -> None:
    watch = plot_diagram(X, SLOPE_Y, -10, 5)
    with pytest.warns(PlotWarning, match="Yhat holds 5 numbers and X 60"):
        watch(X[:5], -10.0, 1.0, 0)
