"""Steps are read from calls of forward or from runs of growing length, and must hang together."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from autograder.judge.compare import Values
from autograder.judge.steps import MOST_STEPS, Steps, end_of, read_steps
from autograder.protocol.array import pack
from autograder.protocol.trace import CallRecord, ScenarioRecord

START = np.array([5.0, 1.0])
PATH = np.array([[5.0, 1.0], [4.0, 0.5], [3.5, 0.25], [3.25, 0.0]])


def call(visited: Values, end: Values, *, backwards: int = 0) -> CallRecord:
    """Return one call that saw ``backwards`` gradients for each parameter."""
    rows = {name: pack(np.ones((backwards, 1))) for name in "wb"} if backwards else {}
    return CallRecord(
        parameters={"w": pack(end[0]), "b": pack(end[1])},
        losses=None,
        visited=pack(visited),
        fresh=rows,
        buffers=rows,
        steps_seen=len(visited),
        held=pack(np.zeros((0, 0))),
    )


def record(*calls: CallRecord, prefixes: Values | None = None) -> ScenarioRecord:
    """Return the scenario's record."""
    rows = None if prefixes is None else pack(prefixes)
    return ScenarioRecord(id="s", calls=calls, prefixes=rows)


def steps_of(found: ScenarioRecord, *counts: int) -> Steps:
    """Read the steps, and require that they were seen."""
    steps = read_steps(found, START, counts)
    assert steps is not None
    return steps


UNSEEN = np.zeros((0, 0))


def test_each_call_of_forward_begins_a_step() -> None:
    steps = steps_of(record(call(PATH[:-1], PATH[-1])), 3)
    assert steps.evidence == "calls"
    np.testing.assert_array_equal(steps.before, PATH[:-1])
    np.testing.assert_array_equal(steps.after, PATH[1:])
    np.testing.assert_array_equal(steps.moves, np.diff(PATH, axis=0))


def test_forward_may_be_called_several_times_in_a_step() -> None:
    visited = PATH[[0, 0, 1, 2, 2, 2]]
    np.testing.assert_array_equal(steps_of(record(call(visited, PATH[3])), 3).before, PATH[:3])


def test_forward_may_be_called_once_more_after_the_last_step() -> None:
    np.testing.assert_array_equal(steps_of(record(call(PATH, PATH[3])), 3).before, PATH[:3])


def test_steps_that_no_longer_move_are_seen_where_each_had_its_own_backward() -> None:
    """Right code that has converged visits the same point again and again."""
    path = PATH[[0, 1, 2, 3, 3, 3]]
    steps = steps_of(record(call(path[:5], path[5], backwards=5)), 5)
    np.testing.assert_array_equal(steps.before, path[:5])
    np.testing.assert_array_equal(steps.after, path[1:])
    assert steps.moved == 3


def test_a_second_call_goes_on_where_the_first_ended() -> None:
    steps = steps_of(record(call(PATH[:2], PATH[2]), call(PATH[2:3], PATH[3])), 2, 1)
    np.testing.assert_array_equal(steps.before, PATH[:3])
    np.testing.assert_array_equal(steps.after, PATH[1:])


def test_training_that_began_elsewhere_and_came_to_rest_is_read_as_it_was_seen() -> None:
    path = np.vstack([PATH[1:], PATH[-1]])
    np.testing.assert_array_equal(
        steps_of(record(call(path, PATH[-1], backwards=4)), 4).before, path
    )


def test_a_call_that_resets_the_parameters_starts_from_there() -> None:
    steps = steps_of(record(call(PATH[:2], PATH[2]), call(PATH[:1], PATH[1])), 2, 1)
    np.testing.assert_array_equal(steps.before, PATH[[0, 1, 0]])
    np.testing.assert_array_equal(steps.after, PATH[[1, 2, 1]])


def test_forward_called_only_after_each_update_shows_where_steps_ended() -> None:
    steps = steps_of(record(call(PATH[1:], PATH[-1])), 3)
    np.testing.assert_array_equal(steps.before, PATH[:-1])
    np.testing.assert_array_equal(steps.after, PATH[1:])


@pytest.mark.parametrize("count", [2, 4], ids=["one more than asked for", "one fewer"])
def test_a_loop_of_another_length_shows_its_own_steps(count: int) -> None:
    """As many backwards as different calls of forward: the steps are clear without the count."""
    found = record(call(PATH[:3], PATH[3], backwards=3))
    np.testing.assert_array_equal(steps_of(found, count).before, PATH[:3])


