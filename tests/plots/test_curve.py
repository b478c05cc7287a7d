from __future__ import annotations

import numpy as np
import pytest
import torch

from autograder.plots import PlotWarning, plot_losses

from .figures import line, points, texts

LOSS = [835.0, 176.0, 55.0]


def test_runs_share_one_picture_with_labelled_axes() -> None:
    picture = plot_losses(LOSS, [835.0, 62.0], labels=["lr 0.1", "lr 0.2"])
    (axes,) = picture.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("iteration", "loss")
    assert np.array_equal(points(line(picture, "lr 0.1")), np.stack([range(3), LOSS], axis=1))
    assert len(points(line(picture, "lr 0.2"))) == 2
    assert axes.get_yscale() == "linear"


def test_runs_look_different_without_colour() -> None:
    drawn = plot_losses(LOSS, LOSS, LOSS).axes[0].lines
    assert len({run.get_linestyle() for run in drawn}) == 3
    assert [run.get_label() for run in drawn] == ["run 1", "run 2", "run 3"]


def test_one_run_needs_no_legend_unless_it_has_a_name() -> None:
    assert not plot_losses(LOSS).legends
    assert "my run" in texts(plot_losses(LOSS, labels="my run"))


@pytest.mark.usefixtures("drawn")
def test_log_shows_powers_of_ten() -> None:
    assert plot_losses(LOSS, log=True).axes[0].get_yscale() == "log"


@pytest.mark.parametrize(
    "run",
    [
        LOSS,
        tuple(LOSS),
        np.array(LOSS),
        torch.tensor(LOSS, requires_grad=True),
        [torch.tensor(value, requires_grad=True) * 1 for value in LOSS],
        [torch.tensor([value]) for value in LOSS],
    ],
    ids=["list", "tuple", "array", "tensor", "graphs", "shape-1"],
)
def test_losses_may_be_numbers_or_tensors(run: object) -> None:
    (drawn,) = plot_losses(run).axes[0].lines
    assert points(drawn)[:, 1].tolist() == LOSS


@pytest.mark.parametrize("runs", [(), ([],), ([], [])], ids=["none", "one", "two"])
@pytest.mark.usefixtures("drawn")
def test_no_losses_are_a_message_in_the_picture(runs: tuple[list[float], ...]) -> None:
    assert "the list is empty" in texts(plot_losses(*runs))


def test_an_empty_run_beside_a_full_one_is_named() -> None:
    shown = texts(plot_losses(LOSS, [], labels=["mine", "yours"]))
    assert "yours (no losses yet)" in shown
    assert "the list is empty" not in shown


def test_a_run_that_diverges_says_where() -> None:
    picture = plot_losses([1.0, 2.0, float("inf"), float("nan")])
    assert "not finite from iteration 2" in texts(picture)


def test_iterations_are_whole_numbers() -> None:
    for losses in ([0.5], LOSS):
        ticks = plot_losses(losses).axes[0].get_xticks()
        assert np.allclose(ticks, np.round(ticks))


def test_what_is_no_loss_is_a_warning_with_the_run_named() -> None:
    with pytest.warns(PlotWarning, match=r"plot_losses could not draw: run 2 \(list\)"):
        assert plot_losses(LOSS, ["a"]) is None
