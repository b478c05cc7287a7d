"""Which factors bring one list of numbers within bounds of another is known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autograder.judge.compare import Values
from autograder.judge.fit import factors, may_be_multiple

NUMBERS = arrays(np.float64, 5, elements=st.floats(-1e6, 1e6, allow_subnormal=False))
FACTORS = st.floats(-100.0, 100.0, allow_subnormal=False)


@given(source=NUMBERS, factor=FACTORS, noise=arrays(np.float64, 5, elements=st.floats(-1, 1)))
def test_a_multiple_within_the_bounds_is_never_dropped(
    source: Values, factor: float, noise: Values
) -> None:
    bounds = 1e-3 * (1.0 + np.abs(factor * source))
    target = factor * source + 0.99 * noise * bounds
    low, high = factors(source, target, bounds)
    assert low <= factor * (1 + 1e-12) + 1e-9
    assert high >= factor * (1 - 1e-12) - 1e-9
    assert may_be_multiple(source, target, bounds)


@given(source=NUMBERS, target=NUMBERS)
def test_what_is_said_to_be_possible_is(source: Values, target: Values) -> None:
    bounds = 1e-3 * (1.0 + np.abs(target))
    low, high = factors(source, target, bounds)
    if low <= high and np.isfinite(low):
        assert (np.abs(low * source - target) <= bounds * (1 + 1e-6) + 1e-9).all()


@pytest.mark.parametrize(
    ("source", "possible"),
    [([1.0, 2.0], True), ([1.0, -2.0], False), ([0.0, 2.0], False), ([np.nan, 2.0], False)],
)
def test_each_row_is_judged_by_itself(source: list[float], possible: bool) -> None:
    table, target = np.array([source, [3.0, 6.0]]), np.array([1.5, 3.0])
    assert may_be_multiple(table, target, np.full(2, 1e-3)).tolist() == [possible, True]


def test_where_nothing_moves_a_source_of_zeros_fits() -> None:
    zeros = np.zeros(3)
    assert may_be_multiple(zeros, zeros, zeros)
