"""How a score came about beyond the checks: lateness, the instructor's hand, comments, the attempt.

Feedback, reports and exports are given this record and compute nothing themselves.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Literal

Kind = Literal["check", "cell", "total", "bonus", "excused"]
YOURS, GIVEN = "Changed by your instructor", "Given by your instructor"
UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that an instructor changed and that holds now.

    ``target`` is the check's or cell's name, empty otherwise. ``points`` are what it counts, for a
    ``bonus`` what is added, None where the student is ``excused``; ``before`` what it would count
    without. ``late``: being late is taken off the total all the same. Where nbgrader's formgrader
    gave the points, ``who`` says so and ``when`` is None.
    """

    kind: Kind
    target: str = ""
    points: float | None = None
    before: float | None = None
    late: bool = False
    reason: str = ""
    who: str = ""
    when: dt.datetime | None = None

    @property
    def fact(self) -> str:
        """What changed, in words, without why."""
        if self.kind == "excused":
            return "excused, so it does not count"
        points = self.points or 0.0
        if self.kind == "bonus":
            return f"{counted(abs(points))} {'more' if points >= 0 else 'less'}"
        name = "the total" if self.kind == "total" else self.target
        instead = "" if self.before is None else f" instead of {self.before:g}"
        return f"{name} counts {counted(points)}{instead}"

    @property
    def words(self) -> str:
        """What changed and why."""
        return f"{self.fact}: {self.reason}" if self.reason else self.fact


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comment:
    """What an instructor writes to a student."""

    text: str
    who: str = ""
    when: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Account:
    """What a student's score in a lab is made of, as far as it is not the checks'.

    ``file`` is the one that counts, ``attempt`` its number among ``attempts``, 1 for the first and
    0 where none counts. Times have a zone; ``due`` has the extension in it. ``earned`` is what the
    checks came to by themselves, ``penalty`` what being late costs, in points.
    """

    file: str = ""
    attempt: int = 0
    attempts: int = 0
    handed_in: dt.datetime | None = None
    due: dt.datetime | None = None
    extended: bool = False
    seconds_late: float = 0.0
    earned: float | None = None
    penalty: float = 0.0
    changes: tuple[Change, ...] = ()
    comments: tuple[Comment, ...] = ()

    @property
    def excused(self) -> bool:
        """Whether the lab does not count for this student."""
        return any(change.kind == "excused" for change in self.changes)

    @property
    def sums(self) -> tuple[str, ...]:
        """How the score came about, a sentence a step, for the student; none where it is plain."""
        return tuple(self._sums())

    @property
    def written(self) -> tuple[str, ...]:
        """The comments, as sentences of the instructor's."""
        return tuple(f"Your instructor writes: {comment.text}" for comment in self.comments)

    @property
    def facts(self) -> tuple[str, ...]:
        """Which file and attempt counts, when it came and when it was due."""
        said = []
        if self.file:
            said.append(f"File: {self.file}")
        if self.attempts > 1 and self.attempt:
            said.append(f"Attempt {self.attempt} of {self.attempts}")
        if self.handed_in is not None:
            said.append(f"Handed in {clock(self.handed_in)}")
        if self.due is not None:
            said.append(f"Due {clock(self.due)}{' with your extension' if self.extended else ''}")
        return tuple(said)

    def _sums(self) -> Iterator[str]:
        if self.earned is not None and (self.changes or self.penalty):
            yield f"The checks came to {counted(self.earned)}."
        for change in self.changes:
            given = change.kind == "cell" and change.before is None
            yield f"{GIVEN if given else YOURS}: {change.words}"
        if self.seconds_late > 0 and not self.excused:
            cost = f"{counted(self.penalty)} less" if self.penalty else "That costs nothing"
            yield f"Handed in {lasting(self.seconds_late)} late. {cost}."


PLAIN = Account()
"""Nothing is known but the checks."""


def counted(points: float) -> str:
    """Return points as people write them."""
    return f"{points:g} point{'' if points == 1 else 's'}"


def clock(moment: dt.datetime) -> str:
    """Return a time to the minute, in UTC."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def lasting(seconds: float) -> str:
    """Return how long something lasts, in its two largest units."""
    rest, parts = max(1, round(seconds)), []
    for size, unit in UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts[:2])
