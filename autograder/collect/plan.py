"""What collecting an archive comes to, before anything is written."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal

from autograder.collect.archive import Archive, Member, Refused
from autograder.collect.entry import Entry
from autograder.collect.registry import choose_layout
from autograder.course.submission import DEEPEST, IGNORED, STAMPS, likely
from autograder.course.timestamp import read_timestamp
from autograder.errors import CourseError

Act = Literal["new", "newer", "unchanged", "older"]
LONGEST_NAME = 200  # bytes
ACTS: tuple[Act, ...] = ("new", "newer", "unchanged", "older")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attempt:
    """What one student handed in, and what becomes of it.

    ``moments`` are those of single files, where they differ. ``act``: ``new`` and ``newer`` go to
    ``submitted/``, what lay there is kept as an earlier attempt; ``older`` is kept as one itself;
    ``unchanged`` lies there already.
    """

    student: str
    files: Mapping[str, Member]
    submitted: dt.datetime | None
    late: bool
    label: str
    act: Act
    moments: Mapping[str, dt.datetime] = dataclasses.field(default_factory=dict)


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
    for entry in reading.entries:
        problem = _no_id(entry.student) or _no_name(entry.filename) or _no_content(archive, entry)
        if problem:
            refused.append(Refused(path=entry.member.path, reason=problem))
        else:
            shown = dataclasses.replace(entry, filename=_not_too_deep(entry.filename))
            by_student.setdefault(entry.student, []).append(shown)
    planned = []
    for student, entries in sorted(by_student.items()):
        wanted = set(likely(entry.filename for entry in entries))
        attempt, others = _attempt(student, [e for e in entries if e.filename in wanted])
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
    parts = PurePosixPath(filename).parts
    if any(len(part.encode()) > LONGEST_NAME for part in parts):
        return f"a name longer than {LONGEST_NAME} bytes"
    return "a hidden file" if any(part.startswith(".") for part in parts) else ""


def _not_too_deep(filename: str) -> str:
    """Return the way to a file without outer folders, where there are more than are looked into."""
    return "/".join(PurePosixPath(filename).parts[-1 - DEEPEST :])


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
    known = {name: one.submitted for name, one in sorted(files.items()) if one.submitted}
    attempt = Attempt(
        student=student,
        files={name: entry.member for name, entry in sorted(files.items())},
        submitted=max(moments, default=None),
        late=any(entry.late for entry in entries),
        label=entries[0].label,
        act="new",
        moments=known if len(set(known.values())) > 1 else {},
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
        if now == {name: _digest((known / name).read_bytes()) for name in existing(known)}:
            return dataclasses.replace(attempt, act="unchanged")
    earlier = read_timestamp(folder)
    older = attempt.submitted is not None and earlier is not None and attempt.submitted < earlier
    return dataclasses.replace(attempt, act="older" if older else "newer")


def existing(folder: Path) -> list[str]:
    """Return the ways to what lies in a student's folder. Raises CourseError for a link."""
    if folder.is_symlink() or folder.parent.is_symlink():
        raise CourseError(f"{folder}: a link; nothing is written through it")
    return sorted(likely(_files(folder, "")))


def _files(folder: Path, inside: str) -> Iterator[str]:
    """Yield ways to regular files, of no links."""
    if not (folder / inside).is_dir():
        return
    for entry in os.scandir(folder / inside):
        name = f"{inside}{entry.name}"
        if entry.name in IGNORED | STAMPS or entry.name.startswith("."):
            continue
        if entry.is_file(follow_symlinks=False):
            yield name
        elif entry.is_dir(follow_symlinks=False):
            yield from _files(folder, f"{name}/")


def count(attempts: Iterable[Attempt], act: Act) -> int:
    """Return how many attempts there are of a kind."""
    return sum(attempt.act == act for attempt in attempts)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
