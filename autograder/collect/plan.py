"""Plan what collecting an archive does, before anything is written."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

from autograder.collect.archive import Archive, Refused
from autograder.course.submission import DEEPEST, IGNORED, STAMPS, is_code_name, likely
from autograder.course.timestamp import read_timestamp
from autograder.errors import CourseError
from autograder.lms.entry import Entry, Known, Member, Read, Reading
from autograder.lms.person import NAME, Match, Person
from autograder.lms.registry import choose_layout
from autograder.words.catalogue import say

Act = Literal["new", "newer", "unchanged", "older"]
Resolve = Callable[[Sequence[Person]], Sequence[Match]]
LONGEST_NAME = 200  # bytes
ACTS: tuple[Act, ...] = ("new", "newer", "unchanged", "older")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attempt:
    """What one student submitted, and what becomes of it.

    ``moments`` are those of single files, where they differ. ``act``: ``new`` and ``newer`` go to
    ``submitted/``, what lay there is kept as an earlier attempt; ``older`` is kept as one itself;
    ``unchanged`` lies there already. ``stranger``: the course does not know the student yet.
    """

    student: str
    files: Mapping[str, Member]
    submitted: dt.datetime | None
    late: bool
    person: Person
    label: str
    act: Act
    moments: Mapping[str, dt.datetime] = dataclasses.field(default_factory=dict)
    stranger: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Collection:
    """All attempts by student, the oldest first, and all that was not taken, with reasons."""

    layout: str
    attempts: tuple[Attempt, ...]
    refused: tuple[Refused, ...]
    notes: tuple[str, ...] = ()

    @property
    def students(self) -> frozenset[str]:
        """Whose attempts they are."""
        return frozenset(attempt.student for attempt in self.attempts)

    @property
    def strangers(self) -> frozenset[str]:
        """Those among them whom the course does not know yet."""
        return frozenset(attempt.student for attempt in self.attempts if attempt.stranger)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """Where a lab's files go, and how to find out whose they are and when they came.

    ``many`` says whether so many new people, beside so many known, are to be asked about first.
    ``zone`` is that of times which say none; None is this machine's.
    """

    lab: str
    submitted: Path
    attempts: Path
    resolve: Resolve
    known: Known
    many: Callable[[int, int], bool]
    zone: dt.tzinfo | None = None


def plan(archive: Archive, place: Place, layout_name: str) -> Collection:
    """Return what would become of each file. Raises CourseError where it cannot be read."""
    layout = choose_layout(layout_name, archive.members)
    reading = layout.read(archive.members, archive.read, place.lab, place.known)
    return planned(reading, archive.read, archive.refused, place, layout.name)


def planned(
    reading: Reading, read: Read, refused: Sequence[Refused], place: Place, layout: str
) -> Collection:
    """Return what would become of each file of a reading."""
    told = [*refused, *(Refused(path=p, reason=why) for p, why in reading.unmatched)]
    by_attempt: dict[tuple[str, str], list[tuple[Entry, Match]]] = {}
    for entry, match in _matched(reading.entries, place.resolve):
        problem = match.problem or _no_id(match.student) or _no_name(entry.filename)
        if problem or (problem := _no_content(read, entry)):
            told.append(Refused(path=entry.member.path, reason=problem))
        else:
            shown = dataclasses.replace(entry, filename=_not_too_deep(entry.filename))
            by_attempt.setdefault((match.student, entry.attempt), []).append((shown, match))
    found = []
    for pairs in by_attempt.values():
        wanted = set(likely(entry.filename for entry, _ in pairs))
        entries = [entry for entry, _ in pairs if entry.filename in wanted]
        attempt, others = _attempt(entries, pairs[0][1], place.zone)
        told += others
        found.append(attempt)
    by_student = itertools.groupby(sorted(found, key=_order), key=lambda one: one.student)
    attempts = [one for student, ones in by_student for one in _compared([*ones], read, place)]
    told += _without_code(attempts)
    return Collection(
        layout=layout, attempts=tuple(attempts), refused=tuple(told), notes=reading.notes
    )


def _matched(entries: Sequence[Entry], resolve: Resolve) -> list[tuple[Entry, Match]]:
    """Return whose each entry is; of several people who would be one by name, nobody is."""
    matches = resolve([entry.person for entry in entries])
    pairs = list(zip(entries, matches, strict=True))
    people: dict[str, set[tuple[str, ...]]] = {}
    for entry, match in pairs:
        people.setdefault(match.student, set()).add(tuple(entry.person.ids.values()))
    return [
        (entry, dataclasses.replace(match, problem=say("owner-same-name", student=match.student)))
        if match.by == NAME and not match.problem and len(people[match.student]) > 1
        else (entry, match)
        for entry, match in pairs
    ]


def _order(attempt: Attempt) -> tuple[str, bool, float]:
    """Return what sorts a student's attempts: the last one counts, and has code if any has."""
    known = attempt.submitted
    return attempt.student, _has_code(attempt), known.timestamp() if known else 0.0


