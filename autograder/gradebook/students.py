"""A course's students: list them, find who is missing, show or remove one."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from nbgrader.api import Assignment, MissingEntry, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.api import Grade as Score
from sqlalchemy import delete, select

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.gradebook.attempt import Attempt, attempts_of
from autograder.gradebook.book import Book, shown
from autograder.gradebook.counting import counting
from autograder.gradebook.hand import Entry, hands, log_of, standing_entries
from autograder.gradebook.identity import ids_of
from autograder.gradebook.tables import ATTEMPT, IDENTITY, MOVE, OVERRIDE, SAID
from autograder.words.catalogue import say
from autograder.words.record import said

COLUMNS = ("id", "first_name", "last_name", "email", "lms_user_id")


def add_roster(book: Book, path: Path) -> int:
    """Add or change the students of a CSV file with nbgrader's columns; return how many it has.

    Columns are those of ``nbgrader db student import``; only ``id`` must be there. Students who
    are not in the file stay. Raises CourseError naming the line.
    """
    rows = _rows(path)
    with book.transaction() as session:
        known = {student.id: student for student in session.scalars(select(Student))}
        for row in rows:
            student = known.get(row["id"])
            if student is None:
                student = known[row["id"]] = Student(id=row["id"])
                session.add(student)
            for name in COLUMNS[1:]:
                if row.get(name):
                    setattr(student, name, row[name])
    return len(rows)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise CourseError(say("cannot-read", path=path, problem=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise CourseError(say("roster-not-utf8", path=path)) from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if "id" not in (reader.fieldnames or ()):
        raise CourseError(say("roster-no-column", columns=", ".join(COLUMNS), path=path))
    rows = []
    for row in reader:
        student = (row.get("id") or "").strip()
        if not student or len(student) > 128 or not student.isprintable():
            raise CourseError(say("roster-no-student", line=reader.line_num, path=path))
        rows.append({**{k: v.strip() for k, v in row.items() if k and v}, "id": student})
    return rows


def has_lab(book: Book, course: Course, lab: str) -> bool:
    """Return whether the gradebook has a lab; where it has not, the course does.

    Nobody's submission of such a lab was graded yet. Raises CourseError, naming the labs, where
    neither has it.
    """
    with book.transaction() as session:
        known = set(session.scalars(select(Assignment.name)))
    labs = sorted(known.union(course.lab_names()))
    if lab not in labs:
        raise CourseError(say("unknown-lab", lab=lab, labs=", ".join(labs) or say("none")))
    return lab in known


def who_is_missing(book: Book, lab: str) -> tuple[list[str], list[str]]:
    """Return who has submitted and who has not and is not excused, by id.

    In a lab that the gradebook does not have, all are missing.
    """
    handed_in = (
        select(SubmittedAssignment.student_id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .where(Assignment.name == lab)
    )
    with book.transaction() as session:
        there = set(session.scalars(handed_in))
        everyone = list(session.scalars(select(Student.id).order_by(Student.id)))
        excused = {who for who, hand in hands(session, lab).items() if hand.excused is not None}
    everyone = [student for student in everyone if student not in excused - there]
    return sorted(there), [student for student in everyone if student not in there]


def all_about(book: Book, student: str) -> dict[str, Any]:
    """Return all that the gradebook has of a student, fit for JSON. Raises CourseError."""
    require_student(book, student)
    attempts = attempts_of(book, student)
    by_lab: dict[str, list[Attempt]] = {}
    for one in attempts:
        by_lab.setdefault(one.grade.assignment, []).append(one)
    counted = [counting(tried).attempt for tried in by_lab.values()]
    wanted = (
        select(SubmittedAssignment)
        .where(SubmittedAssignment.student_id == student)
        .order_by(SubmittedAssignment.id)
    )
    with book.transaction() as session:
        about = session.get_one(Student, student)
        labs = [_lab(submission) for submission in session.scalars(wanted)]
        person = {name: getattr(about, name) for name in COLUMNS}
    return {
        "student": person,
        "ids": ids_of(book, student),
        "assignments": labs,
        "attempts": [
            {
                "recorded": one.recorded.isoformat(),
                "submitted": one.submitted.isoformat() if one.submitted else None,
                "counts": one in counted,
                "grade": said(one.grade),
            }
            for one in attempts
        ],
        "overrides": _by_hand(log_of(book, student)),
        "exports": _told(book, student),
    }


def _by_hand(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    alive = {one.number for one in standing_entries(entries)}
    return [
        {
            "number": one.number,
            "assignment": one.lab,
            "kind": one.kind,
            "cell": one.part,
            "points": one.points,
            "late": one.late,
            "text": one.text,
            "reason": one.reason,
            "who": one.who,
            "undoes": one.undoes,
            "undone": one.kind != "undo" and one.number not in alive,
            "recorded": one.recorded.isoformat() if one.recorded else None,
        }
        for one in entries
    ]


def _told(book: Book, student: str) -> list[dict[str, Any]]:
    """Return what exports said of a student, and what gradings changed."""
    wanted = select(SAID).where(SAID.c.student == student).order_by(SAID.c.id)
    with book.transaction() as session:
        return [
            {
                "assignment": row.assignment,
                "occasion": row.occasion,
                "recorded": row.recorded.isoformat(),
                "snapshot": msgspec.json.decode(row.snapshot),
                "after": msgspec.json.decode(row.after) if row.after else None,
            }
            for row in session.execute(wanted)
        ]


def _lab(submission: SubmittedAssignment) -> dict[str, Any]:
    moment = shown(submission.timestamp)
    notebooks: list[SubmittedNotebook] = submission.notebooks
    scores: list[Score] = [score for notebook in notebooks for score in notebook.grades]
    comments = [comment for notebook in notebooks for comment in notebook.comments]
    return {
        "assignment": submission.name,
        "submitted": moment.isoformat() if moment else None,
        "scores": {
            score.name: {"automatic": score.auto_score, "manual": score.manual_score}
            for score in scores
        },
        "comments": {comment.name: comment.comment for comment in comments if comment.comment},
    }


def forget(book: Book, student: str) -> None:
    """Remove a student and all that the gradebook has of them. Raises CourseError."""
    require_student(book, student)
    book.nbgrader.remove_student(student)
    with book.transaction() as session:
        for table in (ATTEMPT, OVERRIDE, IDENTITY, SAID):
            session.execute(delete(table).where(table.c.student == student))
        moves = (MOVE.c.source == student) | (MOVE.c.target == student)
        session.execute(delete(MOVE).where(moves))


def require_student(book: Book, student: str) -> None:
    """Raise CourseError where the gradebook has no such student."""
    try:
        book.nbgrader.find_student(student)
    except MissingEntry as error:
        raise CourseError(say("no-such-student", student=student)) from error
