"""What a score consists of besides checks: lateness, changes by hand, comments, the attempt.

Feedback, reports and exports are given this record and compute nothing themselves.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Literal

from autograder.words.catalogue import say
from autograder.words.text import NOTHING, Text, Value, text

Kind = Literal["check", "cell", "total", "bonus", "excused"]
UNITS = ((86_400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that an instructor changed and that is in force.

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
    def plain(self) -> Text:
        """What changed, without why."""
        if self.kind == "excused":
            return text("change-excused")
        points = self.points or 0.0
        if self.kind == "bonus":
            code = "change-more" if points >= 0 else "change-less"
            return text(code, points=in_points(abs(points)))
        name: Value = text("the-total") if self.kind == "total" else self.target
        if self.before is None:
            return text("change-counts", name=name, points=in_points(points))
        before = f"{self.before:g}"
        return text("change-counts-instead", name=name, points=in_points(points), before=before)

    @property
    def text(self) -> Text:
        """What changed and why."""
        return text("change-why", fact=self.plain, why=self.reason) if self.reason else self.plain

    @property
    def fact(self) -> str:
        """What changed, in words, without why."""
        return say(self.plain)

    @property
    def words(self) -> str:
        """What changed and why, in words."""
        return say(self.text)


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
    checks came to by themselves, ``penalty`` what being late costs, in points, by ``late_rule``.
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
    late_rule: Text = NOTHING
    changes: tuple[Change, ...] = ()
    comments: tuple[Comment, ...] = ()

    @property
    def excused(self) -> bool:
        """Whether the lab does not count for this student."""
        return any(change.kind == "excused" for change in self.changes)

    @property
    def sums(self) -> tuple[str, ...]:
        """How the score came about, a sentence a step, for the student; none where it is plain."""
        return tuple(map(say, self._sums()))

    @property
    def written(self) -> tuple[str, ...]:
        """The comments, as sentences of the instructor's."""
        return tuple(say("instructor-writes", comment=one.text) for one in self.comments)

    @property
    def facts(self) -> tuple[str, ...]:
        """Which file and attempt counts, when it came and when it was due."""
        said = []
        if self.file:
            said.append(say("account-file", file=self.file))
        if self.attempts > 1 and self.attempt:
            said.append(say("account-attempt", attempt=self.attempt, attempts=self.attempts))
        if self.handed_in is not None:
            said.append(say("account-handed-in", when=clock(self.handed_in)))
        if self.due is not None:
            code = "account-due-extended" if self.extended else "account-due"
            said.append(say(code, when=clock(self.due)))
        return tuple(said)

    def _sums(self) -> Iterator[Text]:
        if self.earned is not None and (self.changes or self.penalty):
            yield text("checks-earned", points=in_points(self.earned))
        for change in self.changes:
            given = change.kind == "cell" and change.before is None
            yield text("given-by-hand" if given else "changed-by-hand", change=change.text)
        if self.seconds_late > 0 and not self.excused:
            late = duration(self.seconds_late)
            if self.penalty:
                yield text("late-costs", late=late, points=in_points(self.penalty))
            else:
                yield text("late-is-free", late=late)
            if self.late_rule and self.penalty:
                yield self.late_rule


PLAIN = Account()
"""Nothing is known but the checks."""


def in_points(points: float) -> Text:
    """Return points as people write them, with the word."""
    whole = int(points) if points == int(points) else 2
    return text("points", n=whole, points=f"{points:g}")


def clock(moment: dt.datetime) -> str:
    """Return a time to the minute, in UTC."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def duration(seconds: float) -> Text:
    """Return how long something lasts, in its two largest units."""
    rest, parts = max(1, round(seconds)), []
    for size, unit in UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(text(unit, n=count))
    return parts[0] if len(parts) == 1 else text("and-so-long", longer=parts[0], shorter=parts[1])


def lasting(seconds: float) -> str:
    """Return how long something lasts, in words."""
    return say(duration(seconds))
