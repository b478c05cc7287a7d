"""Arrays keep their values across the wall; what does not add up is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from autograder.errors import ProtocolError
from autograder.protocol.array import MAX_DIMENSIONS, Array, pack, unpack

shapes = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


@given(arrays(np.float64, shapes))
def test_float64_values_survive_packing(values: NDArray[np.float64]) -> None:
    np.testing.assert_array_equal(unpack(pack(values)), values, strict=True)


@given(arrays(np.float32, shapes))
def test_float32_values_survive_packing_as_float64(values: NDArray[np.float32]) -> None:
    restored = unpack(pack(values, dtype="f4"))
    np.testing.assert_array_equal(restored, values.astype(np.float64), strict=True)


@given(arrays(np.float64, shapes))
def test_memory_order_does_not_change_the_bytes(values: NDArray[np.float64]) -> None:
    assert pack(np.asfortranarray(values)) == pack(np.ascontiguousarray(values))


def test_bytes_are_little_endian() -> None:
    assert pack(1.0).data == b"\0\0\0\0\0\0\xf0\x3f"


def test_unpacked_values_are_a_copy_that_may_be_written() -> None:
    unpack(pack([1.0, 2.0]))[0] = 3.0


@given(
    st.sampled_from(["f4", "f8"]),
    st.lists(st.integers(-3, 2**63), max_size=5).map(tuple),
    st.binary(max_size=64),
)
def test_a_shape_that_its_data_does_not_fill_is_refused(
    dtype: str, shape: tuple[int, ...], data: bytes
) -> None:
    size = {"f4": 4, "f8": 8}[dtype]
    assume(any(side < 0 for side in shape) or math.prod(shape) * size != len(data))
    with pytest.raises(ProtocolError):
        unpack(Array(dtype, shape, data))


@pytest.mark.parametrize("shape", [(0, 2**62, 2**62), (2**64 - 1, 0), (0, 2**63)])
def test_an_empty_array_of_impossible_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ProtocolError):
        unpack(Array("f4", shape, b""))


def test_more_dimensions_than_allowed_are_refused() -> None:
    assert unpack(Array("f8", (1,) * MAX_DIMENSIONS, bytes(8))).ndim == MAX_DIMENSIONS
    with pytest.raises(ProtocolError, match="is not allowed"):
        unpack(Array("f8", (1,) * (MAX_DIMENSIONS + 1), bytes(8)))
