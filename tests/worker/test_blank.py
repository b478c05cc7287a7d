"""Pictures cost little while grading, and code that makes them runs as it does anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from autograder.worker.blank import MOST_ARTISTS, skip_layout


@pytest.fixture(autouse=True)
def blank(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Figure, "tight_layout", Figure.tight_layout)  # put back afterwards
    plt.close("all")
    mpl.use("module://autograder.worker.blank")
    skip_layout()
    yield
    plt.close("all")


def draw() -> None:
    for place in (211, 212):
        plt.subplot(place)
        plt.plot(np.arange(5.0), np.arange(5.0), "o-", label="line")
        plt.legend()
    plt.tight_layout(pad=2.0)
    plt.show()


def children() -> int:
    return sum(len(axes.get_children()) for axes in plt.gcf().axes)


def test_a_loop_of_plots_does_not_grow() -> None:
    """As in a notebook, where each show ends a picture; or the legends would cost ever more."""
    sizes = []
    for _ in range(60):
        draw()
        sizes.append(children())
    assert max(sizes) <= MOST_ARTISTS
    assert len(set(sizes[30:])) > 1, "some were closed, and some drawn on"


def test_show_closes_all_figures_but_the_newest() -> None:
    for _ in range(5):
        plt.figure()
    newest = plt.gcf().number
    plt.show()
    assert plt.get_fignums() == [newest]


def test_show_without_a_figure_is_nothing() -> None:
    plt.show()
    plt.show(block=False)
    assert plt.get_fignums() == []


def test_layout_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(figure: Figure) -> None:
        raise AssertionError("a renderer was asked for")

    monkeypatch.setattr(Figure, "_get_renderer", measured)
    draw()
    plt.gcf().canvas.draw()
    plt.pause(0.001)


def test_a_picture_can_be_saved(tmp_path: Path) -> None:
    plt.plot([1.0, 2.0])
    plt.savefig(tmp_path / "losses.png")
    assert (tmp_path / "losses.png").read_bytes().startswith(b"\x89PNG")
    plt.plot([2.0, 1.0])
    assert plt.get_backend() == "module://autograder.worker.blank"
