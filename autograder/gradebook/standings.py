"""The current score of each student of a lab: the one function behind everything that shows scores.

Scores are reckoned when they are read, from the cells' points, the log of what was changed by hand,
the submission time of what counts, the due date, extensions and the course's rule of now.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.api import Grade as Score
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from autograder.gradebook.book import Book, shown
from autograder.gradebook.counting import Counted, counted_rows, grades_of
from autograder.gradebook.hand import EMPTY, Hand, hands
from autograder.gradebook.lateness import Rule, own_rule
from autograder.gradebook.reckoning import Cell, Reckoned, place_of, reckon, seconds_late
from autograder.gradebook.review import asked, not_by_hand
from autograder.gradebook.tables import ATTEMPT, COPY
from autograder.gradebook.words import comment_of
from autograder.grading.account import Account
from autograder.grading.decision import NONE_MADE, Decisions
from autograder.grading.record import Grade
from autograder.grading.results import Standing
from autograder.judge.review import CHECK_ERROR, EARLIER_HAND

NOTHING = Counted[Any]()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """What nbgrader has of a student in a lab; ``notebook`` is its row's id."""

    notebook: str
    submission: str
    timestamp: dt.datetime | None
    extension: dt.timedelta | None
    penalty: float
    cells: tuple[Cell, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reading:
    """A standing, how it was reckoned, and the rows of nbgrader's that are a copy of it."""

    standing: Standing
    reckoned: Reckoned
    row: Row | None
    hand: Hand


def standings(
    book: Book,
    lab: str,
    only: str | None = None,
    decisions: Decisions = NONE_MADE,
    *,
    rule: Rule,
) -> list[Standing]:
    """Return one standing for each student of the gradebook, by id, or for ``only`` one of them.

    Who has no submission in the lab is there, without a score; who needs review, and no decision
    was made on, with the reasons. ``rule`` says what being late costs where the lab has no rule of
    its own. Raises CourseError.
    """
    assignment = book.assignment(lab)
    with book.transaction() as session:
        found = read(session, assignment, None if only is None else [only], decisions, rule)
        return [one.standing for one in found]


def read(
    session: Session,
    assignment: Assignment,
    only: Sequence[str] | None,
    decisions: Decisions,
    rule: Rule,
) -> list[Reading]:
    """Return the same with all that it was reckoned from, within a transaction."""
    lab = assignment.name
    rule = own_rule(session, lab) or rule
    students = select(Student).order_by(Student.id)
    if only is not None:
        students = students.where(Student.id.in_(only))
    counted = counted_rows(session, lab, only)
    grades = grades_of(session, counted.values())
    tried = _attempts(session, lab)
    rows, by_hand = _rows(session, assignment.id, only), hands(session, lab, only)
    return [
        _Reader(student, assignment, decisions, rule).read(
            counted.get(student.id, NOTHING),
            grades,
            rows.get(student.id),
            by_hand.get(student.id, EMPTY),
            tried.get(student.id, []),
        )
        for student in session.scalars(students)
    ]


class _Reader:
    """Puts together what is known of one student."""

    def __init__(
        self, student: Student, assignment: Assignment, decisions: Decisions, rule: Rule
    ) -> None:
        self._student = student
        self._assignment = assignment
        self._decisions = decisions
        self._rule = rule

    def read(
        self,
        counted: Counted[Any],
        grades: Mapping[int, Grade],
        row: Row | None,
        hand: Hand,
        tried: Sequence[str],
    ) -> Reading:
        grade = grades[counted.attempt.id] if counted.attempt else None
        later = grades[counted.later.id] if counted.later else None
        cells = row.cells if row else ()
        moment = counted.attempt.submitted if counted.attempt else None
        handed_in = shown(moment or (row.timestamp if row else None))
        due, extended = self._due(row, hand)
        late = seconds_late(handed_in, due)
        reckoned = reckon(
            cells,
            grade.checks if grade else (),
            hand,
            lambda raw: self._rule.cost(self._student.id, raw, late),
        )
        review = self._review(grade, later, cells, hand)
        undecided = CHECK_ERROR in review
        sha = grade.submission_sha256 if grade else ""
        account = Account(
            file=grade.file if grade else "",
            attempt=tried.index(sha) + 1 if sha in tried else 0,
            attempts=len(tried),
            handed_in=handed_in,
            due=due,
            extended=extended,
            seconds_late=late,
            earned=reckoned.earned,
            penalty=reckoned.penalty,
            late_rule=self._rule.text,
            changes=reckoned.changes,
            comments=hand.told,
        )
        one = Standing(
            student=self._student.id,
            assignment=self._assignment.name,
            raw_score=None if undecided else reckoned.raw,
            score=None if undecided else reckoned.score,
            max_score=float(self._assignment.max_score),
            penalty=reckoned.penalty,
            last_name=self._student.last_name or "",
            first_name=self._student.first_name or "",
            email=self._student.email or "",
            due=due,
            submitted=handed_in,
            grade=grade,
            later=later,
            review=review,
            undecided=undecided,
            account=account,
        )
        told = dataclasses.replace(one, comment=comment_of(one))
        return Reading(standing=told, reckoned=reckoned, row=row, hand=hand)

    def _due(self, row: Row | None, hand: Hand) -> tuple[dt.datetime | None, bool]:
        """Return when it is due, and whether there is an extension in it."""
        if hand.extension is not None:
            return hand.extension.until.astimezone(dt.UTC), True
        due = shown(self._assignment.duedate)
        if due is None or row is None or not row.extension:
            return due, False
        return due + row.extension, True

    def _review(
        self, grade: Grade | None, later: Grade | None, cells: Sequence[Cell], hand: Hand
    ) -> tuple[str, ...]:
        """Return why a submission needs review, a code each."""
        if grade is None or hand.excused is not None:
            return ()
        sha = grade.submission_sha256
        made = [one for one in (hand.total, *hand.checks.values()) if one is not None]
        stale = any(one.submission not in ("", sha) for one in made)
        further = self._decisions.asked(grade, EARLIER_HAND) if stale else ()
        codes = tuple(dict.fromkeys((*asked(self._decisions, grade, later), *further)))
        if hand.total is not None and hand.total.submission == sha:
            return ()
        codes = not_by_hand(codes, grade, cells)
        broken = {check.id for check in grade.checks if check.outcome == "error"}
        given = {check for check, one in hand.checks.items() if one.submission == sha}
        by_cell = {cell.name for cell in cells if cell.manual is not None and not cell.marked}
        names = {cell.name for cell in cells}
        if broken and all(c in given or place_of(c, names) in by_cell for c in broken):
            codes = tuple(code for code in codes if code != CHECK_ERROR)
        return codes


def _attempts(session: Session, lab: str) -> dict[str, list[str]]:
    """Return the files that each student submitted, by their digests, in the order they came."""
    first = func.min(ATTEMPT.c.id)
    wanted = (
        select(ATTEMPT.c.student, ATTEMPT.c.submission_sha256)
        .where(ATTEMPT.c.assignment == lab, ATTEMPT.c.status != "sandbox_error")
        .group_by(ATTEMPT.c.student, ATTEMPT.c.submission_sha256)
        .order_by(first)
    )
    found: dict[str, list[str]] = {}
    for student, digest in session.execute(wanted):
        found.setdefault(student, []).append(digest)
    return found


def _rows(session: Session, assignment: str, only: Iterable[str] | None) -> dict[str, Row]:
    """Return nbgrader's rows by student."""
    wanted = (
        select(
            SubmittedAssignment.student_id,
            SubmittedAssignment.id.label("submission"),
            SubmittedAssignment.timestamp,
            SubmittedAssignment.extension,
            SubmittedNotebook.id.label("notebook"),
            SubmittedNotebook.late_submission_penalty.label("penalty"),
            Score.id.label("score_id"),
            Score.auto_score,
            Score.manual_score,
            Score.extra_credit,
            Score.needs_manual_grade.label("marked"),
            Score.cell_id,
            COPY.c.extra.label("copied"),
        )
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Score, Score.notebook_id == SubmittedNotebook.id)
        .outerjoin(COPY, COPY.c.score == Score.id)
        .where(SubmittedAssignment.assignment_id == assignment)
    )
    if only is not None:
        wanted = wanted.where(SubmittedAssignment.student_id.in_(list(only)))
    cells = _cells(session, assignment)
    grouped: dict[str, list[Any]] = {}
    for row in session.execute(wanted):
        grouped.setdefault(row.student_id, []).append(row)
    return {student: _row(rows, cells) for student, rows in grouped.items()}


