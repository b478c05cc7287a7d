"""Values between Python and the wire: arguments and results of a step.

Nothing a student's class says of itself is believed: what a subclass of list, dict, str, int or
array stores is read by the base's own methods. What cannot be read so is refused with a code.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec
import numpy as np
import torch

from autograder.protocol.trace import Cause
from autograder.protocol.value import (
    MOST_BYTES,
    MOST_DEPTH,
    MOST_NODES,
    DType,
    Items,
    Kept,
    Made,
    Nothing,
    Numbers,
    Raw,
    Table,
    Text,
    Value,
    Whole,
    array_of,
    is_key,
    whole_of,
)
from autograder.worker.absent import missing_in
from autograder.worker.cause import known_type
from autograder.worker.subject import refuse, refuse_missing

_KINDS: Mapping[str, DType] = {
    "f4": "f4",
    "f8": "f8",
    "i1": "i1",
    "i2": "i2",
    "i4": "i4",
    "i8": "i8",
    "u1": "u1",
    "b1": "b1",
}
_TENSORS: Mapping[torch.dtype, DType] = {
    torch.float32: "f4",
    torch.float64: "f8",
    torch.int8: "i1",
    torch.int16: "i2",
    torch.int32: "i4",
    torch.int64: "i8",
    torch.uint8: "u1",
    torch.bool: "b1",
}
LEAST_WHOLE, MOST_WHOLE = -(2**63), 2**63 - 1
MOST_BITS = 8 * 4096
_encode = msgspec.msgpack.Encoder().encode


def read(value: object) -> Value:
    """Return a value as it travels. Raises Refused where it is none."""
    return Reader().read(value, 0)


class Reader:
    """Reads one value, within its bounds."""

    def __init__(self) -> None:
        self._nodes = 0
        self._bytes = 0

    def read(self, value: object, depth: int) -> Value:
        """Return the node of a value, with all below it. Raises Refused."""
        if depth > MOST_DEPTH:
            refuse("value-deep", most=str(MOST_DEPTH))
        self._nodes += 1
        if self._nodes > MOST_NODES:
            refuse("value-large")
        missing = missing_in(value)
        if missing is not None:
            refuse_missing(missing.module)
        kind = type(value)
        for family, reader in _READERS:
            if issubclass(kind, family):
                return reader(self, value, depth)
        if issubclass(kind, Iterator) or hasattr(kind, "__next__"):
            refuse("value-iterator", type=known_type(value))
        return _foreign("value-foreign", value)

    def take(self, count: int) -> None:
        """Count bytes."""
        self._bytes += count
        if self._bytes > MOST_BYTES:
            refuse("value-large")

    def _nothing(self, value: object, depth: int) -> Value:  # noqa: ARG002  # the readers' shape
        return Nothing()

    def _truth(self, value: Any, depth: int) -> Value:  # noqa: ARG002  # as above
        return Numbers(library="python", dtype="b1", data=b"\1" if value is True else b"\0")

    def _int(self, value: Any, depth: int) -> Value:  # noqa: ARG002  # as above
        plain = int.__add__(value, 0)
        if LEAST_WHOLE <= plain <= MOST_WHOLE:
            data = plain.to_bytes(8, "little", signed=True)
            return Numbers(library="python", dtype="i8", data=data)
        if plain.bit_length() > MOST_BITS:
            refuse("value-large")
        return Whole(hex(plain))

    def _float(self, value: Any, depth: int) -> Value:  # noqa: ARG002  # as above
        plain = np.array(float.__add__(value, 0.0), dtype="<f8")
        return Numbers(library="python", dtype="f8", data=plain.tobytes())

    def _text(self, value: Any, depth: int) -> Value:  # noqa: ARG002  # as above
        self.take(str.__len__(value))
        return Text(str.encode(value, "utf-8", "backslashreplace").decode())

    def _raw(self, value: Any, depth: int) -> Value:  # noqa: ARG002  # as above
        self.take(bytes.__len__(value))
        return Raw(bytes.__getitem__(value, slice(None)))

    def _list(self, value: Any, depth: int) -> Value:
        return Items("list", self._items(list.__iter__(value), depth))

    def _tuple(self, value: Any, depth: int) -> Value:
        return Items("tuple", self._items(tuple.__iter__(value), depth))

    def _set(self, value: Any, depth: int) -> Value:
        base = set if issubclass(type(value), set) else frozenset
        items = self._items(base.__iter__(value), depth)
        return Items("set", tuple(sorted(items, key=_encode)))

    def _items(self, items: Iterator[Any], depth: int) -> tuple[Value, ...]:
        return tuple(self.read(item, depth + 1) for item in items)

    def _table(self, value: Any, depth: int) -> Value:
        pairs = []
        for key, item in list(dict.items(value)):
            read_key = self.read(key, depth + 1)
            if not is_key(read_key):
                refuse("value-key", type=known_type(key))
            pairs.append((read_key, self.read(item, depth + 1)))
        return Table(tuple(pairs))

    def _tensor(self, value: Any, depth: int) -> Value:  # noqa: ARG002  # as above
        with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
            if torch.Tensor.device.__get__(value).type != "cpu":
                refuse("value-device")
            if value.layout is not torch.strided or value.is_quantized:
                return _foreign("value-foreign", value)
            dtype = _TENSORS.get(value.dtype)
            if dtype is None:
                refuse("value-dtype", dtype=str(value.dtype).removeprefix("torch."))
            self.take(value.numel() * value.element_size())
            plain = torch.Tensor.as_subclass(torch.Tensor.detach(value), torch.Tensor)
            array = plain.resolve_conj().resolve_neg().contiguous().numpy()
        return Numbers(library="torch", dtype=dtype, shape=tuple(array.shape), data=array.tobytes())

    def _array(self, value: Any, depth: int) -> Value:  # noqa: ARG002  # as above
        if issubclass(type(value), np.ma.MaskedArray):
            return _foreign("value-foreign", value)
        plain = np.ndarray.view(value, np.ndarray) if isinstance(value, np.ndarray) else value
        array = np.asarray(plain)
        dtype = _KINDS.get(f"{array.dtype.kind}{array.dtype.itemsize}")
        if dtype is None:
            refuse("value-dtype", dtype=array.dtype.name if array.dtype.fields is None else "")
        self.take(array.nbytes)
        data = array.astype(f"<{dtype}", order="C").tobytes()
        return Numbers(library="numpy", dtype=dtype, shape=array.shape, data=data)


_Read = Callable[[Reader, Any, int], Value]
_READERS: tuple[tuple[type, _Read], ...] = (
    (type(None), Reader._nothing),  # the table of its own methods
    (np.str_, Reader._text),  # as above
    (np.bytes_, Reader._raw),  # as above
    (np.generic, Reader._array),  # as above
    (bool, Reader._truth),  # as above
    (int, Reader._int),  # as above
    (float, Reader._float),  # as above
    (str, Reader._text),  # as above
    (bytes, Reader._raw),  # as above
    (list, Reader._list),  # as above
    (tuple, Reader._tuple),  # as above
    (set, Reader._set),  # as above
    (frozenset, Reader._set),  # as above
    (dict, Reader._table),  # as above
    (torch.Tensor, Reader._tensor),  # as above
    (np.ndarray, Reader._array),  # as above
)


def _foreign(cause: Cause, value: object) -> Value:
    return refuse(cause, type=known_type(value))


def first_items(value: Any, count: int) -> list[Any]:
    """Return the first items of anything that can be iterated over: it may never end."""
    return list(itertools.islice(iter(value), count))


_MAKES: Mapping[Literal["list", "tuple", "set"], Callable[[Iterator[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
}


Make = Callable[[Made, list[Any], dict[str, Any]], Any]
"""Makes what an author's file defines, of arguments."""


