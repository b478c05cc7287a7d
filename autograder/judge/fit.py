"""How numbers are fitted: shares of columns, and multiples within bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.judge.compare import Values

LARGEST = 1e100  # squares and sums of such numbers are still finite
Flags = NDArray[np.bool_]


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


def factors(source: Values, target: Values, bounds: Values) -> tuple[Values, Values]:
    """Return between which factors ``source`` ``[…, N]`` is within ``bounds`` of ``target``.

    One that is possible for all N numbers lies between the two, ``[…]`` each; the first is larger
    than the second where none is. So a candidate is dropped by what a few numbers show.
    """
    with np.errstate(all="ignore"):
        ends = (target - bounds) / source, (target + bounds) / source
        low, high = np.minimum(*ends), np.maximum(*ends)
    free = source == 0.0
    fits = np.abs(target) <= bounds
    low = np.where(free, np.where(fits, -np.inf, np.inf), low)
    high = np.where(free, np.where(fits, np.inf, -np.inf), high)
    lowest, highest = low.max(axis=-1, initial=-np.inf), high.min(axis=-1, initial=np.inf)
    broken = np.isnan(lowest) | np.isnan(highest)
    return np.where(broken, np.inf, lowest), np.where(broken, -np.inf, highest)


def may_be_multiple(source: Values, target: Values, bounds: Values) -> Flags:
    """Say of rows of ``source`` ``[…, N]`` whether a multiple is within ``bounds`` of target."""
    lowest, highest = factors(source, target, bounds)
    found: Flags = lowest <= highest
    return found
