"""Training in batches: each step is judged by the gradient of its own batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pytest

from autograder.exercise.spec import DEFAULT_TOLERANCES
from autograder.judge import messages
from autograder.judge.checks.gradient_zeroing import examine_gradient_zeroing
from autograder.judge.checks.loss_decreases import examine_loss_decreases
from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.objective import Landscape
from autograder.judge.result import Finding
from autograder.judge.steps import read_steps
from autograder.protocol.array import Array, pack, unpack
from autograder.protocol.trace import CallRecord, ScenarioRecord

from .runs import objective, planned

NAMES = ("w", "b")
START = {"w": -4.0, "b": 3.0}
RATE = 0.03
BATCH = 2  # nine samples: four batches of two, one of one
Rule = Callable[[list[Values], int], Values]


def right(gradients: list[Values], _batches: int) -> Values:
    """Gradient descent, one step a batch."""
    return -RATE * gradients[-1]


def accumulated(gradients: list[Values], _batches: int) -> Values:
    """No gradient is ever zeroed."""
    return -RATE * np.sum(gradients, axis=0)


def bias_accumulated(gradients: list[Values], batches: int) -> Values:
    """The bias's gradient is never zeroed."""
    move = right(gradients, batches)
    return np.array([move[0], accumulated(gradients, batches)[1]])


def zeroed_each_epoch(gradients: list[Values], batches: int) -> Values:
    """The gradients are zeroed at the start of each epoch."""
    since = (len(gradients) - 1) // batches * batches
    return -RATE * np.sum(gradients[since:], axis=0)


def lagged(gradients: list[Values], _batches: int) -> Values:
    """Each step uses the gradient of the batch before."""
    return -RATE * gradients[-2] if len(gradients) > 1 else np.zeros(2)


def last_of_epoch(gradients: list[Values], batches: int) -> Values:
    """One step an epoch, by its last batch."""
    return -RATE * gradients[-1] * (len(gradients) % batches == 0)


def uphill(gradients: list[Values], _batches: int) -> Values:
    """Gradient ascent."""
    return RATE * gradients[-1]


def weight_only(gradients: list[Values], _batches: int) -> Values:
    """The bias is never moved."""
    return -RATE * gradients[-1] * [1.0, 0.0]


def columns(rows: Values) -> dict[str, Array]:
    return {name: pack(rows[:, [index]]) for index, name in enumerate(NAMES)}


def call_of(path: Values, end: Values, gradients: Values, buffers: Values, seen: str) -> CallRecord:
    """Return one call's record; ``seen`` says what showed the rows: visited, held or nothing."""
    none = pack(np.zeros((0, 0)))
    return CallRecord(
        parameters=dict(zip(NAMES, map(pack, end), strict=True)),
        losses=None,
        visited=pack(path) if seen == "visited" else none,
        fresh=columns(gradients),
        buffers=columns(buffers),
        steps_seen=len(path) if seen == "visited" else 0,
        held=pack(path) if seen == "held" else none,
    )


def view_of(
    rule: Rule,
    *,
    calls: tuple[int, ...] = (2,),
    seen: str = "visited",
    order: Sequence[int] | None = None,
    extra: int = 0,
) -> ScenarioView:
    """Return a run by ``rule`` beside a right one.

    ``order`` is another order of the batches than the lab's, ``extra`` epochs too many.
    """
    plan = planned(start=START, calls=calls, rate=RATE)
    landscape = Landscape(objective, plan.scenario, BATCH)

    def train(rule: Rule, order: Sequence[int], extra: int) -> ScenarioRecord:
        point, gradients, sums, path = landscape.start, [], [], [landscape.start]
        records = []
        for count in calls:
            first = len(gradients)
            for step in range((count + extra) * landscape.batches):
                turn = order[step % landscape.batches]
                rows = np.zeros((turn + 1, 2)) + point
                gradient = landscape.step_gradients(rows)[turn]
                gradients.append(gradient.astype(np.float32).astype(np.float64))
                move = rule(gradients, landscape.batches)
                sums.append(move / -RATE)
                point = (point + move).astype(np.float32).astype(np.float64)
                path.append(point)
            taken = slice(first, None)
            fresh, buffers = np.array(gradients[taken]), np.array(sums[taken])
            records.append(call_of(np.array(path[first:-1]), point, fresh, buffers, seen))
        return ScenarioRecord(id="s", calls=tuple(records))

    usual = range(landscape.batches)
    return ScenarioView(
        planned=plan,
        observed=train(rule, order or usual, extra),
        expected=train(right, usual, 0),
        landscape=landscape,
    )


