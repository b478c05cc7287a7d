"""Whether rates are those of a schedule: a law of the step's number, or the same for a while.

Any steps are some rates times the gradients, so rates that only rise or fall say little: a walk in
equal steps towards the minimum is one whose rates rise as the gradients shrink.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.judge.compare import Values
from autograder.judge.fit import least_squares


def is_lawful(low: Values, high: Values, *, falls: bool) -> bool:
    """Say whether rates between ``low`` and ``high`` ``[N]`` are those of a known schedule.

    They change linearly, geometrically, as a cosine, or in few jumps; and where each ``falls``, as
    the inverse of what grows linearly, or of its root.
    """
    if _jumps(low, high) <= (len(low) - 1) // 2:
        return True
    if not (low > 0.0).all():
        return False
    return any(_on_line(*law) for law in _laws(low, high, falls=falls))


def _jumps(low: Values, high: Values) -> int:
    """Return how often the rates cannot have stayed as they were."""
    jumps, least, most = 0, low[0], high[0]
    for lower, upper in zip(low[1:], high[1:], strict=True):
        least, most = max(least, lower), min(most, upper)
        if least > most:
            jumps, least, most = jumps + 1, lower, upper
    return jumps


def _laws(low: Values, high: Values, *, falls: bool) -> Iterator[tuple[Values, Values, Values]]:
    """Yield bounds, and what the rates between them would be linear in."""
    turns = np.arange(len(low), dtype=np.float64)
    yield low, high, turns
    yield np.log(low), np.log(high), turns
    for period in {len(low), max(1, len(low) - 1)}:
        yield low, high, np.cos(np.pi * turns / period)
    if falls:
        yield 1.0 / high, 1.0 / low, turns
        yield high**-2.0, low**-2.0, turns


def _on_line(low: Values, high: Values, source: Values) -> bool:
    middle, slack = (low + high) / 2.0, (high - low) / 2.0
    slack = np.maximum(slack, np.finfo(np.float64).eps * np.abs(middle))
    columns = np.stack([np.ones_like(source), source], axis=1)
    shares = least_squares(columns / slack[:, None], middle / slack)
    return shares is not None and bool((np.abs(middle - columns @ shares) <= slack).all())
