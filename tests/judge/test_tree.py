"""Two value trees beside each other: what counts as the same, and what is said where it is not."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from autograder.exercise.part import PartCheck
from autograder.exercise.spec import Tolerance
from autograder.judge import messages
from autograder.judge.tree import compare_trees, deviation_of
from autograder.words.catalogue import say
from autograder.worker.tree import read

TERMS = PartCheck(id="f", part="f", shown="f", rtol=1e-4, atol=1e-5)
NAN, INF = float("nan"), float("inf")


def differ(observed: Any, expected: Any, **terms: Any) -> Any:
    found = compare_trees(read(observed), read(expected), msgspec.structs.replace(TERMS, **terms))
    return found and found.what


SAME: list[tuple[Any, Any]] = [
    (3, 3.0),
    (3.0, 3),
    (np.float64(0.5), 0.5),
    (torch.tensor(0.5), 0.5),
    (0.5, torch.tensor(0.5)),
    (np.array(0.5), np.float64(0.5)),
    (True, 1),
    ([1, 2], (1, 2)),
    (1.0 + 1e-6, 1.0),
    (INF, INF),
    (np.array([1.0, -INF]), np.array([1.0, -INF])),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({3, 1}, {1, 3}),
    (np.ones(2, dtype="float64"), np.ones(2, dtype="float32")),
    (np.array([1.0, 0.0]), np.array([1, 0])),
    (None, None),
    ("ab", "ab"),
    (b"ab", b"ab"),
    (2**70, 2**70),
    (np.zeros((0, 3)), np.zeros((0, 3))),
]
DIFFERENT: list[tuple[str, Any, Any]] = [
    ("values", 3.1, 3),
    ("values", 3, 4),
    ("values", 1.01, 1.0),
    ("values", NAN, 1.0),
    ("values", NAN, NAN),
    ("values", INF, -INF),
    ("values", INF, 1.0),
    ("values", 1.0, INF),
    ("values", np.array([1, 2**53 + 1]), np.array([1, 2**53])),
    ("values", False, True),
    ("shape", np.ones((3, 1)), np.ones(3)),
    ("shape", np.ones(1), np.float64(1.0)),
    ("kind", [1.0], np.array([1.0])),
    ("kind", np.array([1.0]), torch.tensor([1.0])),
    ("kind", None, 1.0),
    ("kind", "1", 1),
    ("kind", [1], {1}),
    ("length", [1, 2], [1]),
    ("keys", {"a": 1}, {"b": 1}),
    ("keys", {1: 1}, {"1": 1}),
    ("content", "a", "b"),
    ("content", {1, 2}, {1, 3}),
    ("content", 2**70, 2**70 + 1),
    ("values", {"a": [1, 2.5]}, {"a": [1, 2.0]}),
]


@pytest.mark.parametrize(("observed", "expected"), SAME, ids=str)
def test_what_is_the_same_passes(observed: Any, expected: Any) -> None:
    assert differ(observed, expected) is None


@pytest.mark.parametrize(("what", "observed", "expected"), DIFFERENT, ids=str)
def test_what_differs_is_found(what: str, observed: Any, expected: Any) -> None:
    assert differ(observed, expected) == what


def test_two_numbers_are_shown_with_the_digits_that_tell_them_apart() -> None:
    found = compare_trees(read(np.array([1.12385])), read(np.array([1.12408])), TERMS)
    assert found is not None
    assert (found.observed, found.expected) == ("1.1239", "1.1241")


def test_a_nan_passes_where_the_author_says_that_it_is_right() -> None:
    assert differ(np.array([NAN, 1.0]), np.array([NAN, 1.0]), nan=True) is None
    assert differ(np.array([1.0, NAN]), np.array([NAN, 1.0]), nan=True) == "values"


def test_the_kind_of_a_scalar_counts_where_the_author_asks() -> None:
    assert differ(np.int64(3), 3, kinds="exact") == "kind"
    assert differ(3.0, 3, kinds="exact") == "dtype"
    assert differ((1, 2), [1, 2], kinds="exact") == "kind"
    assert differ(3, 3, kinds="exact") is None


def test_the_dtype_counts_where_the_author_asks() -> None:
    whole, fraction = np.array([1, 2]), np.array([1.0, 2.0])
    assert differ(fraction, whole, dtypes="kind") == "dtype"
    assert differ(fraction.astype("float32"), fraction, dtypes="kind") is None
    assert differ(fraction.astype("float32"), fraction, dtypes="exact") == "dtype"


def test_sign_and_order_are_free_where_the_author_says_so() -> None:
    assert differ(np.array([1.0, -2.0]), np.array([-1.0, 2.0]), up_to="sign") is None
    assert differ(np.array([1.0, 2.0]), np.array([-1.0, 2.0]), up_to="sign") == "values"
    rows = np.array([[1.0, 5.0], [0.0, 9.0]])
    assert differ(rows[::-1], rows, up_to="order") is None
    assert differ(rows[:, ::-1], rows, up_to="order") == "values"
    assert differ([2, 1], [1, 2], up_to="order") is None
    assert differ([2, 2], [1, 2], up_to="order") == "content"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8), st.floats(1e-7, 1.0))
def test_a_deviation_below_one_is_what_passes(values: list[float], share: float) -> None:
    right = np.array(values)
    bound = TERMS.atol + TERMS.rtol * np.abs(right)
    got = right + share * bound
    tolerance = Tolerance(rtol=TERMS.rtol, atol=TERMS.atol)
    apart = deviation_of(read(got), read(right), tolerance)
    assert apart is not None
    assert np.isclose(apart, 1.0) or (differ(got, right) is None) == (apart <= 1.0)


def test_the_place_of_the_worst_value_is_told_in_public_and_no_number_in_hidden() -> None:
    found = compare_trees(
        read({"W": np.array([[1.0, 2.5]])}), read({"W": np.array([[1.0, 2.0]])}), TERMS
    )
    assert found is not None
    public = say(messages.differs("f(3)", found, public=True, read=False))
    assert public == "f(3) returns 2.5 at ['W'][0, 1] where 2 is right. 1 of 2 values differs."
    hidden = say(messages.differs("f", found, public=False, read=False))
    assert hidden == "f returns the wrong values."


@pytest.mark.parametrize(("what", "observed", "expected"), DIFFERENT, ids=str)
def test_every_difference_has_words_and_hidden_ones_hold_no_value(
    what: str, observed: Any, expected: Any
) -> None:
    found = compare_trees(read(observed), read(expected), TERMS)
    assert found is not None
    right = found.expected if isinstance(found.expected, str) else say(found.expected)
    assert right in say(messages.differs("f", found, public=True, read=False))
    hidden = say(messages.differs("f", found, public=False, read=True))
    if what in ("values", "content", "shape", "keys"):
        assert right not in hidden.replace(f"of {found.total} values", "")


def test_columns_may_come_in_another_order() -> None:
    right = np.array([[1.0, 2.0, 1.0], [3.0, 4.0, 5.0]])
    for observed in (right[:, [1, 0, 2]], right[:, ::-1] + 1e-7):
        assert differ(observed, right) == "values"
        assert differ(observed, right, up_to="columns") is None
    assert differ(right[::-1], right, up_to="columns") == "values"
    assert differ(right[:, [0, 0, 2]], right, up_to="columns") == "values"


def test_rounding_does_not_put_columns_that_begin_alike_out_of_order() -> None:
    right = np.array([[0.5, 0.5], [2.0, 1.0]])
    observed = right + np.array([[0.0, 1e-9], [0.0, 0.0]])
    assert differ(observed, right, up_to="columns") is None
    assert differ(observed.T, right.T, up_to="order") is None


def test_how_much_of_a_shape_counts_is_the_author_s_choice() -> None:
    right = np.arange(6.0).reshape(6, 1)
    for observed in (np.arange(6.0), np.arange(6.0).reshape(1, 6)):
        assert differ(observed, right) == "shape"
        assert differ(observed, right, shapes="ones") is None
        assert differ(observed + 1, right, shapes="ones") == "values"
    square = np.arange(6.0).reshape(2, 3)
    assert differ(square, right, shapes="ones") == "shape"
    assert differ(square, right, shapes="size") is None
    assert differ(np.arange(5.0), right, shapes="size") == "shape"
