from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D
from torch import nn

from autograder.plots import PlotWarning, plot_error_surfaces
from autograder.plots.bowl import bowl
from autograder.plots.landscape import ring

from .figures import LINE_Y, X, line, mse, points, texts


def surface(**options: Any) -> plot_error_surfaces:
    return plot_error_surfaces(15, 13, X, LINE_Y, 30, **{"go": False, **options})


@pytest.fixture(scope="module")
def run() -> tuple[plot_error_surfaces, list[tuple[Figure | None, float, float]]]:
    """The line lab: fifteen iterations, a picture at every third."""
    watch = plot_error_surfaces(15, 15, X, LINE_Y, 30)
    w = torch.tensor(-15.0, requires_grad=True)
    b = torch.tensor(-10.0, requires_grad=True)
    pictures = []
    for epoch in range(15):
        loss = torch.mean((w * X + b - LINE_Y) ** 2)
        watch.set_para_loss(w.data.tolist(), b.data.tolist(), loss.tolist())
        if epoch % 3 == 0:
            pictures.append((watch.plot_ps(), w.item(), b.item()))
        loss.backward()
        for value in (w, b):
            value.data = value.data - 0.1 * value.grad.data
            value.grad.data.zero_()
    return watch, pictures


@pytest.fixture(scope="module")
def final(run: Any) -> Figure:
    return run[0].final_plot()


class Linear(nn.Module):
    def __init__(self, *, bias: bool = True) -> None:
        super().__init__()
        self.linear = nn.Linear(1, 1, bias=bias)


class BiasFirst(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.tensor([7.0]))
        self.weight = nn.Parameter(torch.tensor([2.0]))


class OtherNames(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(2.0))
        self.height = nn.Parameter(torch.tensor(7.0))


def test_go_shows_surface_and_contour_at_once() -> None:
    picture = plot_error_surfaces(15, 13, X, LINE_Y).figure
    assert [axes.name for axes in picture.axes[:2]] == ["3d", "rectilinear"]
    assert "The loss of every line" in texts(picture)


def test_without_go_nothing_is_shown() -> None:
    assert surface().figure is None


