"""What counts for each student of a lab: nbgrader's scores, overrides and penalties in them."""

from __future__ import annotations

from typing import Any

from nbgrader.api import Grade as Score
from nbgrader.api import Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import Select, case, func, select

from autograder.gradebook.book import Book, shown
from autograder.gradebook.record import words_of
from autograder.gradebook.tables import ATTEMPT
from autograder.grading.record import Grade, from_json
from autograder.grading.standing import Standing


def standings(book: Book, lab: str, only: str | None = None) -> list[Standing]:
    """Return one standing for each student of the gradebook, by id, or for ``only`` one of them.

    Who has no submission in the lab is there, without a score. So is who has a check that broke
    by a fault of ours, until no cell is marked for a look by hand. Raises CourseError.
    """
    assignment = book.assignment(lab)
    most, due = float(assignment.max_score), shown(assignment.duedate)
    newest = _newest(book, lab, only)
    students = select(Student).order_by(Student.id)
    if only is not None:
        students = students.where(Student.id == only)
    with book.transaction() as session:
        scores = {
            row.student_id: row
            for row in session.execute(_scores().where(_SUBMISSION.assignment_id == assignment.id))
        }
        found = []
        for student in session.scalars(students):
            row, grade = scores.get(student.id), newest.get(student.id)
            raw = float(row.score) if row is not None and row.graded else None
            if row is not None and row.wanted and grade is not None and grade.undecided:
                raw = None
            penalty = float(row.penalty or 0.0) if row is not None else 0.0
            found.append(
                Standing(
                    student=student.id,
                    assignment=lab,
                    raw_score=raw,
                    score=None if raw is None else max(0.0, raw - penalty),
                    max_score=most,
                    penalty=penalty,
                    last_name=student.last_name or "",
                    first_name=student.first_name or "",
                    email=student.email or "",
                    due=due,
                    submitted=shown(row.timestamp) if row is not None else None,
                    comment="\n\n".join(words_of(grade).values()) if grade else "",
                    grade=grade,
                )
            )
    return found


_SUBMISSION = SubmittedAssignment
IDS = 1000  # in one query


def _scores() -> Select[Any]:
    """Return the query for each submission's sum of scores, penalty and counts of cells.

    Counted are cells with a score, and those that are marked for a look by hand.
    """
    return (
        select(
            _SUBMISSION.student_id,
            _SUBMISSION.timestamp,
            func.sum(Score.score).label("score"),
            func.max(SubmittedNotebook.late_submission_penalty).label("penalty"),
            func.count(func.coalesce(Score.manual_score, Score.auto_score)).label("graded"),
            func.sum(case((Score.needs_manual_grade, 1), else_=0)).label("wanted"),
        )
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == _SUBMISSION.id)
        .join(Score, Score.notebook_id == SubmittedNotebook.id)
        .group_by(_SUBMISSION.id, _SUBMISSION.student_id, _SUBMISSION.timestamp)
    )


def _newest(book: Book, lab: str, only: str | None) -> dict[str, Grade]:
    """Return each student's newest grade that is one."""
    wanted = (
        select(ATTEMPT.c.student, ATTEMPT.c.id)
        .where(ATTEMPT.c.assignment == lab, ATTEMPT.c.score.is_not(None))
        .order_by(ATTEMPT.c.turn, ATTEMPT.c.id)
    )
    if only is not None:
        wanted = wanted.where(ATTEMPT.c.student == only)
    with book.transaction() as session:
        last = {row.student: row.id for row in session.execute(wanted)}
        grades = {}
        ids = list(last.values())
        for start in range(0, len(ids), IDS):
            part = ids[start : start + IDS]
            texts = select(ATTEMPT.c.student, ATTEMPT.c.grade).where(ATTEMPT.c.id.in_(part))
            for row in session.execute(texts):
                grades[row.student] = from_json(row.grade.encode())
        return grades
