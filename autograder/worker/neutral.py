"""Neutral functions that stand for a student's helper: no lab's solution, but of every value given.

Each takes whatever it is called with. The first argument decides the shape; arrays among the others
shift the result, so that exchanged or forgotten arguments show. Single numbers, texts and the like
do not: whether an axis is named or left to its default makes no difference. All results lie between
0 and 1, so that a logarithm, a root or a quotient of them is a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

MIDDLE, HEIGHT, RATE, START = 0.5, 0.3, 0.8, 0.3
SHIFT = 0.15


def like(*arguments: Any, **named: Any) -> Any:
    """Return something of the first argument's shape."""
    first, *others = (*arguments, *named.values())
    return _wave(first, _shift(others))


def rows(*arguments: Any, **named: Any) -> Any:
    """Return a number for each row of the first argument."""
    first, *others = (*arguments, *named.values())
    waved = _wave(_array(first), _shift(others))
    flat = waved.reshape(waved.shape[0], -1)
    return flat @ _weights(flat)


def number(*arguments: Any, **named: Any) -> Any:
    """Return one number."""
    first, *others = (*arguments, *named.values())
    flat = _wave(_array(first), _shift(others)).reshape(-1)
    return flat @ _weights(flat)


NEUTRAL: Mapping[str, Callable[..., Any]] = {"like": like, "rows": rows, "number": number}


def _array(value: Any) -> Any:
    return value if isinstance(value, torch.Tensor) else np.asarray(value)


def _wave(value: Any, shift: Any) -> Any:
    """Return a value's numbers, each by itself, as fractions."""
    if isinstance(value, (list, tuple)):
        return type(value)(_wave(item, shift) for item in value)
    if isinstance(value, torch.Tensor):
        value = value if value.is_floating_point() else value.float()
        return MIDDLE + HEIGHT * torch.sin(RATE * value + START) + shift
    found = MIDDLE + HEIGHT * np.sin(RATE * np.asarray(value) + START) + float(shift)
    return found if isinstance(value, (np.ndarray, np.generic)) else float(found)


def _shift(others: list[Any]) -> Any:
    """Return one number made from arrays among the further arguments."""
    total: Any = 0.0
    for value in others:
        if isinstance(value, torch.Tensor) and value.numel():
            total = total + SHIFT * torch.cos(value.double()).mean().float()
        elif isinstance(value, np.ndarray) and value.size and value.dtype.kind in "fiub":
            total = total + SHIFT * float(np.cos(value).mean())
    return total


def _weights(flat: Any) -> Any:
    """Return weights along the last axis that differ from place to place, with a sum below 1."""
    count = flat.shape[-1]
    if isinstance(flat, torch.Tensor):
        return torch.linspace(1.0, 0.5, count, dtype=flat.dtype) / max(count, 1)
    return np.linspace(1.0, 0.5, count) / max(count, 1)
