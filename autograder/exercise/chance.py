"""What an author claims of random results: shares, distributions, and what is true in each draw.

Equal seeds are not asked to give equal numbers: another right order of draws would fail.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

Event = Callable[..., Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Share:
    """An event of each entry, and how likely it is there, whatever happens in the others.

    ``likely`` is a number, or made of the arguments.
    """

    event: Event
    likely: float | Callable[..., float]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Distribution:
    """The distribution of each entry, by its cumulative function, looked at in equal bins."""

    cdf: Event
    bins: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Relation:
    """What must be true in each draw, of a result and the arguments."""

    holds: Event
    says: str


Claim = Share | Distribution | Relation


def share(event: Event, likely: float | Callable[..., float]) -> Share:
    """Claim how likely an event is in each entry: ``share(lambda y, x, p: y == 0, 0.3)``.

    Entries, and calls, are independent: neighbours along each axis are looked at in pairs.
    """
    return Share(event=event, likely=likely)


def distribution(cdf: Event, *, bins: int = 8) -> Distribution:
    """Claim how entries are distributed, independently: ``distribution(lambda w: (w + 1) / 2)``."""
    return Distribution(cdf=cdf, bins=bins)


def relation(holds: Event, says: str) -> Relation:
    """Claim what is true in each draw; students may read ``says``, after "does not"."""
    return Relation(holds=holds, says=says)
