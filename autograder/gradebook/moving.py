"""Move a student's work to another: attempts, changes by hand, exports, files; and back again.

It is for one person who became two, because an archive called them by an id that nobody knew. What
undoing needs is kept in ``autograder_move``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from nbgrader.api import Assignment, Comment, Student, SubmittedAssignment, SubmittedNotebook
from nbgrader.api import Grade as Score
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from autograder.course.folder import Course
from autograder.course.timestamp import read_timestamp
from autograder.errors import CourseError
from autograder.gradebook.attempt import digest_of
from autograder.gradebook.book import Book, now
from autograder.gradebook.copying import rewrite
from autograder.gradebook.identity import link_in
from autograder.gradebook.lateness import Rule
from autograder.gradebook.record import refill
from autograder.gradebook.release import Release
from autograder.gradebook.tables import ATTEMPT, COPY, IDENTITY, MOVE, OVERRIDE, SAID
from autograder.grading.record import from_json, to_json
from autograder.lms.joining import Identity
from autograder.words.catalogue import say

FOLDERS = ("submitted", "attempts", "autograded", "feedback")
COLUMNS = ("first_name", "last_name", "email", "lms_user_id")
LOGS = {"override": OVERRIDE, "said": SAID}


class Moved(msgspec.Struct, kw_only=True):
    """What was moved: rows by their ids, files by their places, removed rows as they were.

    ``before`` are the rows of the id that was linked, ``identity`` the new one.
    """

    labs: list[str] = []
    before: list[dict[str, Any]] = []
    identity: int = 0
    attempts: list[int] = []
    dropped: list[dict[str, Any]] = []
    rows: dict[str, list[int]] = {}
    submissions: list[str] = []
    removed: list[dict[str, Any]] = []
    identities: list[int] = []
    student: dict[str, Any] | None = None
    made: bool = False
    files: list[tuple[str, str]] = []


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """Whose work would go to whom, and in which labs; none where ``labs`` are none."""

    source: str
    target: str
    labs: tuple[str, ...]
    lines: tuple[str, ...]


def work_of(book: Book, course: Course, source: str, target: str, lab: str = "") -> Plan:
    """Return what a student has, in one lab or all, as what would be moved."""
    names: set[str] = set()
    if not source:
        return Plan(source=source, target=target, labs=(), lines=())
    with book.transaction() as session:
        counts = {code: _counts(session, table, source) for code, table in _tables().items()}
        there = select(Assignment.name).join(
            SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id
        )
        names.update(session.scalars(there.where(SubmittedAssignment.student_id == source)))
    for found in counts.values():
        names.update(found)
    for folder in FOLDERS:
        place = course.root / folder / source
        names.update(path.name for path in place.glob("*") if path.is_dir())
    wanted = sorted(name for name in names if not lab or name == lab)
    lines = []
    for name in wanted:
        parts = [say(code, n=found[name]) for code, found in counts.items() if found.get(name)]
        places = (f"{folder}/{source}/{name}" for folder in FOLDERS)
        parts += [place for place in places if (course.root / place).is_dir()]
        lines.append(f"{name}: {', '.join(parts) or say('a-submission')}")
    return Plan(source=source, target=target, labs=tuple(wanted), lines=tuple(lines))


def _tables() -> dict[str, Any]:
    return {"moved-attempts": ATTEMPT, "moved-changes": OVERRIDE, "moved-exports": SAID}


def _counts(session: Session, table: Any, student: str) -> dict[str, int]:
    wanted = select(table.c.assignment, func.count()).where(table.c.student == student)
    return dict(session.execute(wanted.group_by(table.c.assignment)).all())


def link_and_move(
    book: Book,
    course: Course,
    identity: Identity,
    plan: Plan,
    releases: Sequence[Release],
    rule: Rule,
    *,
    new: bool = False,
) -> None:
    """Say whose an id is and move what is planned, in one transaction, files last.

    How to undo it is kept. Raises CourseError.
    """
    source, target = plan.source, plan.target
    with book.transaction() as session:
        linked = link_in(session, identity, new=new)
        session.flush()
        moved = Moved(
            labs=list(plan.labs),
            before=[_plain(row) for row in linked.rows],
            identity=linked.number,
            made=linked.made,
        )
        for lab in plan.labs:
            _move_attempts(session, lab, source, target, moved)
            for name, table in LOGS.items():
                own = (table.c.student == source) & (table.c.assignment == lab)
                ids = list(session.scalars(select(table.c.id).where(own)))
                moved.rows.setdefault(name, []).extend(ids)
                session.execute(update(table).where(table.c.id.in_(ids)).values(student=target))
            _move_submission(session, lab, source, target, moved)
        _rewritten(session, releases, [target], rule)
        if source and source != target:
            _dissolve(session, source, target, moved)
        moved.files = [(str(a), str(b)) for a, b in _files(course, plan)]
        session.execute(
            insert(MOVE).values(
                source=source,
                target=target,
                recorded=now(),
                undone=0,
                moved=msgspec.json.encode(moved).decode(),
            )
        )
        _carry([(Path(a), Path(b)) for a, b in moved.files])


def last_move(book: Book) -> tuple[int, str, str, Moved]:
    """Return the last link that was not undone: its number, from whom, to whom, what was moved.

    Raises CourseError where there is none.
    """
    wanted = select(MOVE).where(MOVE.c.undone == 0).order_by(MOVE.c.id.desc()).limit(1)
    with book.transaction() as session:
        row = session.execute(wanted).first()
    if row is None:
        raise CourseError(say("no-link"))
    return row.id, row.source, row.target, msgspec.json.decode(row.moved, type=Moved)


def move_back(book: Book, releases: Sequence[Release], rule: Rule) -> tuple[str, str]:
    """Undo the last link; return whose work it was and whose it was made. Raises CourseError."""
    number, source, target, moved = last_move(book)
    with book.transaction() as session:
        _unlink(session, source, moved)
        for row in _of(session, moved.attempts):
            session.execute(_renamed(row, source))
        for row in moved.dropped:
            session.execute(insert(ATTEMPT).values(_dated(row)))
        for name, table in LOGS.items():
            ids = moved.rows.get(name, [])
            session.execute(update(table).where(table.c.id.in_(ids)).values(student=source))
        for identity in moved.submissions:
            one = session.get(SubmittedAssignment, identity)
            if one is not None:
                one.student_id = source
        for saved in moved.removed:
            _restore(session, source, saved)
        session.flush()
        session.expire_all()
        there = [name for name in (source, target) if name and session.get(Student, name)]
        _rewritten(session, releases, there, rule)
        if moved.made:
            made = session.get(Student, target)
            if made is not None and not made.submissions:
                session.delete(made)
        session.execute(update(MOVE).where(MOVE.c.id == number).values(undone=1))
        _carry([(Path(b), Path(a)) for a, b in reversed(moved.files)])
    return source, target


def _unlink(session: Session, source: str, moved: Moved) -> None:
    """Make ids, and the student who was removed, what they were."""
    session.execute(delete(IDENTITY).where(IDENTITY.c.id == moved.identity))
    if moved.student is not None and session.get(Student, source) is None:
        session.add(Student(id=source, **moved.student))
        session.flush()
    back = update(IDENTITY).where(IDENTITY.c.id.in_(moved.identities))
    session.execute(back.values(student=source))
    for row in moved.before:
        session.execute(insert(IDENTITY).values(_dated(row)))


def _rewritten(
    session: Session, releases: Sequence[Release], students: Sequence[str], rule: Rule
) -> None:
    """Have nbgrader's rows say what counts now."""
    for release in releases:
        session.flush()
        session.expire_all()
        refill(session, release, students)
        assignment = session.get_one(Assignment, release.assignment_id)
        rewrite(session, assignment, rule, students)


