"""Submissions: stored with their bytes before anybody reads that they have arrived."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

from sqlalchemy import Connection, func, insert, select

from autograder.course.submission import IGNORED, STAMPS
from autograder.portal.people import new_id
from autograder.portal.queue import enqueue
from autograder.portal.tables import SUBMISSION

MOST_BYTES = 20_000_000
LONGEST_NAME = 120
_SHORT = [column for column in SUBMISSION.c if column is not SUBMISSION.c.data]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a student may keep: who, what, when, which attempt, and the digest of the file."""

    id: str
    number: int
    student: str
    lab: str
    attempt: int
    name: str
    sha256: str
    received: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sent:
    """A file as it was sent. ``once`` is the form's: sent twice, it is one submission."""

    name: str
    data: bytes
    once: str = ""


def safe_name(name: str) -> str:
    """Return the last part of a file's name without what a folder or a screen would obey."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c if c.isprintable() else "_" for c in last).lstrip(". ")
    while len(shown.encode("utf-8", "replace")) > LONGEST_NAME:
        shown = shown[1:].lstrip(". ")  # the end says what kind it is
    shown = shown.encode("utf-8", "replace").decode()
    return f"file-{shown}" if shown in {"", *IGNORED, *STAMPS} else shown


def store(connection: Connection, student: str, lab: str, sent: Sent, now: float) -> Receipt:
    """Store a submission and its job; the same form sent again returns the first receipt."""
    once = sent.once or new_id()
    same = (SUBMISSION.c.student == student) & (SUBMISSION.c.once == once)
    known = connection.execute(select(*_SHORT).where(same)).first()
    if known is not None:
        return _receipt(known)
    theirs = (SUBMISSION.c.student == student) & (SUBMISSION.c.lab == lab)
    last = connection.scalar(select(func.max(SUBMISSION.c.attempt)).where(theirs)) or 0
    receipt = Receipt(
        id=new_id(),
        number=0,
        student=student,
        lab=lab,
        attempt=last + 1,
        name=safe_name(sent.name),
        sha256=hashlib.sha256(sent.data).hexdigest(),
        received=now,
    )
    row = {**dataclasses.asdict(receipt), "number": None, "once": once, "data": sent.data}
    made = connection.execute(
        insert(SUBMISSION).values({k: v for k, v in row.items() if v is not None})
    )
    enqueue(connection, receipt.id, lab=lab, student=student, now=now)
    return dataclasses.replace(receipt, number=made.inserted_primary_key[0])  # type: ignore[index]


def receipts(
    connection: Connection, lab: str = "", student: str = "", *, of: str = ""
) -> list[Receipt]:
    """Return submissions, the oldest first: of a lab, a student, or the one with an id."""
    wanted = select(*_SHORT).order_by(SUBMISSION.c.number)
    for column, value in (("lab", lab), ("student", student), ("id", of)):
        if value:
            wanted = wanted.where(SUBMISSION.c[column] == value)
    return [_receipt(row) for row in connection.execute(wanted)]


def receipt_of(connection: Connection, submission: str) -> Receipt | None:
    """Return one submission's receipt."""
    return next(iter(receipts(connection, of=submission)), None) if submission else None


def bytes_of(connection: Connection, submission: str) -> bytes:
    """Return a submission's file."""
    wanted = select(SUBMISSION.c.data).where(SUBMISSION.c.id == submission)
    return bytes(connection.scalar(wanted) or b"")


def _receipt(row: Any) -> Receipt:
    names = [field.name for field in dataclasses.fields(Receipt)]
    return Receipt(**{name: getattr(row, name) for name in names})
