"""Who the students are in other systems: their ids there, kept beside nbgrader's students."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from nbgrader.api import Assignment, Student, SubmittedAssignment
from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session

from autograder.errors import CourseError
from autograder.gradebook.book import Book, now
from autograder.gradebook.tables import IDENTITY
from autograder.lms.joining import COURSE, Identity, People, is_id
from autograder.lms.person import NAME, Person, id_key
from autograder.words.catalogue import say


def people_of(book: Book) -> People:
    """Return all students with all their ids: ours, and what nbgrader's own columns say."""
    handed_in = select(Assignment.name, SubmittedAssignment.student_id).join(
        SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id
    )
    with book.transaction() as session:
        students = list(session.scalars(select(Student).order_by(Student.id)))
        by_lab: dict[str, set[str]] = {}
        for lab, student in session.execute(handed_in):
            by_lab.setdefault(lab, set()).add(student)
        stored = [
            _identity(row) for row in session.execute(select(IDENTITY).order_by(IDENTITY.c.id))
        ]
        own = [one for student in students for one in _own(student)]
    found = People([student.id for student in students], stored, by_lab)
    times = collections.Counter(one.key for one in own)
    for one in own:
        if one.kind == NAME or times[one.key] == 1:  # what two have says of neither who it is
            found.add(one)
    return found


def _identity(row: Any) -> Identity:
    return Identity(
        student=row.student,
        system=row.system,
        kind=row.kind,
        value=row.value,
        scope=row.scope,
        source=row.source,
    )


def _own(student: Student) -> Iterable[Identity]:
    """Yield what nbgrader's columns say of a student."""
    name = f"{student.first_name or ''} {student.last_name or ''}".strip()
    for kind, value in ((NAME, name), ("email", student.email), ("user", student.lms_user_id)):
        if value:
            yield Identity(student=student.id, system=COURSE, kind=kind, value=value)


def identities_of(person: Person, student: str, source: str) -> list[Identity]:
    """Return a person's ids and name as a student's."""
    ids = [
        Identity(
            student=student,
            system=person.system,
            kind=kind,
            value=value,
            scope=person.scope if kind == "participant" else "",
            source=source,
        )
        for kind, value in person.ids.items()
    ]
    if person.student and person.student != student:
        ids.append(
            Identity(student=student, system=COURSE, kind="id", value=person.student, source=source)
        )
    if person.full:
        ids.append(
            Identity(
                student=student, system=person.system, kind=NAME, value=person.full, source=source
            )
        )
    return ids


def save(book: Book, decided: Sequence[tuple[str, Person]], source: str) -> int:
    """Store whose ids these are, the students added who are not there; return how many ids are new.

    Names and addresses go to nbgrader's columns, too, where these are empty. Raises CourseError
    where an id is another student's; then nothing is stored.
    """
    people = people_of(book)
    rows: list[dict[str, Any]] = []
    with book.transaction() as session:
        known = {student.id: student for student in session.scalars(select(Student))}
        for student, person in decided:
            if student not in known:
                if not is_id(student):
                    raise CourseError(say("not-an-id", student=student))
                known[student] = Student(id=student)
                session.add(known[student])
            _describe(known[student], person)
            for one in identities_of(person, student, source):
                if not people.has(one):
                    people.add(one)
                    rows.append(_row(one))
        if rows:
            session.execute(insert(IDENTITY), rows)
    return len(rows)


def _describe(student: Student, person: Person) -> None:
    """Fill in what nbgrader does not know of a student."""
    email = person.ids.get("email", "")
    parts = {"first_name": person.first, "last_name": person.last, "email": email}
    if not (person.first or person.last) and not (student.first_name or student.last_name):
        parts["last_name"] = person.name
    for name, value in parts.items():
        if value and not getattr(student, name):
            setattr(student, name, value[:128])


def _row(one: Identity) -> dict[str, Any]:
    return {
        "student": one.student,
        "system": one.system,
        "kind": one.kind,
        "scope": one.scope,
        "value": one.value[:255],
        "key": id_key(one.kind, one.value)[:255],
        "source": one.source,
        "recorded": now(),
    }


