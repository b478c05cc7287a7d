"""Every attempt with its evidence: stored once, however often it is graded."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from autograder.gradebook.book import Book, now, shown, stored
from autograder.gradebook.tables import ATTEMPT
from autograder.grading.record import Grade, from_json, to_json


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attempt:
    """One grade of one submission, and when it was recorded. Times are in UTC."""

    grade: Grade
    recorded: dt.datetime
    submitted: dt.datetime | None

    @property
    def status(self) -> str:
        """How it ended."""
        return self.grade.status

    @property
    def submission_sha256(self) -> str:
        """Of which file it is; empty where none was read."""
        return self.grade.submission_sha256


@dataclasses.dataclass(frozen=True, kw_only=True)
class Graded:
    """A grade to be recorded, and when the submission was submitted."""

    grade: Grade
    submitted: dt.datetime | None = None


def digest_of(grade: Grade) -> str:
    """Return what two grades have in common that say the same of the same."""
    same = msgspec.structs.replace(grade, seconds=0.0, reused=False)
    return hashlib.sha256(to_json(same)).hexdigest()


def add_attempts(session: Session, lab: str, graded: Iterable[Graded]) -> int:
    """Store the attempts that are not there yet and return how many these were.

    One that was there before is the newest again, and was submitted when it is said now.
    """
    new = {(one.grade.student, digest_of(one.grade)): one for one in graded}
    students = {student for student, _ in new}
    known = select(ATTEMPT.c.id, ATTEMPT.c.student, ATTEMPT.c.digest, ATTEMPT.c.submitted).where(
        ATTEMPT.c.assignment == lab, ATTEMPT.c.student.in_(students)
    )
    again = []
    for row in session.execute(known).all():
        one = new.pop((row.student, row.digest), None)
        if one is None:
            continue
        again.append(row.id)
        moment = stored(one.submitted)
        if moment not in (None, row.submitted):
            this = update(ATTEMPT).where(ATTEMPT.c.id == row.id)
            session.execute(this.values(submitted=moment))
    latest = select(func.max(ATTEMPT.c.turn)).where(ATTEMPT.c.assignment == lab)
    turn = (session.scalar(latest) or 0) + 1
    if again:
        renewed = {"turn": turn, "recorded": now()}
        session.execute(update(ATTEMPT).where(ATTEMPT.c.id.in_(again)).values(renewed))
    if new:
        session.execute(insert(ATTEMPT), [_row(lab, d, turn, one) for (_, d), one in new.items()])
    return len(new)


def _row(lab: str, digest: str, turn: int, one: Graded) -> dict[str, Any]:
    grade = one.grade
    return {
        "assignment": lab,
        "student": grade.student,
        "digest": digest,
        "turn": turn,
        "recorded": now(),
        "submitted": stored(one.submitted),
        "status": grade.status,
        "score": grade.score,
        "max_score": grade.max_score,
        "submission_sha256": grade.submission_sha256,
        "exercise_sha256": grade.exercise_sha256,
        "isolation": grade.isolation,
        "grade": to_json(grade).decode(),
    }


class _Kept(msgspec.Struct):
    variant: int | None = None


def variants_of_attempts(book: Book, lab: str) -> dict[str, list[int]]:
    """Return with which hidden data each student's attempts were graded, the oldest first."""
    wanted = select(ATTEMPT.c.student, ATTEMPT.c.grade).where(ATTEMPT.c.assignment == lab)
    kept, found = msgspec.json.Decoder(_Kept), dict[str, list[int]]()
    with book.transaction() as session:
        for row in session.execute(wanted.order_by(ATTEMPT.c.id).execution_options(yield_per=250)):
            variant = kept.decode(row.grade).variant
            if variant is not None:
                found.setdefault(row.student, []).append(variant)
    return found


def attempts_of(book: Book, student: str, lab: str | None = None) -> list[Attempt]:
    """Return a student's attempts, in all labs or one, oldest first."""
    wanted = (
        select(ATTEMPT).where(ATTEMPT.c.student == student).order_by(ATTEMPT.c.turn, ATTEMPT.c.id)
    )
    if lab is not None:
        wanted = wanted.where(ATTEMPT.c.assignment == lab)
    with book.transaction() as session:
        return [
            Attempt(
                grade=from_json(row.grade.encode()),
                recorded=row.recorded.replace(tzinfo=dt.UTC),
                submitted=shown(row.submitted),
            )
            for row in session.execute(wanted)
        ]
