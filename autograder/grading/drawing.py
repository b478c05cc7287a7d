"""Charts of a training in a lab's public situation: a student's beside what is expected."""

from __future__ import annotations

import dataclasses

import numpy as np

from autograder.exercise.published import Published
from autograder.exercise.spec import Exercise
from autograder.judge.objective import Landscape, rows_of
from autograder.picture.chart import Chart
from autograder.picture.training import (
    Course,
    coordinates,
    descent,
    expected_course,
    losses_chart,
    own_course,
    path_chart,
    public_scenario,
)
from autograder.protocol.job import Scenario
from autograder.protocol.trace import Trace
from autograder.words.catalogue import say


@dataclasses.dataclass(frozen=True, kw_only=True)
class Board:
    """What every training of a lab is drawn on."""

    published: Published
    scenario: Scenario
    expected: Course
    landscape: Landscape

    def charts(self, trace: Trace | None, *, film: bool = False) -> list[tuple[str, Chart]]:
        """Return pairs of caption and chart, none without training; none that a ``film`` has."""
        own = own_course(trace, self.scenario) if trace is not None else None
        if own is None:
            return []
        if "loss_recorded" in self.published.points:
            charts = [(say("caption-losses"), losses_chart(own, self.expected))]
        elif film:
            return []
        else:
            way, wanted = (descent(run, self.loss) for run in (own, self.expected))
            charts = [(say("caption-descent"), losses_chart(way, wanted, each="step"))]
        if film:
            return charts
        path = path_chart(own, self.expected, coordinates(self.scenario), self.loss)
        return [*charts, (say("caption-path"), path)] if path is not None else charts

    def loss(self, points: np.ndarray) -> np.ndarray:
        """Return the losses over all data at these parameters."""
        return self.landscape.evaluate(points)[0]


def make_board(published: Published, exercise: Exercise) -> Board | None:
    """Return the board, None where the lab publishes no training."""
    scenario = public_scenario(published)
    expected = expected_course(published, scenario) if scenario is not None else None
    if scenario is None or expected is None:
        return None
    rows = rows_of(exercise.contract)
    landscape = Landscape(exercise.objective, scenario, exercise.batch_size, rows=rows)
    return Board(published=published, scenario=scenario, expected=expected, landscape=landscape)
