"""Pictures of a training run in the lab's own situation: yours beside what was expected."""

from __future__ import annotations

from typing import NamedTuple

from autograder.exercise.published import Published
from autograder.notebook.landscape import OwnLandscape
from autograder.picture.chart import Chart
from autograder.picture.training import (
    coordinates,
    course_of,
    descent,
    expected_course,
    losses_chart,
    path_chart,
)
from autograder.protocol.job import Scenario
from autograder.protocol.trace import ScenarioRecord

MOST_PARAMETERS = 2
GRID = 25  # the student's functions are called for each point of it
LOSSES = "The loss in each iteration"
DESCENT = "The loss over all data after each step"
PATH = "The way of the parameters on the loss surface"


class Drawn(NamedTuple):
    """A picture and what stands below it."""

    caption: str
    chart: Chart


def draw(
    published: Published, scenario: Scenario, record: ScenarioRecord, landscape: OwnLandscape
) -> list[Drawn]:
    """Return the loss picture, and the way of one or two parameters; none where it did not train.

    Labs that keep no list of losses get those at the parameters after each step.
    """
    own, expected = course_of(record, scenario), expected_course(published, scenario)
    if own is None or expected is None:
        return []
    if "loss_recorded" in published.points:
        pictures = [Drawn(LOSSES, losses_chart(own, expected))]
    else:
        way, wanted = (descent(course, landscape.losses) for course in (own, expected))
        pictures = [Drawn(DESCENT, losses_chart(way, wanted, each="step"))]
    if expected.path.shape[1] > MOST_PARAMETERS:
        return pictures
    chart = path_chart(own, expected, coordinates(scenario), landscape.losses, grid=GRID)
    return [*pictures, Drawn(PATH, chart)] if chart is not None else pictures
