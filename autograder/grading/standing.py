"""What counts for a student in the end, however it was come by."""

from __future__ import annotations

import dataclasses
import datetime as dt

from autograder.grading.record import Grade


@dataclasses.dataclass(frozen=True, kw_only=True)
class Standing:
    """One student in one lab.

    ``score`` has overrides and the late penalty in it, in points; None where there is no grade
    yet, and where a check broke until somebody decides. ``raw_score`` is without the penalty.
    ``comment`` is what the student may read, in Markdown.
    """

    student: str
    assignment: str
    raw_score: float | None
    score: float | None
    max_score: float
    penalty: float = 0.0
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    due: dt.datetime | None = None
    submitted: dt.datetime | None = None
    comment: str = ""
    grade: Grade | None = None

    @property
    def undecided(self) -> bool:
        """Whether the score is open because a check broke by a fault of ours."""
        return self.score is None and self.grade is not None and self.grade.undecided

    @property
    def missing(self) -> bool:
        """Whether nothing was handed in, and nothing was given by hand."""
        if self.grade is None:
            return self.score is None
        return not self.grade.handed_in
