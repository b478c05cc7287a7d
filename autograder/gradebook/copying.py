"""Make nbgrader's columns a copy of ours, so that its formgrader and export show what ours show.

They are the late penalty, extra credit, submission time and extension. Extra credit holds what was
changed by hand of a check, the total, or as a bonus: nbgrader has no place for these.
``autograder_copy`` says how much of it is ours. It cannot contain points of one who submitted
nothing, and that somebody is excused.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from nbgrader.api import Assignment, SubmittedAssignment, SubmittedNotebook
from nbgrader.api import Grade as Score
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from autograder.gradebook.book import Book, stored
from autograder.gradebook.lateness import Rule
from autograder.gradebook.reckoning import place_of
from autograder.gradebook.standings import Reading, Row, read
from autograder.gradebook.tables import COPY
from autograder.grading.decision import NONE_MADE, Decisions
from autograder.words.catalogue import say


@dataclasses.dataclass(frozen=True, kw_only=True)
class Difference:
    """A column of nbgrader's that is not what ours is."""

    student: str
    what: str
    there: Any
    ours: Any

    @property
    def words(self) -> str:
        """What differs, on a line."""
        return say(
            "book-differs",
            ours=_said(self.ours),
            student=self.student,
            there=_said(self.there),
            what=self.what,
        )


def rewrite(
    session: Session,
    assignment: Assignment,
    rule: Rule,
    students: Iterable[str] | None = None,
    decisions: Decisions = NONE_MADE,
) -> list[Reading]:
    """Make nbgrader's columns what ours are, within a transaction; return what was read."""
    session.flush()
    only = None if students is None else list(students)
    readings = read(session, assignment, only, decisions, rule)
    for one in readings:
        if one.row is not None and any(True for _ in differences(assignment, one)):
            _write(session, assignment, one, one.row)
    return readings


def rewrite_all(book: Book, lab: str, rule: Rule) -> None:
    """Do so for a whole lab, in one transaction. Raises CourseError."""
    assignment = book.assignment(lab)
    with book.transaction() as session:
        rewrite(session, assignment, rule)


def differences(assignment: Assignment, one: Reading) -> Iterator[Difference]:
    """Yield what in nbgrader's columns is not what was reckoned."""
    row, who = one.row, one.standing.student
    if row is None:
        return
    penalty = one.reckoned.penalty
    if abs(row.penalty - penalty) > 1e-9:
        yield Difference(student=who, what=say("book-penalty"), there=row.penalty, ours=penalty)
    moment = stored(one.standing.submitted)
    if moment != row.timestamp:
        yield Difference(student=who, what=say("book-submitted"), there=row.timestamp, ours=moment)
    extension = _extension(assignment, one)
    if extension != row.extension:
        yield Difference(
            student=who, what=say("book-extension"), there=row.extension, ours=extension
        )
    for cell in row.cells:
        ours = one.reckoned.copy.get(cell.score_id, 0.0)
        if abs(cell.copied - ours) > 1e-9:
            what = say("book-extra", name=cell.name)
            there, wanted = cell.extra + cell.copied, cell.extra + ours
            yield Difference(student=who, what=what, there=there, ours=wanted)


def compare(book: Book, lab: str, rule: Rule) -> tuple[list[Difference], list[Difference]]:
    """Return what of a lab is not the same in nbgrader's columns and here; writes nothing.

    First what is a copy of ours and is written anew by whatever shows scores; then points that
    somebody else wrote there: ``nbgrader autograde``, or its formgrader over ours by hand.
    """
    assignment = book.assignment(lab)
    with book.transaction() as session:
        found = read(session, assignment, None, NONE_MADE, rule)
        copies = [one for reading in found for one in differences(assignment, reading)]
        return copies, [one for reading in found for one in _others(reading)]


def _others(one: Reading) -> Iterator[Difference]:
    grade, who = one.standing.grade, one.standing.student
    cells = one.row.cells if one.row is not None else ()
    names = {cell.name for cell in cells}
    for cell in cells:
        checks = [c for c in grade.checks if place_of(c.id, names) == cell.name] if grade else []
        ours = sum(check.points for check in checks)
        if checks and (cell.auto is None or abs(cell.auto - ours) > 1e-9):
            what = say("book-auto", name=cell.name)
            yield Difference(student=who, what=what, there=cell.auto, ours=ours)
        entry = one.hand.cells.get(cell.name)
        if entry is not None and entry.points != cell.manual:
            what = say("book-manual", name=cell.name)
            yield Difference(student=who, what=what, there=cell.manual, ours=entry.points)


def _extension(assignment: Assignment, one: Reading) -> dt.timedelta | None:
    due: dt.datetime | None = assignment.duedate
    if one.hand.extension is None or due is None:
        return one.row.extension if one.row else None
    return one.hand.extension.until.astimezone(dt.UTC).replace(tzinfo=None) - due


def _write(session: Session, assignment: Assignment, one: Reading, row: Row) -> None:
    penalty = one.reckoned.penalty
    notebook = update(SubmittedNotebook).where(SubmittedNotebook.id == row.notebook)
    session.execute(notebook.values(late_submission_penalty=penalty or None))
    submission = update(SubmittedAssignment).where(SubmittedAssignment.id == row.submission)
    moment, extension = stored(one.standing.submitted), _extension(assignment, one)
    session.execute(submission.values(timestamp=moment, extension=extension))
    for cell in row.cells:
        ours = one.reckoned.copy.get(cell.score_id, 0.0)
        if abs(cell.copied - ours) <= 1e-9:
            continue
        extra = cell.extra + ours
        score = update(Score).where(Score.id == cell.score_id)
        session.execute(score.values(extra_credit=extra if abs(extra) > 1e-9 else None))
        session.execute(delete(COPY).where(COPY.c.score == cell.score_id))
        if ours:
            session.execute(insert(COPY).values(score=cell.score_id, extra=ours))


def _said(value: Any) -> str:
    if value is None:
        return say("not-set")
    return f"{value:g}" if isinstance(value, float) else str(value)
