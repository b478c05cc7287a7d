"""A matplotlib backend without a screen that draws nothing: ``module://autograder.worker.blank``.

Student code makes its pictures as anywhere, and nobody will look at them. What would only measure
or draw is left out.
"""

from __future__ import annotations

from typing import Final

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureCanvasBase, FigureManagerBase
from matplotlib.figure import Figure

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
    """A canvas that nothing is drawn on. ``savefig`` draws, on a canvas of its own."""

    manager_class = BlankManager


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


FigureCanvas = BlankCanvas
FigureManager = BlankManager
