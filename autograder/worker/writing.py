"""Files written to a missing place, such as a drive: stored elsewhere, deleted at the end.

Whoever saves a model to a folder of their own machine did nothing wrong. Reading what is not there
still fails; what was written this way can be read again.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autograder.worker.cells import SCRIPT
from autograder.worker.fault import cell_number
from autograder.worker.marks import Marks
from autograder.worker.patch import Patches

_NOT_HERE = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.EROFS)


class _Elsewhere:
    """Opens files; those that cannot be written lie in a folder of their own."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._open, self._mkdir, self._touch = io.open, os.mkdir, Path.touch
        self._whole = Path.mkdir
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._places: dict[Path, Path] = {}
        self._made: set[str] = set()

    def open(self, file: Any, mode: Any = "r", *args: Any, **kwargs: Any) -> Any:
        """Open a file as the builtin does, elsewhere where its own place cannot be written."""
        try:
            return self._open(file, mode, *args, **kwargs)
        except OSError as error:
            place = self._place_of(file, mode, error)
            if place is None:
                raise
        return self._open(place, mode, *args, **kwargs)

    def _place_of(self, file: Any, mode: Any, error: OSError) -> str | None:
        """Return where a file lies instead, None where it was not to be written."""
        if error.errno not in _NOT_HERE or not isinstance(file, str | bytes | os.PathLike):
            return None
        path = Path(os.fsdecode(file)).absolute()
        if isinstance(mode, str) and mode[:1] in "wax" and not path.is_dir():
            self._note()
            self._places.setdefault(path, self._scratch() / str(len(self._places)))
        place = self._places.get(path)
        return None if place is None else str(place)

    def _scratch(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory()
        return Path(self._folder.name)

    def mkdir(self, path: Any, *args: Any, **kwargs: Any) -> None:
        """Make a folder; where that cannot be, files in it will lie elsewhere.

        One that this file made, in an earlier call of its training, say, may be made again.
        """
        try:
            self._mkdir(path, *args, **kwargs)
            self._made.add(os.path.realpath(path))
        except FileExistsError:
            if os.path.realpath(path) not in self._made:
                raise
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            self._note()

    def whole(
        self,
        path: Path,
        mode: int = 0o777,
        parents: bool = False,  # noqa: FBT001, FBT002  # as Path.mkdir takes them
        exist_ok: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Make a folder; with ``parents``, those above it first.

        ``Path.mkdir`` makes them when it is told that they are missing, which nobody is here.
        """
        if parents:
            os.makedirs(path.parent, exist_ok=True)  # noqa: PTH103  # by the mkdir above
        self._whole(path, mode, parents, exist_ok)

    def touch(self, path: Path, *args: Any, **kwargs: Any) -> None:
        """Make an empty file, elsewhere where that cannot be."""
        try:
            self._touch(path, *args, **kwargs)
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            self.open(path, "a").close()

    def _note(self) -> None:
        """Note the place in the student's code; never the path: it may have hidden numbers."""
        frame = sys._getframe()
        while frame.f_back is not None:
            frame = frame.f_back
            cell = cell_number(frame.f_code.co_filename)
            if cell is not None or frame.f_code.co_filename == SCRIPT:
                self._marks.note("write-elsewhere", cell, frame.f_lineno)
                return

    def opened(self, function: Callable[..., Any], index: int, mode: str) -> Callable[..., Any]:
        """Return a function that writes to a path, so that it writes to a file opened here."""

        def write(*args: Any, **kwargs: Any) -> Any:
            given = list(args)
            if len(given) <= index or not isinstance(given[index], str | os.PathLike):
                return function(*args, **kwargs)
            with self.open(given[index], mode) as given[index]:
                return function(*given, **kwargs)

        return write

    def copied(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that copies a file, also to where nothing can be."""

        def copy(src: Any, dst: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return function(src, dst, *args, **kwargs)
            except OSError as error:
                if error.errno not in (*_NOT_HERE, errno.EISDIR) or not Path(src).exists():
                    raise
                self._note()
                return dst

        return copy

    def close(self) -> None:
        """Forget all that was written elsewhere."""
        if self._folder is not None:
            self._folder.cleanup()


@contextmanager
def lost_writes(marks: Marks) -> Iterator[None]:
    """Let files be written inside the block whose folder is not there; they vanish after it."""
    elsewhere, patches = _Elsewhere(marks), Patches()
    for module in (builtins, io):
        patches.put(module, "open", elsewhere.open)
    patches.put(os, "mkdir", elsewhere.mkdir)
    patches.put(Path, "touch", lambda *args, **kwargs: elsewhere.touch(*args, **kwargs))  # noqa: PLW0108  # it is to be a method
    patches.put(Path, "mkdir", lambda *args, **kwargs: elsewhere.whole(*args, **kwargs))  # noqa: PLW0108  # as above
    patches.put(torch, "save", elsewhere.opened(torch.save, 1, "wb"))
    patches.put(np, "savetxt", elsewhere.opened(np.savetxt, 0, "w"))
    for name in ("copy", "copy2", "copyfile", "move"):
        patches.wrap(shutil, name, elsewhere.copied)
    try:
        yield
    finally:
        patches.undo()
        elsewhere.close()
