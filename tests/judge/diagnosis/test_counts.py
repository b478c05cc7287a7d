"""How often a loop runs is read where each step is right, and only then; the rule is fitted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograder.judge.diagnosis.counts import read_counts
from autograder.judge.evidence import ScenarioView
from autograder.judge.objective import Landscape
from autograder.words.catalogue import say
from tests.judge import runs

ASKED = ((9,), (4,), (2, 3))


def view_of(asked: tuple[int, ...], taken: tuple[int, ...], rule: runs.Rule) -> ScenarioView:
    """Return a run that was asked for other iterations than it takes."""
    plan = runs.planned(start={"w": 3.0, "b": -2.0}, calls=asked)
    other = runs.planned(start={"w": 3.0, "b": -2.0}, calls=taken)
    landscape = Landscape(runs.objective, plan.scenario)
    return ScenarioView(
        planned=plan,
        observed=runs.descend(other.scenario, landscape, rule).record(hooks="clean"),
        expected=runs.descend(plan.scenario, landscape, runs.right).record(),
        landscape=landscape,
    )


def told(count: Callable[[int], int], rule: runs.Rule = runs.right) -> list[tuple[str, str]]:
    views = [view_of(asked, tuple(map(count, asked)), rule) for asked in ASKED]
    return [(law.id, say(law.detail)) for law in read_counts(views)]


@pytest.mark.parametrize(
    ("count", "wanted"),
    [
        (lambda n: n + 1, ("extra-iteration", "")),
        (lambda n: n - 1, ("missing-iteration", "")),
        (lambda n: max(n - 2, 0), ("other-iteration-count", "It runs 2 iterations too few.")),
        (lambda n: n + 3, ("other-iteration-count", "It runs 3 iterations too many.")),
        (
            lambda n: n // 2,
            ("other-iteration-count", "It runs once for every 2 iterations that it is asked for."),
        ),
        (
            lambda n: (n + 1) // 2,
            ("other-iteration-count", "It runs once for every 2 iterations that it is asked for."),
        ),
        (
            lambda n: 2 * n,
            ("other-iteration-count", "It runs 2 times for each iteration that it is asked for."),
        ),
        (
            lambda n: -(-n // 3),
            ("other-iteration-count", "It runs once for every 3 iterations that it is asked for."),
        ),
        (lambda _: 1, ("fixed-iterations", "It always takes the steps of one iteration.")),
        (lambda _: 5, ("fixed-iterations", "It always takes the steps of 5 iterations.")),
    ],
)
def test_the_rule_of_the_count_is_fitted(
    count: Callable[[int], int], wanted: tuple[str, str]
) -> None:
    assert told(count) == [wanted]


def test_a_right_count_is_no_finding() -> None:
    assert told(lambda n: n) == []


def test_nothing_is_said_of_the_count_where_a_step_is_wrong() -> None:
    assert told(lambda n: n - 1, runs.wrong_rate) == []


def test_a_count_without_a_rule_is_told_where_it_is_too_small_alone() -> None:
    assert told(lambda n: {9: 5, 4: 4, 2: 1, 3: 1}[n]) == [("stops-early", "")]
    assert told(lambda n: {9: 11, 4: 4, 2: 1, 3: 1}[n]) == []


def test_an_update_after_the_loop_is_told_by_its_single_move() -> None:
    views = []
    for asked in ASKED:
        ends = [sum(asked[: index + 1]) for index in range(len(asked))]

        def late(seen: list[runs.Values], rate: float, ends: list[int] = ends) -> runs.Values:
            return runs.accumulated(seen, rate) * (len(seen) in ends)

        views.append(view_of(asked, asked, late))
    assert [law.id for law in read_counts(views)] == ["update-after-loop"]


def test_a_loop_that_ends_by_itself_is_told_with_what_is_small_then() -> None:
    taken = {(9,): (5,), (4,): (4,), (2, 3): (2, 1)}
    views = [view_of(asked, taken[asked], runs.right) for asked in ASKED]
    assert [law.id for law in read_counts(views)] == ["stops-early"]
    turned = [view_of(asked, taken[asked], lambda s, rate: rate * s[-1]) for asked in ASKED]
    assert read_counts(turned) == []
