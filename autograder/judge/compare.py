"""The one comparison that all checks use."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from autograder.exercise.spec import Tolerance

Values = NDArray[np.float64]
TINY = 1e-300


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """How two arrays differ: in shape, or in how many values, the worst of them first."""

    at: str
    observed: float | tuple[int, ...]
    expected: float | tuple[int, ...]
    count: int
    total: int
    bound: float

    @property
    def is_shape(self) -> bool:
        """Whether the shapes differ, so that no values were compared."""
        return isinstance(self.observed, tuple)


def deviation(observed: Values, expected: Values, tolerance: Tolerance) -> float:
    """Return the largest distance as a multiple of what the tolerance allows there.

    Infinite where shapes differ or something is not finite.
    """
    if observed.shape != expected.shape:
        return np.inf
    with np.errstate(all="ignore"):
        bounds = tolerance.atol + tolerance.rtol * np.abs(expected)
        shares = np.abs(observed - expected) / np.maximum(bounds, TINY)
    shares[~(np.isfinite(observed) & np.isfinite(expected))] = np.inf
    return float(shares.max(initial=0.0))


def compare(
    observed: Values, expected: Values, *, at: str, tolerance: Tolerance
) -> Mismatch | None:
    """Return how ``observed`` differs from ``expected``, or None where it is close.

    NaN matches nothing, so a diverged run earns no credit.
    """
    if observed.shape != expected.shape:
        return Mismatch(
            at=at,
            observed=observed.shape,
            expected=expected.shape,
            count=observed.size,
            total=expected.size,
            bound=0.0,
        )
    with np.errstate(all="ignore"):  # what is not finite is wrong, and said to be so below
        bounds = tolerance.atol + tolerance.rtol * np.abs(expected)
        distances = np.abs(observed - expected)
        wrong = ~(distances <= bounds) | ~np.isfinite(observed) | ~np.isfinite(expected)
    if not wrong.any():
        return None
    excess = np.where(wrong, np.nan_to_num(distances - np.nan_to_num(bounds), nan=np.inf), -np.inf)
    worst = int(np.argmax(excess))
    return Mismatch(
        at=at,
        observed=float(observed.reshape(-1)[worst]),
        expected=float(expected.reshape(-1)[worst]),
        count=int(wrong.sum()),
        total=int(expected.size),
        bound=float(bounds.reshape(-1)[worst]),
    )
