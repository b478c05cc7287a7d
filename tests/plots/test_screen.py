"""Each picture reaches the screen once, and no figure stays behind."""

from __future__ import annotations

import ast
import gc
import io
import sys
import weakref
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from autograder import plots
from autograder.plots import plot_diagram, plot_error_surfaces, plot_losses, screen

from .figures import LINE_Y, X, texts


class Page(ModuleType):
    """What IPython looks like from a kernel: it keeps what is displayed."""

    def __init__(self) -> None:
        super().__init__("IPython")
        self.shown: list[Any] = []
        self.display = ModuleType("IPython.display")
        vars(self.display).update(Image=SimpleNamespace, display=self.shown.append)

    def get_ipython(self) -> object:
        return SimpleNamespace(kernel=object())


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    page = Page()
    monkeypatch.setitem(sys.modules, "IPython", page)
    monkeypatch.setitem(sys.modules, "IPython.display", page.display)
    monkeypatch.setattr(mpl, "get_backend", lambda: "module://matplotlib_inline.backend_inline")
    return page


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """A backend with windows, of which pyplot's calls alone are seen."""
    shown: list[list[int]] = []
    monkeypatch.setattr(mpl, "get_backend", lambda: "tkagg")
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.get_fignums()))
    return shown


def test_without_a_screen_the_figure_is_returned_and_pyplot_knows_nothing_of_it() -> None:
    picture = plot_losses([1.0])
    assert isinstance(picture, Figure)
    assert plt.get_fignums() == []


def test_in_a_notebook_a_picture_is_shown_once_and_not_returned(page: Page) -> None:
    assert plot_losses([1.0, 2.0]) is None
    (shown,) = page.shown
    assert shown.format == "png"
    assert shown.data.startswith(b"\x89PNG")
    assert shown.width == 720
    assert plt.get_fignums() == []


def test_in_a_notebook_the_students_open_figure_is_neither_shown_nor_closed(page: Page) -> None:
    mine = plt.figure()
    plot_losses([1.0])
    assert len(page.shown) == 1
    assert plt.get_fignums() == [mine.number]


def test_a_window_is_shown_by_pyplot_and_closed(window: list[list[int]]) -> None:
    mine = plt.figure()
    assert plot_losses([1.0]) is None
    assert len(window) == 1
    assert plt.get_fignums() == [mine.number]
    assert plt.gcf() is mine


def test_an_interactive_window_does_not_block(
    window: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(plt, "pause", pauses.append)
    with plt.ion():
        assert plot_losses([1.0]) is None
    assert (len(pauses), window) == (1, [])


def test_a_script_under_the_inline_backend_has_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpl, "get_backend", lambda: "module://matplotlib_inline.backend_inline")
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert isinstance(plot_losses([1.0]), Figure)


def test_of_a_thousand_calls_some_are_drawn() -> None:
    drawn = [call for call in range(1, 1001) if screen.is_drawn(call)]
    assert drawn == [*range(1, 31), *range(40, 101, 10), *range(200, 1001, 100)]


def test_the_surface_pauses_and_says_so_once() -> None:
    watch = plot_error_surfaces(5, 5, X, LINE_Y, go=False)
    watch._calls = 29
    watch.set_para_loss(0.0, 0.0, 1.0)
    assert "From here on every tenth is shown" in texts(watch.plot_ps())
    assert [watch.plot_ps() for _ in range(9)] == [None] * 9
    assert "From here on" not in texts(watch.plot_ps())


def test_an_object_keeps_its_newest_figure_alone() -> None:
    watch = plot_diagram(X, LINE_Y, -10, 5)
    first = weakref.ref(watch(-10 * X, -10.0, 1.0, 0))
    second = watch(-10 * X, -10.0, 1.0, 1)
    gc.collect()
    assert first() is None
    assert watch.figure is second
    assert plt.get_fignums() == []


def test_the_diagram_pauses_alike() -> None:
    watch = plot_diagram(X, LINE_Y, -10, 5)
    watch.steps.extend([watch._start] * 29)
    assert "From here on" in texts(watch(-10 * X, -10.0, 1.0, 29))
    assert watch(-10 * X, -10.0, 1.0, 30) is None
    assert len(watch.steps) == 31
    watch.steps.extend([watch._start] * 8)
    assert "From here on" not in texts(watch(-10 * X, -10.0, 1.0, 39))


def test_a_png_keeps_the_colours_of_small_marks() -> None:
    picture = plot_losses([1.0] * 20, [2.0])  # the second run is a single vermillion dot
    ink = io.BytesIO()
    picture.savefig(ink, format="png", dpi=screen.INK_DPI)
    true = np.asarray(Image.open(ink).convert("RGB"), dtype=int)
    kept = np.asarray(Image.open(io.BytesIO(screen.png_of(picture))).convert("RGB"), dtype=int)
    assert np.abs(true - kept).max() < 16


def test_the_package_needs_nothing_else_of_the_grader() -> None:
    """It runs in the student's notebook, on any system."""
    allowed = {"PIL", "matplotlib", "numpy", "torch", *sys.stdlib_module_names}
    files = list(Path(plots.__file__).parent.glob("*.py"))
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    names = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    ours = {name for name in names if name.startswith("autograder.plots")}
    assert len(ours) > 5
    assert {name.partition(".")[0] for name in names - ours} <= allowed
    assert not names & {"fcntl", "resource", "pwd", "grp", "termios"}
