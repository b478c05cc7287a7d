"""Which of a student's attempts counts: one function, used wherever one is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from autograder.gradebook.tables import ATTEMPT
from autograder.grading.record import Grade, from_json

IDS = 1000  # in one query


class Tried(Protocol):
    """What has to be known of an attempt."""

    @property
    def status(self) -> str:
        """How it ended."""

    @property
    def submission_sha256(self) -> str:
        """Of which file it is; empty where none was read."""


One = TypeVar("One", bound=Tried)
Row = Any
"""A row of ``autograder_attempt``, without the grade itself."""


class Counted(NamedTuple, Generic[One]):
    """The attempt that counts, and one submitted after it that could not be graded."""

    attempt: One | None = None
    later: One | None = None


def counting(attempts: Iterable[One]) -> Counted[One]:
    """Return what counts of a student's attempts in a lab, given the oldest first.

    It is the last one that could be graded: a limit that struck or a crash is a grade, too. Where
    none could be graded, it is the last one. A file that was graded again is one attempt, as it
    was graded last. Our own failures never count.
    """
    files: dict[str, One] = {}
    for one in attempts:
        if one.status != "sandbox_error":
            files.pop(one.submission_sha256, None)
            files[one.submission_sha256] = one
    tried = list(files.values())
    if not tried:
        return Counted()
    last = tried[-1]
    graded = [one for one in tried if one.status != "not_gradable"]
    if not graded or graded[-1] is last:
        return Counted(last)
    return Counted(graded[-1], last)


def counted_rows(
    session: Session, lab: str, students: Sequence[str] | None = None
) -> dict[str, Counted[Row]]:
    """Return what counts in a lab by student, for all or some, without the grades themselves."""
    columns = (column for column in ATTEMPT.c if column is not ATTEMPT.c.grade)
    wanted = select(*columns).where(ATTEMPT.c.assignment == lab)
    if students is not None:
        wanted = wanted.where(ATTEMPT.c.student.in_(students))
    by_student: dict[str, list[Row]] = {}
    for row in session.execute(wanted.order_by(ATTEMPT.c.turn, ATTEMPT.c.id)):
        by_student.setdefault(row.student, []).append(row)
    return {student: counting(rows) for student, rows in by_student.items()}


def grades_of(session: Session, counted: Iterable[Counted[Row]]) -> dict[int, Grade]:
    """Return the grades of what counts and of what came later, by the rows' ids."""
    ids = [row.id for pair in counted for row in pair if row is not None]
    found = {}
    for start in range(0, len(ids), IDS):
        part = ids[start : start + IDS]
        texts = select(ATTEMPT.c.id, ATTEMPT.c.grade).where(ATTEMPT.c.id.in_(part))
        for row in session.execute(texts):
            found[row.id] = from_json(row.grade.encode())
    return found
