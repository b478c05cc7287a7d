"""The mean squared error of a line, over all slopes and biases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.plots.value import FloatArray


@dataclass(frozen=True, kw_only=True)
class Bowl:
    """``mean((w * x + b - y) ** 2)`` as the exact parabola around its lowest point.

    Written around the minimum, it costs the same for any number of points and loses no digits
    where the loss is small.
    """

    w: float
    b: float
    lowest: float
    mean_x: float
    mean_xx: float

    def at(self, w: FloatArray | float, b: FloatArray | float = 0.0) -> FloatArray:
        """Return the loss of the lines ``w * x + b``; w and b of one shape, or numbers."""
        dw, db = np.asarray(w, np.float64) - self.w, np.asarray(b, np.float64) - self.b
        rise = self.mean_xx * dw**2 + 2 * self.mean_x * dw * db + db**2
        # Rounding must not push the floor of a perfect fit below zero.
        return np.asarray(self.lowest + np.maximum(rise, 0.0), dtype=np.float64)


def bowl(x: FloatArray, y: FloatArray) -> Bowl:
    """Return the loss of lines among the points x and y, each of shape [n]."""
    center_x, center_y = float(x.mean()), float(y.mean())
    dx, dy = x - center_x, y - center_y
    spread = float(np.mean(dx**2))
    w = float(np.mean(dx * dy)) / spread if spread > 0 else 0.0
    b = center_y - w * center_x
    return Bowl(
        w=w,
        b=b,
        lowest=float(np.mean((w * x + b - y) ** 2)),
        mean_x=center_x,
        mean_xx=float(np.mean(x**2)),
    )
