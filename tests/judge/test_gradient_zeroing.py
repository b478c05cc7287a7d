"""gradient_zeroing: every step used its own fresh gradient; the parameters decide, not the hooks."""

from __future__ import annotations

import dataclasses

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograder.exercise.spec import DEFAULT_TOLERANCES
from autograder.judge import messages
from autograder.judge.checks.gradient_zeroing import examine_gradient_zeroing, residual
from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.result import Finding, worst
from autograder.protocol.array import pack

from . import runs
from .runs import Rule, view_of

TOLERANCE = DEFAULT_TOLERANCES["gradient_zeroing"]
ONE, TWO = {"w": -4.0}, {"w": -4.0, "b": 3.0}
BOTH = pytest.mark.parametrize("start", [ONE, TWO], ids=["one parameter", "two parameters"])
DIVERGING = 1.5


def examine(view: ScenarioView) -> Finding:
    """Judge with the check's default tolerance."""
    return examine_gradient_zeroing(view, TOLERANCE)


@BOTH
@pytest.mark.parametrize(
    "rule", [runs.right, runs.wrong_sign, runs.wrong_rate, runs.swapped, runs.last_only]
)
@pytest.mark.parametrize("hooks", ["none", "clean"])
def test_steps_that_follow_each_its_own_gradient_pass(
    rule: Rule, start: dict[str, float], hooks: str
) -> None:
    assert examine(view_of(rule, start=start, hooks=hooks)).outcome == "passed"


@BOTH
@pytest.mark.parametrize("calls", [(3,), (6,), (40,), (2, 3)])
def test_right_code_passes_at_every_length(start: dict[str, float], calls: tuple[int, ...]) -> None:
    assert examine(view_of(runs.right, start=start, calls=calls, hooks="clean")).outcome == "passed"


@BOTH
def test_right_code_that_diverges_passes(start: dict[str, float]) -> None:
    view = view_of(runs.right, start=start, rate=DIVERGING, calls=(8,))
    assert abs(view.ends[-1]).max() > 1e4
    assert examine(view).outcome == "passed"


@BOTH
@pytest.mark.parametrize("hooks", ["none", "full", "clean"])
@pytest.mark.parametrize("calls", [(4,), (6,), (20,), (2, 3)])
def test_gradients_that_add_up_fail_whatever_the_hooks_claim(
    start: dict[str, float], hooks: str, calls: tuple[int, ...]
) -> None:
    """``clean`` hooks are forged here: the parameters moved by the sum."""
    found = examine(view_of(runs.accumulated, start=start, hooks=hooks, calls=calls))
    assert found.outcome == "failed"
    assert found.message == messages.accumulates(start)


@BOTH
@pytest.mark.parametrize("hooks", ["none", "clean"])
def test_gradients_that_add_up_and_diverge_fail(start: dict[str, float], hooks: str) -> None:
    view = view_of(runs.accumulated, start=start, rate=DIVERGING, hooks=hooks, calls=(8,))
    assert abs(view.ends[-1]).max() > 1e4
    assert examine(view).message == messages.accumulates(start)


@BOTH
@pytest.mark.parametrize("rule", [runs.accumulated, runs.first_accumulated])
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3, 0.4745, 1.0, 2.9, 4.2])
@pytest.mark.parametrize("calls", [(3,), (6,), (12,)])
def test_gradients_that_add_up_fail_at_every_rate(
    rule: Rule, start: dict[str, float], rate: float, calls: tuple[int, ...]
) -> None:
    """At some rates a linear map of both gradients happens to explain the sums as well."""
    view = view_of(rule, start=start, rate=rate, hooks="clean", calls=calls)
    found = examine(view)
    assert found.outcome == "failed"
    assert found.message.code == "steps-accumulate"


@pytest.mark.parametrize("hooks", ["none", "clean"])
@pytest.mark.parametrize("calls", [(4,), (6,), (20,)])
def test_one_of_two_gradients_that_adds_up_is_named_alone(
    hooks: str, calls: tuple[int, ...]
) -> None:
    found = examine(view_of(runs.first_accumulated, start=TWO, hooks=hooks, calls=calls))
    assert found.outcome == "failed"
    assert found.message == messages.accumulates(["w"])


@BOTH
def test_gradients_that_add_up_fail_also_where_only_prefixes_were_seen(
    start: dict[str, float],
) -> None:
    assert examine(view_of(runs.right, start=start, visited=False)).outcome == "passed"
    assert examine(view_of(runs.accumulated, start=start, visited=False)).outcome == "failed"