@pytest.mark.parametrize("backwards", [0, 2, 4])
def test_a_loop_of_another_length_is_unseen_where_backwards_disagree(backwards: int) -> None:
    found = record(call(PATH[:3], PATH[3], backwards=backwards))
    assert read_steps(found, START, (5,)) is None


def test_a_loop_of_another_length_is_unseen_where_parameters_disagree() -> None:
    whole = call(PATH[:3], PATH[3], backwards=3)
    uneven = msgspec.structs.replace(whole, fresh={**whole.fresh, "b": pack(np.ones((2, 1)))})
    assert read_steps(record(uneven), START, (5,)) is None


def test_runs_of_growing_length_show_the_steps_where_calls_do_not() -> None:
    steps = steps_of(record(call(UNSEEN, PATH[3]), prefixes=PATH[1:]), 3)
    assert steps.evidence == "prefixes"
    np.testing.assert_array_equal(steps.before, PATH[:3])
    np.testing.assert_array_equal(steps.after, PATH[1:])


def test_calls_of_forward_count_before_runs_of_growing_length() -> None:
    steps = steps_of(record(call(PATH[:3], PATH[3]), prefixes=PATH[1:]), 3)
    assert steps.evidence == "calls"


@pytest.mark.parametrize(
    "prefixes",
    [PATH[:3], PATH[2:], np.vstack([PATH[1:], PATH[3:]]), PATH[1:, :1], PATH[1:].ravel()],
    ids=["another end", "too few", "too many", "too narrow", "flat"],
)
def test_runs_that_do_not_fit_the_whole_run_show_nothing(prefixes: Values) -> None:
    assert read_steps(record(call(UNSEEN, PATH[3]), prefixes=prefixes), START, (3,)) is None


def test_runs_of_growing_length_show_nothing_of_continued_training() -> None:
    found = record(call(UNSEEN, PATH[2]), call(UNSEEN, PATH[3]), prefixes=PATH[1:])
    assert read_steps(found, START, (2, 1)) is None


def test_nothing_is_seen_without_calls_and_runs() -> None:
    assert read_steps(record(call(UNSEEN, PATH[3])), START, (3,)) is None


@pytest.mark.parametrize("visited", [PATH[:3, :1], PATH[:3].ravel(), PATH[:3, :, None]])
def test_calls_with_another_number_of_parameters_show_nothing(visited: Values) -> None:
    assert read_steps(record(call(visited, PATH[3])), START, (3,)) is None


def test_another_number_of_calls_than_asked_for_shows_nothing() -> None:
    assert read_steps(record(call(PATH[:3], PATH[3])), START, (3, 1)) is None


def test_parameters_of_another_size_show_nothing() -> None:
    wide = msgspec.structs.replace(call(PATH[:3], PATH[3]), parameters={"w": pack(np.ones(3))})
    assert read_steps(record(wide), START, (3,)) is None


def test_rounding_is_no_move() -> None:
    path = np.array([[5.0, 1.0], [4.0, 1.0], [4.0 + 1e-9, 1.0], [4.0 + 1e-9, 1.1]])
    assert steps_of(record(call(path[:3], path[3])), 3).moved == 2


def test_the_end_of_a_call_is_flat_in_the_order_of_the_parameters() -> None:
    found = msgspec.structs.replace(
        call(PATH[:1], PATH[1]), parameters={"w": pack([[1.0], [2.0]]), "b": pack(3.0)}
    )
    np.testing.assert_array_equal(end_of(found), [1.0, 2.0, 3.0])


def test_steps_beyond_what_is_recorded_are_no_step_from_the_last_recorded_to_the_end() -> None:
    visited = START - np.arange(MOST_STEPS)[:, None]
    found = steps_of(record(call(visited, START - 6_000.0, backwards=MOST_STEPS)), 6_000)
    assert len(found.before) == MOST_STEPS - 1
    np.testing.assert_allclose(found.moves, -1.0)


def test_a_second_look_for_the_second_parameter_is_the_same_iteration() -> None:
    looks = np.array([[4.0, 3.0], [2.0, 3.0], [2.0, 1.0], [1.0, 1.0]])
    steps = steps_of(record(call(looks, np.array([1.0, 0.5]), backwards=4)), 2)
    np.testing.assert_array_equal(steps.before, looks[::2])
    both = np.array([[4.0, 3.0], [2.0, 2.0], [1.0, 1.0], [0.5, 0.8]])
    assert len(steps_of(record(call(both, np.array([0.4, 0.7]), backwards=4)), 2).before) == 4
