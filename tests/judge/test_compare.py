"""Two arrays match where every value is within the tolerance; what is not finite never matches."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from autograder.exercise import Tolerance
from autograder.judge.compare import Mismatch, Values, compare

TOLERANCE = Tolerance(rtol=1e-3, atol=1e-4)
finite = st.floats(-1e30, 1e30)
shapes = array_shapes(min_dims=0, max_dims=3, max_side=4)
tolerances = st.builds(
    Tolerance, rtol=st.floats(0, 1), atol=st.floats(0, 10, allow_subnormal=False)
)


def mismatch(observed: object, expected: object, tolerance: Tolerance = TOLERANCE) -> Mismatch:
    """Compare, and require a mismatch."""
    found = compare(np.array(observed), np.array(expected), at="x", tolerance=tolerance)
    assert found is not None
    return found


@given(arrays(np.float64, shapes, elements=finite), tolerances)
def test_every_finite_array_matches_itself(values: Values, tolerance: Tolerance) -> None:
    assert compare(values, values.copy(), at="x", tolerance=tolerance) is None


@given(finite, tolerances, st.floats(-0.999, 0.999))
def test_what_lies_within_the_bound_matches(
    expected: float, tolerance: Tolerance, share: float
) -> None:
    bound = tolerance.atol + tolerance.rtol * abs(expected)
    observed = np.array([expected + share * bound])
    slack = Tolerance(rtol=tolerance.rtol + 1e-12, atol=tolerance.atol)
    assert compare(observed, np.array([expected]), at="x", tolerance=slack) is None


@given(finite, tolerances, st.sampled_from([-1, 1]), st.floats(1.001, 1e3))
def test_what_lies_beyond_the_bound_does_not_match(
    expected: float, tolerance: Tolerance, sign: int, factor: float
) -> None:
    bound = tolerance.atol + tolerance.rtol * abs(expected) + 1e-9 * max(1.0, abs(expected))
    found = mismatch([expected + sign * factor * bound], [expected], tolerance)
    assert (found.count, found.total, found.is_shape) == (1, 1, False)


@given(
    arrays(np.float64, 3, elements=finite),
    st.integers(0, 2),
    st.sampled_from([math.nan, math.inf, -math.inf]),
    tolerances,
)
def test_an_observed_value_that_is_not_finite_matches_nothing(
    values: Values, index: int, bad: float, tolerance: Tolerance
) -> None:
    observed = values.copy()
    observed[index] = bad
    assert mismatch(observed, values, tolerance).count == 1
    assert mismatch(observed, observed, tolerance).count == 1


@given(
    arrays(np.float64, 3, elements=finite),
    st.integers(0, 2),
    st.sampled_from([math.nan, math.inf, -math.inf]),
    tolerances,
)
def test_an_expected_value_that_is_not_finite_is_matched_by_nothing(
    values: Values, index: int, bad: float, tolerance: Tolerance
) -> None:
    expected = values.copy()
    expected[index] = bad
    assert mismatch(values, expected, tolerance).count == 1


@pytest.mark.parametrize(
    ("observed", "expected"),
    [((3,), (3, 1)), ((1, 3), (3, 1)), ((), (1,)), ((3,), (4,)), ((0,), (1,))],
)
def test_shapes_are_never_broadcast(observed: tuple[int, ...], expected: tuple[int, ...]) -> None:
    found = mismatch(np.zeros(observed), np.zeros(expected))
    assert found.is_shape
    assert (found.observed, found.expected) == (observed, expected)


def test_the_worst_value_is_reported_with_its_bound_and_how_many_differ() -> None:
    found = mismatch([1.0, 2.5, 9.0, 4.0], [1.0, 2.0, 3.0, 4.0])
    assert (found.observed, found.expected, found.count, found.total) == (9.0, 3.0, 2, 4)
    assert found.bound == pytest.approx(1e-4 + 1e-3 * 3.0)


def test_a_value_that_is_not_finite_is_the_worst() -> None:
    assert math.isnan(mismatch([100.0, math.nan], [1.0, 2.0]).observed)


def test_the_tolerance_is_relative_to_the_expected_value() -> None:
    loose = Tolerance(rtol=0.5, atol=0.0)
    assert compare(np.array([1.0]), np.array([2.0]), at="x", tolerance=loose) is None
    assert compare(np.array([2.0]), np.array([1.0]), at="x", tolerance=loose) is not None