def examine(view: ScenarioView) -> Finding:
    return examine_gradient_zeroing(view, DEFAULT_TOLERANCES["gradient_zeroing"])


SEEN = pytest.mark.parametrize("seen", ["visited", "held"])
CALLS = pytest.mark.parametrize("calls", [(1,), (2,), (1, 1), (2, 3)])


@CALLS
def test_a_call_takes_one_step_a_batch(calls: tuple[int, ...]) -> None:
    view = view_of(right, calls=calls)
    assert view.step_counts == tuple(5 * count for count in calls)
    assert view.steps is not None
    assert len(view.steps.before) == 5 * sum(calls)


@SEEN
@CALLS
@pytest.mark.parametrize("rule", [right, uphill, weight_only])
def test_steps_by_the_gradient_of_their_own_batch_pass(
    rule: Rule, calls: tuple[int, ...], seen: str
) -> None:
    assert examine(view_of(rule, calls=calls, seen=seen)).outcome == "passed"


@SEEN
@CALLS
def test_gradients_that_are_never_zeroed_fail_by_name(calls: tuple[int, ...], seen: str) -> None:
    found = examine(view_of(accumulated, calls=calls, seen=seen))
    assert found.message == messages.accumulates(["w", "b"])
    found = examine(view_of(bias_accumulated, calls=calls, seen=seen))
    assert found.message == messages.accumulates(["b"])


@SEEN
@pytest.mark.parametrize("calls", [(2,), (1, 1), (2, 3)])
@pytest.mark.parametrize("rule", [zeroed_each_epoch, last_of_epoch])
def test_zeroing_or_stepping_once_an_epoch_fails(
    rule: Rule, calls: tuple[int, ...], seen: str
) -> None:
    assert examine(view_of(rule, calls=calls, seen=seen)).outcome == "failed"


@SEEN
@CALLS
def test_the_gradient_of_the_batch_before_fails_with_its_own_words(
    calls: tuple[int, ...], seen: str
) -> None:
    assert examine(view_of(lagged, calls=calls, seen=seen)).message == messages.LAGS


def test_one_step_in_one_epoch_is_too_few_to_say() -> None:
    found = examine(view_of(last_of_epoch, calls=(1,)))
    assert (found.outcome, found.message) == ("skipped", messages.FEW_STEPS)


def test_batches_in_another_order_pass_by_what_hooks_saw() -> None:
    """Shuffling is another mistake: every step still used its own fresh gradient."""
    assert examine(view_of(right, order=(3, 0, 4, 2, 1))).outcome == "passed"
    assert examine(view_of(accumulated, order=(3, 0, 4, 2, 1))).outcome == "failed"


def test_an_epoch_too_many_passes_by_what_hooks_saw() -> None:
    view = view_of(right, extra=1)
    assert view.steps is not None
    assert len(view.steps.before) == 15
    assert examine(view).outcome == "passed"
    assert examine(view_of(accumulated, extra=1)).outcome == "failed"


def test_gradients_are_those_of_the_batches_where_each_call_took_its_steps() -> None:
    view = view_of(right, calls=(2, 3))
    wanted = [row for call in view.observed.calls for row in call_rows(call)]
    np.testing.assert_allclose(view.gradients, wanted, rtol=1e-6)
    more = view_of(right, extra=1)
    wanted = [row for call in more.observed.calls for row in call_rows(call)]
    np.testing.assert_allclose(more.gradients, wanted, rtol=1e-6)


def test_gradients_are_those_of_all_data_where_an_epoch_was_not_gone_through_to_its_end() -> None:
    view = view_of(right, calls=(3,))
    (call,) = view.observed.calls
    shorter = msgspec.structs.replace(
        call,
        visited=pack(unpack(call.visited)[:-1]),
        fresh={name: pack(unpack(array)[:-1]) for name, array in call.fresh.items()},
        parameters=dict(zip(NAMES, map(pack, unpack(call.visited)[-1]), strict=True)),
    )
    cut = dataclasses.replace(
        view, observed=msgspec.structs.replace(view.observed, calls=(shorter,))
    )
    assert cut.steps is not None
    assert len(cut.steps.before) % cut.landscape.batches
    _, whole = cut.landscape.evaluate(cut.steps.before)
    np.testing.assert_array_equal(cut.gradients, whole)


