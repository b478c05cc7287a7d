"""Find the submissions in a folder, by the three layouts that instructors use.

Nothing is followed out of the folder: links, FIFOs, sockets and devices are named, never opened.
"""

from __future__ import annotations

import dataclasses
import os
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import CourseError

FILE_BYTES = 100_000_000
SUFFIXES = (".ipynb", ".py")
IGNORED = frozenset(
    {".DS_Store", ".git", ".gitignore", ".gitkeep", ".ipynb_checkpoints", "__MACOSX"}
    | {"Thumbs.db", "desktop.ini", "__pycache__"}
)
STAMPS = frozenset({"timestamp.txt"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Submission:
    """One student's file, or why there is none: then ``problem`` says so and ``path`` is empty.

    ``parts`` is the way from the folder to the file, each part opened without following links.
    ``absent``: there is a folder for the student, and nothing of this lab in it.
    """

    student: str
    parts: tuple[bytes, ...] = ()
    problem: str = ""
    absent: bool = False
    notes: tuple[str, ...] = ()

    @property
    def in_folder(self) -> bool:
        """Whether there is a folder for the student."""
        return len(self.parts) > 1 or self.absent

    @property
    def filename(self) -> str:
        """The file's name, as text."""
        return os.fsdecode(self.parts[-1]) if self.parts else ""


def find_submissions(folder: Path, lab: str) -> list[Submission]:
    """Return one entry a student, sorted by id. Raises CourseError where ``folder`` is none."""
    if not folder.is_dir():
        raise CourseError(f"{folder}: no such folder; give the folder of submissions")
    by_student: dict[str, list[Submission]] = {}
    for name in sorted(os.listdir(os.fsencode(folder))):
        if os.fsdecode(name) in IGNORED or name.startswith(b"._"):
            continue
        found = _entry(os.fsencode(folder), name, lab)
        by_student.setdefault(found.student, []).append(found)
    return [_only(student, entries) for student, entries in sorted(by_student.items())]


def read_submission(folder: Path, submission: Submission) -> bytes:
    """Return the file's bytes. Raises OSError, or ValueError where it is too large or no file."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in submission.parts[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            inner = os.open(part, flags, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
        file = os.open(submission.parts[-1], flags, dir_fd=descriptor)
    finally:
        os.close(descriptor)
    with os.fdopen(file, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("not a regular file")
        if status.st_size > FILE_BYTES:
            raise ValueError(f"larger than {FILE_BYTES // 1_000_000} MB")
        return stream.read(FILE_BYTES + 1)


def _only(student: str, entries: list[Submission]) -> Submission:
    if len(entries) == 1:
        return entries[0]
    names = " and ".join(f"'{_shown(b'/'.join(entry.parts))}'" for entry in entries)
    return Submission(student=student, problem=f"two entries for one student: {names}")


def _entry(folder: bytes, name: bytes, lab: str) -> Submission:
    path = os.path.join(folder, name)
    mode = os.lstat(path).st_mode
    shown = _escaped(name)
    if shown is not None:
        return Submission(student=shown, problem="the name cannot be a student id")
    text = os.fsdecode(name)
    if stat.S_ISDIR(mode):
        return _from_folder(path, name, text, lab)
    stem, suffix = os.path.splitext(text)
    if not stat.S_ISREG(mode):
        student = stem if suffix.lower() in SUFFIXES else text
        return Submission(student=student, parts=(name,), problem=_kind(mode))
    if suffix.lower() not in SUFFIXES:
        problem = "not a .py or .ipynb file"
        return Submission(student=stem or text, parts=(name,), problem=problem)
    return Submission(student=stem, parts=(name,))


def _from_folder(path: bytes, name: bytes, student: str, lab: str) -> Submission:
    """Return the submission in ``<student>/`` or ``<student>/<lab>/``."""
    inner = os.fsencode(lab)
    nested = os.path.join(path, inner)
    if os.path.lexists(nested) and not os.path.islink(nested) and os.path.isdir(nested):
        way: tuple[bytes, ...] = (name, inner)
        place = nested
    else:
        way, place = (name,), path
    files = sorted(_files(place))
    problems = [problem for _, problem in files if problem]
    usable = [file for file, problem in files if not problem]
    chosen, notes = _choose(usable, lab)
    if chosen is None:
        if len(usable) > 1:
            names = " and ".join(f"'{_shown(file)}'" for file in usable)
            problem = f"several files, none named {lab}.ipynb or {lab}.py: {names}"
        else:
            problem = problems[0] if problems else f"no .ipynb or .py file for {lab} in the folder"
        return Submission(student=student, parts=way, problem=problem, absent=_nothing(place, way))
    return Submission(student=student, parts=(*way, chosen), notes=notes)


def _nothing(place: bytes, way: tuple[bytes, ...]) -> bool:
    """Say whether nothing was handed in: in a student's own folder, other labs' are nothing."""
    try:
        entries = list(os.scandir(place))
    except OSError:
        return False
    handed_in = (entry for entry in entries if os.fsdecode(entry.name) not in IGNORED | STAMPS)
    return all(len(way) == 1 and entry.is_dir(follow_symlinks=False) for entry in handed_in)


def _files(place: bytes) -> Iterator[tuple[bytes, str]]:
    """Yield the candidate files in a folder, each with what forbids to open it."""
    try:
        entries = list(os.scandir(place))
    except OSError as error:
        yield b"", f"the folder cannot be read: {error.strerror}"
        return
    for entry in entries:
        name = os.fsdecode(entry.name)
        if name in IGNORED or name.startswith("._") or not name.lower().endswith(SUFFIXES):
            continue
        mode = entry.stat(follow_symlinks=False).st_mode
        yield entry.name, "" if stat.S_ISREG(mode) else _kind(mode)


def _choose(files: list[bytes], lab: str) -> tuple[bytes | None, tuple[str, ...]]:
    """Prefer ``<lab>.ipynb``, then ``<lab>.py``, then the only file there is."""
    for wanted in (f"{lab}.ipynb", f"{lab}.py"):
        for file in files:
            if os.fsdecode(file) == wanted:
                others = [_shown(other) for other in files if other != file]
                notes = (f"{wanted} was graded, not {', '.join(others)}",) if others else ()
                return file, notes
    return (files[0], ()) if len(files) == 1 else (None, ())


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISLNK, "a link"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISDIR, "a folder"),
    )
    name = next((text for test, text in kinds if test(mode)), "a device")
    return f"{name}, not a regular file; it was not opened"


def _escaped(name: bytes) -> str | None:
    """Return the name escaped where it is no possible id, None where it is one."""
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        return _stem(_shown(name))
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in text):
        return _stem(text.encode("unicode_escape").decode("ascii"))
    return None


def _shown(name: bytes) -> str:
    """Return a name fit to print, whatever its bytes are."""
    text = name.decode("utf-8", "backslashreplace")
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


def _stem(name: str) -> str:
    stem, suffix = os.path.splitext(name)
    return stem if suffix.lower() in SUFFIXES else name
