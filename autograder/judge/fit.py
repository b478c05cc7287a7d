"""The one solver that the judge has."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.judge.compare import Values

LARGEST = 1e100  # squares and sums of such numbers are still finite


def least_squares(columns: Values, target: Values) -> Values | None:
    """Return the shares ``[C]`` of ``columns`` ``[N, C]`` that come nearest to ``target`` ``[N]``.

    None where numbers are not finite, or so large that a solver may not end: LAPACK raises at
    those, or prints on the standard output of the whole process.
    """
    if not all((np.abs(part) < LARGEST).all() for part in (columns, target)):  # nor is NaN
        return None
    try:
        shares: NDArray[Any] = np.linalg.lstsq(columns, target, rcond=None)[0]
    except np.linalg.LinAlgError:
        return None
    return shares
