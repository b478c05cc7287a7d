"""Grades on their way to a platform: each is kept until the platform has it, or refuses it."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from autograder.lti.errors import LtiError, StaleError, UnreachableError
from autograder.lti.platform import Platform
from autograder.lti.services import Score, Services

_FIRST_WAIT: Final = 5.0  # seconds; it doubles
_LONGEST_WAIT: Final = 3600.0
_STEP: Final = dt.timedelta(seconds=1, milliseconds=1)  # Moodle compares whole seconds
_CLOSE: Final = 1e-4  # of the maximum; platforms round


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A grade that a platform does not have yet. ``number`` counts those of one column and person.

    ``stamped`` is the time that was last sent for this person and column, None if none was.
    """

    id: int
    platform: Platform
    lineitem: str
    subject: str
    given: float
    maximum: float
    comment: str
    is_new: bool
    tries: int
    stamped: dt.datetime | None


class Outbox(Protocol):
    """Where grades wait. What is committed here outlives this process."""

    async def due(self, now: float) -> Sequence[Waiting]:
        """Return what must be sent now: for each person and column only the latest grade."""

    async def stamp(self, waiting: Waiting, at: dt.datetime) -> None:
        """Store the time that is about to be sent, before it is."""

    async def sent(self, waiting: Waiting) -> None:
        """Remove a grade that the platform has."""

    async def later(self, waiting: Waiting, until: float, why: str) -> None:
        """Keep a grade until a time, and count one more try."""

    async def refused(self, waiting: Waiting, why: str) -> None:
        """Set a grade aside that the platform will not take, for the instructor to see."""


async def deliver(outbox: Outbox, services: Services, *, now: float) -> int:
    """Send what is due, one after another; return how many grades have arrived.

    A crash at any moment loses none: it may send one twice, with a newer time, which platforms
    take as the same grade.
    """
    arrived = 0
    for waiting in await outbox.due(now):
        try:
            arrived += await _deliver(outbox, services, waiting, now)
        except UnreachableError as error:
            wait = max(error.after, wait_of(waiting.tries))
            await outbox.later(waiting, now + wait, str(error))
        except LtiError as error:
            await outbox.refused(waiting, str(error))
    return arrived


async def _deliver(outbox: Outbox, services: Services, waiting: Waiting, now: float) -> bool:
    at = next_stamp(now, waiting.stamped)
    await outbox.stamp(waiting, at)
    score = Score(
        subject=waiting.subject,
        given=waiting.given,
        maximum=waiting.maximum,
        stamp=at,
        comment=waiting.comment,
        is_new=waiting.is_new and waiting.tries == 0,  # an attempt is counted once
    )
    try:
        await services.put_score(waiting.platform, waiting.lineitem, score)
    except StaleError as error:
        has = await services.result(waiting.platform, waiting.lineitem, waiting.subject)
        share = waiting.given / waiting.maximum if waiting.maximum else 0.0
        if has is None or not math.isclose(has, share, abs_tol=_CLOSE):
            await outbox.later(waiting, now + wait_of(waiting.tries), str(error))
            return False
    await outbox.sent(waiting)
    return True


def next_stamp(now: float, last: dt.datetime | None) -> dt.datetime:
    """Return a time that is newer than the last one sent by more than a second, in UTC."""
    at = dt.datetime.fromtimestamp(now, dt.UTC)
    return at if last is None else max(at, last + _STEP)


def wait_of(tries: int) -> float:
    """Return how many seconds to wait after so many tries: doubled, with some chance in it."""
    wait = min(_FIRST_WAIT * 2.0 ** min(tries, 20), _LONGEST_WAIT)
    return wait * random.uniform(0.8, 1.2)  # noqa: S311  # so that not all come back at once
