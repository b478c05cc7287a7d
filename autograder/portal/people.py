"""Who somebody is: personal links, tokens of the command line, sessions. No passwords.

What somebody shows is a random secret; the database has its digest, so that who reads the database
can sign in as nobody.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import secrets
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from autograder.errors import CourseError
from autograder.portal.tables import AUDIT, PERSON, SECRET
from autograder.words.catalogue import say

Role = Literal["student", "assistant", "instructor"]
Kind = Literal["link", "token", "session"]
ROLES: tuple[Role, ...] = ("student", "assistant", "instructor")
DAY = 86_400.0
LASTS: dict[Kind, float] = {"link": 200 * DAY, "token": 200 * DAY, "session": DAY / 2}
SECRETS_EACH = 20  # of a kind and person: older ones end
LONGEST = 200


@dataclasses.dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who may use the portal. ``student`` is the id in the course, empty for staff."""

    id: str
    role: Role
    student: str
    name: str

    @property
    def teaches(self) -> bool:
        """Whether this person may see the class."""
        return self.role in ("assistant", "instructor")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Signed:
    """A person, and the secret that was shown."""

    person: Person
    secret: str

    @property
    def form_token(self) -> str:
        """What a form of this session must bring back: no other site can know it."""
        return hmac.new(self.secret.encode(), b"form", hashlib.sha256).hexdigest()


def new_id() -> str:
    """Return an id that nobody can guess."""
    return secrets.token_urlsafe(16)


def digest(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def require_student_id(student: str) -> str:
    """Return an id that can be the name of a folder. Raises CourseError for any other."""
    bad = not student or student.startswith(".") or "/" in student or not student.isprintable()
    if bad or len(student.encode()) > 120:
        raise CourseError(say("portal-no-id"))
    return student


def student_person(connection: Connection, student: str, name: str, now: float) -> Person:
    """Return the person of a student of the course, made where there was none."""
    row = connection.execute(select(PERSON).where(PERSON.c.student == student)).first()
    if row is not None:
        return _person(row)
    return _add(connection, "student", require_student_id(student), name or student, now)


def staff_person(connection: Connection, role: Role, name: str, now: float) -> Person:
    """Return an instructor or assistant by name, made where there was none."""
    wanted = select(PERSON).where(
        PERSON.c.role == role, PERSON.c.name == name, PERSON.c.student.is_(None)
    )
    row = connection.execute(wanted.where(PERSON.c.issuer == "")).first()
    return _person(row) if row is not None else _add(connection, role, "", name, now)


def platform_person(
    connection: Connection, issuer: str, subject: str, role: Role, now: float, *, name: str
) -> Person | None:
    """Return who a platform says somebody is; None for a student that was never here.

    A platform's role of now counts: who is no instructor any more loses that here, too.
    """
    known = (PERSON.c.issuer == issuer) & (PERSON.c.subject == subject)
    row = connection.execute(select(PERSON).where(known)).first()
    if row is None and role == "student":
        return None
    if row is None:
        return _add(connection, role, "", name or role, now, issuer=issuer, subject=subject)
    if row.role != role:
        if role == "student" and row.student is None:
            connection.execute(delete(PERSON).where(PERSON.c.id == row.id))
            end_all(connection, row.id)
            return None
        connection.execute(update(PERSON).where(PERSON.c.id == row.id).values(role=role))
        end_all(connection, row.id)
    return dataclasses.replace(_person(row), role=role)


def join_platform(connection: Connection, person: Person, issuer: str, subject: str) -> bool:
    """Keep that a student is this one of a platform; False where they are another one already."""
    free = (PERSON.c.id == person.id) & (PERSON.c.issuer == "")
    made = connection.execute(update(PERSON).where(free).values(issuer=issuer, subject=subject))
    return bool(made.rowcount)


def _add(
    connection: Connection,
    role: Role,
    student: str,
    name: str,
    now: float,
    *,
    issuer: str = "",
    subject: str = "",
) -> Person:
    person = Person(id=new_id(), role=role, student=student, name=name[:255])
    row = {"id": person.id, "role": role, "student": student or None, "name": person.name}
    row |= {"issuer": issuer, "subject": subject}
    connection.execute(insert(PERSON).values(created=now, **row))
    return person


def grant(connection: Connection, person: Person, kind: Kind, now: float) -> str:
    """Return a new secret of a person. It is shown once: nobody can read it again."""
    secret = secrets.token_urlsafe(32)
    values = {"hash": digest(secret), "kind": kind, "person": person.id}
    connection.execute(insert(SECRET).values(created=now, expires=now + LASTS[kind], **values))
    connection.execute(delete(SECRET).where(SECRET.c.expires <= now))
    theirs = select(SECRET.c.hash).where(SECRET.c.person == person.id, SECRET.c.kind == kind)
    old = connection.scalars(theirs.order_by(SECRET.c.created.desc()).offset(SECRETS_EACH)).all()
    connection.execute(delete(SECRET).where(SECRET.c.hash.in_(old)))
    return secret


def recognise(connection: Connection, kind: Kind, secret: str, now: float) -> Signed | None:
    """Return whose secret this is, None where it is nobody's, of another kind, or has ended."""
    if not secret or len(secret) > LONGEST:
        return None
    wanted = (
        select(PERSON)
        .join(SECRET, SECRET.c.person == PERSON.c.id)
        .where(SECRET.c.hash == digest(secret), SECRET.c.kind == kind, SECRET.c.expires > now)
    )
    row = connection.execute(wanted).first()
    return Signed(person=_person(row), secret=secret) if row is not None else None


def end(connection: Connection, secret: str) -> None:
    """End one session."""
    connection.execute(delete(SECRET).where(SECRET.c.hash == digest(secret)))


def end_all(connection: Connection, person: str) -> None:
    """Revoke all that a person can show: links, tokens, sessions."""
    connection.execute(delete(SECRET).where(SECRET.c.person == person))


def people(connection: Connection) -> list[tuple[Person, int]]:
    """Return all people with the number of their links that work."""
    links = func.count(SECRET.c.hash)
    joined = PERSON.outerjoin(SECRET, (SECRET.c.person == PERSON.c.id) & (SECRET.c.kind == "link"))
    wanted = select(PERSON, links.label("links")).select_from(joined).group_by(PERSON.c.id)
    rows = connection.execute(wanted.order_by(PERSON.c.role, PERSON.c.name, PERSON.c.id))
    return [(_person(row), row.links) for row in rows]


def note(
    connection: Connection,
    person: Person | None,
    act: str,
    subject: str,
    now: float,
    *,
    detail: str = "",
) -> None:
    """Add a line to the audit log. No secret may be in it."""
    who = {"person": person.id if person else "", "who": person.name if person else ""}
    what = {"act": act, "subject": subject[:255], "detail": detail[:2000]}
    connection.execute(insert(AUDIT).values(at=now, **who, **what))


def _person(row: object) -> Person:
    found = row._mapping  # type: ignore[attr-defined]  # SQLAlchemy's own way
    return Person(
        id=found["id"], role=found["role"], student=found["student"] or "", name=found["name"]
    )
