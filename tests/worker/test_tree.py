"""Values of a student's code: read as what they store, or refused with a code."""

from __future__ import annotations

import collections
import enum
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from autograder.exercise.argument import argument
from autograder.protocol.value import Items, Kept, Nothing, Numbers, Table, Text, require_bounded
from autograder.worker.subject import Refused
from autograder.worker.tree import first_items, plain, read, write

PLAIN = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.text(max_size=10),
        st.binary(max_size=10),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), inner, max_size=3),
        st.sets(st.integers(), max_size=3),
    ),
    max_leaves=10,
)
DTYPES = ("float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool")


@given(PLAIN)
def test_plain_values_come_back_as_they_were(value: object) -> None:
    tree = read(value)
    require_bounded(tree)
    assert write(tree, {}) == value


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_and_tensors_keep_dtype_shape_and_numbers(dtype: str) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)
    tensor = torch.from_numpy(array.copy())
    back = write(read(array), {})
    assert (back.dtype, back.tolist()) == (array.dtype, array.tolist())
    again = write(read(tensor), {})
    assert again.dtype == tensor.dtype
    assert torch.equal(again, tensor)


@pytest.mark.parametrize(
    "made", [lambda a: a, lambda a: a.T, lambda a: a[:, ::2], lambda a: a[::-1], lambda a: a[:0]]
)
def test_an_array_lies_in_memory_as_its_author_drew_it(made: Any) -> None:
    drawn = made(np.arange(12.0).reshape(3, 4))
    handed = write(argument(drawn, "draw", {}), {})
    assert handed.tolist() == drawn.tolist()
    assert handed.flags.c_contiguous == drawn.flags.c_contiguous
    assert handed.flags.writeable


def test_a_strided_tensor_stays_strided_and_one_that_needs_its_gradient_does() -> None:
    drawn = torch.arange(6.0).reshape(2, 3).T
    handed = write(argument(drawn, "draw", {}), {})
    assert not handed.is_contiguous()
    assert torch.equal(handed, drawn)
    assert write(argument(torch.ones(2, requires_grad=True), "draw", {}), {}).requires_grad


class Lying(list):  # type: ignore[type-arg]
    def __iter__(self) -> Any:
        return iter([42])

    def __len__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


class Fraud(np.ndarray):  # type: ignore[type-arg]
    @property
    def shape(self) -> Any:  # type: ignore[override]
        return (7,)

    def __array__(self, *_: object, **__: object) -> Any:
        return np.full(3, 42.0)


class Pair(NamedTuple):
    one: int
    two: int


class Color(enum.IntEnum):
    RED = 1


def test_a_subclass_is_read_as_what_it_stores_and_not_as_what_it_says() -> None:
    assert read(Lying([1, 2])) == read([1, 2])
    assert read(np.arange(3.0).view(Fraud)) == read(np.arange(3.0))
    assert read(Pair(1, 2)) == read((1, 2))
    assert read(Color.RED) == read(1)
    assert read(collections.OrderedDict(a=1)) == read({"a": 1})
    assert read(torch.nn.Parameter(torch.ones(2))) == read(torch.ones(2))
    assert read(np.str_("a")) == Text("a")


def endless() -> Any:
    while True:
        yield 1


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


ROUND: list[Any] = []
ROUND.append(ROUND)
REFUSED: list[tuple[str, Any]] = [
    ("value-deep", deep(100)),
    ("value-deep", ROUND),
    ("value-large", [0] * 30_000),
    ("value-large", "x" * 2_000_000),
    ("value-large", torch.zeros(1).expand(10_000_000)),
    ("value-large", 2**100_000),
    ("value-foreign", object()),
    ("value-foreign", print),
    ("value-foreign", torch.nn.Linear(1, 1)),
    ("value-foreign", torch.ones(2, 2).to_sparse()),
    ("value-foreign", np.ma.masked_array([1.0], mask=[True])),
    ("value-foreign", 1j),
    ("value-iterator", endless()),
    ("value-iterator", iter([1])),
    ("value-iterator", map(abs, [1])),
    ("value-dtype", np.array([object()])),
    ("value-dtype", np.ones(2, dtype=np.float16)),
    ("value-dtype", np.array([1j])),
    ("value-dtype", torch.ones(2, dtype=torch.bfloat16)),
    ("value-device", torch.ones(2, device="meta")),
    ("value-key", {None: 1}),
    ("value-key", {1.5: 1}),
]


@pytest.mark.parametrize(
    ("cause", "value"), REFUSED, ids=[f"{c}-{n}" for n, (c, _) in enumerate(REFUSED)]
)
def test_what_is_no_value_is_refused_with_a_code(cause: str, value: Any) -> None:
    with pytest.raises(Refused) as caught:
        read(value)
    assert caught.value.failure.cause == cause


def test_a_nan_is_a_value() -> None:
    tree = read({"loss": float("nan")})
    assert isinstance(tree, Table)
    assert str(write(tree, {})["loss"]) == "nan"


def test_keys_may_be_tuples() -> None:
    assert write(read({(1, "a"): None}), {}) == {(1, "a"): None}


def test_sets_travel_in_one_order() -> None:
    assert read({"b", "a", "c"}) == read({"c", "b", "a"})


def test_only_the_first_items_of_what_never_ends_are_taken() -> None:
    assert first_items(endless(), 3) == [1, 1, 1]


def test_what_was_kept_is_the_very_object() -> None:
    cache = object()
    assert write(Items("tuple", (Nothing(), Kept("cache"))), {"cache": cache})[1] is cache


def test_numpy_scalars_arrive_as_such() -> None:
    handed = write(argument(np.float64(2.0), "draw", {}), {})
    assert isinstance(handed, np.float64)


def test_where_it_lies_is_no_part_of_what_it_is() -> None:
    drawn = argument(np.arange(6.0).reshape(2, 3).T, "draw", {})
    assert isinstance(drawn, Numbers)
    assert drawn.layout == "F"
    assert plain(drawn) == read(np.arange(6.0).reshape(2, 3).T)