def test_the_surface_is_the_mean_squared_error_over_the_ranges(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(Axes3D, "plot_surface", lambda axes, *args, **kw: drawn.append((args, kw)))
    plot_error_surfaces(15, 13, X, LINE_Y, 20)
    (((w, b, heights), options),) = drawn
    assert w.shape == b.shape == heights.shape == (20, 20)
    assert options["rcount"] == options["ccount"] == 20
    assert (w.min(), w.max()) == pytest.approx((-15, 15), rel=0.2)
    assert (b.min(), b.max()) == pytest.approx((-13, 13), rel=0.2)
    for at in ((0, 0), (0, 19), (7, 3)):
        assert heights[at] == pytest.approx(mse(w[at], b[at], X, LINE_Y), rel=1e-5)


def test_both_spaces_show_the_iteration_recorded_last(run: Any) -> None:
    for picture, w, b in run[1]:
        ends = points(line(picture, "current line", panel=0))
        assert ends[:, 1] == pytest.approx(w * ends[:, 0] + b, rel=1e-5)
        assert points(line(picture, "now", panel=1))[0] == pytest.approx([w, b])


def test_a_later_update_moves_neither_space() -> None:
    """The tutorials warn that their data space runs one iteration ahead: here it does not."""
    model = Linear()
    watch = surface()
    with torch.no_grad():
        model.linear.weight.fill_(-15)
        model.linear.bias.fill_(-10)
        watch.set_para_loss(model, 1.0)
        model.linear.weight.fill_(3)
        model.linear.bias.fill_(4)
    picture = watch.plot_ps()
    ends = points(line(picture, "current line"))
    assert ends[:, 1] == pytest.approx(-15 * ends[:, 0] - 10)
    assert points(line(picture, "now"))[0] == pytest.approx([-15, -10])


def test_the_path_holds_every_recorded_step(run: Any, final: Figure) -> None:
    lengths = [len(points(line(picture, "path"))) for picture, _, _ in run[1][1:]]
    assert lengths == [4, 7, 10, 13]
    for panel in (0, 1):
        assert len(points(line(final, "path", panel=panel))) == 15


def test_axes_and_title_say_what_is_shown(run: Any) -> None:
    picture = run[1][-1][0]
    data, parameters, scale = picture.axes
    assert (data.get_xlabel(), data.get_ylabel()) == ("x", "y")
    assert (parameters.get_xlabel(), parameters.get_ylabel()) == ("slope w", "bias b")
    assert scale.get_ylabel() == "loss (mean squared error)"
    assert "Iteration 12: w = 0." in texts(picture)


def test_the_final_path_lies_on_the_surface(final: Figure) -> None:
    for w, b, height in points(line(final, "path", panel=0)):
        assert height == pytest.approx(mse(w, b, X, LINE_Y), rel=1e-4)
    solid = final.axes[0]
    assert [solid.get_xlabel(), solid.get_ylabel(), solid.get_zlabel()] == [
        "slope w",
        "bias b",
        "loss",
    ]


@pytest.mark.parametrize(
    "value",
    [
        2.0,
        [2.0],
        [[2.0]],
        np.float32(2),
        torch.tensor(2.0, requires_grad=True),
        nn.Parameter(torch.tensor([[2.0]])),
        [torch.tensor(2.0, requires_grad=True)],
        torch.tensor(2.0, requires_grad=True) * 1,
        torch.tensor(2.0, dtype=torch.bfloat16),
    ],
    ids=[
        "float",
        "list",
        "nested",
        "numpy",
        "leaf",
        "parameter",
        "list-of-tensors",
        "graph",
        "bfloat16",
    ],
)
def test_a_number_may_come_in_any_wrapping(value: Any) -> None:
    watch = surface()
    watch.set_para_loss(value, value, value)
    (step,) = watch.steps
    assert (step.w, step.b, step.given) == (2, 2, 2)


def test_a_model_is_read_by_its_parameters_names() -> None:
    model = Linear()
    with torch.no_grad():
        model.linear.weight.fill_(2)
        model.linear.bias.fill_(7)
    for case in (model, model.linear, BiasFirst(), OtherNames()):
        watch = surface()
        watch.set_para_loss(case, torch.tensor(1.0, requires_grad=True))
        assert [(step.w, step.b, step.given) for step in watch.steps] == [(2, 7, 1)]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Linear(bias=False), r"has 1 parameters \(weight\)"),
        (nn.Linear(2, 1), "weight must be one number, it holds 2"),
        (nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1)), "has 4 parameters"),
    ],
    ids=["no-bias", "two-inputs", "two-layers"],
)
def test_a_model_that_is_no_line_is_told_once(model: nn.Module, message: str) -> None:
    watch = surface()
    with pytest.warns(PlotWarning, match=message):
        watch.set_para_loss(model, 1.0)
    watch.set_para_loss(model, 1.0)
    assert watch.steps == []
    assert "No step recorded yet" in texts(watch.plot_ps())


def test_a_batch_loss_stands_beside_the_loss_on_all_data() -> None:
    watch = surface()
    watch.set_para_loss(1.0, 3.0, 0.25)
    assert "loss passed in = 0.25, on all data = 15.99" in texts(watch.plot_ps())


def test_contours_are_spaced_by_powers_where_losses_span_decades(final: Figure) -> None:
    levels = final.axes[2].collections or final.axes[2].get_children()
    assert levels
    ticks = final.axes[2].get_yticks()
    assert len(ticks) > 4
    assert np.allclose(np.log10(ticks), np.round(np.log10(ticks)))


def test_contours_are_evenly_spaced_where_they_do_not() -> None:
    picture = plot_error_surfaces(1, 1, X, torch.sign(X) * 50).figure
    assert np.ptp(np.diff(picture.axes[2].get_yticks())) < 1e-6


