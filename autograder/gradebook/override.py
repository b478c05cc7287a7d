"""An instructor's own points for a cell, with a reason; grading again keeps them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from typing import Any

from nbgrader.api import MissingEntry
from sqlalchemy import insert, select

from autograder.assignment.points import PREFIX
from autograder.errors import CourseError
from autograder.gradebook.book import Book, now
from autograder.gradebook.lateness import LateRule
from autograder.gradebook.tables import OVERRIDE


@dataclasses.dataclass(frozen=True, kw_only=True)
class Override:
    """Points for a cell instead of the automatic ones; None takes an earlier override back."""

    cell: str
    points: float | None
    reason: str
    recorded: dt.datetime


def override(
    book: Book,
    lab: str,
    student: str,
    cell: str,
    points: float | None,
    reason: str,
    rule: LateRule | None = None,
) -> Override:
    """Set a cell's manual score. Raises CourseError where that cannot be.

    ``cell`` is its name, such as ``check-train_model``, or without ``check-``. ``rule`` says anew
    what being late costs.
    """
    if not reason.strip():
        raise CourseError("--reason: say why; whoever asks later will want to know")
    score = _score(book, lab, student, cell)
    most = score.max_score
    if points is not None and not (math.isfinite(points) and 0 <= points <= most):
        raise CourseError(f"--points {points:g}: {score.name} is worth 0 to {most:g} points")
    if points is None and score.manual_score is None:
        raise CourseError(f"{score.name}: has no points by hand, so there are none to take back")
    made = Override(cell=score.name, points=points, reason=reason.strip(), recorded=now())
    with book.transaction() as session:
        score.manual_score = points
        score.needs_manual_grade = points is None and score.auto_score is None
        if rule is not None:
            rule.apply(score.notebook.assignment, score.notebook, score.notebook.grades)
        session.execute(
            insert(OVERRIDE).values(
                assignment=lab,
                student=student,
                cell=made.cell,
                points=points,
                reason=made.reason,
                recorded=made.recorded,
            )
        )
    return made


def _score(book: Book, lab: str, student: str, cell: str) -> Any:
    book.assignment(lab)
    for name in (cell, f"{PREFIX}{cell}"):
        try:
            return book.nbgrader.find_grade(name, lab, lab, student)
        except MissingEntry:
            continue
    try:
        notebook = book.nbgrader.find_submission_notebook(lab, lab, student)
    except MissingEntry as error:
        raise CourseError(f"{student}: has no grade in {lab}; grade it first") from error
    known = ", ".join(sorted(score.name for score in notebook.grades))
    raise CourseError(f"{cell}: no such cell in {lab}; there: {known}")


def overrides_of(book: Book, student: str, lab: str | None = None) -> list[tuple[str, Override]]:
    """Return a student's overrides with their labs, oldest first."""
    wanted = select(OVERRIDE).where(OVERRIDE.c.student == student).order_by(OVERRIDE.c.id)
    if lab is not None:
        wanted = wanted.where(OVERRIDE.c.assignment == lab)
    with book.transaction() as session:
        return [
            (
                row.assignment,
                Override(
                    cell=row.cell,
                    points=row.points,
                    reason=row.reason,
                    recorded=row.recorded.replace(tzinfo=dt.UTC),
                ),
            )
            for row in session.execute(wanted)
        ]
