"""What counts for each student of a lab: nbgrader's scores, overrides and penalties in them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from nbgrader.api import Grade as Score
from nbgrader.api import Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Row, Select, func, select

from autograder.gradebook.book import Book, shown
from autograder.gradebook.counting import counted_rows, grades_of
from autograder.gradebook.record import unmarked, words_of
from autograder.gradebook.review import asked, not_by_hand, scores_of
from autograder.grading.decision import NONE_MADE, Decisions
from autograder.grading.record import Grade
from autograder.grading.standing import Standing
from autograder.judge.review import CHECK_ERROR


def standings(
    book: Book, lab: str, only: str | None = None, decisions: Decisions = NONE_MADE
) -> list[Standing]:
    """Return one standing for each student of the gradebook, by id, or for ``only`` one of them.

    Who has no submission in the lab is there, without a score; who needs a person and no decision
    was made on, with the reasons. Raises CourseError.
    """
    assignment = book.assignment(lab)
    counted = _counted(book, lab, only)
    reviews = _reviews(book, assignment.id, counted, decisions)
    students = select(Student).order_by(Student.id)
    if only is not None:
        students = students.where(Student.id == only)
    with book.transaction() as session:
        scores = {
            row.student_id: row
            for row in session.execute(_scores().where(_SUBMISSION.assignment_id == assignment.id))
        }
        return [
            _standing(
                assignment,
                student,
                scores.get(student.id),
                counted.get(student.id, (None, None)),
                reviews.get(student.id, ()),
            )
            for student in session.scalars(students)
        ]


def _standing(
    assignment: Any,
    student: Student,
    row: Row[Any] | None,
    counted: tuple[Grade | None, Grade | None],
    review: tuple[str, ...],
) -> Standing:
    undecided = CHECK_ERROR in review
    scored = row is not None and row.graded and not undecided
    raw = float(row.score) if row is not None and scored else None
    penalty = float(row.penalty or 0.0) if row is not None else 0.0
    grade, later = counted
    one = Standing(
        student=student.id,
        assignment=assignment.name,
        raw_score=raw,
        score=None if raw is None else max(0.0, raw - penalty),
        max_score=float(assignment.max_score),
        penalty=penalty,
        last_name=student.last_name or "",
        first_name=student.first_name or "",
        email=student.email or "",
        due=shown(assignment.duedate),
        submitted=shown(row.timestamp) if row is not None else None,
        grade=grade,
        later=later,
        review=review,
        undecided=undecided,
    )
    words = words_of(grade).values() if grade else ()
    comment = "\n\n".join((*map(unmarked, one.remarks), *words))
    return dataclasses.replace(one, comment=comment)


_SUBMISSION = SubmittedAssignment


def _scores() -> Select[Any]:
    """Return the query for each submission's sum of scores, penalty and count of scored cells."""
    return (
        select(
            _SUBMISSION.student_id,
            _SUBMISSION.timestamp,
            func.sum(Score.score).label("score"),
            func.max(SubmittedNotebook.late_submission_penalty).label("penalty"),
            func.count(func.coalesce(Score.manual_score, Score.auto_score)).label("graded"),
        )
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == _SUBMISSION.id)
        .join(Score, Score.notebook_id == SubmittedNotebook.id)
        .group_by(_SUBMISSION.id, _SUBMISSION.student_id, _SUBMISSION.timestamp)
    )


Pair = tuple[Grade, Grade | None]


def _counted(book: Book, lab: str, only: str | None) -> dict[str, Pair]:
    """Return each student's grade that counts, and one that came later and is none."""
    with book.transaction() as session:
        rows = counted_rows(session, lab, None if only is None else [only])
        grades = grades_of(session, rows.values())
    return {
        student: (grades[row.id], grades[later.id] if later else None)
        for student, (row, later) in rows.items()
        if row is not None
    }


def _reviews(
    book: Book, assignment_id: str, counted: Mapping[str, Pair], decisions: Decisions
) -> dict[str, tuple[str, ...]]:
    """Return why a person must look at whom, a code each."""
    codes = {student: asked(decisions, *pair) for student, pair in counted.items()}
    codes = {student: found for student, found in codes.items() if found}
    with book.transaction() as session:
        scores = scores_of(session, assignment_id, list(codes))
        return {
            student: not_by_hand(found, counted[student][0], scores.get(student, ()))
            for student, found in codes.items()
        }
