"""Every test here has no screen, unless it builds one, and draws pixels only if it asks to.

Tests look at a figure's artists. Drawing takes longer than all else, so it is done where a test
depends on it: it asks for ``drawn``.
"""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

DRAW = Figure.draw_without_rendering


@pytest.fixture(autouse=True, scope="package")
def no_screen() -> Iterator[None]:
    before = mpl.get_backend()
    plt.switch_backend("agg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "draw_without_rendering", lambda figure: None)
        yield
    plt.switch_backend(before)


@pytest.fixture(autouse=True)
def no_figure_stays() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Figure, "draw_without_rendering", DRAW)
