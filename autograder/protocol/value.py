"""Values as they cross the wall: a bounded tree of typed nodes, of what a function gives.

Subclasses, objects and code are no values: the worker says by a code why something is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from autograder.errors import ProtocolError
from autograder.protocol.array import MAX_DIMENSIONS, MAX_SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_DEPTH = 16
MOST_NODES = 20_000
MOST_BYTES = 1_000_000  # of all numbers and texts together; a frame holds more

DType = Literal["f4", "f8", "i1", "i2", "i4", "i8", "u1", "b1"]
Library = Literal["python", "numpy", "torch"]
ITEM_BYTES: dict[DType, int] = {
    "f4": 4,
    "f8": 8,
    "i1": 1,
    "i2": 2,
    "i4": 4,
    "i8": 8,
    "u1": 1,
    "b1": 1,
}


class Nothing(msgspec.Struct, frozen=True, tag="none"):
    """None."""


class Numbers(msgspec.Struct, frozen=True, kw_only=True, tag="numbers", omit_defaults=True):
    """A bool, int or float of Python's, a NumPy scalar or array, or a tensor.

    ``data`` holds ``prod(shape)`` values in C order, little-endian. ``layout`` is the way through
    memory of an array that is handed over: C or Fortran order, or every second value of one that is
    twice as large. A tensor that is handed over with ``grad`` records its graph.
    """

    library: Library
    dtype: DType
    shape: tuple[int, ...] = ()
    data: bytes
    layout: Literal["C", "F", "S"] = "C"
    grad: bool = False


class Whole(msgspec.Struct, frozen=True, tag="whole"):
    """An int of more than 64 bits, in hexadecimal digits."""

    digits: str


class Text(msgspec.Struct, frozen=True, tag="text"):
    """A str."""

    text: str


class Raw(msgspec.Struct, frozen=True, tag="bytes"):
    """A bytes object."""

    data: bytes


class Items(msgspec.Struct, frozen=True, tag="items"):
    """A list, tuple or set; the items of a set stand in the order of their encodings."""

    kind: Literal["list", "tuple", "set"]
    items: tuple[Value, ...]


class Table(msgspec.Struct, frozen=True, tag="table"):
    """A dict, its pairs in its own order. Keys are texts, whole numbers and tuples of both."""

    pairs: tuple[tuple[Value, Value], ...]


class Kept(msgspec.Struct, frozen=True, tag="kept"):
    """What an earlier step kept under this name: the student's own, never compared.

    In a plan that is not settled yet it also stands for what the reference has still to give.
    """

    name: str


class Made(msgspec.Struct, frozen=True, kw_only=True, tag="made", omit_defaults=True):
    """What a file of the author's defines under a name, or what that makes of arguments.

    A class without arguments is made, too, unless the class ``itself`` is meant. Without a ``file``
    it is one of our own neutral functions. It is only ever sent to the child.
    """

    file: str = ""
    name: str
    arguments: tuple[Value, ...] = ()
    named: dict[str, Value] = {}
    itself: bool = False


Value: TypeAlias = Nothing | Numbers | Whole | Text | Raw | Items | Table | Kept | Made


def parts_of(value: Value) -> tuple[Value, ...]:
    """Return the nodes right below one."""
    if isinstance(value, Items):
        return value.items
    if isinstance(value, Table):
        return tuple(part for pair in value.pairs for part in pair)
    if isinstance(value, Made):
        return (*value.arguments, *value.named.values())
    return ()


def nodes_of(value: Value) -> Iterator[Value]:
    """Yield all nodes of a tree. Raises ProtocolError where it is deeper than allowed."""
    level: tuple[Value, ...] = (value,)
    for _ in range(MOST_DEPTH + 1):
        yield from level
        level = tuple(part for node in level for part in parts_of(node))
        if not level:
            return
    raise ProtocolError(f"value: deeper than {MOST_DEPTH}")


def replaced(value: Value, by: Mapping[str, Value]) -> Value:
    """Return a tree with values in place of what stands for them, by its name."""
    match value:
        case Kept(name=name):
            return by.get(name, value)
        case Items():
            return Items(value.kind, tuple(replaced(item, by) for item in value.items))
        case Table():
            return Table(tuple((key, replaced(item, by)) for key, item in value.pairs))
        case Made():
            return msgspec.structs.replace(
                value,
                arguments=tuple(replaced(one, by) for one in value.arguments),
                named={name: replaced(one, by) for name, one in value.named.items()},
            )
        case _:
            return value


def require_bounded(value: Value, *, kept: frozenset[str] = frozenset()) -> None:
    """Raise ProtocolError for a tree that our worker would never send: the sender may be hostile.

    ``kept`` are the names that may stand in it for what was kept.
    """
    size = 0
    for count, node in enumerate(nodes_of(value), start=1):
        size += _size(node)
        if count > MOST_NODES or size > MOST_BYTES:
            raise ProtocolError("value: larger than allowed")
        if isinstance(node, Table) and not all(is_key(key) for key, _ in node.pairs):
            raise ProtocolError("value: a key that is none")
        if isinstance(node, Kept) and node.name not in kept:
            raise ProtocolError("value: it names what was not kept")
        if isinstance(node, Made):
            raise ProtocolError("value: it asks for what only an author may")


def is_key(value: Value) -> bool:
    """Return whether a node may be the key of a dict."""
    if isinstance(value, Numbers):
        return value.library == "python" and value.dtype in ("i8", "b1") and value.shape == ()
    if isinstance(value, Items):
        return value.kind == "tuple" and all(map(is_key, value.items))
    return isinstance(value, (Text, Whole))


def _size(node: Value) -> int:
    """Return how many bytes a node has itself. Raises ProtocolError where it is not sound."""
    match node:
        case Numbers():
            _require_sound(node)
            return len(node.data)
        case Text():
            return len(node.text)
        case Raw():
            return len(node.data)
        case Whole():
            whole_of(node)
            return len(node.digits)
        case _:
            return 0


def _require_sound(numbers: Numbers) -> None:
    """Raise ProtocolError where shape and data disagree."""
    shape = numbers.shape
    whole = math.prod(size or 1 for size in shape)  # numpy multiplies those of empty ones
    allowed = len(shape) <= MAX_DIMENSIONS and all(size >= 0 for size in shape)
    if not allowed or whole > MAX_SIZE or (numbers.library == "python" and shape):
        raise ProtocolError("value: its shape is not allowed")
    if math.prod(shape) * ITEM_BYTES[numbers.dtype] != len(numbers.data):
        raise ProtocolError(f"value: {len(numbers.data)} bytes do not fill shape {shape}")


def whole_in(value: Value) -> int | None:
    """Return the whole number that a key is, None where it is none."""
    if isinstance(value, Whole):
        return whole_of(value)
    if isinstance(value, Numbers) and value.library == "python" and value.dtype == "i8":
        return int.from_bytes(value.data, "little", signed=True)
    return None


def whole_of(value: Whole) -> int:
    """Return the int. Raises ProtocolError."""
    try:
        return int(value.digits, 16)
    except ValueError as error:
        raise ProtocolError("value: digits that are none") from error


def array_of(numbers: Numbers) -> NDArray[Any]:
    """Return the numbers as an array of their own dtype. Raises ProtocolError."""
    import numpy as np  # noqa: PLC0415  # a run that reuses every grade looks at none

    _require_sound(numbers)
    flat = np.frombuffer(numbers.data, dtype=f"<{numbers.dtype}")
    return flat.reshape(numbers.shape)
