"""What a page shows of a film: its charts, and the steps that are printed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from autograder.picture.chart import Chart, Label, Point
from autograder.picture.svg import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, as_svg
from autograder.picture.training import Course, Loss, path_chart, steps_chart
from autograder.report.film import Film, Number, Run
from autograder.words.catalogue import say

Kind = Literal["curve", "map", "paths", "loss"]
PLACES = 4  # digits that people read


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart of the film, as SVG, and where its numbers lie: pixels are those of its viewBox."""

    kind: Kind
    caption: str
    svg: str
    chart: Chart

    @classmethod
    def of(cls, kind: Kind, caption: str, chart: Chart) -> Figure:
        """Return a chart as a figure."""
        return cls(kind=kind, caption=caption, svg=as_svg(chart), chart=chart)

    @property
    def frame(self) -> dict[str, Any]:
        """What the page must know to draw into it."""
        return {
            "kind": self.kind,
            "x": [self.chart.x.low, self.chart.x.high],
            "y": [self.chart.y.low, self.chart.y.high],
            "box": [LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM, TOP],
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """A parameter in one step: texts as they are read. ``off``: the step did not use the fresh."""

    name: str
    before: str
    fresh: str
    held: str
    used: str
    after: str
    off: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Still:
    """One step for paper, yours and the expected one; no lines where a run has no such step."""

    title: str
    told: str
    yours: Sequence[Line]
    expected: Sequence[Line]
    losses: tuple[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scene:
    """A film and all that a page shows of it without computing anything."""

    film: Film
    figures: tuple[Figure, ...]
    stills: tuple[Still, ...]

    @property
    def arrows(self) -> bool:
        """Whether steps are drawn as arrows: on a loss surface they are."""
        return any(figure.kind in ("curve", "map") for figure in self.figures)

    @property
    def columns(self) -> tuple[str, ...]:
        """Which gradients are shown: those that were seen in one of the runs at least."""
        runs = (self.film.yours, self.film.expected)
        names = ("fresh", "held", "used")
        return tuple(name for name in names if any(getattr(run, name) for run in runs))


def make_scene(film: Film, loss: Loss) -> Scene:
    """Return what is shown of a film; ``loss`` gives the surface."""
    figures = (*_stage(film, loss), _losses(film))
    return Scene(film=film, figures=figures, stills=tuple(_stills(film)))


def _stage(film: Film, loss: Loss) -> Iterator[Figure]:
    """Yield the picture of the parameters: on their loss surface, of more than two over steps."""
    count = len(film.names) + film.left_out
    if count > 2:
        pairs = [
            (name, _points(film, _column(film.yours, i)), _points(film, _column(film.expected, i)))
            for i, name in enumerate(film.names)
        ]
        chart = steps_chart(pairs, say("axis-parameters"), say("picture-paths"))
        yield Figure.of("paths", say("caption-paths"), chart)
        return
    own, expected = (_course(run) for run in (film.yours, film.expected))
    chart_ = path_chart(own, expected, film.names, loss)
    if chart_ is not None:
        kind: Kind = "curve" if count == 1 else "map"
        places = [*own.path.T] if kind == "map" else [own.path[:, 0], loss(own.path)]
        chart = dataclasses.replace(chart_, labels=_labels(film, np.array(places).T))
        yield Figure.of(kind, say("caption-path"), chart)


def _losses(film: Film) -> Figure:
    own, expected = (_points(film, run.loss) for run in (film.yours, film.expected))
    chart = steps_chart([("", own, expected)], say("axis-loss"), say("picture-descent"))
    places = np.array([(point[0], point[1]) for point in own])
    chart = dataclasses.replace(chart, labels=_labels(film, places))
    return Figure.of("loss", say("caption-descent"), chart)


def _labels(film: Film, places: np.ndarray) -> list[Label]:
    """Return the labels of the steps that are printed, at places of your run ``[K, 2]``."""
    return [
        Label(point=(float(places[index][0]), float(places[index][1])), text=text)
        for index, text in _key_frames(film)
        if index < len(places)
    ]


def _key_frames(film: Film) -> list[tuple[int, str]]:
    """Return the frames that are printed, by their place in the list, and a word for each."""
    found = {0: say("film-start")}
    if film.departs is not None:
        found[film.frames.index(film.departs)] = say("film-label-step", step=film.departs + 1)
    last = [index for index, frame in enumerate(film.frames) if frame < _longest(film)][-1]
    found.setdefault(last, say("film-label-last"))
    return list(found.items())


def _longest(film: Film) -> int:
    return max(film.yours.steps, film.expected.steps)


def _course(run: Run) -> Course:
    rows = [[np.nan if v is None else v for v in row] for row in run.at if row is not None]
    return Course(losses=(), path=np.array(rows, dtype=np.float64))


def _column(run: Run, index: int) -> list[Number]:
    return [None if row is None else row[index] for row in run.at]


def _points(film: Film, values: Sequence[Number]) -> list[Point]:
    """Return values over the number of steps taken; NaN where one is not finite."""
    return [
        (float(frame), np.nan if value is None else value)
        for frame, value in zip(film.frames, values, strict=True)
    ]


def _stills(film: Film) -> Iterator[Still]:
    for index, _ in _key_frames(film):
        step, departs = film.frames[index] + 1, film.frames[index] == film.departs
        code = "film-step-departs" if departs else "film-step-of"
        yield Still(
            title=say(code, step=step, total=_longest(film)),
            told=film.told if departs else "",
            yours=_lines(film, film.yours, index),
            expected=_lines(film, film.expected, index),
            losses=(_text(film.yours.loss[index]), _text(film.expected.loss[index])),
        )


def _lines(film: Film, run: Run, index: int) -> list[Line]:
    at, moved = run.at[index], run.moved[index]
    if at is None or moved is None:
        return []
    found = []
    for column, name in enumerate(film.names):
        fresh, held, used = (
            rows[index][column] if rows is not None and rows[index] is not None else None  # type: ignore[index]  # not None: just asked
            for rows in (run.fresh, run.held, run.used)
        )
        start, move = at[column], moved[column]
        after = None if start is None or move is None else start + move
        found.append(
            Line(
                name=name,
                before=_text(start),
                fresh=_text(fresh) if run.fresh else say("film-unseen"),
                held=_text(held) if run.held else say("film-unseen"),
                used=_text(used) if run.used else say("film-unseen"),
                after=_text(after),
                off=bool(run.fresh and run.used) and used != fresh,
            )
        )
    return found


def _text(value: Number) -> str:
    return say("film-not-finite") if value is None else f"{value:.{PLACES}g}"