@BOTH
@pytest.mark.parametrize("calls", [(3,), (6,), (12,), (2, 3)])
def test_momentum_passes_where_hooks_saw_emptied_buffers(
    start: dict[str, float], calls: tuple[int, ...]
) -> None:
    view = view_of(runs.momentum, start=start, hooks="clean", calls=calls)
    assert examine(view).outcome == "passed"


@BOTH
@pytest.mark.parametrize("hooks", ["none", "full"])
def test_momentum_fails_where_no_hook_saw_emptied_buffers(
    start: dict[str, float], hooks: str
) -> None:
    found = examine(view_of(runs.momentum, start=start, hooks=hooks))
    assert (found.outcome, found.message) == ("failed", messages.NOT_FRESH)


@BOTH
def test_fewer_clean_hooks_than_steps_clear_nothing(start: dict[str, float]) -> None:
    view = view_of(runs.momentum, start=start, hooks="clean")
    (call,) = view.observed.calls
    rows = {name: pack(np.ones((5, 1))) for name in start}
    short = runs.with_calls(view, [msgspec.structs.replace(call, fresh=rows, buffers=rows)])
    assert examine(short).outcome == "failed"


def test_hooks_must_be_clean_for_every_parameter() -> None:
    view = view_of(runs.momentum, start=TWO, hooks="clean")
    (call,) = view.observed.calls
    buffers = {**call.buffers, "b": pack(np.ones((6, 1)))}
    dirty = runs.with_calls(view, [msgspec.structs.replace(call, buffers=buffers)])
    assert examine(dirty).outcome == "failed"


@BOTH
@pytest.mark.parametrize("hooks", ["none", "clean"])
def test_steps_that_use_the_gradient_before_fail_with_their_own_words(
    start: dict[str, float], hooks: str
) -> None:
    found = examine(view_of(runs.lagged, start=start, hooks=hooks))
    assert (found.outcome, found.message) == ("failed", messages.LAGS)


def test_a_parameter_that_alone_uses_the_gradient_before_is_named() -> None:
    def late_bias(seen: list[Values], rate: float) -> Values:
        return np.array([runs.right(seen, rate)[0], runs.lagged(seen, rate)[1]])

    assert examine(view_of(late_bias, start=TWO)).message == messages.lags(["b"])


@BOTH
@pytest.mark.parametrize(("rule", "calls"), [(runs.still, (4,)), (runs.right, (1,))])
def test_fewer_than_two_moves_are_skipped(
    rule: Rule, calls: tuple[int, ...], start: dict[str, float]
) -> None:
    found = examine(view_of(rule, start=start, calls=calls, hooks="clean"))
    assert (found.outcome, found.message) == ("skipped", messages.FEW_STEPS)


def test_what_was_seen_elsewhere_outweighs_too_few_moves() -> None:
    few = examine(view_of(runs.right, start=ONE, calls=(1,)))
    many = examine(view_of(runs.right, start=ONE, calls=(5,)))
    assert worst([few, many]).outcome == "passed"
    assert worst([few, few]).message == messages.FEW_STEPS


def decayed(weights: float) -> Rule:
    """Return the rule of an optimizer with weight decay."""
    path: list[float] = []

    def rule(gradients: list[Values], rate: float) -> Values:
        if len(gradients) == 1:
            path[:] = list(ONE.values())
        move = -rate * (gradients[-1] + weights * np.array(path))
        path[:] = list(np.array(path) + move)
        return move

    return rule


def momentum_of_each_call(first: int) -> Rule:
    """Return momentum whose buffer is made anew when the second call begins."""

    def rule(gradients: list[Values], rate: float) -> Values:
        own = gradients if len(gradients) <= first else gradients[first:]
        return runs.momentum(own, rate)

    return rule


@pytest.mark.parametrize("rule", [decayed(0.1), momentum_of_each_call(4)])
def test_inertia_with_fresh_gradients_passes(rule: Rule) -> None:
    calls = (4, 5)
    assert examine(view_of(rule, start=ONE, calls=calls, hooks="clean")).outcome == "passed"
    assert examine(view_of(rule, start=ONE, calls=calls, hooks="full")).outcome == "failed"


