"""Write grades to where nbgrader keeps them: scores of cells, comments, timestamps.

Manual scores are never touched. As in nbgrader, a cell that has one is marked for another look
when its automatic score changes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from nbgrader.api import Assignment, Comment, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.api import Grade as Score
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from autograder.assignment.points import function_of
from autograder.gradebook.attempt import Graded, add_attempts
from autograder.gradebook.book import Book, stored
from autograder.gradebook.lateness import LateRule
from autograder.gradebook.release import Release
from autograder.grading.record import Grade

Row = TypeVar("Row")
BATCH = 250
LINK = re.compile(r"\](?=[(\[:])|:(?=//)")  # what Markdown makes links of: [a](b), http://
QUOTES = {ord("<"): "\u2039", ord(">"): "\u203a"}


def record(
    book: Book, release: Release, graded: Iterable[Graded], rule: LateRule | None = None
) -> Iterator[int]:
    """Record grades, in transactions of a few hundred; yield how many are in after each.

    A ``sandbox_error`` is kept as an attempt, and changes no score and no comment: a new one is
    marked for a look by hand. Where nothing was handed in, the student is there, without an
    attempt. ``rule`` says what being late costs. Raises CourseError; what was yielded is in.
    """
    done = 0
    rest = iter(graded)
    while batch := list(itertools.islice(rest, BATCH)):
        with book.transaction() as session:
            add_attempts(session, release.lab, [one for one in batch if one.grade.handed_in])
            _Batch(session, release, [one.grade.student for one in batch], rule).write(batch)
        done += len(batch)
        yield done


class _Batch:
    """The rows of some students, those that were missing made."""

    def __init__(
        self,
        session: Session,
        release: Release,
        students: Sequence[str],
        rule: LateRule | None,
    ) -> None:
        self._session = session
        self._release = release
        self._rule = rule
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

    def write(self, batch: Iterable[Graded]) -> None:
        """Write the scores of all."""
        for one in batch:
            student = one.grade.student
            if student not in self._students:
                self._students[student] = self._added(Student(id=student))
            submission = self._submissions.get(student)
            if not one.grade.handed_in:
                continue
            if submission is None:
                submission = self._submissions[student] = self._new(student)
            if one.submitted is not None:
                submission.timestamp = stored(one.submitted)
            self._fill(submission, one.grade)

    def _new(self, student: str) -> SubmittedAssignment:
        person = self._students[student]
        return self._added(SubmittedAssignment(assignment=self._assignment, student=person))

    def _fill(self, submission: SubmittedAssignment, grade: Grade) -> None:
        """Write what a grade says; a grade without a score only makes what is missing."""
        notebook = self._notebook(submission)
        scores = {score.cell_id: score for score in notebook.grades}
        points = {check.id: check.points for check in grade.checks}
        broken = {check.id for check in grade.checks if check.outcome == "error"}
        for cell in (*self._release.grades, *self._release.by_hand):
            if cell not in scores:
                score = Score(cell_id=cell, notebook=notebook, needs_manual_grade=True)
                scores[cell] = self._added(score)
        comments = {comment.cell_id: comment for comment in notebook.comments}
        for cell in self._release.solutions:
            if cell not in comments:
                comments[cell] = self._added(Comment(cell_id=cell, notebook=notebook))
        if grade.score is None:
            return
        for cell, checks in self._release.grades.items():
            _set(scores[cell], sum(points.get(check, 0.0) for check in checks))
            if not broken.isdisjoint(checks) and scores[cell].manual_score is None:
                scores[cell].needs_manual_grade = True
        words = words_of(grade)
        for cell, function in self._release.solutions.items():
            comments[cell].auto_comment = words.get(function)
        if self._rule is not None:
            self._rule.apply(submission, notebook, scores.values())

    def _notebook(self, submission: SubmittedAssignment) -> SubmittedNotebook:
        for notebook in submission.notebooks:
            if notebook.notebook_id == self._release.notebook_id:
                return notebook
        made = SubmittedNotebook(notebook_id=self._release.notebook_id, assignment=submission)
        return self._added(made)

    def _added(self, row: Row) -> Row:
        self._session.add(row)
        return row


def _set(score: Score, points: float) -> None:
    changed = score.auto_score != points
    score.auto_score = points
    if score.manual_score is None:
        score.needs_manual_grade = False
    elif changed:
        score.needs_manual_grade = True


def words_of(grade: Grade) -> Mapping[str, str]:
    """Return what is to be said of each function that is not right, as plain text.

    nbgrader takes comments for Markdown with HTML in it, so nothing that a student wrote may be
    a tag or a link in it. Brackets that are none stay as they are.
    """
    words: dict[str, list[str]] = {}
    for found in grade.diagnosis:
        words.setdefault(found.function, []).append(found.message)
    for check in grade.checks:
        if not check.passed:
            said = [text for text in (check.message, check.hint) if text]
            words.setdefault(function_of(check.id), []).append(f"{check.id}: {' '.join(said)}")
    return {function: "\n\n".join(map(_unmarked, said)) for function, said in words.items()}


def _unmarked(text: str) -> str:
    return LINK.sub(r"\g<0> ", text.translate(QUOTES))
