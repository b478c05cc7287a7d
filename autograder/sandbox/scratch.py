"""A zygote's own folder in /tmp, removed when the zygote ends, or by the next one.

Whoever uses a folder contains a lock on it. The kernel lets go of that however the process ends, so
that a folder without one was left by a process that was killed. A hostile program may have filled
it: as deep as it likes, without rights to it; it is removed all the same.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import tempfile
from collections.abc import Iterator

_OWN = 0o700


def remove_tree(path: str) -> None:
    """Remove the folder ``path`` and all below it, as far as this user may; follows no link.

    Folders within folders are first moved up beside ``path``, so that no path grows long and
    nothing recurses. The program that wrote them must have ended.
    """
    names = (f"{path}.removed-{number}" for number in itertools.count())
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        with contextlib.suppress(OSError):
            os.chmod(folder, _OWN)
            for entry in list(os.scandir(folder)):
                with contextlib.suppress(OSError):
                    waiting += _take_out(entry, names)
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def _take_out(entry: os.DirEntry[str], names: Iterator[str]) -> list[str]:
    """Remove a file or link; move a folder to the next name, and return that."""
    if not entry.is_dir(follow_symlinks=False):
        os.unlink(entry.path)
        return []
    os.chmod(entry.path, _OWN)  # moving a folder takes the right to write to it
    name = next(names)
    os.rename(entry.path, name)
    return [name]


NAME = "autograder-run-"
_NEW = "autograder-new-"


class Scratch:
    """A new, empty folder that others may look into. ``path`` is where it is."""

    def __init__(self) -> None:
        made = tempfile.mkdtemp(prefix=_NEW)
        try:
            os.chmod(made, 0o755)  # noqa: S103  # a child of another user works below it
            self._lock = os.open(made, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            folder, name = os.path.split(made)
            self.path = os.path.join(folder, NAME + name.removeprefix(_NEW))
            os.rename(made, self.path)  # only now is it one that may be swept away
        except BaseException:
            remove_tree(made)
            raise

    def close(self) -> None:
        """Remove it and all in it."""
        remove_tree(self.path)
        os.close(self._lock)


def sweep() -> None:
    """Remove what processes of this user left behind that were killed."""
    for path in list(_left()):
        with contextlib.suppress(OSError):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_tree(path)
            finally:
                os.close(lock)


def _left() -> Iterator[str]:
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                ours = entry.name.startswith(NAME) and entry.is_dir(follow_symlinks=False)
                if ours and entry.stat(follow_symlinks=False).st_uid == os.getuid():
                    yield entry.path
