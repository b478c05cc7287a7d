"""Arguments that an author's draw returns: values, and placeholders for kept results."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import torch

from autograder.errors import SpecError
from autograder.protocol.value import Kept, Value
from autograder.words.catalogue import say
from autograder.worker.subject import Refused
from autograder.worker.tree import Reader

REASONS = {
    "value-deep": "spec-value-deep",
    "value-large": "spec-value-large",
    "value-iterator": "spec-value-iterator",
    "value-dtype": "spec-value-dtype",
    "value-device": "spec-value-device",
    "value-key": "spec-value-key",
}
"""The codes of what is said to authors where a student's value would be refused, too."""


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
        code = REASONS.get(error.failure.cause, "spec-value-type")
        values = {"type": type(value).__name__} | error.failure.values
        raise SpecError(key, say(code, **values)) from error