def test_each_contour_is_where_the_loss_has_that_value(final: Figure) -> None:
    heights = []
    for patch in final.axes[1].patches:
        ring = [mse(w, b, X, LINE_Y) for w, b in patch.get_xy()[::40]]
        assert np.allclose(ring, ring[0], rtol=1e-4)
        heights.append(ring[0])
    assert heights == sorted(heights, reverse=True)  # the inner ones are drawn over the outer
    assert len(heights) >= 8


def test_contours_are_right_where_no_line_fits_well() -> None:
    x, y = np.array([-1.0, 0.0, 3.0, 4.0]), np.array([5.0, -5.0, 9.0, -9.0])
    loss = bowl(x, y)
    for level in (loss.lowest, loss.lowest + 0.1, 2 * loss.lowest):
        w, b = ring(loss, level)
        assert loss.at(w, b) == pytest.approx(np.full(w.size, level))


def test_a_range_below_zero_is_as_good_as_one_above() -> None:
    boxes = [
        plot_error_surfaces(w, b, X, LINE_Y, 5).figure.axes[1].axis()
        for w, b in ((15, 13), (-15, torch.tensor(-13.0)))
    ]
    assert boxes[0] == boxes[1]


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_data_of_any_scale_are_drawn(scale: float) -> None:
    watch = plot_error_surfaces(5, 5 * scale, X * scale, LINE_Y * scale, go=False)
    watch.set_para_loss(0.0, 0.0, 1.0)
    watch.set_para_loss(1.0, -scale, 1.0)
    picture = watch.plot_ps()
    assert np.allclose(points(line(picture, "path")), [[0, 0], [1, -scale]])
    low, high = picture.axes[1].get_ylim()
    assert (low, high) == pytest.approx((-5 * scale, 5 * scale), rel=0.2)


def test_inputs_without_spread_still_give_a_picture() -> None:
    watch = plot_error_surfaces(5, 5, torch.ones(4), torch.arange(4.0), go=False)
    watch.set_para_loss(1.0, 1.0, 1.0)
    assert watch.plot_ps() is not None


def test_a_path_that_leaves_the_ranges_widens_the_picture() -> None:
    watch = surface()
    watch.set_para_loss(40.0, 0.0, 1.0)
    assert watch.plot_ps().axes[1].get_xlim()[1] > 40


def test_a_path_that_runs_away_is_told_and_the_landscape_stays() -> None:
    watch = surface()
    watch.set_para_loss(0.0, 0.0, 1.0)
    watch.set_para_loss(1e9, 1.0, float("nan"))
    picture = watch.plot_ps()
    assert picture.axes[1].get_xlim()[1] < 20
    assert "the path leaves the picture" in texts(picture)
    solid = watch.final_plot().axes[0]
    seen = points(line(watch.figure, "path", panel=0))
    assert np.isfinite(seen).all(axis=1).tolist() == [True, False]  # axes in 3-D clip nothing
    assert solid.get_xlim()[1] < 20


@pytest.mark.usefixtures("drawn")
def test_a_path_that_runs_away_can_be_drawn() -> None:
    watch = surface()
    watch.set_para_loss(0.0, 0.0, 1.0)
    watch.set_para_loss(1e9, float("inf"), float("nan"))
    assert watch.final_plot() is not None


def test_a_line_outside_the_data_space_is_said_to_be_there() -> None:
    watch = surface()
    watch.set_para_loss(0.0, 13.0, 1.0)
    watch.set_para_loss(0.0, -130.0, 1.0)
    assert "current line, outside the picture" in texts(watch.plot_ps())


def test_ranges_that_are_none_warn_once() -> None:
    with pytest.warns(PlotWarning, match="w_range is 0.0; it must be a number above 0"):
        watch = plot_error_surfaces(0, 1, X, LINE_Y)
    watch.set_para_loss(1.0, 1.0, 1.0)
    assert watch.plot_ps() is None
    assert watch.final_plot() is None


def test_each_object_warns_for_itself() -> None:
    for _ in range(2):
        watch = surface()
        with pytest.warns(PlotWarning):
            watch.set_para_loss("wrong", 1.0, 1.0)
        watch.set_para_loss("wrong", 1.0, 1.0)
