"""What being late costs: a lab's own rule, else nbgrader's plugin decides.

The lab's is in the gradebook beside its due date; the course's is set in its nbgrader_config.py.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Protocol

from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import select
from sqlalchemy.orm import Session
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.gradebook.tables import LATE
from autograder.grading.account import duration
from autograder.words.catalogue import say
from autograder.words.text import NOTHING, Text, text

CONFIG = "nbgrader_config.py"
DAY_SECONDS = 86_400
LONGEST_DAYS = 366.0


class Rule(Protocol):
    """What being late costs."""

    def cost(self, student: str, score: float, seconds: float) -> float:
        """Return what being so late costs, in points from 0 to the score. Raises CourseError."""

    @property
    def text(self) -> Text:
        """The rule as students read it, no text where it says nothing of itself."""


class _Free:
    text = NOTHING

    def cost(self, student: str, score: float, seconds: float) -> float:  # noqa: ARG002  # a Rule
        return 0.0


FREE = _Free()
"""The rule of a course that takes nothing off."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class LabRule:
    """A lab's own rule: each day begun costs ``percent`` of the points, all at most ``most``.

    What comes more than ``days`` late has no points; None is no end.
    """

    percent: float = 0.0
    most: float = 100.0
    days: float | None = None

    def __post_init__(self) -> None:
        """Raise CourseError where a figure is none that can be."""
        shares = 0 <= self.percent <= 100 and 0 <= self.most <= 100
        if not shares or not 0 <= (self.days or 0.0) <= LONGEST_DAYS:
            raise CourseError(say("late-rule-range", most=LONGEST_DAYS))

    def cost(self, student: str, score: float, seconds: float) -> float:  # noqa: ARG002  # a Rule
        """Return what being so late costs, in points from 0 to the score."""
        if seconds <= 0 or score <= 0:
            return 0.0
        if self.days is not None and seconds > self.days * DAY_SECONDS:
            return score
        share = min(self.most, self.percent * math.ceil(seconds / DAY_SECONDS)) / 100
        return min(score, round(score * share, 6))

    @property
    def price(self) -> Text:
        """What a day costs."""
        if not self.percent or not self.most:
            return text("late-rule-free")
        if self.most >= 100:
            return text("late-rule", percent=self.percent)
        return text("late-rule-most", percent=self.percent, most=self.most)

    @property
    def text(self) -> Text:
        """The whole rule as students read it."""
        if self.days is None:
            return self.price
        if not self.days:
            return text("late-rule-none")
        lasting = duration(self.days * DAY_SECONDS)
        return text("late-rule-end", rule=self.price, lasting=lasting)


def own_rule(session: Session, lab: str) -> LabRule | None:
    """Return a lab's own rule, None where the course's holds."""
    row = session.execute(select(LATE).where(LATE.c.assignment == lab)).first()
    return LabRule(percent=row.percent, most=row.most, days=row.days) if row is not None else None


class LateRule:
    """A course's rule of now. Its plugin is loaded when the first submission is late."""

    text = NOTHING

    def __init__(self, course: Course) -> None:
        self._course = course

    def cost(self, student: str, score: float, seconds: float) -> float:
        """Return what being so late costs, in points from 0 to the score.

        Raises CourseError where the rule breaks.
        """
        if seconds <= 0:
            return 0.0
        decide = self._plugin.plugin_inst.late_submission_penalty
        try:
            penalty = float(decide(student, score, seconds) or 0.0)
        except Exception as error:  # the course's plugin, not ours
            raise CourseError(
                say(
                    "late-rule-failed",
                    error=error,
                    name=type(error).__name__,
                    path=self._course.root / CONFIG,
                )
            ) from error
        return min(penalty, max(0.0, score)) if penalty > 0 else 0.0

    @functools.cached_property
    def _plugin(self) -> AssignLatePenalties:
        """Nbgrader's preprocessor, with the plugin. Raises CourseError."""
        try:
            plugin = AssignLatePenalties(config=_config(self._course))
            plugin.init_plugin()
        except (Exception, SystemExit) as error:
            path = self._course.root / CONFIG
            raise CourseError(say("cannot-load", error=error, path=path)) from error
        return plugin


def _config(course: Course) -> Config:
    try:
        return PyFileConfigLoader(CONFIG, path=str(course.root)).load_config()
    except ConfigFileNotFound:
        return Config()