def _of(session: Session, ids: Sequence[int]) -> list[Any]:
    return list(session.execute(select(ATTEMPT).where(ATTEMPT.c.id.in_(ids))))


def _renamed(row: Any, student: str) -> Any:
    """Return the statement that makes an attempt another student's."""
    grade = msgspec.structs.replace(from_json(row.grade.encode()), student=student)
    values = {
        "student": student,
        "digest": digest_of(grade),
        "grade": to_json(grade).decode(),
    }
    return update(ATTEMPT).where(ATTEMPT.c.id == row.id).values(values)


def _move_attempts(session: Session, lab: str, source: str, target: str, moved: Moved) -> None:
    own = (ATTEMPT.c.assignment == lab) & (ATTEMPT.c.student == source)
    theirs = (ATTEMPT.c.assignment == lab) & (ATTEMPT.c.student == target)
    texts = session.scalars(select(ATTEMPT.c.grade).where(theirs))
    known = {digest_of(from_json(text.encode())) for text in texts}
    for row in list(session.execute(select(ATTEMPT).where(own).order_by(ATTEMPT.c.id))):
        grade = msgspec.structs.replace(from_json(row.grade.encode()), student=target)
        if digest_of(grade) in known:  # the same file, graded for both
            moved.dropped.append(_plain(row))
            session.execute(delete(ATTEMPT).where(ATTEMPT.c.id == row.id))
        else:
            moved.attempts.append(row.id)
            session.execute(_renamed(row, target))


