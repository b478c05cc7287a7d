"""Steps are measured and fitted in one way, whatever the size of the numbers and of the run."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograder.judge.compare import Values
from autograder.judge.motion import (
    FITTED,
    RIGHT,
    carried,
    largest_so_far,
    motion_of,
    multiple_of,
    scale_of,
    shares_of,
    sums_of_calls,
)
from autograder.judge.steps import in_turn, turns_of
from tests.judge import runs

SIZES = st.floats(1e-6, 1e6)
SOURCES = arrays(np.float64, 6, elements=st.floats(-1e3, 1e3, allow_subnormal=False))
FACTORS = st.floats(-100.0, 100.0, allow_subnormal=False)
CALLS = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def call_of(counts: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.repeat(np.arange(len(counts)), counts)


@given(source=SOURCES, factor=FACTORS)
def test_a_multiple_is_found_with_its_factor(source: Values, factor: float) -> None:
    moves = factor * source
    found = multiple_of(source, moves)
    assert found.residual <= 1e-9
    if np.abs(moves).max() > 1e-30:
        assert found.factor == pytest.approx(factor)


@given(source=SOURCES, factor=FACTORS, size=SIZES)
def test_what_a_fit_leaves_does_not_depend_on_the_unit(
    source: Values, factor: float, size: float
) -> None:
    moves = factor * source + 1.0
    one, other = multiple_of(source, moves), multiple_of(size * source, size * moves)
    assert other.residual == pytest.approx(one.residual, abs=1e-6)


def test_a_source_of_zeros_gives_rest_and_nothing_else() -> None:
    zeros = np.zeros(4)
    assert multiple_of(zeros, zeros).residual == 0.0
    assert multiple_of(zeros, np.ones(4)).residual == 1.0


def test_noise_hides_what_is_smaller() -> None:
    source, moves = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.1])
    assert multiple_of(source, moves).residual > 1e-2
    assert multiple_of(source, moves, noise=1e3).residual < 1e-3


def test_what_is_not_finite_is_no_multiple() -> None:
    assert not multiple_of(np.array([1.0, np.nan]), np.array([1.0, 2.0])).residual <= 1e9


@given(
    source=arrays(np.float64, 6, elements=st.integers(-20, 20).map(float)),
    share=st.floats(0.01, 100.0),
    momentum=st.floats(-2.0, 2.0),
)
def test_shares_of_a_step_and_of_the_one_before_are_found(
    source: Values, share: float, momentum: float
) -> None:
    moves = np.zeros_like(source)
    for row, value in enumerate(source):
        moves[row] = share * value + momentum * (moves[row - 1] if row else 0.0)
    found = shares_of(np.stack([source, carried(moves)], axis=1), moves, scale_of(moves))
    assert found is not None
    assert found.residual <= 1e-6


@given(rows=arrays(np.float64, (6, 2), elements=st.floats(-1e3, 1e3)))
def test_the_largest_so_far_never_falls_and_is_one_of_them(rows: Values) -> None:
    found = largest_so_far(rows)
    assert (np.diff(found, axis=0) >= 0).all()
    assert (found >= np.abs(rows)).all()
    assert np.isin(found, np.abs(rows)).all()


@given(rows=arrays(np.float64, (6, 2), elements=st.floats(-1e3, 1e3)), share=st.floats(0, 0.99))
def test_a_step_within_its_bounds_is_close(rows: Values, share: float) -> None:
    before = np.ones_like(rows)
    for closeness in (RIGHT, FITTED):
        bounds = closeness.bounds(rows, before)
        assert closeness.close(rows + share * bounds, rows, before)
        assert not closeness.close(rows + 1.01 * bounds + 1e-9, rows, before)
    assert not FITTED.close(np.full_like(rows, np.nan), rows, before)


@given(counts=CALLS)
def test_turns_count_anew_in_each_call(counts: list[int]) -> None:
    assert turns_of(call_of(counts)).tolist() == [turn for n in counts for turn in range(n)]


@given(counts=CALLS)
def test_sums_and_what_is_carried_begin_anew_with_each_call(counts: list[int]) -> None:
    calls, ones = call_of(counts), np.ones((sum(counts), 2))
    turns = turns_of(calls)
    assert (sums_of_calls(ones, calls)[:, 0] == turns + 1).all()
    assert (carried(ones, turns == 0)[:, 1] == (turns > 0)).all()
    assert carried(ones)[1:].all()


def test_batches_are_known_where_iterations_are_whole() -> None:
    assert in_turn((4, 8), 4)
    assert not in_turn((4, 7), 4)


def test_a_motion_has_the_right_steps_beside_those_taken() -> None:
    motion = motion_of(runs.view_of(runs.right, start={"w": 3.0, "b": -2.0}, calls=(3, 2)))
    assert motion is not None
    assert motion.fits(motion.descent)
    assert not motion.fits(1.01 * motion.descent)
    assert motion.turns.tolist() == [0, 1, 2, 0, 1]
    assert motion.asked.tolist() == [3, 3, 3, 2, 2]
    assert len(motion.first(2).moves) == len(motion.first(2).losses) == 2


def test_halfway_the_other_parameters_have_moved_already() -> None:
    motion = motion_of(runs.view_of(runs.right, start={"w": 3.0, "b": -2.0}))
    assert motion is not None
    mixed = np.stack([motion.before[:, 0], motion.after[:, 1]], axis=1)
    _, gradients = motion.surface.evaluate(mixed)
    assert np.array_equal(motion.halfway[:, 0], gradients[:, 0])
