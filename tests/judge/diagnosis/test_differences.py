"""A slope that is measured between two places is told by how far apart they are."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.judge.compare import Values
from autograder.judge.diagnosis.differences import read_differences
from autograder.judge.evidence import ScenarioView
from autograder.judge.objective import Landscape
from autograder.words.catalogue import say
from tests.judge import runs

SITUATIONS: tuple[tuple[tuple[int, ...], float], ...] = (((8,), 0.05), ((6,), 0.1), ((4, 5), 0.02))


def measured(
    landscape: Landscape, place: Values, *, ahead: float, behind: float, over: float
) -> Values:
    found = []
    for row in np.eye(len(place)):
        losses, _ = landscape.evaluate(np.stack([place + ahead * row, place - behind * row]))
        found.append((losses[0] - losses[1]) / over)
    return np.array(found)


def views_of(*, ahead: float, behind: float, over: float) -> list[ScenarioView]:
    return [view_of(calls, rate, ahead, behind, over) for calls, rate in SITUATIONS]


def view_of(
    calls: tuple[int, ...], rate: float, ahead: float, behind: float, over: float
) -> ScenarioView:
    plan = runs.planned(start={"w": 3.0, "b": -2.0}, calls=calls, rate=rate)
    landscape = Landscape(runs.objective, plan.scenario)
    place = [landscape.start]

    def rule(_: list[Values], rate: float) -> Values:
        move = -rate * measured(landscape, place[0], ahead=ahead, behind=behind, over=over)
        place[0] = (place[0] + move).astype(np.float32).astype(np.float64)
        return move

    return ScenarioView(
        planned=plan,
        observed=runs.descend(plan.scenario, landscape, rule).record(),
        expected=runs.descend(plan.scenario, landscape, runs.right).record(),
        landscape=landscape,
    )


@pytest.mark.parametrize("width", [0.5, 0.1, 0.02])
def test_a_coarse_difference_is_told_with_its_width(width: float) -> None:
    (law,) = read_differences(views_of(ahead=width, behind=0.0, over=width))
    assert law.id == "wrong-gradient"
    assert f"two losses, {width:g} apart, divided by {width:g}" in say(law.detail)


def test_a_difference_backwards_and_one_that_is_not_divided_are_told() -> None:
    (law,) = read_differences(views_of(ahead=0.0, behind=0.2, over=0.2))
    assert "0.2 before it" in say(law.detail)
    (law,) = read_differences(views_of(ahead=0.1, behind=0.0, over=1.0))
    assert "does not divide it by 0.1" in say(law.detail)


@pytest.mark.parametrize(
    ("ahead", "behind", "over"),
    [(0.1, 0.1, 0.2), (0.1, 0.1, 0.1), (0.37, 0.0, 0.37), (1e-5, 0.0, 1e-5), (0.5, 0.0, 0.3)],
)
def test_what_is_the_gradient_or_of_no_plain_width_is_not_told(
    ahead: float, behind: float, over: float
) -> None:
    assert read_differences(views_of(ahead=ahead, behind=behind, over=over)) == []
