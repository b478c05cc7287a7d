"""Remove a folder that a hostile program filled: as deep as it likes, without rights to it."""

from __future__ import annotations

import contextlib
import itertools
import os
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
