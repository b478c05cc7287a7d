"""The course's secret: from it comes which of the draws of hidden data a student has.

It is what the instructor wrote into ``secret_salt``; else a key that is made when it is first
needed, in a folder that git ignores and only its owner may read.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tomllib
from pathlib import Path

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.words.catalogue import say

SETTINGS = "autograder.toml"
VARIANTS, MOST_VARIANTS = 4, 16
STATE, KEY = ".autograder", "variant_key"
KEY_BYTES = 32


def variants_of(course: Course) -> int:
    """Return how many draws of hidden data the course has: 4, or what its settings say.

    Raises CourseError where they cannot be read.
    """
    path = course.root / SETTINGS
    try:
        found = tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return VARIANTS
    except OSError as error:
        raise CourseError(say("cannot-read", path=path, problem=error.strerror)) from error
    except ValueError as error:
        raise CourseError(say("cannot-read", path=path, problem=error)) from error
    count = found.pop("variants", VARIANTS)
    if found or type(count) is not int or not 1 <= count <= MOST_VARIANTS:
        raise CourseError(say("course-settings", path=path, most=MOST_VARIANTS))
    return count


def secret_of(course: Course) -> bytes:
    """Return the course's secret, made where there is none; it is never empty.

    Raises CourseError where it can be neither read nor made.
    """
    path = course.root / STATE / KEY
    try:
        found = course.salt() or _read(path) or _make(path)
    except OSError as error:
        problem = error.strerror
        raise CourseError(say("course-no-secret", path=path, problem=problem)) from error
    if not found:
        raise CourseError(say("course-secret-empty", path=path))
    return found


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes().strip()
    except FileNotFoundError:
        return None


def _make(path: Path) -> bytes | None:
    """Make the key, whole or not at all; of two who make one at once, the first one's counts."""
    if path.exists():
        return b""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    (path.parent / ".gitignore").write_text("*\n", "utf-8")
    fresh = path.with_name(f"{KEY}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, f"{secrets.token_urlsafe(KEY_BYTES)}\n".encode())
        os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        os.close(descriptor)
        fresh.unlink(missing_ok=True)
    return _read(path)