@dataclasses.dataclass(frozen=True, kw_only=True)
class Linked:
    """What saying whose an id is changed: whose it was, the rows before, the new row's number."""

    before: str
    rows: tuple[Any, ...]
    number: int
    made: bool


def link(book: Book, identity: Identity, *, new: bool = False) -> Linked:
    """Say that an id is a student's, in a transaction of its own; see ``link_in``."""
    with book.transaction() as session:
        return link_in(session, identity, new=new)


def link_in(session: Session, identity: Identity, *, new: bool = False) -> Linked:
    """Say that an id is a student's; return what that changed.

    Raises CourseError where there is no such student and none was to be made.
    """
    made = session.get(Student, identity.student) is None
    if made:
        if not new:
            raise CourseError(say("no-such-student-new", student=identity.student))
        if not is_id(identity.student):
            raise CourseError(say("not-an-id", student=identity.student))
        session.add(Student(id=identity.student))
    rows = tuple(session.execute(select(IDENTITY).where(_same(identity))))
    session.execute(delete(IDENTITY).where(_same(identity)))
    number = session.scalar(insert(IDENTITY).values(_row(identity)).returning(IDENTITY.c.id))
    before = rows[0].student if rows else ""
    return Linked(before=before, rows=rows, number=number or 0, made=made)


def whose_was(book: Book, identity: Identity) -> tuple[str, bool]:
    """Return whose an id is so far, and whether that student is nobody but this id.

    So it is with who is called by the id, and of whom nothing else is known: an archive had no
    other name for them.
    """
    with book.transaction() as session:
        owner = session.scalar(select(IDENTITY.c.student).where(_same(identity))) or ""
        student = session.get(Student, owner or identity.value)
        if student is None:
            return owner, False
        values = set(
            session.scalars(select(IDENTITY.c.value).where(IDENTITY.c.student == student.id))
        )
        named = student.first_name or student.last_name or student.email
        alone = student.id == identity.value and values <= {identity.value} and not named
        return (student.id, True) if alone else (owner, False)


def _same(identity: Identity) -> ColumnElement[bool]:
    return (
        (IDENTITY.c.system == identity.system)
        & (IDENTITY.c.kind == identity.kind)
        & (IDENTITY.c.scope == identity.scope)
        & (IDENTITY.c.key == id_key(identity.kind, identity.value))
    )


def ids_of(book: Book, student: str) -> list[dict[str, str]]:
    """Return all that is stored of who a student is elsewhere, fit for JSON."""
    wanted = select(IDENTITY).where(IDENTITY.c.student == student).order_by(IDENTITY.c.id)
    with book.transaction() as session:
        return [
            {
                "system": row.system,
                "kind": row.kind,
                "value": row.value,
                "assignment": row.scope,
                "source": row.source,
                "recorded": row.recorded.isoformat(),
            }
            for row in session.execute(wanted)
        ]


def folders_of(people: People, student: str) -> list[str]:
    """Return the names of folders that may be a student's: their ids that are nobody else's."""
    ids = [one.value for one in people.ids_of(student) if one.kind not in (NAME, "participant")]
    names = dict.fromkeys([student, *(value for value in ids if is_id(value))])
    return [name for name in names if name == student or name not in people.students]


def whose(people: People, folders: Iterable[str], lab: str) -> dict[str, str]:
    """Return whose each folder of submissions is; it may be named by any id of a student.

    Raises CourseError where a name is several people's, or two folders are one student's.
    """
    found: dict[str, str] = {}
    for folder in folders:
        match = people.match(Person(system="folder", ids={}, student=folder, scope=lab))
        if match.problem:
            raise CourseError(say("folder-whose", folder=folder, problem=match.problem))
        found[folder] = match.student or folder
    for student, count in collections.Counter(found.values()).items():
        if count > 1:
            names = f" {say('and')} ".join(
                folder for folder, owner in found.items() if owner == student
            )
            raise CourseError(say("folders-of-one", names=names, student=student))
    return found
