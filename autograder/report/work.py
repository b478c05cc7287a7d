"""What the class report has of each student's work: the path of the training, and the code.

It is kept small, since there may be a thousand of them on one page: the surface is drawn once for
all, of a way some points are kept, of code the cells that matter.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.picture.chart import Chart
from autograder.picture.training import Course, Loss, descent, losses_chart, path_chart
from autograder.report.code import Code, excerpt
from autograder.report.scene import Figure
from autograder.words.catalogue import say

MOST_POINTS = 60
ROOM = 1.0  # of the expected way, on each side of it
ALL_CHARACTERS = 4_000_000
"""Of all students' code together."""

Points = list[list[float]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stage:
    """The picture that all students' ways are drawn into, and how to come by their points."""

    figure: Figure
    points_of: Callable[[Course], Points]


def make_stage(expected: Course, names: list[str], loss: Loss) -> Stage:
    """Return the loss surface for one or two parameters, for more the loss over the steps."""
    surface = path_chart(_around(expected), expected, names, loss)
    if surface is None:
        way = descent(expected, loss)
        chart = losses_chart(None, way, each="step")
        figure = Figure.of("loss", say("class-descent"), chart)
        return Stage(figure=figure, points_of=lambda own: _numbered(descent(own, loss), chart))
    lines = [line for line in surface.lines if line.css != "yours"]
    surface = dataclasses.replace(surface, lines=lines)
    if len(names) == 1:
        figure = Figure.of("curve", say("class-surface"), surface)
        return Stage(figure=figure, points_of=lambda own: _on_curve(own, loss))
    figure = Figure.of("map", say("class-surface"), surface)
    return Stage(figure=figure, points_of=lambda own: _points(_few(own.path)))


def _around(expected: Course) -> Course:
    """Return a way through the corners of what is shown: students go beyond the expected way."""
    low, high = expected.path.min(axis=0), expected.path.max(axis=0)
    return Course(losses=(), path=np.array([low - ROOM * (high - low), high + ROOM * (high - low)]))


def _on_curve(own: Course, loss: Loss) -> Points:
    path = _few(own.path)
    return _points(np.column_stack([path[:, 0], loss(path)]))


def _numbered(way: Course, chart: Chart) -> Points:
    rows = np.array([[step, value] for step, value in enumerate(way.losses, start=1)])
    return _points(_few(rows[rows[:, 0] <= chart.x.high]))


def _few(rows: np.ndarray) -> np.ndarray:
    """Return some rows, the first and the last among them; most of the first, where it moves."""
    last = len(rows) - 1
    if last < MOST_POINTS:
        return rows
    early, even = np.geomspace(1, last, MOST_POINTS // 2), np.linspace(0, last, MOST_POINTS // 2)
    return rows[sorted({round(float(index)) for index in (*early, *even)})]


def _points(rows: np.ndarray) -> Points:
    """Return rows with few digits, as far as they are finite."""
    found = []
    for row in rows:
        if not all(math.isfinite(value) for value in row):
            break
        found.append([float(f"{value:.4g}") for value in row])
    return found


def code_of(code: Code, students: int) -> dict[str, Any]:
    """Return a student's code in short keys: file, remarks, and lines with remarks' numbers."""
    cells = excerpt(code, ALL_CHARACTERS // max(students, 1))
    return {
        "f": code.file,
        "r": [say(remark.text) for remark in code.remarks],
        "c": [
            [title, [[line.number, line.text, list(line.remarks)] for line in lines]]
            for title, lines in cells
        ],
    }
