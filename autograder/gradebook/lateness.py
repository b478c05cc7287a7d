"""What being late costs: nbgrader's plugin decides, as the course's nbgrader_config.py sets it."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from nbgrader.api import Grade as Score
from nbgrader.api import SubmittedAssignment, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

from autograder.course.folder import Course
from autograder.errors import CourseError

CONFIG = "nbgrader_config.py"


class LateRule:
    """A course's rule. Its plugin is loaded when the first submission is late."""

    def __init__(self, course: Course) -> None:
        self._course = course

    def apply(
        self,
        submission: SubmittedAssignment,
        notebook: SubmittedNotebook,
        scores: Iterable[Score],
    ) -> None:
        """Set the notebook's penalty, in points from 0 to its score; none where it is in time.

        Extensions count, as nbgrader counts them. Raises CourseError where the rule breaks.
        """
        late = float(submission.total_seconds_late)
        notebook.late_submission_penalty = None
        if late <= 0:
            return
        score = sum(map(_points, scores))
        decide = self._plugin.plugin_inst.late_submission_penalty
        try:
            penalty = float(decide(submission.student.id, score, late) or 0.0)
        except Exception as error:  # the course's plugin, not ours
            problem = f"the rule for late submissions failed: {type(error).__name__}: {error}"
            raise CourseError(f"{self._course.root / CONFIG}: {problem}") from error
        if penalty > 0:
            notebook.late_submission_penalty = min(penalty, score)

    @functools.cached_property
    def _plugin(self) -> AssignLatePenalties:
        """Nbgrader's preprocessor, with the plugin. Raises CourseError."""
        try:
            plugin = AssignLatePenalties(config=_config(self._course))
            plugin.init_plugin()
        except (Exception, SystemExit) as error:
            path = self._course.root / CONFIG
            raise CourseError(f"{path}: cannot be loaded: {error}") from error
        return plugin


def _config(course: Course) -> Config:
    try:
        return PyFileConfigLoader(CONFIG, path=str(course.root)).load_config()
    except ConfigFileNotFound:
        return Config()


def _points(score: Score) -> float:
    own = score.auto_score if score.manual_score is None else score.manual_score
    return float(own or 0.0) + float(score.extra_credit or 0.0)
