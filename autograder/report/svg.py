"""Small pictures as SVG text: lines and points over labelled axes.

Colours are CSS classes (``yours``, ``expected``, ``level``), so that a page's light and dark styles
both apply. Every text is escaped.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from html import escape
from typing import Final

WIDTH: Final = 360.0
HEIGHT: Final = 220.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 10.0, 10.0, 34.0
MOST_POINTS: Final = 200
TICKS: Final = 4

Point = tuple[float, float]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """A line through points in data units; ``css`` is its class, ``marks`` draws the points."""

    points: Sequence[Point]
    css: str
    marks: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Axis:
    """An axis: its label and the range of numbers that it shows."""

    label: str
    low: float
    high: float

    def place(self, value: float, start: float, end: float) -> float:
        """Return where a value lies between two ends, in pixels."""
        share = (value - self.low) / (self.high - self.low)
        return start + share * (end - start)


def axis(label: str, values: Sequence[float], *, margin: float = 0.05) -> Axis:
    """Return an axis over all finite values, with a margin; from 0 to 1 where there are none."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    room = margin * (high - low) or max(abs(high), 1.0) * margin
    return Axis(label=label, low=low - room, high=high + room)


def chart(x: Axis, y: Axis, lines: Sequence[Line], title: str) -> str:
    """Return a chart as one ``<svg>`` element; ``title`` is what a screen reader says."""
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img"',
        f' aria-label="{escape(title, quote=True)}" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(title)}</title>",
        *_grid(x, y),
        *(_drawn(x, y, line) for line in lines),
        "</svg>",
    ]
    return "".join(parts)


def _grid(x: Axis, y: Axis) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [f'<path class="axis" d="M{LEFT:g} {TOP:g}V{bottom:g}H{right:g}"/>']
    for value in ticks(x):
        place = x.place(value, LEFT, right)
        parts.append(f'<path class="tick" d="M{place:.1f} {TOP:g}V{bottom:g}"/>')
        parts.append(
            f'<text x="{place:.1f}" y="{bottom + 14:g}" text-anchor="middle">{value:.4g}</text>'
        )
    for value in ticks(y):
        place = y.place(value, bottom, TOP)
        parts.append(f'<path class="tick" d="M{LEFT:g} {place:.1f}H{right:g}"/>')
        parts.append(
            f'<text x="{LEFT - 5:g}" y="{place + 4:.1f}" text-anchor="end">{value:.4g}</text>'
        )
    middle = (LEFT + right) / 2
    parts.append(
        f'<text x="{middle:g}" y="{HEIGHT - 4:g}" text-anchor="middle">{escape(x.label)}</text>'
    )
    parts.append(
        f'<text transform="translate(12 {(TOP + bottom) / 2:g}) rotate(-90)" '
        f'text-anchor="middle">{escape(y.label)}</text>'
    )
    return parts


def ticks(of: Axis) -> list[float]:
    """Return a few round numbers within an axis."""
    span = of.high - of.low
    power = 10.0 ** math.floor(math.log10(span / TICKS))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= TICKS + 1)
    first = math.ceil(of.low / step)
    last = math.floor(of.high / step)
    return [index * step for index in range(first, last + 1)]


def _drawn(x: Axis, y: Axis, line: Line) -> str:
    """Return a line; what is not finite, or lies far outside, leaves a gap."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    steps, marks, gap = [], [], True
    for a, b in thinned(line.points):
        inside = math.isfinite(a) and math.isfinite(b)
        if not inside or not (x.low <= a <= x.high and y.low <= b <= y.high):
            gap = True
            continue
        place = f"{x.place(a, LEFT, right):.1f} {y.place(b, bottom, TOP):.1f}"
        steps.append(f"{'M' if gap else 'L'}{place}")
        gap = False
        if line.marks:
            marks.append(f"M{place}h0")
    drawn = f'<path class="line {line.css}" d="{"".join(steps)}"/>' if steps else ""
    return drawn + (f'<path class="mark {line.css}" d="{"".join(marks)}"/>' if marks else "")


def thinned(points: Sequence[Point]) -> Sequence[Point]:
    """Return at most a few hundred points, the first and the last among them."""
    if len(points) <= MOST_POINTS:
        return points
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(index * step)] for index in range(MOST_POINTS)]
