"""Whether training goes along a slope that was measured between two places, not the gradient.

Such training calls forward several times a step, so that its steps are often not seen: all of it
is run again, with every distance as people write one. That is told where one alone ends where
training did, after each call of every situation, and right training does not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autograder.judge.compare import Values
from autograder.judge.diagnosis.update_rules import Law
from autograder.judge.evidence import ScenarioView
from autograder.judge.objective import Landscape
from autograder.words.text import text

WIDTHS = tuple(digit * 10.0**power for power in range(-3, 1) for digit in (1, 2, 2.5, 5))
MOST_STEPS = 200  # of a situation
LEAST_VIEWS = 2
APART = 2e-3  # of the way from the start
ROUNDING = 1e-5
SEEN = 3.0  # times the bounds: by so much the right ends must be elsewhere


@dataclasses.dataclass(frozen=True, kw_only=True)
class Slope:
    """A way to measure a slope: between which places, in widths, and whether it is divided."""

    code: str
    ahead: float
    behind: float
    divided: bool = True


SLOPES = (
    Slope(code="slope-ahead", ahead=1.0, behind=0.0),
    Slope(code="slope-behind", ahead=0.0, behind=1.0),
    Slope(code="slope-around", ahead=1.0, behind=1.0),
    Slope(code="slope-ahead-undivided", ahead=1.0, behind=0.0, divided=False),
)


def read_differences(views: Sequence[ScenarioView]) -> list[Law]:
    """Return the law of training along a measured slope, nothing where no width, or two, fit."""
    long = any(sum(view.counts) > MOST_STEPS or view.landscape.batches > 1 for view in views)
    known = all(isinstance(view.landscape, Landscape) for view in views)
    broken = any(view.observed.failure is not None for view in views)
    if (
        long
        or broken
        or not known
        or len(views) < LEAST_VIEWS
        or not any(map(_is_elsewhere, views))
    ):
        return []
    shortest_first = sorted(views, key=lambda view: sum(view.counts))
    fitting: list[tuple[Slope, float]] = []
    for slope in SLOPES:
        widths = np.array(WIDTHS)
        for view in shortest_first:
            widths = widths[_ends_there(view, slope, widths)] if widths.size else widths
        fitting += [(slope, float(width)) for width in widths]
    if len(fitting) != 1:
        return []
    ((slope, width),) = fitting
    return [Law(id="wrong-gradient", detail=text(slope.code, width=f"{width:.3g}"))]


def _bound(view: ScenarioView) -> Values:
    """Return how far from an end another may be, ``[calls, P]``."""
    ends = np.vstack(view.ends)
    found: Values = APART * np.abs(ends - view.landscape.start) + ROUNDING * (1.0 + np.abs(ends))
    return found


def _is_elsewhere(view: ScenarioView) -> bool:
    """Say whether training ended elsewhere than the reference did."""
    apart = np.abs(np.vstack(view.ends) - np.vstack(view.expected_ends))
    return bool((apart > SEEN * _bound(view)).any())


def _ends_there(view: ScenarioView, slope: Slope, widths: Values) -> NDArray[np.bool_]:
    """Say with which widths training would end where it did, after each call, ``[W]``."""
    rate, bounds = view.planned.scenario.situation.learning_rate, _bound(view)
    places = np.tile(view.landscape.start, (len(widths), 1))
    fits = np.ones(len(widths), dtype=bool)
    with np.errstate(all="ignore"):
        for count, end, bound in zip(view.counts, view.ends, bounds, strict=True):
            for _ in range(count):
                places = places - rate * _measured(view, places, slope, widths)
            fits &= (np.abs(places - end) <= bound).all(axis=1)
    return fits


def _measured(view: ScenarioView, places: Values, slope: Slope, widths: Values) -> Values:
    """Return the slopes at places ``[W, P]`` along each parameter, each with its own width."""
    span = (slope.ahead + slope.behind) * widths if slope.divided else np.ones_like(widths)
    columns = []
    for row in np.eye(places.shape[1]):
        shift = widths[:, None] * row
        ahead, _ = view.landscape.evaluate(places + slope.ahead * shift)
        behind, _ = view.landscape.evaluate(places - slope.behind * shift)
        columns.append((ahead - behind) / span)
    return np.stack(columns, axis=1)
