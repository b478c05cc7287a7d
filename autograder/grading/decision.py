"""What people decided: that a submission was reviewed, or that one is accepted anyway.

``<out>/<lab>/decisions.jsonl`` has a JSON object a line, with a gradebook or without one. A
decision is about one submission of one student. So it holds however often that is graded, and a
new submission asks again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from autograder.errors import CourseError
from autograder.grading.file import unwritable, write_atomically
from autograder.grading.record import Grade
from autograder.judge.review import CHECK_ERROR, OTHER_LAB
from autograder.words.catalogue import say

FILE = "decisions.jsonl"


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``reviewed`` are the codes that somebody looked at; ``accepted``: of whatever lab it is.

    ``submission`` is the file's digest, or that of the message where no file was read.
    """

    student: str
    submission: str
    reviewed: tuple[str, ...] = ()
    accepted: bool = False
    reason: str = ""


class Decisions:
    """All that was decided in one lab."""

    def __init__(self, made: Iterable[Decision] = ()) -> None:
        self._reviewed: dict[tuple[str, str], set[str]] = {}
        self._accepted: set[tuple[str, str]] = set()
        for one in made:
            key = (one.student, one.submission)
            self._reviewed.setdefault(key, set()).update(one.reviewed)
            if one.accepted:
                self._accepted.add(key)
                self._reviewed[key].update(OTHER_LAB)

    def accepts(self, student: str, submission_sha256: str) -> bool:
        """Return whether a submission counts even if it says that it is of another lab."""
        return (student, submission_sha256) in self._accepted

    def asked(self, grade: Grade, *further: str) -> tuple[str, ...]:
        """Return the codes for which nobody has looked at a grade's submission yet."""
        broken = (CHECK_ERROR,) if grade.undecided else ()
        seen = self._reviewed.get((grade.student, subject_of(grade)), ())
        codes = dict.fromkeys((*grade.review, *broken, *further))
        return tuple(code for code in codes if code not in seen)


NONE_MADE = Decisions()


def subject_of(grade: Grade) -> str:
    """Return what a decision on this grade is about."""
    told = msgspec.json.encode(grade.message, order="sorted")
    return grade.submission_sha256 or hashlib.sha256(told).hexdigest()


def read_decisions(folder: Path) -> list[Decision]:
    """Return what was decided in the lab with that out folder. Raises CourseError."""
    path = folder / FILE
    try:
        lines = path.read_bytes().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise CourseError(say("cannot-read", path=path, problem=error.strerror)) from error
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(msgspec.json.decode(line, type=Decision))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise CourseError(
                say("decision-damaged", error=error, number=number, path=path)
            ) from error
    return found


def load_decisions(folder: Path) -> Decisions:
    """Return what was decided in a lab, to be asked. Raises CourseError."""
    return Decisions(read_decisions(folder))


def decide(folder: Path, made: Iterable[Decision]) -> None:
    """Add decisions; those that are there already change nothing. Raises CourseError."""
    with _alone(folder):
        known = read_decisions(folder)
        new = [one for one in dict.fromkeys(made) if one not in known]
        if new:
            _write(folder, [*known, *new])


def forget_decisions(folder: Path, student: str) -> bool:
    """Remove those on a student; False where there are none. Raises CourseError."""
    if not (folder / FILE).is_file():
        return False
    with _alone(folder):
        known = read_decisions(folder)
        kept = [one for one in known if one.student != student]
        if len(kept) < len(known):
            _write(folder, kept)
        return len(kept) < len(known)


def _write(folder: Path, decisions: Iterable[Decision]) -> None:
    lines = (msgspec.json.encode(one) + b"\n" for one in decisions)
    write_atomically(folder / FILE, lines, sync=True)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others from writing meanwhile: a moment, so they wait. Grading goes on beside it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        with contextlib.suppress(OSError):  # a disk that knows no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
