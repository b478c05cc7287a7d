"""Write files as a whole or not at all, with errors that say what to do."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from autograder.errors import CourseError
from autograder.words.catalogue import say

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
FORBIDDEN = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def unwritable(path: Path, error: OSError) -> CourseError:
    """Return the error that says where, what, and what to do."""
    code = "cannot-write"
    if error.errno in FULL:
        code = "cannot-write-full"
    elif error.errno in FORBIDDEN:
        code = "cannot-write-forbidden"
    return CourseError(say(code, path=path, problem=error.strerror))


def write_atomically(
    path: Path, data: bytes | Iterable[bytes], *, beside: Path | None = None, sync: bool = False
) -> None:
    """Replace ``path`` by a file with that content, or leave it as it is.

    The temporary file lies in the folder ``beside``, by default in that of ``path``. With ``sync``
    the new file outlives a loss of power, too. Raises CourseError naming the path.
    """
    chunks = [data] if isinstance(data, bytes) else data
    unique = f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}"
    temporary = (beside or path.parent) / unique
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as stream:
            for chunk in chunks:
                stream.write(chunk)
            if sync:
                stream.flush()
                os.fsync(stream.fileno())
        temporary.replace(path)
        if sync:
            _sync_folder(path.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise


def remove_temporaries(folder: Path) -> None:
    """Remove what writers of this folder left that were killed while they wrote."""
    for path in folder.glob(".*-*-*"):
        writer = path.name.rsplit("-", 2)[1]
        if writer.isdigit() and not _alive(int(writer)):
            with contextlib.suppress(OSError):
                path.unlink()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