def _move_submission(session: Session, lab: str, source: str, target: str, moved: Moved) -> None:
    """Make nbgrader's rows the target's; where the target has its own, keep these."""
    wanted = select(SubmittedAssignment).join(
        Assignment, SubmittedAssignment.assignment_id == Assignment.id
    )
    mine, theirs = (
        session.scalars(
            wanted.where(Assignment.name == lab, SubmittedAssignment.student_id == who)
        ).one_or_none()
        for who in (source, target)
    )
    if mine is None:
        return
    if theirs is None:
        moved.submissions.append(mine.id)
        mine.student_id = target
        session.flush()
        return
    saved = _saved(session, mine)
    moved.removed.append(saved)
    scores = {score.name: score for notebook in theirs.notebooks for score in notebook.grades}
    for cell in saved["cells"]:
        score = scores.get(cell["name"])
        if score is not None and score.manual_score is None and cell["manual"] is not None:
            score.manual_score, score.needs_manual_grade = cell["manual"], True
            saved["given"].append(score.id)
    for notebook in list(mine.notebooks):
        for row in (*list(notebook.grades), *list(notebook.comments)):
            session.delete(row)
        session.delete(notebook)
    session.delete(mine)
    session.flush()


def _saved(session: Session, mine: SubmittedAssignment) -> dict[str, Any]:
    """Return nbgrader's rows of a submission as what they can be made of again."""
    notebooks = list(mine.notebooks)
    ids = [score.id for notebook in notebooks for score in notebook.grades]
    ours = select(COPY.c.score, COPY.c.extra).where(COPY.c.score.in_(ids))
    copies = dict(session.execute(ours).all())
    session.execute(delete(COPY).where(COPY.c.score.in_(ids)))
    return {
        "assignment": mine.assignment_id,
        "given": [],  # the target's rows that got points by hand of these
        "timestamp": mine.timestamp.isoformat() if mine.timestamp else None,
        "extension": mine.extension.total_seconds() if mine.extension else None,
        "notebooks": [(one.notebook_id, one.late_submission_penalty) for one in notebooks],
        "cells": [
            {
                "notebook": notebook.notebook_id,
                "cell": score.cell_id,
                "name": score.name,
                "auto": score.auto_score,
                "manual": score.manual_score,
                "extra": (score.extra_credit or 0.0) - copies.get(score.id, 0.0) or None,
                "look": score.needs_manual_grade,
            }
            for notebook in notebooks
            for score in notebook.grades
        ],
        "comments": [
            {
                "notebook": notebook.notebook_id,
                "cell": comment.cell_id,
                "auto": comment.auto_comment,
                "manual": comment.manual_comment,
            }
            for notebook in notebooks
            for comment in notebook.comments
        ],
    }


