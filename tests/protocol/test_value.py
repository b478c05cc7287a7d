"""Value trees: bounded, and sound whoever sends them."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import ProtocolError
from autograder.protocol.value import (
    ITEM_BYTES,
    MOST_BYTES,
    MOST_DEPTH,
    Items,
    Kept,
    Nothing,
    Numbers,
    Raw,
    Table,
    Text,
    Value,
    Whole,
    array_of,
    require_bounded,
)

KEYS = st.one_of(
    st.text(max_size=5).map(Text),
    st.integers(-(2**63), 2**63 - 1).map(
        lambda n: Numbers(library="python", dtype="i8", data=n.to_bytes(8, "little", signed=True))
    ),
)


@st.composite
def numbers(draw: st.DrawFn) -> Numbers:
    shape = tuple(draw(st.lists(st.integers(0, 3), max_size=3)))
    dtype = draw(st.sampled_from(list(ITEM_BYTES)))
    size = math.prod(shape) * ITEM_BYTES[dtype]
    data = draw(st.binary(min_size=size, max_size=size))
    return Numbers(
        library=draw(st.sampled_from(["numpy", "torch"])), dtype=dtype, shape=shape, data=data
    )


VALUES: st.SearchStrategy[Value] = st.recursive(
    st.one_of(
        st.just(Nothing()),
        numbers(),
        st.text(max_size=20).map(Text),
        st.binary(max_size=20).map(Raw),
        st.integers().map(lambda n: Whole(hex(n))),
    ),
    lambda inner: st.one_of(
        st.builds(
            Items, st.sampled_from(["list", "tuple", "set"]), st.lists(inner, max_size=3).map(tuple)
        ),
        st.lists(st.tuples(KEYS, inner), max_size=3).map(lambda pairs: Table(tuple(pairs))),
    ),
    max_leaves=20,
)


@given(VALUES)
def test_a_tree_comes_back_as_it_was_sent(value: Value) -> None:
    require_bounded(value)
    sent = msgspec.msgpack.encode(value)
    assert msgspec.msgpack.decode(sent, type=Value) == value
    assert msgspec.json.decode(msgspec.json.encode(value), type=Value) == value


def nested(depth: int) -> Value:
    value: Value = Nothing()
    for _ in range(depth):
        value = Items("list", (value,))
    return value


def test_what_is_as_deep_as_allowed_passes_and_what_is_deeper_is_refused() -> None:
    require_bounded(nested(MOST_DEPTH))
    with pytest.raises(ProtocolError, match="deeper"):
        require_bounded(nested(MOST_DEPTH + 1))


@pytest.mark.parametrize(
    "value",
    [
        Numbers(library="numpy", dtype="f8", shape=(2,), data=b"\0" * 8),
        Numbers(library="numpy", dtype="f8", shape=(-1,), data=b""),
        Numbers(library="numpy", dtype="b1", shape=(0, 10**9), data=b""),
        Numbers(library="numpy", dtype="b1", shape=(1,) * 9, data=b"\0"),
        Numbers(library="python", dtype="f8", shape=(1,), data=b"\0" * 8),
        Whole("no digits"),
        Raw(b"\0" * (MOST_BYTES + 1)),
        Items("list", (Raw(b"\0" * (MOST_BYTES // 2 + 1)),) * 2),
        Items("list", (Nothing(),) * 20_001),
        Table(((Nothing(), Nothing()),)),
        Table(((Items("list", ()), Nothing()),)),
        Kept("cache"),
    ],
)
def test_what_no_worker_of_ours_sends_is_refused(value: Value) -> None:
    with pytest.raises(ProtocolError):
        require_bounded(value)


def test_what_was_kept_may_stand_in_a_value() -> None:
    require_bounded(Items("tuple", (Nothing(), Kept("cache"))), kept=frozenset({"cache"}))


@given(numbers())
def test_numbers_keep_shape_and_bytes(value: Numbers) -> None:
    array = array_of(value)
    assert (array.shape, array.tobytes()) == (value.shape, value.data)