def call_rows(call: CallRecord) -> Values:
    return np.hstack(
        [np.frombuffer(array.data).reshape(array.shape) for array in call.fresh.values()]
    )


# Steps read from the backwards


def test_backwards_show_the_steps_where_forward_was_not_called() -> None:
    view = view_of(right, calls=(1, 2), seen="held")
    assert view.steps is not None
    assert view.steps.evidence == "backwards"
    shown = view_of(right, calls=(1, 2))
    assert shown.steps is not None
    assert shown.steps.evidence == "calls"
    for key in ("before", "after", "call_of"):
        np.testing.assert_array_equal(getattr(view.steps, key), getattr(shown.steps, key))


@pytest.mark.parametrize("rows", [9, 11, 0])
def test_backwards_of_another_number_show_nothing(rows: int) -> None:
    view = view_of(right, seen="held")
    (call,) = view.observed.calls
    held = pack(np.zeros((rows, 2)))
    record = msgspec.structs.replace(
        view.observed, calls=(msgspec.structs.replace(call, held=held),)
    )
    assert read_steps(record, view.landscape.start, view.step_counts) is None


def test_backwards_of_another_width_show_nothing() -> None:
    view = view_of(right, seen="held")
    (call,) = view.observed.calls
    call = msgspec.structs.replace(call, held=pack(np.zeros((10, 3))))
    record = msgspec.structs.replace(view.observed, calls=(call,))
    assert read_steps(record, view.landscape.start, view.step_counts) is None


def test_backwards_must_show_every_call() -> None:
    view = view_of(right, calls=(1, 1), seen="held")
    first, second = view.observed.calls
    second = msgspec.structs.replace(second, held=pack(np.zeros((0, 0))))
    record = msgspec.structs.replace(view.observed, calls=(first, second))
    assert read_steps(record, view.landscape.start, view.step_counts) is None


def test_calls_of_forward_count_before_backwards() -> None:
    view = view_of(right)
    (call,) = view.observed.calls
    call = msgspec.structs.replace(call, held=pack(np.zeros((10, 2))))
    record = msgspec.structs.replace(view.observed, calls=(call,))
    steps = read_steps(record, view.landscape.start, view.step_counts)
    assert steps is not None
    assert steps.evidence == "calls"
    assert steps.before[0].any()


# Steps read from runs over the first batches


def blind(rule: Rule, calls: tuple[int, ...] = (1,)) -> ScenarioView:
    """Return a run whose steps only runs over the first batches show."""
    shown, view = view_of(rule, calls=calls), view_of(rule, calls=calls, seen="nothing")
    assert shown.steps is not None
    assert view.steps is None
    record = msgspec.structs.replace(view.observed, prefixes=pack(shown.steps.after))
    return ScenarioView(
        planned=view.planned, observed=record, expected=view.expected, landscape=view.landscape
    )


def test_runs_over_the_first_batches_show_the_steps() -> None:
    view = blind(right)
    assert view.steps is not None
    assert view.steps.evidence == "prefixes"
    assert examine(view).outcome == "passed"
    assert examine(blind(accumulated)).outcome == "failed"


# The loss over all data


def test_the_loss_over_all_data_decides_whatever_the_batches() -> None:
    tolerance = DEFAULT_TOLERANCES["loss_decreases"]
    assert examine_loss_decreases(view_of(right), tolerance).outcome == "passed"
    assert examine_loss_decreases(view_of(uphill), tolerance).outcome == "failed"
    view = view_of(last_of_epoch, calls=(1,))
    assert examine_loss_decreases(view, tolerance).outcome == "skipped"


@pytest.mark.parametrize(("jump", "outcome"), [(1e-7, "absent"), (1.0, "passed")])
def test_rounding_between_two_calls_is_no_move(jump: float, outcome: str) -> None:
    """A closed formula may round otherwise the second time; that must not decide."""
    view = view_of(right, calls=(2, 2), seen="nothing")
    first, second = view.observed.calls
    parameters = {name: pack(np.array([2.0 + jump])) for name in NAMES}
    first = msgspec.structs.replace(first, parameters={n: pack(np.array([2.0])) for n in NAMES})
    second = msgspec.structs.replace(second, parameters=parameters)
    record = msgspec.structs.replace(view.observed, calls=(first, second))
    found = examine_loss_decreases(
        dataclasses.replace(view, observed=record), DEFAULT_TOLERANCES["loss_decreases"]
    )
    assert found.outcome == outcome
