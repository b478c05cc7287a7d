"""One training run in the lab's public situation, as a student may see it: theirs and the expected.

Numbers of hidden situations never come here: only scenarios that ``expected.json`` publishes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from autograder.errors import ProtocolError
from autograder.exercise.published import Published
from autograder.picture.chart import Axis, Chart, Label, Line, Point, axis, thinned
from autograder.protocol.array import Array, unpack
from autograder.protocol.job import Scenario
from autograder.protocol.trace import CallRecord, ScenarioRecord, Trace
from autograder.words.catalogue import say

Each = Literal["iteration", "step"]
Loss = Callable[[np.ndarray], np.ndarray]
"""Losses ``[K]`` over all data at parameters ``[K, P]``."""
LARGEST = 1e6
GRID = 41
LEVELS = 9


@dataclasses.dataclass(frozen=True, kw_only=True)
class Course:
    """Losses and parameters of a run: ``losses`` ``[N]``, ``path`` ``[K, P]``."""

    losses: tuple[float, ...]
    path: np.ndarray


def public_scenario(published: Published) -> Scenario | None:
    """Return the lab's own public scenario, the first of several."""
    return next((s for s in published.scenarios if s.kind == "own"), None)


def expected_course(published: Published, scenario: Scenario) -> Course | None:
    """Return what the reference does."""
    return course_of(published.expected_scenarios.get(scenario.id), scenario)


def own_course(trace: Trace, scenario: Scenario) -> Course | None:
    """Return what the student's code does, None where it did not train."""
    return course_of(trace.scenarios.get(scenario.id), scenario)


def coordinates(scenario: Scenario) -> list[str]:
    """Return the names of all single parameters, in the order of their numbers."""
    names = []
    for name, array in scenario.situation.start.items():
        size = math.prod(array.shape)
        names += [name] if size == 1 else [f"{name}[{index}]" for index in range(size)]
    return names


def course_of(record: ScenarioRecord | None, scenario: Scenario) -> Course | None:
    """Return the numbers of a record, None where it has none that can be shown.

    Of a training that raised, they are those up to there.
    """
    call = None if record is None else next(iter(record.calls), record.partial)
    if call is None:
        return None
    with contextlib.suppress(ProtocolError, ValueError, TypeError):
        return _sound_course(call, scenario)
    return None


def _sound_course(call: CallRecord, scenario: Scenario) -> Course:
    """Return the numbers of a call. Raises ProtocolError or ValueError where they are none."""
    start, end = _flat(scenario.situation.start), _flat(call.parameters)
    visited = np.asarray(unpack(call.visited), dtype=np.float64)
    rows = [row for row in (start, *visited.reshape(-1, len(start)), end) if len(row) == len(start)]
    path = np.array(rows)
    moved = np.any(np.diff(path, axis=0) != 0, axis=1)
    losses = np.asarray(unpack(call.losses.values)).reshape(-1) if call.losses else np.array([])
    return Course(losses=tuple(map(float, losses)), path=path[np.concatenate([[True], moved])])


def _flat(arrays: dict[str, Array]) -> np.ndarray:
    parts = [np.asarray(unpack(array), dtype=np.float64).reshape(-1) for array in arrays.values()]
    return np.concatenate(parts)


def descent(course: Course, loss: Loss) -> Course:
    """Return a run with the losses over all data along its path in place of its list."""
    shown = thinned(range(len(course.path)))  # between these nothing is drawn
    losses = np.interp(range(len(course.path)), shown, loss(course.path[shown]))
    return dataclasses.replace(course, losses=tuple(map(float, losses)))


def losses_chart(own: Course | None, expected: Course, *, each: Each = "iteration") -> Chart:
    """Return the loss curves: yours beside the expected one, a number for each ``each``."""
    curves = [course.losses for course in (expected, own) if course is not None]
    values = [value for curve in curves for value in curve if math.isfinite(value)]
    highest = max(expected.losses, default=1.0)
    shown = [value for value in values if abs(value) <= LARGEST * max(highest, 1.0)]
    longest = max((len(curve) for curve in curves), default=1)
    x = Axis(label=say(f"axis-{each}"), low=0.5, high=longest + 0.5)
    y = axis(say("axis-loss"), [*_within(shown, highest), 0.0])
    lines = [Line(points=_numbered(expected.losses), css="expected", marks=longest <= 60)]
    if own is not None:
        lines.append(Line(points=_numbered(own.losses), css="yours", marks=longest <= 60))
    title = say(f"picture-losses-{each}")
    return Chart(x=x, y=y, lines=lines, title=title)


