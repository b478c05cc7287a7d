"""A plain table: a line a student, a column a check."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.export.text import number, safe, table
from autograder.grading.account import Change
from autograder.grading.results import Standing
from autograder.judge.result import CheckResult

FIXED = ("student", "assignment", "status", "score", "max_score")
LAST = (
    "raw_score",
    "late_penalty",
    "submitted",
    "mistakes",
    "review",
    "by_hand",
    "comments",
    "submission_sha256",
)


def plain_csv(standings: Sequence[Standing]) -> str:
    """Return points by check, the mistakes named, why a submission needs review, and the scores."""
    checks: dict[str, None] = {}
    for standing in standings:
        for check in standing.grade.checks if standing.grade else ():
            checks.setdefault(check.id)
    return table((*FIXED, *checks, *LAST), (_row(standing) for standing in standings))


def _row(standing: Standing) -> dict[str, str]:
    grade = standing.grade
    row = {
        "student": safe(standing.student),
        "assignment": standing.assignment,
        "status": _status(standing),
        "score": number(standing.score),
        "max_score": number(standing.max_score),
        "raw_score": number(standing.raw_score),
        "late_penalty": number(standing.penalty),
        "submitted": standing.submitted.isoformat() if standing.submitted else "",
        "review": " ".join(standing.review),
        "by_hand": safe("; ".join(map(_by_hand, standing.account.changes))),
        "comments": safe("; ".join(one.text for one in standing.account.comments)),
    }
    if grade is not None:
        row |= {check.id: _points(check) for check in grade.checks}
        row["mistakes"] = " ".join(found.id for found in grade.diagnosis)
        row["submission_sha256"] = grade.submission_sha256
    return row


def _status(standing: Standing) -> str:
    if standing.account.excused:
        return "excused"
    return standing.grade.status if standing.grade else "missing"


def _by_hand(change: Change) -> str:
    when = f"{change.when:%Y-%m-%d}" if change.when else ""
    by = ", ".join(word for word in (change.who, when) if word)
    return f"{change.words} ({by})" if by else change.words


def _points(check: CheckResult) -> str:
    return "" if check.outcome == "error" else number(check.points)
