"""What a lab allows: attempts, pauses, lateness, and how much is shown before the due date."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Literal

from sqlalchemy import Connection, delete, insert, select

from autograder.gradebook.lateness import LabRule
from autograder.grading.account import clock
from autograder.portal.tables import POLICY
from autograder.words.text import NOTHING, Text, text

Told = Literal["all", "points", "public", "received"]
Counts = Literal["last", "best"]
TOLD: tuple[Told, ...] = ("all", "points", "public", "received")
WITH_POINTS: tuple[Told, ...] = ("all", "points")
COUNTS: tuple[Counts, ...] = ("last", "best")
MOST_ATTEMPTS, LONGEST_PAUSE = 1000, 7 * 86_400.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Policy:
    """One lab's. ``attempts`` 0 is as many as one likes.

    ``late``: something is taken after the due date, at the cost of the late rule.
    ``told`` holds until the due date: all; points of each check without reasons; what the public
    checks say, as ``autograder check`` does; only that it arrived. ``counts`` says which attempt
    does.
    """

    lab: str
    open: bool = True
    attempts: int = 0
    pause_seconds: float = 0.0
    late: bool = True
    told: Told = "all"
    counts: Counts = "last"


def load_policy(connection: Connection, lab: str) -> Policy:
    """Return a lab's policy; the default one where nothing was set."""
    row = connection.execute(select(POLICY).where(POLICY.c.lab == lab)).first()
    return Policy(**row._mapping) if row is not None else Policy(lab=lab)


def save_policy(connection: Connection, policy: Policy) -> None:
    """Replace a lab's policy."""
    connection.execute(delete(POLICY).where(POLICY.c.lab == policy.lab))
    connection.execute(insert(POLICY).values(dataclasses.asdict(policy)))


def taken_until(
    policy: Policy, due: dt.datetime | None, rule: LabRule | None
) -> dt.datetime | None:
    """Return the last moment of a lab, None where there is no end; ``due`` has an extension in it.

    ``rule`` is the lab's own late rule.
    """
    if due is None or not policy.late:
        return due
    if rule is None or rule.days is None:
        return None
    return due + dt.timedelta(days=rule.days)


def refusal(
    policy: Policy, received: Sequence[float], until: dt.datetime | None, now: float
) -> Text:
    """Return why nothing is taken now, no text where something is.

    ``received`` are the times of the earlier attempts, ``until`` is the last moment.
    """
    if not policy.open:
        return text("portal-closed")
    if until is not None and now > until.timestamp():
        return text("portal-too-late", until=clock(until))
    if policy.attempts and len(received) >= policy.attempts:
        return text("portal-no-attempts", n=policy.attempts)
    left = max(received, default=now - policy.pause_seconds) + policy.pause_seconds - now
    if left > 0:
        return text("portal-pause", wait=wait_words(left))
    return NOTHING


def told_now(policy: Policy, due: dt.datetime | None, now: float) -> Told:
    """Return how much a student is shown now: after the due date all."""
    return "all" if due is not None and now > due.timestamp() else policy.told


def wait_words(seconds: float) -> Text:
    """Return a length of time as people say it."""
    if seconds < 90:
        return text("portal-seconds", n=max(1, round(seconds)))
    if seconds < 5400:
        return text("portal-minutes", n=round(seconds / 60))
    return text("portal-hours", n=round(seconds / 3600))
