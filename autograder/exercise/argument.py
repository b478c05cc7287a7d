"""What an author's draw returns, as it is handed to a function: values, and what they stand for."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import torch

from autograder.errors import SpecError
from autograder.protocol.value import Kept, Value
from autograder.worker.subject import Refused
from autograder.worker.tree import Reader

_REASONS = {
    "value-deep": "is nested deeper than {most} levels",
    "value-large": "is too large to be handed over",
    "value-iterator": "is an iterator; give a list",
    "value-dtype": "holds an array of dtype {dtype}",
    "value-device": "is on another device than the CPU",
    "value-key": "has a dict with keys that are neither texts nor whole numbers nor tuples of both",
}


class _Author(Reader):
    """Reads what an author wrote: with the way of arrays through memory, and what is kept."""

    def read(self, value: object, depth: int) -> Value:
        if isinstance(value, Kept):
            return value
        node = super().read(value, depth)
        if isinstance(value, torch.Tensor):
            strides = value.stride()
            return msgspec.structs.replace(
                node,
                layout=_layout(tuple(value.shape), strides),
                grad=bool(value.requires_grad),
            )
        if isinstance(value, np.ndarray):
            steps = tuple(step // max(value.itemsize, 1) for step in value.strides)
            return msgspec.structs.replace(node, layout=_layout(value.shape, steps))
        return node


def _layout(shape: tuple[int, ...], strides: tuple[int, ...]) -> str:
    """Return how an array lies in memory, as far as it travels: C, Fortran, or strided."""
    if 0 in shape or _follows(shape, strides):
        return "C"
    return "F" if _follows(shape[::-1], strides[::-1]) else "S"


def _follows(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    expected = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True


def argument(value: Any, key: str) -> Value:
    """Return a value as it is handed over. Raises SpecError where it cannot be."""
    try:
        return _Author().read(value, 0)
    except Refused as error:
        reason = _REASONS.get(error.failure.cause, "is a {type}, which cannot be handed over")
        values = {"type": type(value).__name__} | error.failure.values
        raise SpecError(key, reason.format(**values)) from error
