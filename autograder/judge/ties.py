"""Indices that point elsewhere, and to equal values: right where the author says so."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.protocol.value import Numbers, Value, array_of

Arrays = NDArray[Any]


def tied(observed: Value, expected: Value, scores: Value | None) -> bool:
    """Say whether indices of ``scores`` point to the values that the expected ones point to.

    Into one row of scores they may be any array of indices; with a row of scores each, one index
    a row, or several. Those into one row are all different.
    """
    if not (isinstance(observed, Numbers) and isinstance(expected, Numbers)):
        return False
    if not isinstance(scores, Numbers):
        return False
    mine, right, values = array_of(observed), array_of(expected), array_of(scores)
    if mine.shape != right.shape or mine.dtype.kind not in "iu" or right.dtype.kind not in "iu":
        return False
    if values.ndim == 0 or not ((mine >= 0) & (mine < values.shape[-1])).all():
        return False
    if values.ndim == 1:
        pointed, in_one_row = values[mine] == values[right], mine.ndim > 0
    elif mine.shape == values.shape[:-1]:
        pointed, in_one_row = _at(values, mine[..., None]) == _at(values, right[..., None]), False
    elif mine.shape[:-1] == values.shape[:-1] and mine.ndim == values.ndim:
        pointed, in_one_row = _at(values, mine) == _at(values, right), True
    else:
        return False
    return bool(np.all(pointed)) and (not in_one_row or _different(mine) >= _different(right))


def _at(values: Arrays, indices: Arrays) -> Arrays:
    return np.asarray(np.take_along_axis(values, indices, axis=-1))


def _different(indices: Arrays) -> list[int]:
    """Return how many different indices there are in each row."""
    return [len(set(row)) for row in indices.reshape(-1, max(indices.shape[-1], 1)).tolist()]
