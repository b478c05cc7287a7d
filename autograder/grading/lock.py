"""One grader at a time in one lab's part of an output folder."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from pathlib import Path

from autograder.errors import CourseError
from autograder.grading.file import unwritable

NAME = "lock"
NAME_SECONDS, NAME_TRIES = 1.0, 20
BUSY = frozenset({errno.EAGAIN, errno.EACCES})


class Lock:
    """Held from construction to ``close``. The kernel lets go of it however the process ends.

    Raises CourseError naming the process that holds it.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise unwritable(path, error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = self._holder()
            os.close(self._descriptor)
            if error.errno not in BUSY:
                problem = f"cannot be locked: {error.strerror}; give a folder on a local disk"
                raise CourseError(f"{path}: {problem}") from error
            who = holder if holder.isprintable() and holder else "another process"
            raise CourseError(
                f"{folder}: {who} is grading into this folder; wait for its end, "
                "or give another folder with --out"
            ) from error
        with contextlib.suppress(OSError):  # only a name for others to show: the lock holds
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"process {os.getpid()}\n".encode(), 0)

    def _holder(self) -> str:
        """Return what the holder calls itself, which it writes a moment after it has the lock."""
        for _ in range(NAME_TRIES):
            found = os.pread(self._descriptor, 200, 0).decode("ascii", "replace").strip()
            if found:
                return found
            time.sleep(NAME_SECONDS / NAME_TRIES)
        return ""

    def close(self) -> None:
        """Let others in."""
        os.close(self._descriptor)
