"""Numbers that a trace claims, as far as anything is computed with them.

Labs work in float32. What is beyond its range was forged, or has left it on the way to infinity:
as an infinity it matches nothing, and no sum, square or quotient of the others overflows.
"""

from __future__ import annotations

import numpy as np

from autograder.judge.compare import Values
from autograder.protocol.array import Array, unpack

LARGEST = float(np.finfo(np.float32).max)


def read_claim(array: Array) -> Values:
    """Return the values as float64, infinite where they are beyond float32's range."""
    values = unpack(array)
    values[values > LARGEST] = np.inf
    values[values < -LARGEST] = -np.inf
    return values
