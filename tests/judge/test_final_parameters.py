"""final_parameters: after every call all parameters are where the reference's are."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from autograder.exercise.spec import DEFAULT_TOLERANCES
from autograder.judge import messages
from autograder.judge.checks.final_parameters import examine_final_parameters
from autograder.judge.evidence import ScenarioView
from autograder.judge.result import Finding
from autograder.protocol.array import pack
from autograder.words.catalogue import say
from autograder.words.text import text

from . import runs
from .runs import Rule, view_of

START = {"w": -4.0, "b": 3.0}
TOLERANCE = DEFAULT_TOLERANCES["final_parameters"]


def examine(view: ScenarioView) -> Finding:
    """Judge with the check's default tolerance."""
    return examine_final_parameters(view, TOLERANCE)


def moved(view: ScenarioView, call: int, name: str, by: float) -> ScenarioView:
    """Return the view in which one parameter ended elsewhere after one call."""
    calls = list(view.observed.calls)
    index = list(START).index(name)
    value = pack(view.ends[call][index] + by)
    calls[call] = msgspec.structs.replace(
        calls[call], parameters={**calls[call].parameters, name: value}
    )
    return runs.with_calls(view, calls)


@pytest.mark.parametrize("calls", [(1,), (6,), (2, 3)])
@pytest.mark.parametrize("visited", [True, False])
def test_right_training_passes(calls: tuple[int, ...], visited: bool) -> None:
    assert (
        examine(view_of(runs.right, start=START, calls=calls, visited=visited)).outcome == "passed"
    )


@pytest.mark.parametrize(
    "rule",
    [
        runs.accumulated,
        runs.first_accumulated,
        runs.wrong_sign,
        runs.wrong_rate,
        runs.swapped,
        runs.last_only,
        runs.momentum,
        runs.lagged,
        runs.still,
    ],
)
def test_every_other_rule_fails(rule: Rule) -> None:
    assert examine(view_of(rule, start=START)).outcome == "failed"


@pytest.mark.parametrize("call", [0, 1])
@pytest.mark.parametrize("name", ["w", "b"])
def test_every_parameter_counts_after_every_call(call: int, name: str) -> None:
    found = examine(moved(view_of(runs.right, start=START, calls=(2, 3)), call, name, 0.05))
    assert found.outcome == "failed"
    assert f", {name} does not end where it should" in say(found.message)


@pytest.mark.parametrize(("by", "outcome"), [(5e-4, "passed"), (2e-2, "failed")])
def test_the_tolerance_decides(by: float, outcome: str) -> None:
    assert examine(moved(view_of(runs.right, start=START), 0, "w", by)).outcome == outcome


@pytest.mark.parametrize("by", [np.nan, np.inf])
def test_an_end_that_is_not_finite_fails(by: float) -> None:
    assert examine(moved(view_of(runs.right, start=START), 0, "b", by)).outcome == "failed"


def test_a_parameter_of_another_size_fails_and_is_told_so() -> None:
    view = view_of(runs.right, start=START)
    (call,) = view.observed.calls
    wide = msgspec.structs.replace(call, parameters={**call.parameters, "b": pack([1.0, 2.0])})
    found = examine(runs.with_calls(view, [wide]))
    assert found.outcome == "failed"
    assert "changed shape" in say(found.message)


def test_public_numbers_are_told_and_hidden_ones_are_not() -> None:
    public = say(examine(view_of(runs.still, start=START, public=True)).message)
    assert "w ends at -4;" in public
    hidden = say(examine(view_of(runs.still, start=START)).message)
    assert not any(character.isdigit() for character in hidden)


def test_the_hint_fits_where_a_parameter_ended() -> None:
    hints = {
        rule.__name__: examine_final_parameters(
            view_of(rule, start={"w": -4.0}, public=True), DEFAULT_TOLERANCES["final_parameters"]
        ).hint
        for rule in (runs.still, runs.wrong_sign, runs.wrong_rate)
    }
    assert hints == {
        "still": text("advice-rests", name="w"),
        "wrong_sign": text("advice-astray", name="w"),
        "wrong_rate": messages.END_HINT,
    }
