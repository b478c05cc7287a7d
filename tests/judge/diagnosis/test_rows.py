"""Which rows a step's gradient comes from is fitted in all steps of all situations, or not told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from autograder.judge.compare import Values
from autograder.judge.diagnosis.rows import read_rows
from autograder.judge.evidence import ScenarioView
from autograder.judge.objective import Landscape
from autograder.protocol.job import Functions
from autograder.words.catalogue import say
from tests.judge import runs

START = {"w": 3.0, "b": -2.0}
COUNT = len(runs.X)
Chosen = Callable[[Landscape, Values, int], Values]


def view_of(chosen: Chosen, calls: tuple[int, ...]) -> ScenarioView:
    """Return a run whose gradients are chosen by a place and the number of the step."""
    plan = runs.planned(start=START, calls=calls)
    landscape = Landscape(runs.objective, plan.scenario)
    place = [landscape.start]

    def rule(seen: list[Values], rate: float) -> Values:
        if len(seen) == 1:
            place[0] = landscape.start
        move = -rate * chosen(landscape, place[0], len(seen) - 1)
        place[0] = (place[0] + move).astype(np.float32).astype(np.float64)
        return move

    return ScenarioView(
        planned=plan,
        observed=runs.descend(plan.scenario, landscape, rule).record(),
        expected=runs.descend(plan.scenario, landscape, runs.right).record(),
        landscape=landscape,
    )


def told(chosen: Chosen) -> list[tuple[str, str]]:
    laws = read_rows([view_of(chosen, (6,)), view_of(chosen, (4,))], Functions())
    return [(law.id, say(law.detail)) for law in laws]


def rows(landscape: Landscape, place: Values) -> Values:
    found = landscape.row_gradients(place[None])
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        (lambda _: slice(0, 4), f"Each step uses only the first 4 of {COUNT} rows."),
        (
            lambda _: slice(COUNT - 3, COUNT),
            f"Each step uses only the last 3 of {COUNT} rows.",
        ),
        (lambda _: slice(2, 3), "Each step uses only row 2, counted from 0."),
        (lambda _: slice(2, 6), "Each step uses only the rows 2 to 5, counted from 0."),
        (
            lambda _: slice(0, None, 2),
            "Each step uses only every second row of the data.",
        ),
        (
            lambda step: slice(step, step + 1),
            "Each iteration uses a single row: first row 0, then row 1, and so on.",
        ),
        (
            lambda step: slice(3 * (step % 3), 3 * (step % 3) + 3),
            "Each step uses 3 rows: training goes through the data in batches of 3.",
        ),
    ],
)
def test_rows_are_told(chosen: Callable[[int], slice], wanted: str) -> None:
    found = told(lambda land, place, step: rows(land, place)[chosen(step)].mean(axis=0))
    assert found == [("wrong-rows", wanted)]


@pytest.mark.parametrize(
    ("instead", "wanted"),
    [
        ({"X": "Y", "Y": "X"}, "X and Y are swapped."),
        ({"X": "Y"}, "The predictions are made from Y, not from X."),
        ({"Y": "X"}, "The predictions are compared with X, not with Y."),
    ],
)
def test_data_in_the_wrong_place_are_told(instead: dict[str, str], wanted: str) -> None:
    def chosen(landscape: Landscape, place: Values, _: int) -> Values:
        found = landscape.exchanged(place[None], instead)
        assert found is not None
        return found[0]

    assert told(chosen) == [("wrong-data", wanted)]


def test_right_steps_and_unknown_ones_say_nothing_of_rows() -> None:
    assert told(lambda land, place, _: land.evaluate(place[None])[1][0]) == []
    assert told(lambda land, place, _: 1.7 * land.evaluate(place[None])[1][0]) == []
    assert told(lambda land, place, _: land.evaluate(place[None])[1][0] + 0.3) == []
