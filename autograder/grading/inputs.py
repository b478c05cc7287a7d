"""Which files a lab's spec is made of: its own folder, and whatever else it reads when loaded."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from autograder.course.folder import Course
from autograder.engines.identity import ROOT
from autograder.errors import CourseError

EXAMPLES = ("accepted", "rejected", "__pycache__", ".ipynb_checkpoints")
UNSTABLE = ("/proc", "/sys", "/dev")
ABSENT = b"absent".ljust(32)

_seen: set[str] | None = None
_hooked = False


def lab_digest(course: Course, lab: str) -> bytes:
    """Return a digest of the salt and of all files of a lab but its examples.

    Raises CourseError where one of them cannot be read.
    """
    folder = course.exercise(lab).parent
    digest = hashlib.sha256()
    try:
        digest.update(hashlib.sha256(course.salt()).digest())
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if relative.parts[0] not in EXAMPLES and path.is_file():
                digest.update(repr(os.fspath(relative)).encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    except OSError as error:
        raise CourseError(f"{error.filename}: cannot be read: {error.strerror}") from error
    return digest.digest()


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
