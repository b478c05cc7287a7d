"""Each parameter may follow a law of its own; it must hold in all scenarios, far as they are finite."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from autograder.judge.compare import Values
from autograder.judge.diagnosis.parts import read_parts
from autograder.judge.evidence import ScenarioView
from autograder.protocol.array import pack, unpack
from autograder.words.catalogue import say
from tests.judge import runs

Rule = Callable[[list[Values], float], Values]
BOTH = {"w": 3.0, "b": -9.0}


def views_of(
    rule: Rule, *, hooks: str = "clean", rates: tuple[float, float] = (0.1, 0.04)
) -> list[ScenarioView]:
    return [
        runs.view_of(rule, start=BOTH, calls=(6,), rate=rates[0], hooks=hooks),
        runs.view_of(rule, start={"w": -4.0, "b": 2.0}, calls=(7,), rate=rates[1], hooks=hooks),
    ]


def of_b(law: Callable[[list[Values], float], float]) -> Rule:
    """Return right steps of w, and those of b by a law of its own."""

    def rule(gradients: list[Values], rate: float) -> Values:
        return np.array([-rate * gradients[-1][0], law(gradients, rate)])

    return rule


def told(rule: Rule) -> list[tuple[str, str]]:
    return [(law.id, say(law.detail)) for law in read_parts(views_of(rule))]


@pytest.mark.parametrize(
    ("law", "mistake", "detail"),
    [
        (
            lambda g, rate: -0.02 * g[-1][1],
            "learning-rate-ignored",
            "The steps of b match a learning rate of 0.02, whatever is set.",
        ),
        (
            lambda g, rate: -3 * rate * g[-1][1],
            "wrong-gradient",
            "Each step of b is 3 times the learning rate times the gradient.",
        ),
        (lambda g, rate: rate * g[-1][1], "wrong-update-sign", "This applies to b."),
        (lambda g, rate: 0.0, "parameter-not-updated", "b never moves."),
        (
            lambda g, rate: -rate * sum(one[1] for one in g),
            "one-gradient-not-zeroed",
            "This applies to b.",
        ),
        (
            lambda g, rate: -rate * np.sign(g[-1][1]),
            "wrong-gradient",
            "Each step of b is as large as the learning rate, whatever the size of the gradient.",
        ),
        (
            lambda g, rate: -rate * (g[-1][0] + g[-1][1]),
            "wrong-gradient",
            "b moves by the gradients of w and b.",
        ),
    ],
    ids=["rate", "factor", "sign", "rest", "sums", "size", "both"],
)
def test_one_parameter_may_go_astray_by_itself(law: Rule, mistake: str, detail: str) -> None:
    assert told(of_b(law)) == [(mistake, detail)]


def test_right_steps_obey_no_other_law() -> None:
    assert told(runs.right) == []


@pytest.mark.parametrize("rule", [runs.momentum, runs.lagged])
def test_steps_by_no_known_law_are_not_named(rule: Rule) -> None:
    assert told(rule) == []


def test_two_parameters_astray_in_different_ways_are_not_named() -> None:
    def rule(gradients: list[Values], rate: float) -> Values:
        return np.array([rate * gradients[-1][0], -0.02 * gradients[-1][1]])

    assert told(rule) == []


def test_all_summed_is_no_single_buffer() -> None:
    found = told(runs.accumulated)
    assert [mistake for mistake, _ in found] == ["gradient-not-zeroed"]


def test_a_law_is_read_up_to_the_first_number_that_is_not_finite() -> None:
    def huge(gradients: list[Values], rate: float) -> Values:
        del rate
        return -1e12 * gradients[-1]

    with np.errstate(all="ignore"):
        views = views_of(huge)
        assert not np.isfinite(views[0].ends[-1]).all()
        assert [law.id for law in read_parts(views)] == ["learning-rate-ignored"]


def test_a_law_needs_more_than_one_scenario() -> None:
    rule = of_b(lambda g, rate: rate * g[-1][1])
    assert read_parts(views_of(rule)[:1]) == []


def test_one_move_alone_obeys_no_law() -> None:
    """A jump to the bottom is a step of a rate of its own, and so is rest at no gradient."""

    def jump(gradients: list[Values], rate: float) -> Values:
        del rate
        return -gradients[-1] / (2 * (runs.X**2).mean()) * (len(gradients) == 1)

    views = [
        runs.view_of(jump, start={"w": 3.0}, calls=(6,), hooks="clean"),
        runs.view_of(jump, start={"w": -4.0}, calls=(7,), rate=0.04, hooks="clean"),
    ]
    assert all(view.steps is not None and view.steps.moved == 1 for view in views)
    assert read_parts(views) == []


def test_a_number_written_into_one_parameter_is_its_answer() -> None:
    views = []
    for start, calls in (({"w": 3.0, "b": -9.0}, (6,)), ({"w": -4.0, "b": 2.0}, (7,))):
        at = start["b"]

        def rule(gradients: list[Values], rate: float, at: float = at) -> Values:
            return np.array([-rate * gradients[-1][0], -at if len(gradients) == 1 else 0.0])

        views.append(runs.view_of(rule, start=start, calls=calls, hooks="clean"))
    assert [(law.id, say(law.detail)) for law in read_parts(views)] == [
        ("hard-coded-answer", "This applies to b.")
    ]


def test_a_gradient_taken_when_the_other_has_moved_is_a_wrong_one() -> None:
    def sequential(view: ScenarioView) -> ScenarioView:
        """Return the run in which b's derivative is computed after the step of w."""
        rate, surface = view.planned.scenario.situation.learning_rate, view.landscape
        point, path = surface.start, [surface.start]
        for _ in range(sum(view.counts)):
            for index in range(2):
                move = -rate * surface.evaluate(point[None])[1][0]
                point = point + move * (np.arange(2) == index)
            path.append(point)
        gradients = surface.evaluate(np.array(path[:-1]))[1]
        run = runs.Run(("w", "b"), view.counts, np.array(path), gradients, np.zeros(len(path)))
        return dataclasses.replace(view, observed=run.record(hooks="clean"))

    views = [sequential(view) for view in views_of(runs.right)]
    assert [(law.id, say(law.detail)) for law in read_parts(views)] == [
        ("wrong-gradient", "The gradient of b is computed after w has moved.")
    ]


