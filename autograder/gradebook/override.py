"""Change a grade by hand, with a reason; undo it. Grading again keeps what was changed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from nbgrader.api import Assignment, MissingEntry, SubmittedAssignment
from sqlalchemy import select
from sqlalchemy.orm import Session

from autograder.assignment.points import PREFIX
from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.exercise.loader import load_exercise
from autograder.gradebook.attempt import attempts_of
from autograder.gradebook.book import Book
from autograder.gradebook.copying import rewrite
from autograder.gradebook.counting import counted_rows, counting
from autograder.gradebook.hand import Entry, Hand, add_entry, entries_of, hand_of, to_undo
from autograder.gradebook.lateness import FREE, Rule
from autograder.gradebook.students import require_student
from autograder.words.catalogue import say


def give(
    book: Book, wanted: Entry, rule: Rule = FREE, worth: Mapping[str, float] | None = None
) -> Entry:
    """Store a change, and rewrite nbgrader's columns, in one transaction; return what was stored.

    A cell is named as it is, such as ``check-train_model``, or without ``check-``. ``worth`` says
    which checks there are and their points. Raises CourseError where the change cannot be.
    """
    reason = wanted.reason.strip()
    if not reason and wanted.kind != "comment":
        raise CourseError(say("reason-missing"))
    assignment, student = book.assignment(wanted.lab), wanted.student
    require_student(book, student)
    with book.transaction() as session:
        hand = hand_of(entries_of(session, student, wanted.lab))
        counted = counted_rows(session, wanted.lab, [student]).get(student)
        attempt = counted.attempt if counted else None
        sha = attempt.submission_sha256 if attempt is not None else ""
        entry = dataclasses.replace(wanted, reason=reason, submission=sha)
        if entry.kind == "cell":
            score = _score(book, entry)
            entry = dataclasses.replace(entry, part=score.name, previous=score.manual_score)
            _require(entry, score.max_score, score.name)
            if entry.points is None and score.manual_score is None:
                raise CourseError(say("cell-no-points", cell=score.name))
            _set(score, entry.points)
        else:
            _require_possible(entry, hand, worth or {}, float(assignment.max_score))
        if entry.kind == "extension":
            entry = _extended(session, assignment, entry, hand)
        made = add_entry(session, entry)
        rewrite(session, assignment, rule, [student])
    return made


def worth_of(book: Book, course: Course, lab: str, student: str) -> Mapping[str, float]:
    """Return the checks' points: of the grade that counts, else the lab's. Raises CourseError."""
    counted = counting(attempts_of(book, student, lab)).attempt
    if counted is not None and counted.grade.checks:
        return {check.id: check.max_points for check in counted.grade.checks}
    return load_exercise(course.exercise(lab)).points


def undo(
    book: Book, lab: str, student: str, number: int | None, rule: Rule = FREE, *, who: str = ""
) -> Entry:
    """Undo a change, the last one or that of a number; return what was undone.

    What was there before holds again. To undo an undo makes the change again. Raises CourseError.
    """
    assignment = book.assignment(lab)
    require_student(book, student)
    with book.transaction() as session:
        entries = entries_of(session, student, lab)
        target = to_undo(entries, number)
        made = Entry(lab=lab, student=student, kind="undo", undoes=target.number, who=who)
        entries.append(add_entry(session, made))
        subject = _subject(entries, target)
        now = hand_of(entries)
        if subject.kind == "cell":
            score = _score(book, subject)
            if target is subject and score.manual_score != target.points:
                raise CourseError(say("cell-other-points", cell=score.name))
            live = now.cells.get(subject.part)
            before = subject.previous if target is subject else None
            _set(score, live.points if live else before)
        if subject.kind == "extension" and now.extension is None:
            submission = _submission(session, assignment, student)
            if submission is not None:
                submission.extension = _span(subject.previous if target is subject else None)
        rewrite(session, assignment, rule, [student])
    return target


def _subject(entries: list[Entry], target: Entry) -> Entry:
    """Return what is changed in the end where an undo is undone."""
    by_number = {one.number: one for one in entries}
    while target.kind == "undo" and target.undoes in by_number:
        target = by_number[target.undoes]
    return target


def _require_possible(
    entry: Entry, hand: Hand, worth: Mapping[str, float], max_score: float
) -> None:
    """Raise CourseError where a change is none that can be."""
    if entry.kind == "check" and entry.part not in worth:
        raise CourseError(
            say("unknown-check", known=", ".join(worth) or say("none"), part=entry.part)
        )
    if entry.points is None:
        there: Mapping[str, Entry | None] = {
            "check": hand.checks.get(entry.part),
            "total": hand.total,
            "bonus": hand.bonus,
            "excused": hand.excused,
            "extension": hand.extension,
        }
        if there[entry.kind] is None:
            raise CourseError(say("nothing-by-hand", part=entry.part or entry.kind))
    elif entry.kind == "check":
        _require(entry, worth[entry.part], entry.part)
    elif entry.kind == "total":
        _require(entry, max_score, entry.lab, "points-range-total")
    elif entry.kind == "bonus":
        if not (math.isfinite(entry.points) and 0 < abs(entry.points) <= max_score):
            raise CourseError(say("bonus-range", most=max_score, points=entry.points))
    elif entry.kind == "comment" and not entry.text.strip():
        raise CourseError(say("comment-empty"))


def _require(entry: Entry, most: float, what: str, code: str = "points-range") -> None:
    points = entry.points
    if points is not None and not (math.isfinite(points) and 0 <= points <= most):
        raise CourseError(say(code, most=most, points=points, what=what))


def _set(score: Any, points: float | None) -> None:
    score.manual_score = points
    score.needs_manual_grade = points is None and score.auto_score is None


def _extended(session: Session, assignment: Assignment, entry: Entry, hand: Hand) -> Entry:
    """Return an extension with what nbgrader had before; where it is taken back, put that back."""
    submission = _submission(session, assignment, entry.student)
    if entry.points is None:
        before = hand.extension.previous if hand.extension else None
        if submission is not None:
            submission.extension = _span(before)
        return dataclasses.replace(entry, previous=before)
    if hand.extension is not None:
        return dataclasses.replace(entry, previous=hand.extension.previous)
    there = submission.extension if submission is not None else None
    return dataclasses.replace(entry, previous=there.total_seconds() if there else None)


def _span(seconds: float | None) -> dt.timedelta | None:
    return None if seconds is None else dt.timedelta(seconds=seconds)


def _submission(session: Session, assignment: Assignment, student: str) -> Any:
    wanted = select(SubmittedAssignment).where(
        SubmittedAssignment.assignment_id == assignment.id,
        SubmittedAssignment.student_id == student,
    )
    return session.scalars(wanted).one_or_none()


def _score(book: Book, entry: Entry) -> Any:
    """Return nbgrader's row of a cell. Raises CourseError naming the cells there are."""
    lab, student, cell = entry.lab, entry.student, entry.part
    for name in (cell, f"{PREFIX}{cell}"):
        try:
            return book.nbgrader.find_grade(name, lab, lab, student)
        except MissingEntry:
            continue
    try:
        notebook = book.nbgrader.find_submission_notebook(lab, lab, student)
    except MissingEntry as error:
        raise CourseError(say("no-grade-in", lab=lab, student=student)) from error
    known = ", ".join(sorted(score.name for score in notebook.grades))
    raise CourseError(say("no-such-cell", cell=cell, known=known, lab=lab))
