"""What updates make of the gradient is told where it gives every step of every situation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from autograder.judge.compare import Values
from autograder.judge.diagnosis.rests import read_rests
from autograder.judge.diagnosis.update_formulas import OPTIMIZERS, read_updates
from autograder.judge.evidence import ScenarioView
from autograder.judge.objective import Landscape
from autograder.judge.replay import replayed
from autograder.words.catalogue import say
from tests.judge import runs

Update = Callable[[Values, list[Values], float], Values]
"""From the place, all gradients of the call, the newest last, and the rate: the move."""
SITUATIONS: tuple[tuple[tuple[int, ...], float], ...] = (((8,), 0.05), ((6,), 0.1), ((4, 5), 0.02))


def view_of(update: Update, calls: tuple[int, ...], rate: float) -> ScenarioView:
    """Return a run that moves by an update; what it carries begins anew with each call."""
    plan = runs.planned(start={"w": 3.0, "b": -2.0}, calls=calls, rate=rate)
    landscape = Landscape(runs.objective, plan.scenario)
    place = [landscape.start]

    def rule(seen: list[Values], rate: float) -> Values:
        move = update(place[0], seen, rate)
        place[0] = (place[0] + move).astype(np.float32).astype(np.float64)
        return move

    return ScenarioView(
        planned=plan,
        observed=runs.descend(plan.scenario, landscape, rule).record(),
        expected=runs.descend(plan.scenario, landscape, runs.right).record(),
        landscape=landscape,
    )


def views_of(update: Update) -> list[ScenarioView]:
    return [view_of(update, calls, rate) for calls, rate in SITUATIONS]


def told(update: Update) -> list[tuple[str, str]]:
    return [(law.id, say(law.detail)) for law in read_updates(views_of(update))]


def momentum(_: Values, seen: list[Values], rate: float) -> Values:
    carried = np.zeros_like(seen[0])
    for gradient in seen:
        carried = 0.9 * carried + gradient
    return -rate * carried


def adam(_: Values, seen: list[Values], rate: float) -> Values:
    place = torch.zeros(len(seen[0]), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([place], lr=rate)
    before = place.detach().clone()
    for gradient in seen:
        before = place.detach().clone()
        place.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
    found: Values = (place.detach() - before).numpy()
    return found


def mistaken(index: int, value: Callable[[Values, Values, float], float]) -> Update:
    """Return right moves but for one parameter, which is set to a value."""

    def update(place: Values, seen: list[Values], rate: float) -> Values:
        move = -rate * seen[-1]
        move[index] = value(place, seen[-1], rate) - place[index]
        return move

    return update


@pytest.mark.parametrize(
    ("update", "words"),
    [
        (mistaken(1, lambda p, g, r: p[0] - r * g[1]), "The update of b starts from w"),
        (mistaken(1, lambda p, g, r: p[0] - r * g[0]), "The update of b is that of w"),
        (mistaken(0, lambda p, g, r: p[0] - r * (g[0] + g[1])), "and by that of b, too"),
        (mistaken(0, lambda p, g, r: p[0] - r * (g[0] + p[0])), "gets 1 times w added"),
    ],
)
def test_one_parameter_that_is_treated_otherwise_is_told(update: Update, words: str) -> None:
    ((_, said),) = told(update)
    assert words in said


def test_a_constant_beside_the_gradient_is_no_weight_decay() -> None:
    found = told(lambda place, seen, rate: -rate * (seen[-1] + 0.02))
    assert "weight-decay" not in [id_ for id_, _ in found]


@pytest.mark.parametrize(
    ("update", "wanted"),
    [
        (
            momentum,
            ("other-optimizer", "Each step is the right one plus 0.9 times the previous step"),
        ),
        (adam, ("other-optimizer", "Your steps are those of Adam.")),
        (
            lambda place, seen, rate: -rate * (seen[-1] + 0.1 * place),
            ("weight-decay", "Each gradient gets 0.1 times the parameter added."),
        ),
        (
            lambda _, seen, rate: -rate * np.abs(seen[-1]),
            ("wrong-gradient", "Each step is the rate times the gradient without its sign."),
        ),
        (
            lambda _, seen, rate: -seen[-1] * 1e-3 / rate,
            ("wrong-gradient", "Each step is 0.001 times the gradient divided by the rate."),
        ),
        (
            lambda place, seen, rate: rate * seen[-1] - place,
            (
                "wrong-gradient",
                "Each update sets the parameter to the rate times the gradient.",
            ),
        ),
        (
            lambda _, seen, rate: -rate * np.clip(seen[-1], -2, 2),
            (
                "wrong-gradient",
                "Your steps fit gradients in which no number counts for more than 2: the rest is",
            ),
        ),
        (
            lambda _, seen, rate: -rate / len(seen) * seen[-1],
            ("learning-rate-changes", "Step k uses the rate divided by k."),
        ),
        (
            lambda _, seen, rate: -rate * 0.8 ** (len(seen) - 1) * seen[-1],
            ("learning-rate-changes", "Each step uses 0.8 times the rate of the step before it."),
        ),
        (
            lambda _, seen, rate: -rate * 0.5 ** ((len(seen) - 1) // 3) * seen[-1],
            ("learning-rate-changes", "After every 3 steps the rate is 0.5 times what it was."),
        ),
    ],
)
def test_what_updates_make_of_the_gradient_is_told(update: Update, wanted: tuple[str, str]) -> None:
    ((mistake, detail),) = told(update)
    assert mistake == wanted[0]
    assert detail.startswith(wanted[1])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_steps_of_each_optimizer_are_told(name: str) -> None:
    def step(place: Values, seen: list[Values], rate: float) -> Values:
        begins = np.zeros(len(seen), dtype=np.bool_)
        before = np.repeat(place[None], len(seen), 0)  # only the last step's matters
        *_, move = replayed(OPTIMIZERS[name], before, np.stack(seen), rate, begins)
        return move

    known = name.partition("(")[0]  # what is in brackets makes no difference in so few steps
    assert told(step) == [("other-optimizer", f"Your steps are those of {known}.")]


def test_no_optimizer_is_made_for_steps_that_none_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("an optimizer was made")

    monkeypatch.setattr("autograder.judge.diagnosis.update_formulas.replayed", never)
    turned = np.array([[-0.6, 0.8], [0.8, 0.6]])
    assert told(lambda _, seen, rate: -rate * (turned @ seen[-1])) == []


def test_a_right_update_is_no_formula() -> None:
    assert told(lambda _, seen, rate: -rate * seen[-1]) == []


def test_an_update_of_no_formula_is_not_told() -> None:
    turned = np.array([[0.6, -0.8], [0.8, 0.6]])
    assert told(lambda _, seen, rate: -rate * (turned @ seen[-1])) == []
    source = np.random.default_rng(1)
    assert told(lambda _, seen, rate: -rate * seen[-1] * source.uniform(0.5, 1.5)) == []


@pytest.mark.parametrize(
    ("update", "wanted"),
    [
        (
            lambda _, seen, rate: -rate * seen[-1] * (len(seen) % 2),
            "w and b: only steps 1, 3 and so on move anything.",
        ),
        (
            lambda _, seen, rate: -rate * seen[-1] * (len(seen) > 1),
            "w and b: the first step moves nothing.",
        ),
        (
            lambda _, seen, rate: -rate * seen[-1] * np.array([len(seen) % 2, 1]),
            "w: only steps 1, 3 and so on move anything.",
        ),
        (
            lambda _, seen, rate: -rate * sum(seen[-2:]) * (len(seen) % 2 == 0),
            "w and b: only steps 2, 4 and so on move anything, by the sum of the gradients since",
        ),
    ],
)
def test_steps_that_are_left_out_are_told(update: Update, wanted: str) -> None:
    (law,) = read_rests(views_of(update))
    assert law.id == "update-skipped"
    assert say(law.detail).startswith(wanted)


def test_steps_that_move_by_something_else_are_not_left_out() -> None:
    assert read_rests(views_of(lambda _, seen, rate: -2 * rate * seen[-1] * (len(seen) % 2))) == []
    assert read_rests(views_of(lambda _, seen, rate: -rate * seen[-1])) == []
