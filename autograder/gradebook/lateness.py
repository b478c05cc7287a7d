"""What being late costs: nbgrader's plugin decides, as the course's nbgrader_config.py sets it."""

from __future__ import annotations

import functools
from typing import Protocol

from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.words.catalogue import say

CONFIG = "nbgrader_config.py"


class Rule(Protocol):
    """What being late costs."""

    def cost(self, student: str, score: float, seconds: float) -> float:
        """Return what being so late costs, in points from 0 to the score. Raises CourseError."""


class _Free:
    def cost(self, student: str, score: float, seconds: float) -> float:  # noqa: ARG002  # a Rule
        return 0.0


FREE = _Free()
"""The rule of a course that takes nothing off."""


class LateRule:
    """A course's rule of now. Its plugin is loaded when the first submission is late."""

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
