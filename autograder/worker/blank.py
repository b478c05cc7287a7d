"""A matplotlib backend without a screen that draws nothing: ``module://autograder.worker.blank``.

For code that asks its plots for something: it makes them as anywhere, and nobody will look at
them. What would only measure or draw is left out; a picture that is saved or read is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import matplotlib as mpl
from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureCanvasBase, FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

BACKEND: Final = "module://autograder.worker.blank"
MOST_ARTISTS: Final = 60


class BlankManager(FigureManagerBase):
    """A figure's place in pyplot."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:  # noqa: ARG003  # pyplot's name
        """Close the figures, as a notebook does, so that a loop of plots costs the same each time.

        The newest one stays while it is small: drawing on costs less than new axes.
        """
        managers = Gcf.get_all_fig_managers()
        newest = Gcf.get_active()
        for manager in managers:
            if manager is not newest or _artists(manager.canvas.figure) > MOST_ARTISTS:
                Gcf.destroy(manager)


class BlankCanvas(FigureCanvasBase):
    """A canvas that nothing is drawn on. What is saved is drawn, on a canvas of its own."""

    manager_class = BlankManager

    @property
    def renderer(self) -> Any:
        """Draw, and return the object with the pixels."""
        canvas = FigureCanvasAgg(self.figure)
        canvas.draw()  # type: ignore[no-untyped-call]  # half of matplotlib is untyped
        self.figure.set_canvas(self)
        return canvas.get_renderer()  # type: ignore[no-untyped-call]  # as above

    def buffer_rgba(self) -> memoryview:
        """Draw, and return the pixels, ``[height, width, 4]``."""
        pixels: memoryview = self.renderer.buffer_rgba()
        return pixels

    def tostring_argb(self) -> bytes:
        """Draw, and return the pixels."""
        pixels: bytes = self.renderer.tostring_argb()
        return pixels


def _artists(figure: Figure) -> int:
    return sum(len(axes.get_children()) for axes in figure.axes)


def _no_layout(
    figure: Figure,
    *,
    pad: float = 1.08,
    h_pad: float | None = None,
    w_pad: float | None = None,
    rect: tuple[float, float, float, float] | None = None,
) -> None:
    """Take what ``Figure.tight_layout`` takes."""


def skip_layout() -> None:
    """Let ``tight_layout``, which draws text to measure it, do nothing. In the zygote alone."""
    Figure.tight_layout = _no_layout  # type: ignore[method-assign, assignment]  # for good


def _stay(newbackend: str) -> None:
    """Take what ``pyplot.switch_backend`` takes; ``matplotlib.use`` calls it, too."""


@contextmanager
def blank_plots() -> Iterator[None]:
    """Draw on this backend inside the block, whichever one code asks for."""
    from matplotlib import pyplot as plt  # noqa: PLC0415  # it imports this module

    kept, chosen = dict(vars(plt)), dict.__getitem__(mpl.rcParams, "backend")
    plt.switch_backend(BACKEND)
    plt.switch_backend = _stay  # undone below
    try:
        yield
    finally:
        vars(plt).update(kept)
        dict.__setitem__(mpl.rcParams, "backend", chosen)


FigureCanvas = BlankCanvas
FigureManager = BlankManager