def _cells(session: Session, assignment: str) -> dict[str, tuple[str, float]]:
    """Return the name and worth of a lab's graded cells by their ids."""
    wanted = (
        select(BaseCell)
        .join(Notebook, BaseCell.notebook_id == Notebook.id)
        .where(Notebook.assignment_id == assignment)
    )
    return {
        cell.id: (cell.name, float(getattr(cell, "max_score", 0.0) or 0.0))
        for cell in session.scalars(wanted)
    }


def _row(rows: Sequence[Any], cells: Mapping[str, tuple[str, float]]) -> Row:
    first = rows[0]
    return Row(
        notebook=first.notebook,
        submission=first.submission,
        timestamp=first.timestamp,
        extension=first.extension,
        penalty=max(float(one.penalty or 0.0) for one in rows),
        cells=tuple(
            Cell(
                score_id=one.score_id,
                name=cells[one.cell_id][0],
                most=cells[one.cell_id][1],
                auto=one.auto_score,
                manual=one.manual_score,
                extra=_tidy(float(one.extra_credit or 0.0) - float(one.copied or 0.0)),
                copied=float(one.copied or 0.0),
                marked=bool(one.marked),
            )
            for one in rows
        ),
    )


def _tidy(points: float) -> float:
    """Return points without what floating point leaves of a difference."""
    return 0.0 if abs(points) < 1e-9 else points
