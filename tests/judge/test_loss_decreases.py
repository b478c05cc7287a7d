"""loss_decreases: the judge's own loss ends lower, by a share of the reference's drop."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from autograder.exercise import Tolerance
from autograder.exercise.spec import DEFAULT_TOLERANCES
from autograder.judge import messages
from autograder.judge.checks.loss_decreases import examine_loss_decreases
from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.result import Finding
from autograder.protocol.array import pack
from autograder.protocol.trace import LossRecord
from autograder.words.text import text

from . import runs
from .runs import Rule, view_of

START = {"w": -4.0, "b": 3.0}
TOLERANCE = DEFAULT_TOLERANCES["loss_decreases"]


def examine(view: ScenarioView, tolerance: Tolerance = TOLERANCE) -> Finding:
    """Judge with the check's default tolerance."""
    return examine_loss_decreases(view, tolerance)


def ending_at(view: ScenarioView, w: float) -> ScenarioView:
    """Return the view with the last call ended at another w."""
    *calls, last = view.observed.calls
    end = msgspec.structs.replace(last, parameters={**last.parameters, "w": pack(w)})
    return runs.with_calls(view, [*calls, end])


@pytest.mark.parametrize("calls", [(2,), (6,), (40,), (1, 1), (2, 3)])
def test_right_training_passes(calls: tuple[int, ...]) -> None:
    assert examine(view_of(runs.right, start=START, calls=calls)).outcome == "passed"


@pytest.mark.parametrize("visited", [True, False])
def test_gradient_ascent_fails(visited: bool) -> None:  # a test's parameter
    found = examine(view_of(runs.wrong_sign, start=START, visited=visited))
    assert (found.outcome, found.message) == (
        "failed",
        text("loss-not-lower", situation=text("on-other-data")),
    )


@pytest.mark.parametrize(("rule", "calls"), [(runs.still, (6,)), (runs.right, (1,))])
def test_fewer_than_two_moves_are_skipped(rule: Rule, calls: tuple[int, ...]) -> None:
    found = examine(view_of(rule, start=START, calls=calls))
    assert (found.outcome, found.message) == ("skipped", messages.FEW_STEPS)


def test_a_second_call_counts_as_a_move_where_steps_are_unseen() -> None:
    two = view_of(runs.right, start=START, calls=(1, 1), visited=False)
    assert two.steps is None
    assert examine(two).outcome == "passed"


@pytest.mark.parametrize(("count", "outcome"), [(20, "passed"), (2000, "absent")])
def test_one_call_whose_steps_are_unseen_is_judged_on_the_way_alone(
    count: int, outcome: str
) -> None:
    """At the goal it is no evidence: one jump would end there, too."""
    view = view_of(runs.right, start=START, calls=(count,), visited=False)
    assert view.steps is None
    assert examine(view).outcome == outcome


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_end_that_is_not_finite_fails(value: float) -> None:
    assert examine(ending_at(view_of(runs.right, start=START), value)).outcome == "failed"


def test_a_tenth_of_the_reference_s_drop_is_enough_and_less_is_not() -> None:
    view = view_of(runs.right, start={"w": -4.0})
    (best,) = view.expected_ends
    path = np.vstack([view.landscape.start, best])
    (first, last), _ = view.landscape.evaluate(path)

    def reaching(share: float) -> ScenarioView:
        """Return a run whose loss falls by that share: bisect along the way."""
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            point = path[0] + middle * (path[1] - path[0])
            (loss,), _ = view.landscape.evaluate(point[None])
            low, high = (middle, high) if first - loss < share * (first - last) else (low, middle)
        return ending_at(view, float(path[0, 0] + high * (path[1, 0] - path[0, 0])))

    assert examine(reaching(0.11)).outcome == "passed"
    assert examine(reaching(0.09)).outcome == "failed"
    strict = Tolerance(rtol=0.5, atol=0.0)
    assert examine(reaching(0.45), strict).outcome == "failed"
    assert examine(reaching(0.55), strict).outcome == "passed"


def test_the_recorded_losses_do_not_count() -> None:
    view = view_of(runs.wrong_sign, start=START)
    (call,) = view.observed.calls
    falling = LossRecord(values=pack(np.linspace(9.0, 0.0, 6)), kinds="n" * 6)
    forged = msgspec.structs.replace(call, losses=falling)
    assert examine(runs.with_calls(view, [forged])).outcome == "failed"


def test_parameters_of_another_size_fail() -> None:
    view = view_of(runs.right, start=START)
    (call,) = view.observed.calls
    wide = msgspec.structs.replace(call, parameters={"w": pack(np.ones(3))})
    assert examine(runs.with_calls(view, [wide])).outcome == "failed"


def equal(gradients: list[Values], rate: float) -> Values:
    """Move by the same amount, downhill."""
    return -0.3 * np.sign(gradients[0])


def shrinking(gradients: list[Values], rate: float) -> Values:
    """Move towards zero by a share of the parameter; it began at -4."""
    return np.array([0.25 * 4.0 * 0.75 ** (len(gradients) - 1)])


LITTLE = Tolerance(rtol=0.999, atol=0.0)


@pytest.mark.parametrize("rule", [equal, shrinking])
@pytest.mark.parametrize("hooks", ["none", "clean"])
def test_moves_without_a_gradient_are_no_descent(rule: Rule, hooks: str) -> None:
    view = view_of(rule, start={"w": -4.0}, calls=(6,), hooks=hooks)
    found = examine(view, LITTLE)
    assert (found.outcome, found.message) == ("failed", messages.BLIND)


def test_the_gradient_of_the_first_step_is_one_for_all() -> None:
    view = view_of(
        lambda found, rate: -rate * found[0] / 4, start={"w": -4.0}, calls=(6,), rate=0.2
    )
    assert examine(view, LITTLE).outcome == "failed"
    view = view_of(lambda found, rate: -rate * found[0], start={"w": -4.0}, calls=(3,), rate=0.05)
    assert examine(view, LITTLE).outcome == "passed"