def write(value: Value, kept: Mapping[str, object], make: Make | None = None) -> Any:
    """Return a fresh Python value of what travelled; ``kept`` are the student's own by name."""
    found: Any = None
    match value:
        case Numbers():
            found = _numbers(value)
        case Whole():
            found = whole_of(value)
        case Text(text=text):
            found = text
        case Raw(data=data):
            found = data
        case Kept(name=name):
            found = kept[name]
        case Items():
            found = _MAKES[value.kind](write(item, kept, make) for item in value.items)
        case Table():
            found = {write(key, kept): write(item, kept, make) for key, item in value.pairs}
        case Made() if make is not None:
            given = [write(item, kept, make) for item in value.arguments]
            named = {name: write(item, kept, make) for name, item in value.named.items()}
            found = make(value, given, named)
        case _:
            pass
    return found


def _numbers(value: Numbers) -> Any:
    array = array_of(value)
    if value.library == "python":
        return array.item()
    native = np.empty(array.shape, dtype=array.dtype.newbyteorder("="))
    if value.layout == "F":
        native = np.asfortranarray(native)
    if value.layout == "S":
        native = _strided(array.shape, native.dtype)
    native[...] = array
    if value.library == "numpy":
        return native if array.shape else native[()]
    tensor = torch.from_numpy(native)
    return tensor.requires_grad_() if value.grad else tensor


def _strided(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Return an array in which no two values are neighbours in memory."""
    if not shape:
        return np.empty((), dtype=dtype)
    return np.zeros((*shape[:-1], 2 * shape[-1]), dtype=dtype)[..., ::2]


def plain(value: Value) -> Value:
    """Return a value without what only matters where it is handed over."""
    match value:
        case Numbers():
            return msgspec.structs.replace(value, layout="C", grad=False)
        case Items():
            return Items(value.kind, tuple(map(plain, value.items)))
        case Table():
            return Table(tuple((key, plain(item)) for key, item in value.pairs))
        case _:
            return value


def may_change(value: Value) -> bool:
    """Return whether a call can change what it is given."""
    if isinstance(value, Numbers):
        return value.library != "python"
    return isinstance(value, (Items, Table))
