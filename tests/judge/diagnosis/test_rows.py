"""Which rows a step's gradient comes from is fitted in all steps of all situations, or not told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from autograder.judge.compare import Values
from autograder.judge.diagnosis.rows import read_lengths, read_rows
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


Change = Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda d: {"X": d["Y"], "Y": d["X"]}, "X and Y are swapped."),
        (
            lambda d: {"X": d["Y"], "Y": d["Y"]},
            "The predictions are made from Y, not from X.",
        ),
        (
            lambda d: {"X": d["X"], "Y": d["X"]},
            "The predictions are compared with X, not with Y.",
        ),
        (
            lambda d: {"X": d["X"], "Y": 1 - d["Y"]},
            "It is as if the predictions were compared with 1 - Y.",
        ),
        (
            lambda d: {"X": d["X"] + 1, "Y": d["Y"]},
            "It is as if the predictions were made from X + 1.",
        ),
        (
            lambda d: {"X": (d["X"] - d["X"].mean(0)) / d["X"].std(0), "Y": d["Y"]},
            "It is as if the predictions were made from X scaled to mean 0 and deviation 1.",
        ),
        (
            lambda d: {"X": d["X"], "Y": d["Y"].roll(1, 0)},
            (
                "It is as if the predictions were compared with Y moved on by one row. "
                "Or: It is as if the predictions were made from X moved back by one row."
            ),
        ),
        (
            lambda d: {"X": d["X"] / 2, "Y": d["Y"] / 2},
            "It is as if training used X / 2 and Y / 2.",
        ),
    ],
)
def test_changed_data_are_told(change: Change, wanted: str) -> None:
    def chosen(landscape: Landscape, place: Values, _: int) -> Values:
        found = landscape.gradients_with(place[None], change)
        assert found is not None
        return found[0]

    assert told(chosen) == [("wrong-data", wanted)]


def each_row(count: int, each: int) -> ScenarioView:
    """Return a run of a lab that wants one step an iteration, and gets several, of a row each."""
    plan = runs.planned(start=START, calls=(count,))
    steps = runs.planned(start=START, calls=(count * each,))
    landscape = Landscape(runs.objective, plan.scenario)
    place = [landscape.start]

    def rule(seen: list[Values], rate: float) -> Values:
        if len(seen) == 1:
            place[0] = landscape.start
        move = -rate * rows(landscape, place[0])[(len(seen) - 1) % COUNT]
        place[0] = (place[0] + move).astype(np.float32).astype(np.float64)
        return move

    return ScenarioView(
        planned=plan,
        observed=runs.descend(steps.scenario, landscape, rule).record(hooks="clean"),
        expected=runs.descend(plan.scenario, landscape, runs.right).record(),
        landscape=landscape,
    )


@pytest.mark.parametrize(
    ("each", "wanted"),
    [
        (COUNT, "Each iteration takes a step for every single row"),
        (3, "Each step uses a single row: first row 0"),
        (1, "Each iteration uses a single row: first row 0"),
    ],
)
def test_steps_of_single_rows_are_told_by_how_many_an_iteration_has(each: int, wanted: str) -> None:
    (law,) = read_rows([each_row(3, each), each_row(2, each)], Functions())
    assert law.id == "wrong-rows"
    assert say(law.detail).startswith(wanted)


def test_a_loss_over_all_pairs_is_told_by_its_gradients() -> None:
    def paired(data: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        count = len(data["X"])
        again = torch.cat([data["Y"]] * count)
        return {"X": data["X"].repeat_interleave(count, 0), "Y": again}

    def chosen(landscape: Landscape, place: Values, _: int) -> Values:
        found = landscape.gradients_with(place[None], paired)
        assert found is not None
        return found[0]

    assert told(chosen) == [("shape-broadcast", "")]


def test_right_steps_and_unknown_ones_say_nothing_of_rows() -> None:
    assert told(lambda land, place, _: land.evaluate(place[None])[1][0]) == []
    assert told(lambda land, place, _: 1.7 * land.evaluate(place[None])[1][0]) == []
    assert told(lambda land, place, _: 0.25 * land.evaluate(place[None])[1][0]) == []
    assert told(lambda land, place, _: land.evaluate(place[None])[1][0] + 0.3) == []


def one_by_one(chosen: Chosen, epochs: int) -> ScenarioView:
    """Return a run in batches of one row, a step each, whose gradients are chosen."""
    plan = runs.planned(start=START, calls=(epochs,))
    steps = runs.planned(start=START, calls=(epochs * COUNT,))
    landscape = Landscape(runs.objective, plan.scenario, 1)
    place = [landscape.start]

    def rule(seen: list[Values], rate: float) -> Values:
        if len(seen) == 1:
            place[0] = landscape.start
        move = -rate * chosen(landscape, place[0], len(seen) - 1)
        place[0] = (place[0] + move).astype(np.float32).astype(np.float64)
        return move

    return ScenarioView(
        planned=plan,
        observed=runs.descend(steps.scenario, landscape, rule).record(),
        expected=runs.descend(steps.scenario, landscape, runs.right).record(),
        landscape=landscape,
    )


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        (
            lambda land, place, _: rows(land, place).mean(axis=0),
            "Each step uses all rows, not only those of its batch.",
        ),
        (
            lambda land, place, step: rows(land, place)[step // 2 % COUNT],
            "Each row is used 2 times before the next one.",
        ),
        (
            lambda land, place, step: rows(land, place)[step * 4 % COUNT],
            "Each step uses one row, but not always the row whose turn it is.",
        ),
        (
            lambda land, place, step: rows(land, place)[[*range(5), *range(3)][step % 8]],
            "Each step uses one row, in the order of the data, but some rows are left out.",
        ),
    ],
)
def test_rows_of_single_steps_are_told(chosen: Chosen, wanted: str) -> None:
    views = [one_by_one(chosen, epochs) for epochs in (1, 2)]
    assert [say(law.detail) for law in read_rows(views, Functions())] == [wanted]


def test_steps_along_their_own_rows_may_be_of_another_target_loss_or_size() -> None:
    def other_target(landscape: Landscape, place: Values, step: int) -> Values:
        (found,) = rows(landscape, place)[[step % COUNT]]
        return found * (1.0 + 0.1 * (step % 5))

    views = [one_by_one(other_target, epochs) for epochs in (1, 2)]
    assert read_rows(views, Functions()) == []
    (law,) = read_lengths(views, Functions(), "gradient")
    assert law.id == "wrong-gradient"
    assert all(cause in say(law.detail) for cause in ("target", "loss"))
    assert [law.id for law in read_lengths(views, Functions(), "update")] == ["wrong-gradient"]
    assert read_lengths(views, Functions(), "") == []
    right = [one_by_one(lambda g, p, s: rows(g, p)[s % COUNT], epochs) for epochs in (1, 2)]
    assert read_lengths(right, Functions(), "gradient") == []
    assert read_lengths([], Functions(), "gradient") == []