def steps_chart(
    pairs: Sequence[tuple[str, Sequence[Point], Sequence[Point]]], label: str, title: str
) -> Chart:
    """Return lines over steps: of each name, yours and the expected one.

    Yours is shown as far as it stays within the expected one's range and as much again.
    """
    wanted = [y for _, _, expected in pairs for _, y in expected if math.isfinite(y)]
    low, high = min(wanted), max(wanted)
    room = 1.5 * (high - low) or 1.0
    mine = [y for _, own, _ in pairs for _, y in own if low - room <= y <= high + room]
    lines = [Line(points=expected, css="expected") for _, _, expected in pairs]
    lines += [Line(points=own, css="yours") for _, own, _ in pairs]
    ends = [(name, [p for p in line if math.isfinite(p[1])][-1]) for name, _, line in pairs if name]
    return Chart(
        x=axis(say("axis-steps"), [x for _, *both in pairs for line in both for x, _ in line]),
        y=axis(label, [*wanted, *mine]),
        lines=lines,
        title=title,
        labels=[Label(point=end, text=name) for name, end in ends],
    )


def _within(values: Sequence[float], highest: float) -> list[float]:
    """Return values that leave the expected curve a third of the picture's height at least."""
    return [value for value in values if -2 * highest <= value <= 3 * highest]


def _numbered(losses: Sequence[float]) -> list[Point]:
    return [(float(number), value) for number, value in enumerate(losses, start=1)]


def path_chart(
    own: Course | None, expected: Course, names: Sequence[str], loss: Loss, grid: int = GRID
) -> Chart | None:
    """Return the way of the parameters on the loss surface; None for more than two of them.

    The surface of two is computed at ``grid`` x ``grid`` points.
    """
    count = expected.path.shape[1]
    if count == 1:
        return _on_a_curve(own, expected, names[0], loss)
    return _on_a_map(own, expected, names, loss, grid) if count == 2 else None


def _on_a_curve(own: Course | None, expected: Course, name: str, loss: Loss) -> Chart:
    x = axis(name, _near(own, expected, 0), margin=0.15)
    grid = np.linspace(x.low, x.high, 4 * GRID)
    surface = loss(grid[:, None])
    lines = [Line(points=_pairs(grid, surface), css="level")]
    lines += [
        Line(points=_pairs(course.path[:, 0], loss(course.path)), css=css, marks=True)
        for course, css in ((expected, "expected"), (own, "yours"))
        if course is not None
    ]
    title = say("picture-curve", name=name)
    y = axis(say("axis-loss"), [*map(float, surface), 0.0])
    return Chart(x=x, y=y, lines=lines, title=title)


def _on_a_map(
    own: Course | None, expected: Course, names: Sequence[str], loss: Loss, grid: int
) -> Chart:
    from contourpy import contour_generator  # noqa: PLC0415  # only maps need it

    x, y = (axis(names[i], _near(own, expected, i), margin=0.15) for i in (0, 1))
    across, up = np.linspace(x.low, x.high, grid), np.linspace(y.low, y.high, grid)
    points = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    surface = np.log1p(np.maximum(loss(points), 0.0)).reshape(grid, grid)
    contours = contour_generator(across, up, surface)
    heights = np.linspace(surface.min(), surface.max(), LEVELS + 2)[1:-1]
    lines = [
        Line(points=_pairs(*np.asarray(part).T), css="level")
        for height in heights
        for part in contours.lines(height)
    ]
    lines += [
        Line(points=_pairs(course.path[:, 0], course.path[:, 1]), css=css, marks=True)
        for course, css in ((expected, "expected"), (own, "yours"))
        if course is not None
    ]
    title = say("picture-map", first=names[0], second=names[1])
    return Chart(x=x, y=y, lines=lines, title=title)


def _near(own: Course | None, expected: Course, index: int) -> list[float]:
    """Return coordinates to be shown: the expected way, and yours where it stays in the area."""
    values = expected.path[:, index]
    low, high = float(values.min()), float(values.max())
    room = 1.5 * (high - low) or 1.0
    mine = own.path[:, index] if own is not None else values[:0]
    kept = [float(v) for v in mine if math.isfinite(v) and low - room <= v <= high + room]
    return [low, high, *kept]


def _pairs(x: np.ndarray, y: np.ndarray) -> list[Point]:
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
