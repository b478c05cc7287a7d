"""One file of one student, from an e-mail or a USB stick."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from autograder.course.submission import FILE_BYTES
from autograder.errors import CourseError
from autograder.lms.entry import Entry, Member, Read, Reading
from autograder.lms.person import Person
from autograder.words.catalogue import say


def read_single(
    path: Path, student: str, lab: str, submitted: dt.datetime | None
) -> tuple[Reading, Read]:
    """Return a file as a reading with one entry, and what reads it. Raises CourseError."""
    try:
        with path.open("rb") as stream:
            data = stream.read(FILE_BYTES + 1)
    except OSError as error:
        raise CourseError(say("cannot-read", path=path, problem=error.strerror)) from error
    if len(data) > FILE_BYTES:
        raise CourseError(say("file-too-large", n=FILE_BYTES // 1_000_000, path=path))
    person = Person(system="file", ids={}, student=student, scope=lab, where=str(path))
    member = Member(path=path.name, size_bytes=len(data), modified=None, index=0)
    entry = Entry(person=person, filename=path.name, member=member, submitted=submitted)
    return Reading(entries=(entry,)), lambda _: data
