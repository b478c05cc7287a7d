"""Review: which cells are marked for it, and when somebody has looked.

Somebody has looked where ``autograder reviewed`` says so, or where all cells concerned have points
by hand that were given since: nbgrader takes the mark off a cell when it is given points.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from nbgrader.api import Grade as Score
from nbgrader.api import SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select
from sqlalchemy.orm import Session

from autograder.assignment.points import PREFIX, cells_to_look_at
from autograder.gradebook.book import Book
from autograder.gradebook.counting import IDS
from autograder.gradebook.reckoning import Cell, place_of
from autograder.grading.decision import Decisions
from autograder.grading.record import Grade
from autograder.judge.review import LATER


def asked(decisions: Decisions, grade: Grade, later: Grade | None) -> tuple[str, ...]:
    """Return why what counts, or what came after it, needs review, a code each."""
    further = decisions.asked(later, LATER) if later is not None else ()
    return tuple(dict.fromkeys((*decisions.asked(grade), *further)))


def not_by_hand(codes: Iterable[str], grade: Grade, cells: Iterable[Cell]) -> tuple[str, ...]:
    """Return the codes but for those whose cells all have points by hand that still stand."""
    by_hand = {
        cell.name: cell.manual is not None and not cell.marked
        for cell in cells
        if cell.name.startswith(PREFIX)
    }
    groups = _checks_of(grade, by_hand)
    return tuple(
        code
        for code in codes
        if not by_hand or not all(by_hand[c] for c in cells_to_look_at([code], grade, groups))
    )


def _checks_of(grade: Grade, cells: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Return a grade's checks by cell."""
    places = {check.id: place_of(check.id, cells) for check in grade.checks}
    return {cell: tuple(c for c, place in places.items() if place == cell) for cell in cells}


def scores_of(session: Session, lab_id: str, students: Sequence[str]) -> dict[str, list[Score]]:
    """Return the cells' scores of some students in a lab."""
    wanted = (
        select(SubmittedAssignment.student_id, Score)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Score, Score.notebook_id == SubmittedNotebook.id)
        .where(SubmittedAssignment.assignment_id == lab_id)
    )
    found: dict[str, list[Score]] = {}
    for start in range(0, len(students), IDS):
        part = SubmittedAssignment.student_id.in_(students[start : start + IDS])
        for student, score in session.execute(wanted.where(part)):
            found.setdefault(student, []).append(score)
    return found


def take_marks_off(book: Book, lab: str, student: str) -> None:
    """Let a student's cells count as they are; those without any points stay marked."""
    assignment = book.assignment(lab)
    with book.transaction() as session:
        scores = scores_of(session, assignment.id, [student])
        for score in scores.get(student, ()):
            if score.manual_score is not None or score.auto_score is not None:
                score.needs_manual_grade = False
