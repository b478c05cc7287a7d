"""Laws of motion: each is read from steps that obey it, and from no others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from autograder.judge.compare import Values
from autograder.judge.diagnosis.update_rules import always_runs, read_laws
from autograder.judge.motion import Motion, motion_of
from autograder.judge.objective import Landscape
from autograder.judge.steps import MOST_STEPS
from autograder.words.catalogue import say
from tests.judge import runs

NAMES = ("w", "b")
RATES = (0.1, 0.04)
CALLS = ((6,), (2, 3))
SURFACE = Landscape(runs.objective, runs.planned(start={"w": 3.0, "b": 0.0}, calls=(6,)).scenario)
Step = Callable[[Sequence[Values], float], Values]


def motions(
    step: Step, *, taken: Sequence[tuple[int, ...]] = CALLS, batches: int = 1
) -> list[Motion]:
    """Return two scenarios' motions: at each step a fresh gradient, moved by ``step``.

    ``step`` is given the gradients of the call so far, and the rate.
    """
    found = []
    for number, (rate, counts, expected) in enumerate(zip(RATES, taken, CALLS, strict=True)):
        gradients = np.random.default_rng(number).normal(size=(sum(counts), len(NAMES)))
        call_of = np.repeat(np.arange(len(counts)), counts)
        moves = [step(gradients[: i + 1], rate) for i in range(len(gradients))]
        before = np.zeros_like(gradients)
        found.append(
            Motion(
                before=before,
                after=before + np.array(moves),
                gradients=gradients,
                rate=rate,
                taken=counts,
                expected=expected,
                batches=batches,
                call_of=call_of,
                coordinates=NAMES,
                moved=len(moves),
                surface=SURFACE,
            )
        )
    return found


def ids(step: Step, *, taken: Sequence[tuple[int, ...]] = CALLS, batches: int = 1) -> list[str]:
    return [law.id for law in read_laws(motions(step, taken=taken, batches=batches))]


def right(seen: Sequence[Values], rate: float) -> Values:
    return -rate * seen[-1]


LAWS: list[tuple[Step, list[str]]] = [
    (right, []),
    (lambda seen, rate: rate * seen[-1], ["wrong-update-sign"]),
    (lambda seen, rate: -rate * seen[-1] * [-1, 1], ["wrong-update-sign"]),
    (lambda seen, rate: -0.3 * rate * seen[-1], ["wrong-gradient"]),
    (lambda seen, rate: -rate * seen[-1] * [0.5, 1], ["wrong-gradient"]),
    (lambda seen, rate: -rate * seen[-1][::-1], ["wrong-gradient"]),
    (lambda seen, rate: -rate * seen[-1] * [0, 1], ["parameter-not-updated"]),
    (lambda seen, _: -0.1 * seen[-1], ["learning-rate-ignored"]),
    (lambda seen, rate: -rate * np.sum(seen, axis=0), ["gradient-not-zeroed"]),
    (
        lambda seen, rate: -rate * np.array([sum(g[0] for g in seen), seen[-1][1]]),
        ["one-gradient-not-zeroed"],
    ),
    (
        lambda seen, rate: -rate * (seen[-2] if len(seen) > 1 else 0 * seen[-1]),
        ["step-before-backward"],
    ),
]
PAIRS: list[tuple[Step, list[str]]] = [
    (lambda seen, rate: rate * np.sum(seen, axis=0), ["gradient-not-zeroed", "wrong-update-sign"]),
    (
        lambda seen, _: -0.1 * np.sum(seen, axis=0),
        ["gradient-not-zeroed", "learning-rate-ignored"],
    ),
    (lambda seen, _: 0.1 * seen[-1], ["learning-rate-ignored", "wrong-update-sign"]),
    (lambda seen, rate: rate * seen[-1] * [0, 1], ["parameter-not-updated", "wrong-update-sign"]),
    (
        lambda seen, rate: -rate * np.sum(seen, axis=0) * [0, 1],
        ["gradient-not-zeroed", "parameter-not-updated"],
    ),
]


@pytest.mark.parametrize(("step", "wanted"), LAWS + PAIRS)
def test_a_law_is_read_from_steps_that_obey_it(step: Step, wanted: list[str]) -> None:
    assert ids(step) == wanted


@pytest.mark.parametrize(("step", "wanted"), LAWS[1:] + PAIRS)
def test_a_near_miss_is_no_law(step: Step, wanted: list[str]) -> None:
    def near(seen: Sequence[Values], rate: float) -> Values:
        moved = step(seen, rate)
        return moved * (1.02 if len(seen) == 3 else 1.0)

    assert ids(near) == []
    assert wanted


def test_a_factor_of_its_own_in_each_scenario_is_no_law() -> None:
    def drifting(seen: Sequence[Values], rate: float) -> Values:
        return -(rate**0.5) * seen[-1]

    assert ids(drifting) == []


def test_resting_in_one_scenario_alone_is_no_law() -> None:
    def rarely(seen: Sequence[Values], rate: float) -> Values:
        return -rate * seen[-1] * [float(rate > RATES[1]), 1]

    assert ids(rarely) == []


@pytest.mark.parametrize(
    ("taken", "wanted"),
    [
        (((7,), (3, 4)), "extra-iteration"),
        (((5,), (1, 2)), "missing-iteration"),
        (((4,), (4, 4)), "fixed-iterations"),
    ],
)
def test_counts_are_read_beside_the_steps(taken: Sequence[tuple[int, ...]], wanted: str) -> None:
    assert ids(right, taken=taken) == [wanted]
    uphill = [law.id for law in read_laws(motions(LAWS[1][0], taken=taken))]
    assert uphill == ["wrong-update-sign", wanted]


@pytest.mark.parametrize(
    "taken", [((8,), (4, 5)), ((4,), (0, 1)), ((12,), (4, 6))], ids=["two more", "less", "twice"]
)
def test_another_number_than_once_more_or_less_is_no_law(taken: Sequence[tuple[int, ...]]) -> None:
    assert ids(right, taken=taken) == []


def test_once_more_is_an_iteration_of_all_its_batches() -> None:
    assert ids(right, taken=((8,), (4, 5)), batches=2) == ["extra-iteration"]
    assert ids(right, taken=((7,), (3, 4)), batches=2) == []


def test_what_a_loop_always_runs_is_not_told_where_not_all_of_it_was_recorded() -> None:
    assert say(always_runs(4000, 1)) == "It always takes the steps of 4000 iterations."
    assert say(always_runs(600, 60)) == "It always takes the steps of 10 iterations."
    assert say(always_runs(60, 60)) == "It always takes the steps of one iteration."
    assert say(always_runs(MOST_STEPS - 1, 1)) == ""


def test_sums_that_begin_anew_with_each_call_are_sums() -> None:
    found = motions(right)
    moves = [
        np.vstack([-m.rate * np.cumsum(m.gradients[m.call_of == call], axis=0) for call in (0, 1)])
        for m in found
    ]
    summed = [
        dataclasses.replace(m, after=m.before + rows) for m, rows in zip(found, moves, strict=True)
    ]
    assert [law.id for law in read_laws(summed)] == ["gradient-not-zeroed"]


def test_one_scenario_is_too_few() -> None:
    assert read_laws(motions(LAWS[1][0])[:1]) == []


def test_a_fitted_constant_is_told() -> None:
    (law,) = read_laws(motions(lambda seen, rate: -0.3 * rate * seen[-1]))
    assert "0.3 times" in say(law.detail)
    (law,) = read_laws(motions(lambda seen, _: -0.07 * seen[-1]))
    assert "0.07" in say(law.detail)


def test_steps_are_read_up_to_the_first_that_is_not_finite() -> None:
    view = runs.view_of(runs.accumulated, start={"w": 30.0, "b": 5.0}, calls=(6,))
    whole = motion_of(view)
    assert whole is not None
    assert view.steps is not None
    view.steps.after[3:] = np.nan
    cut = motion_of(view)
    assert cut is not None
    assert len(cut.moves) == 3
    assert np.array_equal(cut.moves, whole.moves[:3])


def test_steps_unseen_give_no_motion() -> None:
    view = runs.view_of(runs.right, start={"w": 3.0}, calls=(2, 2), visited=False)
    assert motion_of(view) is None
