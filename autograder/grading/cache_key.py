"""What all grades of a run depend on: the exercise, the framework, the versions, the limits.

A grade is reused only where all of this is the same. A lab's spec is made of its own folder and of
whatever else it reads when loaded; that, and what its data came to, is known only after it was
loaded, and the journal keeps both.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from autograder.course.folder import Course
from autograder.course.header import brings_mistake
from autograder.engines.identity import ROOT, digest_of_parts, versions
from autograder.errors import CourseError
from autograder.grading.address import environment_digest, run_key
from autograder.grading.cache import KEY, Journal
from autograder.grading.setup import Opening
from autograder.words.catalogue import say

REJECTED = "rejected"
EXAMPLES = ("accepted", REJECTED, "__pycache__", ".ipynb_checkpoints")
UNSTABLE = ("/proc", "/sys", "/dev")
ABSENT = b"absent".ljust(32)

_seen: set[str] | None = None
_hooked = False


def lab_digest(course: Course, lab: str) -> bytes:
    """Return a digest of the salt and of all files of a lab but its examples.

    Those examples count that bring a mistake of the course's own: what is told depends on them.
    Raises CourseError where one of them cannot be read.
    """
    folder = course.exercise(lab).parent
    digest = hashlib.sha256()
    try:
        digest.update(hashlib.sha256(course.salt()).digest())
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if path.is_file() and (relative.parts[0] not in EXAMPLES or _is_told(relative, path)):
                digest.update(repr(os.fspath(relative)).encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    except OSError as error:
        raise CourseError(
            say("cannot-read", path=error.filename, problem=error.strerror)
        ) from error
    return digest.digest()


def _is_told(relative: Path, path: Path) -> bool:
    """Return whether an example is one that students may see."""
    if relative.parts[0] != REJECTED or len(relative.parts) != 2 or path.suffix != ".py":
        return False
    return brings_mistake(path.read_bytes())


def files_digest(paths: Iterable[str]) -> bytes:
    """Return a digest of these files; one that is not there, or cannot be read, counts as such."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(repr(path).encode())
        try:
            digest.update(hashlib.sha256(Path(path).read_bytes()).digest())
        except OSError:
            digest.update(ABSENT)
    return digest.digest()


@contextlib.contextmanager
def watched(course: Course, lab: str) -> Iterator[list[str]]:
    """Note the files opened for reading meanwhile, but for the lab's own and installed ones.

    The list is filled, and sorted, at the end. A compiled module counts as its source.
    """
    global _seen, _hooked  # noqa: PLW0603  # an audit hook stays for good; this turns it on and off
    if not _hooked:
        sys.addaudithook(_note)
        _hooked = True
    found: list[str] = []
    _seen = set()
    try:
        yield found
    finally:
        seen, _seen = _seen, None
        known = (*_installed(), os.fspath(course.exercise(lab).parent))
        paths = {os.path.abspath(_source(name)) for name in seen}  # noqa: PTH100  # no link resolved
        found += sorted(path for path in paths if not _below(path, known))


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or _seen is None:
        return
    path, _, flags = arguments
    if isinstance(path, str | bytes | os.PathLike) and not flags & (os.O_WRONLY | os.O_CREAT):
        _seen.add(os.fsdecode(path))


def _source(path: str) -> str:
    """Return the source of a compiled module, any other path as it is."""
    if path.endswith(".pyc"):
        with contextlib.suppress(ValueError):
            return importlib.util.source_from_cache(path)
    return path


def _installed() -> tuple[str, ...]:
    """Return folders whose files the environment's digest and the code's stand for."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return (*UNSTABLE, os.fspath(ROOT), *(sysconfig.get_path(name) for name in names))


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)


FORMAT = b"1"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What loading the lab came to: a digest of spec, reference and plan, and further files."""

    exercise_sha256: str
    files: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Origin:
    """See the module's docstring. ``base`` is what can be known without loading the lab."""

    opening: Opening
    base: bytes
    reading: Reading | None
    run_key: bytes | None

    def confirmed(self, exercise_sha256: str, files: tuple[str, ...]) -> Origin:
        """Return the origin now that the lab was loaded.

        Raises CourseError where something was changed meanwhile: no one knows what was loaded.
        """
        if _base(self.opening) != self.base:
            lab = self.opening.settings.assignment
            raise CourseError(say("changed-while-loading", lab=lab))
        return _origin(
            self.opening, self.base, Reading(exercise_sha256=exercise_sha256, files=files)
        )

    def store(self, journal: Journal) -> None:
        """Keep what loading the lab came to."""
        journal.append(_reading_key(self.base), msgspec.json.encode(self.reading))

    def places(self, journal: Journal) -> Iterator[int]:
        """Yield where that is kept."""
        place = journal.find(_reading_key(self.base))
        if place is not None:
            yield place


def origin_of(opening: Opening, journal: Journal) -> Origin:
    """Return the origin of a run's grades, as far as it is known before the lab is loaded."""
    base = _base(opening)
    place = journal.find(_reading_key(base))
    reading = None
    if place is not None:
        reading = msgspec.json.decode(journal.read(place), type=Reading)
    return _origin(opening, base, reading)


def _origin(opening: Opening, base: bytes, reading: Reading | None) -> Origin:
    key = None
    if reading is not None:
        key = run_key((base, reading.exercise_sha256.encode(), files_digest(reading.files)))
    return Origin(opening=opening, base=base, reading=reading, run_key=key)


def _base(opening: Opening) -> bytes:
    settings = opening.settings
    return run_key(
        (
            FORMAT,
            digest_of_parts(),
            environment_digest(),
            repr(sorted(versions().items())).encode(),
            msgspec.msgpack.encode(settings.policy()),
            f"{settings.output_bytes} {settings.timeout_seconds} {opening.level}".encode(),
            f"{settings.real_plots}".encode(),
            settings.assignment.encode(),
            lab_digest(opening.course, settings.assignment),
            repr(opening.course.lab_names()).encode(),
        )
    )


def _reading_key(base: bytes) -> str:
    return base.hex()[:KEY]
