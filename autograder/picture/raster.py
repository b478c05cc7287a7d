"""Charts as a file: PNG, SVG or whatever matplotlib writes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from matplotlib.figure import Figure

from autograder.picture.chart import Chart
from autograder.picture.svg import EXPECTED, YOURS
from autograder.words.catalogue import say

INCHES: Final = (4.8, 3.6)
DOTS_PER_INCH: Final = 150
_STYLES: Final[dict[str, dict[str, Any]]] = {
    "level": {"color": "0.65", "linewidth": 0.8},
    "expected": {"color": EXPECTED, "linewidth": 6.0, "alpha": 0.45, "markersize": 9.0},
    "yours": {"color": YOURS, "linewidth": 1.8, "markersize": 4.5},
}


def write_charts(path: Path, charts: Sequence[tuple[str, Chart]]) -> None:
    """Write pairs of a title and a chart side by side; the suffix says in which format.

    Raises OSError where the file cannot be written.
    """
    width, height = INCHES
    figure = Figure(figsize=(width * len(charts), height), layout="constrained")
    panels = figure.subplots(1, len(charts), squeeze=False)[0]
    for panel, (title, chart) in zip(panels, charts, strict=True):
        for line in chart.lines:
            points = [point or (math.nan, math.nan) for point in chart.shown(line)]
            style = dict(_STYLES[line.css], marker="o" if line.marks else "")
            panel.plot(*zip(*points, strict=True), solid_capstyle="round", **style)
        for css in ("yours", "expected"):
            panel.plot([], [], label=say(f"key-{css}"), **_STYLES[css])
        for label in chart.labelled():
            panel.annotate(label.text, label.point)
        panel.set(title=title, xlabel=chart.x.label, ylabel=chart.y.label)
        panel.set(xlim=(chart.x.low, chart.x.high), ylim=(chart.y.low, chart.y.high))
        panel.legend()
    figure.savefig(path, dpi=DOTS_PER_INCH)
