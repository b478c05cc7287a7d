"""Write grades to where nbgrader keeps them: scores of cells, comments, timestamps.

They follow the attempt that counts, which need not be the newest. Manual scores are never touched.
As in nbgrader, a cell that has one is marked for another look when its automatic score changes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from nbgrader.api import Assignment, Comment, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.api import Grade as Score
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from autograder.assignment.points import cells_to_look_at
from autograder.gradebook.attempt import Graded, add_attempts
from autograder.gradebook.book import Book, shown, stored
from autograder.gradebook.copying import rewrite
from autograder.gradebook.counting import Counted, counted_rows, grades_of
from autograder.gradebook.lateness import FREE, Rule
from autograder.gradebook.release import Release
from autograder.gradebook.review import asked
from autograder.gradebook.said import note_change
from autograder.gradebook.standings import read
from autograder.gradebook.words import words_of
from autograder.grading.decision import NONE_MADE, Decisions
from autograder.grading.record import Grade
from autograder.grading.results import GRADING

Row = TypeVar("Row")
BATCH = 250


def record(
    book: Book,
    release: Release,
    graded: Iterable[Graded],
    rule: Rule = FREE,
    decisions: Decisions = NONE_MADE,
    tell: Callable[[str, Sequence[str]], None] = lambda _student, _codes: None,
) -> Iterator[int]:
    """Record grades, in transactions of a few hundred; yield how many are in after each.

    A ``sandbox_error`` is kept as an attempt, and changes no score and no comment: a new one is
    marked for a look by hand. Where nothing was submitted, the student is there, without an
    attempt. ``rule`` says what being late costs, ``decisions`` who needs no person any more;
    ``tell`` is called with each student and the codes of ``review``, or none.
    Raises CourseError; what was yielded is in.
    """
    done = 0
    rest = iter(graded)
    while batch := list(itertools.islice(rest, BATCH)):
        students = [one.grade.student for one in batch]
        with book.transaction() as session:
            assignment = session.get_one(Assignment, release.assignment_id)
            was = read(session, assignment, students, decisions, rule)
            before = counted_rows(session, release.lab, students)
            add_attempts(session, release.lab, [one for one in batch if one.grade.handed_in])
            now = counted_rows(session, release.lab, students)
            found = _Batch(session, release, students, decisions).write(batch, before, now)
            is_ = rewrite(session, assignment, rule, students, decisions)
            standings = ([one.standing for one in found] for found in (was, is_))
            note_change(session, GRADING, *standings)
        for student, codes in found.items():
            tell(student, codes)
        done += len(batch)
        yield done


def refill(
    session: Session, release: Release, students: Sequence[str], decisions: Decisions = NONE_MADE
) -> None:
    """Write anew what counts for some students, of attempts that are there already."""
    now = counted_rows(session, release.lab, students)
    grades = grades_of(session, now.values())
    counted = [
        Graded(grade=grades[one.attempt.id], submitted=shown(one.attempt.submitted))
        for one in now.values()
        if one.attempt is not None
    ]
    _Batch(session, release, students, decisions).write(counted, now, now)


class _Batch:
    """The rows of some students, those that were missing made."""

    def __init__(
        self,
        session: Session,
        release: Release,
        students: Sequence[str],
        decisions: Decisions,
    ) -> None:
        self._session = session
        self._decisions = decisions
        self._release = release
        self._assignment = session.get_one(Assignment, release.assignment_id)
        known = session.scalars(select(Student).where(Student.id.in_(students)))
        self._students = {student.id: student for student in known}
        notebooks = selectinload(SubmittedAssignment.notebooks)
        wanted = (
            select(SubmittedAssignment)
            .where(
                SubmittedAssignment.assignment_id == release.assignment_id,
                SubmittedAssignment.student_id.in_(students),
            )
            .options(
                notebooks.selectinload(SubmittedNotebook.grades),
                notebooks.selectinload(SubmittedNotebook.comments),
            )
        )
        self._submissions = {found.student_id: found for found in session.scalars(wanted)}

    def write(
        self,
        batch: Iterable[Graded],
        before: Mapping[str, Counted[Any]],
        now: Mapping[str, Counted[Any]],
    ) -> Mapping[str, tuple[str, ...]]:
        """Write the scores of all; return whose submission needs review, with codes.

        ``before`` and ``now`` say what counts without this batch and with it.
        """
        grades = grades_of(self._session, now.values())
        found = {}
        for one in batch:
            student = one.grade.student
            if student not in self._students:
                self._students[student] = self._added(Student(id=student))
            submission = self._submissions.get(student)
            if not one.grade.handed_in:
                continue
            if submission is None:
                submission = self._submissions[student] = self._new(student)
            notebook, counted = self._notebook(submission), now[student]
            self._complete(notebook)
            moment = counted.attempt.submitted if counted.attempt else stored(one.submitted)
            if moment is not None:
                submission.timestamp = moment
            if counted.attempt is None:
                continue
            grade = grades[counted.attempt.id]
            later = grades[counted.later.id] if counted.later is not None else None
            found[student] = codes = asked(self._decisions, grade, later)
            another = _files(counted) != _files(before.get(student, Counted()))
            self._fill(notebook, grade, codes, another=another)
        return found

    def _new(self, student: str) -> SubmittedAssignment:
        person = self._students[student]
        return self._added(SubmittedAssignment(assignment=self._assignment, student=person))

    def _complete(self, notebook: SubmittedNotebook) -> None:
        """Make the rows that are missing."""
        scores = {score.cell_id for score in notebook.grades}
        for cell in (*self._release.grades, *self._release.by_hand):
            if cell not in scores:
                self._added(Score(cell_id=cell, notebook=notebook, needs_manual_grade=True))
        comments = {comment.cell_id for comment in notebook.comments}
        for cell in self._release.solutions:
            if cell not in comments:
                self._added(Comment(cell_id=cell, notebook=notebook))

    def _fill(
        self, notebook: SubmittedNotebook, grade: Grade, codes: Sequence[str], *, another: bool
    ) -> None:
        """Write what a grade says; mark what these codes of ``review`` concern.

        ``another``: it is of another submission than what was written before.
        """
        points = {check.id: check.points for check in grade.checks}
        marked = cells_to_look_at(codes, grade, self._release.grades)
        for score in notebook.grades:
            checks = self._release.grades.get(score.cell_id)
            if checks is not None:
                earned = sum(points.get(check, 0.0) for check in checks)
                _set(score, earned, look=score.cell_id in marked, another=another)
        words = words_of(grade)
        for comment in notebook.comments:
            function = self._release.solutions.get(comment.cell_id)
            if function is not None:
                comment.auto_comment = words.get(function)

    def _notebook(self, submission: SubmittedAssignment) -> SubmittedNotebook:
        for notebook in submission.notebooks:
            if notebook.notebook_id == self._release.notebook_id:
                return notebook
        made = SubmittedNotebook(notebook_id=self._release.notebook_id, assignment=submission)
        return self._added(made)

    def _added(self, row: Row) -> Row:
        self._session.add(row)
        return row


def _files(counted: Counted[Any]) -> tuple[str | None, ...]:
    return tuple(None if row is None else row.submission_sha256 for row in counted)


def _set(score: Score, points: float, *, look: bool, another: bool) -> None:
    """Set what was earned. Points by hand ask for a look only where something is new."""
    changed = score.auto_score != points
    score.auto_score = points
    if score.manual_score is None:
        score.needs_manual_grade = look
    elif changed or (look and another):
        score.needs_manual_grade = True