def _restore(session: Session, student: str, saved: dict[str, Any]) -> None:
    moment, extension = saved["timestamp"], saved["extension"]
    for given in saved["given"]:
        score = session.get(Score, given)
        if score is not None:
            score.manual_score, score.needs_manual_grade = None, False
    submission = SubmittedAssignment(
        assignment_id=saved["assignment"],
        student_id=student,
        timestamp=dt.datetime.fromisoformat(moment) if moment else None,
        extension=dt.timedelta(seconds=extension) if extension is not None else None,
    )
    session.add(submission)
    notebooks = {}
    for notebook, penalty in saved["notebooks"]:
        made = SubmittedNotebook(
            notebook_id=notebook, assignment=submission, late_submission_penalty=penalty
        )
        session.add(made)
        notebooks[notebook] = made
    for cell in saved["cells"]:
        score = Score(cell_id=cell["cell"], notebook=notebooks[cell["notebook"]])
        score.auto_score, score.manual_score = cell["auto"], cell["manual"]
        score.extra_credit, score.needs_manual_grade = cell["extra"], cell["look"]
        session.add(score)
    for one in saved["comments"]:
        comment = Comment(cell_id=one["cell"], notebook=notebooks[one["notebook"]])
        comment.auto_comment, comment.manual_comment = one["auto"], one["manual"]
        session.add(comment)


def _dissolve(session: Session, source: str, target: str, moved: Moved) -> None:
    """Remove a student who was only a name for the other: nothing is left of theirs.

    Ids that were the same name's go with it.
    """
    student = session.get(Student, source)
    left = session.scalar(
        select(func.count())
        .select_from(SubmittedAssignment)
        .where(SubmittedAssignment.student_id == source)
    )
    left = (left or 0) + sum(sum(_counts(session, t, source).values()) for t in (ATTEMPT, OVERRIDE))
    own = list(session.execute(select(IDENTITY).where(IDENTITY.c.student == source)))
    if student is None or left or any(row.value != source for row in own):
        return
    if student.first_name or student.last_name or student.email:
        return
    moved.identities = [row.id for row in own]
    session.execute(
        update(IDENTITY).where(IDENTITY.c.id.in_(moved.identities)).values(student=target)
    )
    moved.student = {name: getattr(student, name) for name in COLUMNS}
    session.expire(student)
    session.delete(student)
    session.flush()


def _files(course: Course, plan: Plan) -> Iterator[tuple[Path, Path]]:
    """Yield from where to where folders go: what the target has newer stays in its place."""
    for lab in plan.labs:
        for name in FOLDERS:
            mine, theirs = (course.root / name / who / lab for who in (plan.source, plan.target))
            if not mine.is_dir() or mine.is_symlink() or plan.source == plan.target:
                continue
            aside = course.root / "attempts" / plan.target / lab / f"of-{plan.source}"
            if not theirs.exists():
                yield mine, theirs
            elif name == "submitted" and _newer(mine, theirs):
                yield theirs, aside
                yield mine, theirs
            elif name == "submitted":
                yield mine, aside
            elif name == "attempts":
                yield from ((path, theirs / path.name) for path in sorted(mine.iterdir()))


def _newer(mine: Path, theirs: Path) -> bool:
    first, second = read_timestamp(mine), read_timestamp(theirs)
    return first is not None and second is not None and first > second


def _carry(pairs: Sequence[tuple[Path, Path]]) -> None:
    """Move folders; what lies in a new place already stays, and what is gone is left out."""
    for old, new in pairs:
        try:
            if old.exists() and not new.exists():
                new.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(old, new)
                if old.parent.name and not any(old.parent.iterdir()):
                    old.parent.rmdir()
        except OSError as error:
            raise CourseError(say("cannot-move", old=old, problem=error.strerror)) from error


def _plain(row: Any) -> dict[str, Any]:
    """Return a row fit for JSON."""
    values = dict(row._mapping)  # how SQLAlchemy names it
    return {
        name: value.isoformat() if isinstance(value, dt.datetime) else value
        for name, value in values.items()
    }


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    """Return such a row with its times."""
    return {
        name: dt.datetime.fromisoformat(value)
        if name in ("recorded", "submitted") and isinstance(value, str)
        else value
        for name, value in row.items()
    }
