"""Pictures of a training run in the lab's own situation: yours beside what was expected."""

from __future__ import annotations

import contextlib
from typing import NamedTuple

from autograder.exercise.published import Published
from autograder.judge.objective import Untold
from autograder.picture.chart import Chart
from autograder.picture.training import (
    Loss,
    coordinates,
    course_of,
    descent,
    expected_course,
    losses_chart,
    path_chart,
)
from autograder.protocol.job import Scenario
from autograder.protocol.trace import ScenarioRecord
from autograder.words.text import Text, text

MOST_PARAMETERS = 2
GRID = 25  # the student's functions are called for each point of it
LOSSES = text("caption-losses")
DESCENT = text("caption-descent")
PATH = text("caption-path")


class Drawn(NamedTuple):
    """A picture and what is below it."""

    caption: Text
    chart: Chart


def draw(
    published: Published, scenario: Scenario, record: ScenarioRecord, loss: Loss
) -> list[Drawn]:
    """Return the loss picture, and the way of one or two parameters; none where it did not train.

    ``loss`` are the student's functions, right or wrong; it raises Untold where they do not work.
    Labs that keep no list of losses get those at the parameters after each step. What there is of
    a training that raised is drawn up to there.
    """
    own, expected = course_of(record, scenario), expected_course(published, scenario)
    if own is None or expected is None:
        return []
    pictures = []
    if "loss_recorded" in published.points:
        pictures.append(Drawn(LOSSES, losses_chart(own, expected)))
    with contextlib.suppress(Untold):
        if not pictures:
            way, wanted = (descent(course, loss) for course in (own, expected))
            pictures.append(Drawn(DESCENT, losses_chart(way, wanted, each="step")))
        if expected.path.shape[1] <= MOST_PARAMETERS:
            chart = path_chart(own, expected, coordinates(scenario), loss, grid=GRID)
            pictures += [Drawn(PATH, chart)] if chart is not None else []
    return pictures