def _has_code(attempt: Attempt) -> bool:
    return any(is_code_name(PurePosixPath(name).name) for name in attempt.files)


def _without_code(attempts: Sequence[Attempt]) -> Iterator[Refused]:
    """Tell of attempts that came later than the one that counts, and do not count."""
    last = {attempt.student: attempt for attempt in attempts}
    for attempt in attempts:
        counts = last[attempt.student]
        first, last_one = counts.submitted, attempt.submitted
        if first and last_one and last_one > first and attempt.act != "unchanged":
            for member in attempt.files.values():
                yield Refused(path=member.path, reason=say("attempt-no-code"))


def _no_id(student: str) -> str:
    if not student or student in (".", "..") or "/" in student or student.startswith("."):
        return say("owner-not-an-id")
    if not student.isprintable() or len(student.encode()) > 200:
        return say("owner-not-an-id")
    return ""


def _no_name(filename: str) -> str:
    parts = PurePosixPath(filename).parts
    if any(len(part.encode()) > LONGEST_NAME for part in parts):
        return say("name-too-long", most=LONGEST_NAME)
    return say("hidden-file") if any(part.startswith(".") for part in parts) else ""


def _not_too_deep(filename: str) -> str:
    """Return the way to a file without outer folders, where there are more than are looked into."""
    return "/".join(PurePosixPath(filename).parts[-1 - DEEPEST :])


def _no_content(read: Read, entry: Entry) -> str:
    """Say why a file cannot be read, nothing where it can."""
    try:
        read(entry.member)
    except CourseError as error:
        return str(error).rpartition(": damaged: ")[2]
    return ""


def _attempt(
    entries: Sequence[Entry], match: Match, zone: dt.tzinfo | None
) -> tuple[Attempt, list[Refused]]:
    """Return the newest file of each name; the others are reported."""
    files: dict[str, Entry] = {}
    refused = []
    for entry in sorted(entries, key=lambda one: _moment(one, zone)):
        older = files.pop(entry.filename, None)
        if older is not None:
            reason = say("member-newer", path=entry.member.path)
            refused.append(Refused(path=older.member.path, reason=reason))
        files[entry.filename] = entry
    moments = [_zoned(entry.submitted, zone) for entry in entries if entry.submitted]
    known = {n: _zoned(e.submitted, zone) for n, e in sorted(files.items()) if e.submitted}
    attempt = Attempt(
        student=match.student,
        files={name: entry.member for name, entry in sorted(files.items())},
        submitted=max(moments, default=None),
        late=any(entry.late for entry in entries),
        person=entries[0].person,
        label=entries[0].label or entries[0].person.full,
        act="new",
        moments=known if len(set(known.values())) > 1 else {},
        stranger=match.new,
    )
    return attempt, refused


def _zoned(moment: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
    """Return a moment with a zone: its own, else the given one, else this machine's."""
    if moment.tzinfo is not None:
        return moment
    return moment.astimezone() if zone is None else moment.replace(tzinfo=zone)


def _moment(entry: Entry, zone: dt.tzinfo | None) -> tuple[float, dt.datetime, str]:
    known = _zoned(entry.submitted, zone).timestamp() if entry.submitted else 0.0
    return known, entry.member.modified or dt.datetime.min, entry.member.path  # noqa: DTZ901


def _compared(found: Sequence[Attempt], read: Read, place: Place) -> list[Attempt]:
    """Return a student's attempts with what becomes of each, given what is there already."""
    *earlier, last = found
    folder = place.submitted / last.student / place.lab
    kept = place.attempts / last.student / place.lab
    there = existing(folder)
    known = [digests(one) for one in (folder, *(kept.iterdir() if kept.is_dir() else ()))]
    acts = []
    for attempt in earlier:
        act: Act = "unchanged" if offered(attempt, read) in known else "older"
        acts.append(dataclasses.replace(attempt, act=act))
    if there:
        act = "unchanged" if offered(last, read) in known else "newer"
        moment = read_timestamp(folder)
        if act == "newer" and last.submitted and moment and last.submitted < moment:
            act = "older"
        last = dataclasses.replace(last, act=act)
    return [*acts, last]


def offered(attempt: Attempt, read: Read) -> dict[str, bytes]:
    """Return the digests of what an attempt has, by the ways to the files."""
    return {name: _digest(read(member)) for name, member in attempt.files.items()}


def digests(folder: Path) -> dict[str, bytes]:
    """Return the digests of what lies in a folder. Raises CourseError for a link."""
    return {name: _digest((folder / name).read_bytes()) for name in existing(folder)}


def existing(folder: Path) -> list[str]:
    """Return the ways to what lies in a student's folder. Raises CourseError for a link."""
    if folder.is_symlink() or folder.parent.is_symlink():
        raise CourseError(say("folder-is-link", folder=folder))
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
