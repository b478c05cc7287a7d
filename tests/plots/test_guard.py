"""Pictures leave a notebook as they found it."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

from autograder.plots import (
    PlotWarning,
    plot_data,
    plot_decision,
    plot_diagram,
    plot_error_surfaces,
    plot_losses,
)

from .figures import LINE_Y, X

MODEL = nn.Linear(1, 1)


def surface() -> None:
    watch = plot_error_surfaces(3, 3, X, LINE_Y, 5)
    watch.set_para_loss(MODEL, 1.0)
    watch.plot_ps()
    watch.final_plot()


def diagram() -> None:
    watch = plot_diagram(X, LINE_Y, -10, 5)
    watch(X, torch.tensor(-10.0, requires_grad=True), 1.0, 0)
    watch.final_plot()


def noisy(x: torch.Tensor) -> torch.Tensor:
    """A model that draws from every generator, and warns."""
    random.random()
    np.random.rand()
    warnings.warn("from the model", UserWarning, stacklevel=1)
    return torch.sigmoid(x[:, :1] + torch.randn(1))


CALLS = {
    "diagram": diagram,
    "surface": surface,
    "losses": lambda: plot_losses([1.0, 2.0]),
    "data": lambda: plot_data(X, LINE_Y, (1, 2), noisy),
    "decision": lambda: plot_decision(torch.eye(2), torch.tensor([0, 1]), noisy),
}


def states() -> tuple[object, ...]:
    """What a picture must not change, as values that compare."""
    numpy = np.random.get_state()
    return (
        random.getstate(),
        (numpy[1].tobytes(), *numpy[2:]),
        torch.get_rng_state().numpy().tobytes(),
        torch.is_grad_enabled(),
        np.geterr(),
        list(warnings.filters),
        dict(mpl.rcParams),
        plt.get_fignums(),
    )


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
@pytest.mark.usefixtures("drawn")
def test_global_state_is_left_as_it_was(call: Callable[[], object]) -> None:
    mine = plt.figure()
    plt.figure()
    axes = mine.add_subplot()
    plt.figure(mine.number)
    with mpl.rc_context({"font.size": 5.0, "axes.grid": False}):
        before = states()
        call()
        assert states() == before
    assert plt.gcf() is mine
    assert plt.gca() is axes


@pytest.mark.usefixtures("drawn")
def test_the_style_of_the_student_does_not_reach_our_pictures() -> None:
    with mpl.rc_context({"axes.labelsize": 3.0, "axes.facecolor": "black"}):
        (axes,) = plot_losses([1.0]).axes
    assert axes.xaxis.label.get_size() == 12
    assert axes.get_facecolor()[:3] == (1, 1, 1)


def test_global_state_is_left_when_a_picture_fails() -> None:
    def broken(x: torch.Tensor) -> torch.Tensor:
        torch.randn(1)
        raise KeyError("gone")

    before = states()
    with pytest.warns(UserWarning, match="KeyError: 'gone'"):
        plot_data(X, LINE_Y, model=broken)
    assert states() == before


def test_the_warning_points_at_the_students_line() -> None:
    with pytest.warns(PlotWarning) as caught:
        plot_losses("ab")
    assert caught[0].filename == __file__


def test_recording_a_step_does_not_make_python_repeat_old_warnings() -> None:
    """Changing filters empties Python's memory of what it warned of already."""
    watch = plot_error_surfaces(3, 3, X, LINE_Y, 5, go=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            warnings.warn("from the loop", UserWarning, stacklevel=1)
            watch.set_para_loss(1.0, 1.0, 1.0)
    assert len(caught) == 1


def test_gradients_flow_after_a_picture() -> None:
    w = torch.tensor(-10.0, requires_grad=True)
    loss = torch.mean((w * X - LINE_Y) ** 2)
    plot_diagram(X, LINE_Y, w, 5)(w * X, w, loss, 0)
    (w * 2).backward()
    assert w.grad == 2


def test_an_interrupt_is_not_swallowed() -> None:
    def stop(x: torch.Tensor) -> torch.Tensor:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plot_data(X, LINE_Y, model=stop)
