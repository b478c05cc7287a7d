"""Find what each student submitted, by the layouts that instructors use. No file is read here.

Nothing is followed out of the folder: links, FIFOs, sockets and devices are named, never opened.
Which of a student's files is meant is not decided here either: that takes reading them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import os
import re
import stat
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from autograder.errors import CourseError
from autograder.words.catalogue import say
from autograder.words.text import NOTHING, Text, text, verbatim

FILE_BYTES = 100_000_000
MOST_FILES = 20
MOST_ENTRIES = 2_000
DEEPEST = 2
"""Folders below a student's own, or below that of the lab, which are looked into."""
SUFFIXES = (".ipynb", ".py")
IGNORED = frozenset(
    {".DS_Store", ".git", ".gitignore", ".gitkeep", ".ipynb_checkpoints", "__MACOSX"}
    | {"Thumbs.db", "desktop.ini", "__pycache__"}
)
STAMPS = frozenset({"timestamp.txt", "timestamps.txt"})
_CODE = re.compile(r"(?is).+\.(?:pyw?|zip|pyw?\.(?:txt|json|zip)|ipynb\b.*)$")
"""A notebook, a script, or an archive, whatever a browser made of the end of its name."""
_ENDS = re.compile(r"(?i)(?:\.(?:ipynb|py))?(?:\.(?:txt|json|zip))?$")
Way = tuple[bytes, ...]


def likely(names: Iterable[str]) -> list[str]:
    """Return those of a hand-in's files that may be meant by their names, all where none may."""
    known = list(names)
    return [name for name in known if is_code_name(name.rpartition("/")[2])] or known


def is_code_name(name: str) -> bool:
    """Return whether a file may be a notebook or script, or an archive of one, by its name."""
    return _CODE.match(name) is not None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Handed:
    """A file that may be meant: the ``way`` to it from the folder of all, and what it is called.

    ``name`` says nothing about the student: it is the way from the student's own folder.
    """

    way: Way
    name: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Submission:
    """What one student submitted, or why there is nothing: then ``problem`` says so.

    ``place`` is the way to the folder that it lies in, ``left_out`` how many files were too many.
    ``absent``: there is a folder for the student, and nothing of this lab in it.
    """

    student: str
    place: Way = ()
    files: tuple[Handed, ...] = ()
    problem: Text = NOTHING
    absent: bool = False
    left_out: int = 0

    @property
    def in_folder(self) -> bool:
        """Whether there is a folder for the student."""
        return bool(self.place)


class Unfit(ValueError):
    """A file that is not read: the code of the note that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(say(f"unfit-{code}", megabytes=FILE_BYTES // 1_000_000))
        self.code = code


def find_submissions(folder: Path, lab: str, labs: Collection[str] = ()) -> list[Submission]:
    """Return one entry a student, sorted by id. Raises CourseError where ``folder`` is none.

    ``labs`` are those of the course: folders of other ones are passed over.
    """
    if not folder.is_dir():
        raise CourseError(say("no-such-folder", folder=folder))
    by_student: dict[str, list[tuple[bytes, Submission]]] = {}
    for name in sorted(os.listdir(os.fsencode(folder))):
        if os.fsdecode(name) in IGNORED or name.startswith(b"._"):
            continue
        found = _entry(os.fsencode(folder), name, lab, labs)
        by_student.setdefault(found.student, []).append((name, found))
    return [_only(student, entries) for student, entries in sorted(by_student.items())]


def submission_of(folder: Path, student: str, lab: str, labs: Collection[str] = ()) -> Submission:
    """Return what lies in one student's folder."""
    return _entry(os.fsencode(folder), os.fsencode(student), lab, labs)


def read_handed(folder: Path, way: Way) -> bytes:
    """Return a file's bytes. Raises OSError, or Unfit where it is too large or no file."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in way[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            inner = os.open(part, flags, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
        file = os.open(way[-1], flags, dir_fd=descriptor)
    finally:
        os.close(descriptor)
    with os.fdopen(file, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unfit("file-irregular")
        if status.st_size > FILE_BYTES:
            raise Unfit("file-larger")
        return stream.read(FILE_BYTES + 1)


def digest_of(files: Iterable[tuple[str, bytes]]) -> str:
    """Return the digest of a file's bytes; of several files, that of their names and digests."""
    digests = [(name, hashlib.sha256(data).hexdigest()) for name, data in files]
    if len(digests) == 1:
        return digests[0][1]
    return hashlib.sha256(repr(digests).encode()).hexdigest()


def _only(student: str, entries: list[tuple[bytes, Submission]]) -> Submission:
    if len(entries) == 1:
        return entries[0][1]
    names = tuple(verbatim(f"'{_shown(name)}'") for name, _ in entries)
    return Submission(student=student, problem=text("entry-twice", names=names))