def adapted(gradients: list[Values], rate: float) -> Values:
    """The last move of Adam, from the gradients so far."""
    place = torch.zeros(len(gradients[0]), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([place], lr=rate)
    for gradient in gradients:
        before, place.grad = place.detach().clone(), torch.from_numpy(np.array(gradient))
        optimizer.step()
    move: Values = (place.detach() - before).numpy()
    return move


def adapted_sums(gradients: list[Values], rate: float) -> Values:
    """The last move of Adam where gradients add up."""
    return adapted(list(np.cumsum(gradients, axis=0)), rate)


@BOTH
@pytest.mark.parametrize("hooks", ["none", "clean", "full"])
def test_another_optimizer_with_fresh_gradients_passes_whatever_hooks_claim(
    start: dict[str, float], hooks: str
) -> None:
    view = view_of(adapted, start=start, calls=(9, 5), hooks=hooks)
    assert examine(view).outcome == "passed"


@BOTH
def test_another_optimizer_with_gradients_that_add_up_fails(start: dict[str, float]) -> None:
    view = view_of(adapted_sums, start=start, calls=(9, 5), hooks="full")
    assert examine(view).outcome == "failed"


def every_second(gradients: list[Values], rate: float) -> Values:
    """A step in every second iteration alone."""
    return runs.right(gradients, rate) * (len(gradients) % 2)


@BOTH
def test_a_step_in_every_second_iteration_passes_where_buffers_are_fresh(
    start: dict[str, float],
) -> None:
    assert examine(view_of(every_second, start=start, hooks="clean")).outcome == "passed"
    assert examine(view_of(every_second, start=start, hooks="full")).outcome == "failed"


def test_sums_of_losses_are_told_by_their_hint() -> None:
    by_losses = examine(view_of(runs.accumulated, start=ONE, hooks="clean"))
    by_buffers = examine(view_of(runs.accumulated, start=ONE, hooks="full"))
    assert by_losses.hint == messages.SUMMED_HINT
    assert by_buffers.hint == messages.ZEROING_HINT


def unseen(rule: runs.Rule, count: int) -> str:
    """Return the outcome where only the end of a run is known."""
    view = view_of(rule, start=ONE, calls=(count,), visited=False)
    blind = msgspec.structs.replace(view.observed, prefixes=None)
    return examine(dataclasses.replace(view, observed=blind)).outcome


def test_unseen_steps_that_end_on_the_reference_s_way_were_right() -> None:
    assert unseen(runs.right, 3) == "passed"


def test_unseen_steps_that_end_at_the_goal_are_no_evidence() -> None:
    assert unseen(runs.right, 400) == "absent"


def test_unseen_steps_that_end_elsewhere_are_no_evidence() -> None:
    assert unseen(runs.accumulated, 3) == "absent"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_parameters_that_are_not_finite_fail(value: float) -> None:
    view = view_of(runs.right, start=ONE, hooks="clean")
    (call,) = view.observed.calls
    broken = msgspec.structs.replace(call, parameters={"w": pack(value)})
    assert examine(runs.with_calls(view, [broken])).outcome == "failed"


def test_parameters_beyond_float32_fail() -> None:
    """A forged record: its gradients would overflow where the judge computes them."""
    view = view_of(runs.right, start=ONE, hooks="clean")
    (call,) = view.observed.calls
    rows = np.array([[1e307], [-1.5e308], [1.5e308], [-1.5e308], [1.5e308], [-1.5e308]])
    forged = msgspec.structs.replace(call, parameters={"w": pack(1.5e308)}, visited=pack(rows))
    with np.errstate(all="ignore"):  # as the judge does
        assert examine(runs.with_calls(view, [forged])).outcome == "failed"


moderate = st.floats(-100, 100).map(lambda value: round(value, 3))


@given(arrays(np.float64, 6, elements=moderate), moderate)
def test_moves_that_are_one_multiple_leave_no_residual(source: Values, factor: float) -> None:
    assert residual(-factor * source, source) < 1e-6


@given(arrays(np.float64, 6, elements=moderate), st.integers(-20, 20))
def test_the_residual_does_not_depend_on_scale(moves: Values, power: int) -> None:
    source = np.arange(1.0, 7.0)
    scaled = residual(moves * 2.0**power, source)
    assert scaled == pytest.approx(residual(moves, source), abs=1e-9)


def test_moves_that_are_no_multiple_leave_a_residual() -> None:
    assert residual(np.array([1.0, 2.0, 3.0]), np.ones(3)) > 0.2


@pytest.mark.parametrize("growth", [1e1, 1e3, 1e6])
def test_a_last_step_does_not_drown_the_others(growth: float) -> None:
    """In a diverging run the first steps still count: each is scaled by the largest so far."""
    source = growth ** np.arange(4.0)
    moves = source * np.array([-5.0, -1.0, -1.0, -1.0])
    assert residual(moves, source) > 0.2


def test_a_coordinate_that_rests_first_and_then_moves_oddly_is_judged() -> None:
    def odd(gradients: list[Values], rate: float) -> Values:
        turn = len(gradients)
        return np.array([-rate * gradients[-1][0], 0.0 if turn == 1 else 0.3 * (-1.0) ** turn])

    finding = examine(view_of(odd, start={"w": -4.0, "b": 3.0}, calls=(6,), hooks="clean"))
    assert finding.outcome == "failed"
