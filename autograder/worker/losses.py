"""The loss list, of any type: clear it before training, read it afterwards.

A list is what the page asks for. Arrays, tensors and tuples that grow, and places that are filled
by index, hold the same numbers.
"""

from __future__ import annotations

import array
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
import torch

from autograder.protocol.array import pack
from autograder.protocol.trace import KEPT_LOSSES, LossRecord
from autograder.worker.recorder import NAN, numbers

Form = Literal["list", "kind", "places"]
"""An empty list; something empty of the student's own kind; a place for each iteration."""
_GROWING = (list, deque, array.array, dict)
_KINDS = (*_GROWING, tuple, np.ndarray, torch.Tensor)


def holds_losses(value: object) -> bool:
    """Return whether a value may be somebody's loss list."""
    if isinstance(value, np.ndarray | torch.Tensor):
        return value.ndim > 0
    return isinstance(value, _KINDS)


def forms_of(values: Iterable[object]) -> tuple[Form, ...]:
    """Return the forms to try, the usual one first, given what the file left under the names."""
    unusual = any(type(value) is not list for value in values)
    return ("list", "kind", "places") if unusual else ("list", "places")


def fresh(own: Any, form: Form, count: int) -> Any:
    """Return what a training of ``count`` iterations finds under a name that held ``own``.

    A list that closures may contain is cleared and stays the same object.
    """
    if form == "list" and not isinstance(own, list):
        return []
    made = _empty(own)
    if form == "places" and not isinstance(own, dict):
        zeros = [0.0] * count
        if isinstance(own, np.ndarray):
            return np.zeros((count, *own.shape[1:]), _float_type(own))
        if isinstance(own, torch.Tensor):
            return torch.zeros((count, *own.shape[1:]), dtype=made.dtype)
        if isinstance(own, array.array):
            made = array.array("d", zeros)
        elif not isinstance(own, tuple):
            made.extend(zeros)
    return made


def _empty(own: Any) -> Any:
    """Return something empty of the same kind; the object itself where it can be emptied."""
    if isinstance(own, np.ndarray):
        return np.zeros(0, _float_type(own))
    if isinstance(own, torch.Tensor):
        return torch.zeros(0, dtype=own.dtype if own.is_floating_point() else torch.float32)
    if isinstance(own, array.array):
        del own[:]
        return own
    if isinstance(own, _GROWING):
        own.clear()
        return own
    return ()


def _float_type(own: Any) -> Any:
    return own.dtype if own.dtype.kind in "fO" else np.float64


def read(value: object) -> LossRecord | None:
    """Return the entries of a loss list as they travel; None where it is none."""
    if not holds_losses(value):
        return None
    entries: Sequence[Any] = list(value.values() if isinstance(value, dict) else value)  # type: ignore[call-overload]  # one of _KINDS
    grown = isinstance(value, np.ndarray)
    values: list[float] = []
    kinds = []
    for entry in entries[:KEPT_LOSSES]:
        flat = numbers(entry)
        values.append(flat[0] if len(flat) == 1 else NAN)
        kind = _kind(entry, flat)
        kinds.append("a" if grown and kind == "n" else kind)
    return LossRecord(values=pack(values), kinds="".join(kinds))


def _kind(entry: object, flat: list[float]) -> str:
    if len(flat) != 1 or not _is_number(entry):
        return "x"
    if isinstance(entry, torch.Tensor):
        return "g" if entry.requires_grad else "t"
    return "a" if isinstance(entry, np.ndarray) else "n"


def _is_number(entry: object) -> bool:
    kinds = (int, float, np.floating, np.integer, np.ndarray, torch.Tensor)
    return isinstance(entry, kinds) and not isinstance(entry, bool)
