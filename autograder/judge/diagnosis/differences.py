"""Whether steps use a slope that was measured between two places, in place of the gradient.

The distance between the places is fitted; it is told only where it is a number as people write
them, gives every step of every situation, and differs from the gradient by more than rounding.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from autograder.judge.compare import Values
from autograder.judge.diagnosis.update_formulas import motions_of
from autograder.judge.diagnosis.update_rules import Law
from autograder.judge.evidence import ScenarioView
from autograder.judge.motion import Motion
from autograder.judge.objective import LossSurface
from autograder.words.text import text

WIDTHS = tuple(digit * 10.0**power for power in range(-4, 2) for digit in (1, 2, 2.5, 5))
SINGLE = 2.4e-7  # what float32 may round a loss by, of its size
LEAST_SEEN = 3.0  # times the bounds: by so much measured and right must differ somewhere


@dataclasses.dataclass(frozen=True, kw_only=True)
class Slope:
    """A way to measure a slope: between which places, in widths, and by what it is divided."""

    code: str
    ahead: float
    behind: float
    divided: float


SLOPES = (
    Slope(code="slope-ahead", ahead=1.0, behind=0.0, divided=1.0),
    Slope(code="slope-behind", ahead=0.0, behind=1.0, divided=1.0),
    Slope(code="slope-around", ahead=1.0, behind=1.0, divided=2.0),
    Slope(code="slope-ahead-undivided", ahead=1.0, behind=0.0, divided=0.0),
    Slope(code="slope-around-undivided", ahead=1.0, behind=1.0, divided=0.0),
)


def read_differences(views: Sequence[ScenarioView]) -> list[Law]:
    """Return the law of steps along a measured slope, nothing where no width gives them all."""
    motions = motions_of(views)
    if not motions or any(motion.batches > 1 for motion in motions):
        return []
    surfaces = [view.landscape for view in views]
    fitting = [
        (slope, width)
        for slope in SLOPES
        for width in WIDTHS
        if all(_fits(*one, slope, width) for one in zip(motions, surfaces, strict=True))
    ]
    if len(fitting) != 1:
        return []
    ((slope, width),) = fitting
    if not any(_is_seen(*one, slope, width) for one in zip(motions, surfaces, strict=True)):
        return []
    return [Law(id="wrong-gradient", detail=text(slope.code, width=f"{width:.3g}"))]


def _fits(motion: Motion, surface: LossSurface, slope: Slope, width: float) -> bool:
    first = slice(0, 1)
    for rows in (first, slice(None)):  # the first alone tells nearly all apart
        moves = -motion.rate * _measured(motion.before[rows], surface, slope, width)
        bounds = motion.bounds[rows] + _noise(motion, slope, width)[rows]
        if not (np.abs(moves - motion.moves[rows]) <= bounds).all():
            return False
    return True


def _is_seen(motion: Motion, surface: LossSurface, slope: Slope, width: float) -> bool:
    """Say whether measured slopes lead elsewhere than right gradients, beyond what rounding may."""
    moves = -motion.rate * _measured(motion.before, surface, slope, width)
    bounds = motion.bounds + _noise(motion, slope, width)
    return bool((np.abs(moves + motion.rate * motion.gradients) > LEAST_SEEN * bounds).any())


def _noise(motion: Motion, slope: Slope, width: float) -> Values:
    """Return what the rounding of the losses may do to each step, ``[N, 1]``."""
    divisor = slope.divided * width or 1.0
    found: Values = motion.rate * SINGLE * np.abs(motion.losses)[:, None] / divisor
    return found


def _measured(points: Values, surface: LossSurface, slope: Slope, width: float) -> Values:
    """Return the slope at each point along each parameter, ``[N, P]``."""
    columns = []
    for index in range(points.shape[1]):
        shift = np.zeros(points.shape[1])
        shift[index] = width
        ahead, _ = surface.evaluate(points + slope.ahead * shift)
        behind, _ = surface.evaluate(points - slope.behind * shift)
        columns.append((ahead - behind) / (slope.divided * width or 1.0))
    return np.stack(columns, axis=1)
