"""The style of pictures, and how they are shown."""

from __future__ import annotations

import io
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from math import floor, log10
from typing import Any, Final

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib import style
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from PIL import Image  # matplotlib needs it too

from autograder.plots.guard import undisturbed

# Okabe and Ito's colours, which colour-blind readers tell apart: https://jfly.uni-koeln.de/color/
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
PURPLE: Final = "#CC79A7"
SKY: Final = "#56B4E9"
GREY: Final = "#666666"

LIMIT: Final = 30  # pictures of one object before it shows only some
WINDOW_SECONDS: Final = 1.0  # how long a window stands when pyplot is interactive
TICKS: Final = 7
LETTERS_PER_INCH: Final = 8.5  # of a title
INK_DPI: Final = 144  # sharp on a slide; shown at the size of 96 to the inch
PAGE_DPI: Final = 96
COLOURS: Final = 250  # of an image in a notebook
NO_SCREEN: Final = frozenset({"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"})
KEY_SIZE: Final = 6.0  # of a marker in a legend, whatever its size among the data
LOOK: Final = {
    "font.size": 12.0,
    "axes.titlesize": 13.0,
    "axes.labelsize": 12.0,
    "figure.titlesize": 14.0,
    "figure.dpi": 100.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.formatter.limits": (-3, 4),
    "axes.formatter.use_mathtext": True,
    "legend.frameon": False,
}


@contextmanager
def studio() -> Iterator[None]:
    """Draw in this package's style, whatever the student's style is, and leave no trace.

    Whatever a picture needs of the student's model or of matplotlib happens in here.
    """
    with undisturbed(), style.context(["default", LOOK]):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of that size in inches, unknown to pyplot unless windows are used.

    Pyplot's current figure and its list of open figures stay as they are.
    """
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.08, wspace=0.05)
    if _screen() == "window":
        return plt.figure(figsize=(width, height), layout=layout)
    return Figure(figsize=(width, height), layout=layout)


def show(figure: Figure) -> Figure | None:
    """Show a finished picture once; return it where there is no screen, else None.

    In a notebook it is not returned, as a cell's last value would be shown a second time. A
    window blocks until it is closed, as ``plt.show`` does.
    """
    screen = _screen()
    if screen == "notebook":
        _display(figure)
        return None
    if screen == "window":
        if plt.isinteractive():
            plt.pause(WINDOW_SECONDS)
        else:
            plt.show()
        plt.close(figure)
        return None
    figure.draw_without_rendering()  # ticks are made while drawing, and shall be in our style
    return figure


def png_of(figure: Figure) -> bytes:
    """Return the picture as PNG with a palette, a third of the bytes: many fit in a notebook.

    Maximum coverage keeps small spots' own colours (off by 5 of 255 at most in these pictures),
    where a median cut turns a few orange markers brown.
    """
    ink, paper = io.BytesIO(), io.BytesIO()
    figure.savefig(ink, format="png", dpi=INK_DPI)
    with Image.open(ink) as image:
        palette = image.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    palette.save(paper, "png", optimize=True)
    return paper.getvalue()


def label(value: float) -> str:
    """Return a number as it stands in a title: four digits, a true minus sign."""
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")


def spaced_ticks(axis: Axis) -> None:
    """Leave room between tick labels, which matplotlib judges too short."""
    axis.set_major_locator(MaxNLocator(TICKS, steps=[1, 2, 4, 5, 10]))


def is_drawn(call: int) -> bool:
    """Return whether an object's call number ``call``, from 1, gets a picture.

    The first 30 do, then each tenth up to 100, each hundredth up to 1000, and so on.
    """
    return call <= LIMIT or call % 10 ** floor(log10(call)) == 0


def entitle(figure: Figure, title: str) -> None:
    """Put a title over the whole picture, in several lines where one is too short."""
    width = int(figure.get_figwidth() * LETTERS_PER_INCH)
    figure.suptitle("\n".join(textwrap.fill(line, width) for line in title.splitlines()))


def with_notice(title: str, call: int) -> str:
    """Add to the last title before the pauses that from here on only some pictures are shown."""
    notice = f"Picture {LIMIT}. From here on every tenth is shown, from 100 on every hundredth."
    return f"{title}\n{notice}" if call == LIMIT else title


def legend_below(figure: Figure, *, columns: int = 4) -> None:
    """Put one legend for all axes below them, where it covers nothing."""
    entries: dict[str, Any] = {}
    for axes in figure.axes:
        handles, names = axes.get_legend_handles_labels()
        for handle, name in zip(handles, names, strict=True):
            entries.setdefault(name, handle)
    if entries:
        legend = figure.legend(
            list(entries.values()),
            list(entries),
            loc="outside lower center",
            ncols=min(columns, len(entries)),
            columnspacing=1.2,
            handletextpad=0.6,
            handlelength=2.0,
        )
        for key in legend.legend_handles:
            if isinstance(key, Line2D):
                key.set_markersize(max(key.get_markersize(), KEY_SIZE))


def _screen() -> str:
    backend = str(mpl.get_backend()).lower()
    if backend in NO_SCREEN:
        return "none"
    shell = _shell()
    if shell is not None and ("inline" in backend or getattr(shell, "kernel", None) is not None):
        return "notebook"
    return "none" if "inline" in backend else "window"


def _shell() -> Any:
    ipython = sys.modules.get("IPython")  # loaded by the notebook, or there is none
    return ipython.get_ipython() if ipython is not None else None


def _display(figure: Figure) -> None:
    """Hand a finished image to the page: the same for every notebook backend and front end."""
    display: Any = sys.modules["IPython.display"]
    width = round(figure.get_figwidth() * PAGE_DPI)
    display.display(display.Image(data=png_of(figure), format="png", width=width))
