"""Value trees in words: what a value is, and a short text of it, as Python would write it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.protocol.value import (
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
)
from autograder.words import text as words

LONGEST = 60
MOST_ITEMS = 12
_DTYPES = {
    "f4": "float32",
    "f8": "float64",
    "i1": "int8",
    "i2": "int16",
    "i4": "int32",
    "i8": "int64",
    "u1": "uint8",
    "b1": "bool",
}
_PYTHON = {"f": "float", "i": "int", "b": "bool"}


_KINDS: dict[type, str] = {
    Nothing: "kind-none",
    Whole: "kind-int",
    Text: "kind-str",
    Raw: "kind-bytes",
    Table: "kind-dict",
    Kept: "kind-kept",
    Made: "kind-made",
}
_ITEMS = {"list": "kind-list", "tuple": "kind-tuple", "set": "kind-set"}
_NUMBERS = {"float": "kind-float", "int": "kind-int", "bool": "kind-bool"}


def kind_of(value: Value) -> words.Text:
    """Return what a value is."""
    if isinstance(value, Items):
        code = _ITEMS[value.kind]
    elif not isinstance(value, Numbers):
        code = _KINDS[type(value)]
    elif value.library == "python":
        code = _NUMBERS[_PYTHON[family_of(value)]]
    elif value.library == "torch":
        code = "kind-tensor"
    else:
        code = "kind-numpy-number" if value.shape == () else "kind-numpy-array"
    return words.text(code)


def family_of(numbers: Numbers) -> str:
    """Return a letter for truths, whole numbers, or fractions."""
    return numbers.dtype[0].replace("u", "i")


def dtype_of(value: Numbers) -> str:
    """Return what the numbers' kind is called."""
    return _PYTHON[family_of(value)] if value.library == "python" else _DTYPES[value.dtype]


def number(value: Any) -> str:
    """Return a number as a person would write it."""
    return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)


def shown(value: Value) -> str:
    """Return a short text of a value, as Python would write it."""
    text = _shown(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _shown(value: Value) -> str:
    match value:
        case Numbers():
            text = _numbers(value)
        case Items():
            inside = ", ".join(_shown(item) for item in value.items[:MOST_ITEMS])
            ends = {"list": ("[", "]"), "tuple": ("(", ")"), "set": ("{", "}")}[value.kind]
            text = inside.join(ends)
        case Table():
            pairs = (f"{_shown(key)}: {_shown(item)}" for key, item in value.pairs[:MOST_ITEMS])
            text = f"{{{', '.join(pairs)}}}"
        case Text(text=content):
            text = repr(content[:LONGEST])
        case Raw(data=data):
            text = repr(data[:LONGEST])
        case Whole(digits=digits):
            text = digits[:LONGEST]
        case Kept(name=name):
            text = f"<{name}>"
        case Made(file=file, name=name):
            text = f"<{name} of {file}>"
        case Nothing():
            text = "None"
    return text


def _numbers(value: Numbers) -> str:
    array = array_of(value)
    if value.shape == ():
        return number(array[()])
    if array.size > MOST_ITEMS:
        return f"{'tensor' if value.library == 'torch' else 'array'}(shape={value.shape})"
    return _listed(array.tolist())


def _listed(values: Any) -> str:
    if isinstance(values, list):
        return f"[{', '.join(map(_listed, values))}]"
    return number(values)
