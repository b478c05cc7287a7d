"""The table of ``nbgrader export``: its columns, in its order.

Source: ``nbgrader/plugins/export.py`` of nbgrader 0.9, ``CsvExportPlugin``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from autograder.export.text import safe, table
from autograder.grading.results import Standing

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)


def nbgrader_csv(standings: Sequence[Standing]) -> str:
    """Return the table; like nbgrader, it has 0 for a student without a grade.

    Unlike nbgrader, it has nothing for one on whom nobody has decided, or who is excused.
    """
    return table(COLUMNS, (_row(standing) for standing in standings))


def _row(standing: Standing) -> dict[str, str]:
    return {
        "assignment": standing.assignment,
        "duedate": _naive(standing.due),
        "timestamp": _naive(standing.submitted),
        "student_id": safe(standing.student),
        "last_name": safe(standing.last_name),
        "first_name": safe(standing.first_name),
        "email": safe(standing.email),
        "raw_score": _points(standing, standing.raw_score),
        "late_submission_penalty": _points(standing, standing.penalty),
        "score": _points(standing, standing.score),
        "max_score": str(float(standing.max_score)),
    }


def _points(standing: Standing, points: float | None) -> str:
    nothing = standing.undecided or standing.account.excused
    return "" if nothing else str(float(points or 0.0))


def _naive(moment: dt.datetime | None) -> str:
    """Return a time as nbgrader has it: UTC without saying so."""
    return str(moment.astimezone(dt.UTC).replace(tzinfo=None)) if moment else ""
