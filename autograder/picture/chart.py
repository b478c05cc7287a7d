"""What a small picture shows: lines and points over two axes, before anybody draws it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Final, TypeVar

MOST_POINTS: Final = 200
TICKS: Final = 4

Point = tuple[float, float]
T = TypeVar("T")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """A line through points in data units; ``css`` is its class, ``marks`` draws the points."""

    points: Sequence[Point]
    css: str
    marks: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Label:
    """Words beside a point in data units; not drawn where the point is not."""

    point: Point
    text: str


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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Chart:
    """One picture. ``title`` is what a screen reader says."""

    x: Axis
    y: Axis
    lines: Sequence[Line]
    title: str
    labels: Sequence[Label] = ()

    def labelled(self) -> list[Label]:
        """Return the labels whose points lie in the picture."""
        return [label for label in self.labels if self._inside(label.point)]

    def shown(self, line: Line) -> list[Point | None]:
        """Return a line's points; None where what is not finite, or far outside, leaves a gap."""
        return [point if self._inside(point) else None for point in thinned(line.points)]

    def _inside(self, point: Point) -> bool:
        a, b = point
        finite = math.isfinite(a) and math.isfinite(b)
        return finite and self.x.low <= a <= self.x.high and self.y.low <= b <= self.y.high


def axis(label: str, values: Sequence[float], *, margin: float = 0.05) -> Axis:
    """Return an axis over all finite values, with a margin; from 0 to 1 where there are none."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    room = margin * (high - low) or max(abs(high), 1.0) * margin
    return Axis(label=label, low=low - room, high=high + room)


def ticks(of: Axis) -> list[float]:
    """Return a few round numbers within an axis."""
    span = of.high - of.low
    power = 10.0 ** math.floor(math.log10(span / TICKS))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= TICKS + 1)
    first = math.ceil(of.low / step)
    last = math.floor(of.high / step)
    return [index * step for index in range(first, last + 1)]


def thinned(points: Sequence[T]) -> Sequence[T]:
    """Return at most a few hundred points, the first and the last among them."""
    if len(points) <= MOST_POINTS:
        return points
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(index * step)] for index in range(MOST_POINTS)]