def first_steps(view: ScenarioView, count: int) -> ScenarioView:
    """Return the view as if the loop ended after some steps, whatever it was called with."""
    (call,) = view.observed.calls
    end = unpack(call.visited)[count]
    short = msgspec.structs.replace(
        call,
        parameters={name: pack(value) for name, value in zip("wb", end, strict=True)},
        visited=pack(unpack(call.visited)[:count]),
        fresh={name: pack(unpack(rows)[:count]) for name, rows in call.fresh.items()},
    )
    return runs.with_calls(view, [short])


@pytest.mark.parametrize(
    ("count", "detail"),
    [
        (1, "It always takes the steps of one iteration."),
        (3, "It always takes the steps of 3 iterations."),
    ],
)
def test_right_steps_of_one_number_in_all_scenarios_are_counted(count: int, detail: str) -> None:
    views = [first_steps(view, count) for view in views_of(runs.right)]
    assert [(law.id, say(law.detail)) for law in read_parts(views)] == [
        ("fixed-iterations", detail)
    ]


def test_rest_at_one_start_in_all_scenarios_is_no_written_number() -> None:
    rule = of_b(lambda g, rate: 0.0)
    views = [
        runs.view_of(rule, start={"w": w, "b": -9.0}, calls=(6,), hooks="clean") for w in (3.0, 4.0)
    ]
    assert [law.id for law in read_parts(views)] == ["parameter-not-updated"]
