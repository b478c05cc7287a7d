"""Arrays as they cross the wall: a dtype, a shape and raw little-endian bytes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from autograder.errors import ProtocolError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

MAX_DIMENSIONS = 8
MAX_SIZE = 100_000_000  # of all dimensions together; the bytes must match besides


class Array(msgspec.Struct, frozen=True, array_like=True):
    """A dense array. ``data`` has ``prod(shape)`` values in C order, little-endian.

    ``i8`` are whole numbers, as class indices are.
    """

    dtype: Literal["f4", "f8", "i8"]
    shape: tuple[int, ...]
    data: bytes


def pack(values: ArrayLike, *, dtype: Literal["f4", "f8", "i8"] = "f8") -> Array:
    """Return ``values`` as an :class:`Array` of the given dtype."""
    import numpy as np  # noqa: PLC0415  # a run that reuses every grade packs nothing

    array = np.asarray(values).astype(f"<{dtype}", order="C")
    return Array(dtype, array.shape, array.tobytes())


def require_sound(array: Array) -> None:
    """Raise ProtocolError where shape and data disagree: the sender may be hostile."""
    sizes_fit = all(size >= 0 for size in array.shape)
    whole = math.prod(size or 1 for size in array.shape)  # numpy multiplies those of empty ones
    if len(array.shape) > MAX_DIMENSIONS or not sizes_fit or whole > MAX_SIZE:
        raise ProtocolError("array: its shape is not allowed")
    itemsize = 4 if array.dtype == "f4" else 8
    if math.prod(array.shape) * itemsize != len(array.data):
        raise ProtocolError(f"array: {len(array.data)} bytes do not fill shape {array.shape}")


def unpack(array: Array) -> NDArray[np.float64]:
    """Return the values as float64, whatever they were sent as. Raises ProtocolError."""
    import numpy as np  # noqa: PLC0415  # as above

    require_sound(array)
    flat = np.frombuffer(array.data, dtype=f"<{array.dtype}")
    return flat.reshape(array.shape).astype(np.float64)


def natural(array: Array) -> NDArray[Any]:
    """Return the values as float64, whole numbers as int64. Raises ProtocolError."""
    if array.dtype != "i8":
        return unpack(array)
    import numpy as np  # noqa: PLC0415  # as above

    require_sound(array)
    return np.frombuffer(array.data, dtype="<i8").reshape(array.shape).copy()