def _entry(folder: bytes, name: bytes, lab: str, labs: Collection[str]) -> Submission:
    path = os.path.join(folder, name)
    mode = os.lstat(path).st_mode
    shown = _escaped(name)
    if shown is not None:
        return Submission(student=shown, problem=text("entry-no-id"))
    called = os.fsdecode(name)
    if stat.S_ISDIR(mode):
        return _from_folder(path, name, called, lab, labs)
    if not stat.S_ISREG(mode):
        return Submission(student=stem_of(called), problem=_kind(mode))
    if not is_code_name(called):
        stem = os.path.splitext(called)[0]
        return Submission(student=stem or called, problem=text("entry-other-kind"))
    student = stem_of(called)
    handed = Handed(way=(name,), name=f"{lab}{called[len(student) :]}")
    return Submission(student=student, files=(handed,))


def _from_folder(
    path: bytes, name: bytes, student: str, lab: str, labs: Collection[str]
) -> Submission:
    """Return the submission in ``<student>/`` or ``<student>/<lab>/``."""
    inner = _lab_folder(path, lab)
    place: Way = (name,) if inner is None else (name, inner)
    others = set() if inner else {*labs} - {lab}
    found = list(itertools.islice(_entries(path, place[1:], others), MOST_ENTRIES))
    regular = [(way, called) for way, called, problem in found if not problem]
    code = [(way, called) for way, called in regular if is_code_name(called)] or regular
    code.sort(key=lambda one: _order(one, lab))
    problem = NOTHING
    if not code:
        problems = [problem for _, _, problem in found if problem]
        problem = problems[0] if problems else text("entry-without-file", lab=lab)
    exact = inner is None or os.fsdecode(inner) == lab
    skipped = len(place) - 1 if exact else 0
    files = [Handed(way=(name, *way), name="/".join(map(_shown, way[skipped:]))) for way, _ in code]
    return Submission(
        student=student,
        place=place,
        files=tuple(files[:MOST_FILES]),
        problem=problem,
        absent=not found,
        left_out=len(files[MOST_FILES:]),
    )


def _lab_folder(path: bytes, lab: str) -> bytes | None:
    """Return the lab's folder in a student's, whatever the case of its name; None without one."""
    try:
        with os.scandir(path) as entries:
            folders = sorted(e.name for e in entries if e.is_dir(follow_symlinks=False))
    except OSError:
        return None
    exact = os.fsencode(lab)
    if exact in folders:
        return exact
    return next((name for name in folders if _plain(name) == lab), None)


def _plain(name: bytes) -> str:
    return re.sub(r"[\s-]+", "_", os.fsdecode(name).strip()).lower()


def _order(one: tuple[Way, str], lab: str) -> tuple[object, ...]:
    """Return what decides about files that are too many: those of the lab's name come first."""
    way, name = one
    return (len(way), stem_of(name).lower() != lab, not name.lower().endswith(SUFFIXES), way)


def _entries(
    path: bytes, inside: Way, others: Collection[str], depth: int = 0
) -> Iterator[tuple[Way, str, Text]]:
    """Yield files below a student's folder: the way, the name, and what forbids to open it.

    What is hidden, left behind by a system, or another lab's folder is passed over.
    """
    place = os.path.join(path, *inside)
    try:
        with os.scandir(place) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except OSError as error:
        yield inside, "", text("entry-unreadable", reason=error.strerror or "")
        return
    folders = []
    for entry in entries:
        name = os.fsdecode(entry.name)
        if name in IGNORED | STAMPS or name.startswith("."):
            continue
        mode = entry.stat(follow_symlinks=False).st_mode
        if not stat.S_ISDIR(mode):
            problem = NOTHING if stat.S_ISREG(mode) else _kind(mode)
            yield (*inside, entry.name), name, problem
        elif _plain(entry.name) not in others and depth < DEEPEST:
            folders.append(entry.name)
    for folder in folders:
        yield from _entries(path, (*inside, folder), others, depth + 1)


def _kind(mode: int) -> Text:
    kinds = (
        (stat.S_ISLNK, "entry-is-link"),
        (stat.S_ISFIFO, "entry-is-fifo"),
        (stat.S_ISSOCK, "entry-is-socket"),
        (stat.S_ISDIR, "entry-is-folder"),
    )
    return text(next((code for test, code in kinds if test(mode)), "entry-is-device"))


def _escaped(name: bytes) -> str | None:
    """Return the name escaped where it is no possible id, None where it is one."""
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        return stem_of(_shown(name))
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in text):
        return stem_of(text.encode("unicode_escape").decode("ascii"))
    return None


def _shown(name: bytes) -> str:
    """Return a name fit to print, whatever its bytes are."""
    text = name.decode("utf-8", "backslashreplace")
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


def stem_of(name: str) -> str:
    """Return the name of a file without what says that it is a script or notebook."""
    ends = _ENDS.search(name)
    return name[: ends.start()] if ends is not None and ends.start() else name
