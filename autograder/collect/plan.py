"""What collecting an archive comes to, before anything is written."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal

from autograder.collect.archive import Archive, Member, Refused
from autograder.collect.entry import Entry
from autograder.collect.registry import choose_layout
from autograder.course.submission import SUFFIXES
from autograder.course.timestamp import read_timestamp
from autograder.errors import CourseError

Act = Literal["new", "newer", "unchanged", "older"]
OTHER_KIND = "neither a script nor a notebook"
ADVICE = {
    ".txt": "neither a script nor a notebook; if it is one, rename it",
    ".zip": "an archive in the archive; unpack it and collect it by itself",
}
OTHER_KINDS = frozenset({OTHER_KIND, *ADVICE.values()})
LONGEST_NAME = 200  # bytes
ACTS: tuple[Act, ...] = ("new", "newer", "unchanged", "older")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attempt:
    """What one student handed in, and what becomes of it.

    ``act``: ``new`` and ``newer`` go to ``submitted/``, what lay there is kept as an earlier
    attempt; ``older`` is kept as one itself; ``unchanged`` lies there already.
    """

    student: str
    files: Mapping[str, Member]
    submitted: dt.datetime | None
    late: bool
    label: str
    act: Act


@dataclasses.dataclass(frozen=True, kw_only=True)
class Collection:
    """All attempts by student, and all that was not taken, each with a reason."""

    layout: str
    attempts: tuple[Attempt, ...]
    refused: tuple[Refused, ...]


def plan(
    archive: Archive, lab: str, submitted: Path, attempts: Path, layout_name: str
) -> Collection:
    """Return what would become of each file. Raises CourseError where it cannot be read."""
    layout = choose_layout(layout_name, archive.members)
    reading = layout.read(archive.members, archive.read, lab)
    refused = [*archive.refused, *(Refused(path=p, reason=why) for p, why in reading.unmatched)]
    by_student: dict[str, list[Entry]] = {}
    useless: dict[str, list[Refused]] = {}
    for entry in reading.entries:
        problem = _no_id(entry.student) or _no_name(entry.filename) or _no_content(archive, entry)
        if problem:
            told = Refused(path=entry.member.path, reason=problem)
            useless.setdefault(entry.student, []).append(told)
        else:
            by_student.setdefault(entry.student, []).append(entry)
    for student, told_ones in sorted(useless.items()):
        beside = student in by_student  # a data file beside the notebook needs no word
        refused += [one for one in told_ones if not (beside and one.reason in OTHER_KINDS)]
    planned = []
    for student, entries in sorted(by_student.items()):
        attempt, others = _attempt(student, entries)
        refused += others
        folder, earlier = submitted / student / lab, attempts / student / lab
        planned.append(_compared(attempt, archive, folder, earlier))
    return Collection(layout=layout.name, attempts=tuple(planned), refused=tuple(refused))


def _no_id(student: str) -> str:
    if not student or student in (".", "..") or "/" in student or student.startswith("."):
        return "its owner's name cannot be a student id"
    if not student.isprintable() or len(student.encode()) > 200:
        return "its owner's name cannot be a student id"
    return ""


def _no_name(filename: str) -> str:
    suffix = PurePosixPath(filename).suffix.lower()
    if suffix not in SUFFIXES:
        return ADVICE.get(suffix, OTHER_KIND)
    if len(filename.encode()) > LONGEST_NAME:
        return f"a name longer than {LONGEST_NAME} bytes"
    return "a hidden file" if filename.startswith(".") else ""


def _no_content(archive: Archive, entry: Entry) -> str:
    """Say why a file cannot be read, nothing where it can."""
    try:
        archive.read(entry.member)
    except CourseError as error:
        return str(error).rpartition(": damaged: ")[2]
    return ""


def _attempt(student: str, entries: list[Entry]) -> tuple[Attempt, list[Refused]]:
    """Return the newest file of each name; the others are told."""
    files: dict[str, Entry] = {}
    refused = []
    for entry in sorted(entries, key=_moment):
        older = files.pop(entry.filename, None)
        if older is not None:
            reason = f"{entry.member.path} is newer"
            refused.append(Refused(path=older.member.path, reason=reason))
        files[entry.filename] = entry
    moments = [entry.submitted for entry in entries if entry.submitted]
    attempt = Attempt(
        student=student,
        files={name: entry.member for name, entry in sorted(files.items())},
        submitted=max(moments, default=None),
        late=any(entry.late for entry in entries),
        label=entries[0].label,
        act="new",
    )
    return attempt, refused


def _moment(entry: Entry) -> tuple[float, dt.datetime, str]:
    known = entry.submitted.timestamp() if entry.submitted else 0.0
    return known, entry.member.modified or dt.datetime.min, entry.member.path  # noqa: DTZ901


def _compared(attempt: Attempt, archive: Archive, folder: Path, earlier_ones: Path) -> Attempt:
    """Return the attempt with what becomes of it, given what the student handed in before."""
    if not existing(folder):
        return attempt
    now = {name: _digest(archive.read(member)) for name, member in attempt.files.items()}
    for known in (folder, *(earlier_ones.iterdir() if earlier_ones.is_dir() else ())):
        if now == {path.name: _digest(path.read_bytes()) for path in existing(known)}:
            return dataclasses.replace(attempt, act="unchanged")
    earlier = read_timestamp(folder)
    older = attempt.submitted is not None and earlier is not None and attempt.submitted < earlier
    return dataclasses.replace(attempt, act="older" if older else "newer")


def existing(folder: Path) -> list[Path]:
    """Return the scripts and notebooks in a student's folder. Raises CourseError for a link."""
    if folder.is_symlink() or folder.parent.is_symlink():
        raise CourseError(f"{folder}: a link; nothing is written through it")
    if not folder.is_dir():
        return []
    paths = (Path(entry) for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False))
    return sorted(path for path in paths if path.suffix.lower() in SUFFIXES)


def count(attempts: Iterable[Attempt], act: Act) -> int:
    """Return how many attempts there are of a kind."""
    return sum(attempt.act == act for attempt in attempts)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
