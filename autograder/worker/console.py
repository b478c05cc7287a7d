"""Streams that behave as a real console's do: whatever student code wraps, it finds what it needs.

Nothing closes them: a wrapper that is thrown away closes what it wrapped, and the next ``print``
would fail.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import torch

from autograder.worker.patch import Patches

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

ECHO_BYTES = 16_384


class Sink(io.BufferedIOBase):
    """The bytes of a console; they go nowhere. ``fileno`` is a descriptor to write to, too."""

    mode = "wb"

    def __init__(self, name: str, number: int | None = None) -> None:
        self.name = name
        self._number = number
        self._opened: int | None = None

    @property
    def full(self) -> bool:
        """Whether what is written from now on is dropped unseen."""
        return True

    @property
    def raw(self) -> Any:
        """Itself: nothing is kept back."""
        return self

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Take bytes, and return how many."""
        return memoryview(data).nbytes

    def fileno(self) -> int:
        """Return the descriptor of the console; where there is none, one that leads nowhere."""
        if self._number is not None:
            return self._number
        if self._opened is None:
            self._opened = os.open(os.devnull, os.O_WRONLY)
        return self._opened

    def detach(self) -> Any:
        """Return the bytes below: itself."""
        return self

    def close(self) -> None:
        """Do nothing: see the module's docstring."""

    def end(self) -> None:
        """Close the descriptor that was asked for, unless the student did."""
        number, self._opened = self._opened, None
        if number is not None and _leads_nowhere(number):
            os.close(number)


class Meter(Sink):
    """Passes the first bytes of several streams on to a descriptor, and drops what is too much."""

    def __init__(self, name: str, number: int, shared: Tally) -> None:
        super().__init__(name, number)
        self._tally = shared

    @property
    def full(self) -> bool:
        """Whether what is written from now on is dropped unseen."""
        return self._tally.room <= 0

    def write(self, data: ReadableBuffer, /) -> int:
        """Take bytes, and return how many."""
        chunk = memoryview(data).cast("B")
        self._tally.take(chunk)
        return len(chunk)


class Tally:
    """How much may still be printed, and where it goes."""

    def __init__(self, descriptor: int, room: int) -> None:
        self.room = room
        self._descriptor = descriptor

    def take(self, chunk: memoryview) -> None:
        """Pass a chunk on as far as there is room for it."""
        passed = chunk[: max(0, self.room)]
        self.room -= len(chunk)
        if passed:
            try:
                os.write(self._descriptor, passed)
            except OSError:  # the student closed it: nobody reads what follows
                self.room = 0


def console(sink: Sink) -> io.TextIOWrapper:
    """Return a text stream over bytes, as ``sys.stdout`` is one."""
    stream = io.TextIOWrapper(
        cast("IO[bytes]", sink), "utf-8", errors="backslashreplace", write_through=True
    )
    vars(stream)["mode"] = "w"  # as Python's own
    return stream


def meter_output(cap_bytes: int, descriptor: int = 1) -> None:
    """Send ``sys.stdout`` and ``sys.stderr`` through one meter: what is too much is dropped."""
    tally = Tally(os.dup(descriptor), min(ECHO_BYTES, cap_bytes))
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = console(Meter(f"<{name}>", number, tally))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def print_what_fits(patches: Patches) -> None:
    """Let ``print`` skip what would be dropped: to write a tensor out takes longer than a step.

    Tensors of several values are not written out any more, either, once there is no room.
    """
    patches.wrap(builtins, "print", _printing)
    patches.wrap(torch.Tensor, "__repr__", _representing)


def _printing(show: Callable[..., None]) -> Callable[..., None]:
    def print(*values: Any, **options: Any) -> None:  # noqa: A001  # it takes its place
        stream = options.get("file") or sys.stdout
        sink = getattr(stream, "buffer", None)
        if not (isinstance(sink, Sink) and sink.full):
            show(*values, **options)

    return print


def _representing(show: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(show)
    def __repr__(self: torch.Tensor, **options: Any) -> str:  # noqa: N807  # it takes its place
        sink = getattr(sys.stdout, "buffer", None)
        brief = isinstance(sink, Meter) and sink.full and self.numel() > 1
        return "tensor(...)" if brief else show(self, **options)

    return __repr__


def _leads_nowhere(number: int) -> bool:
    try:
        return os.path.samestat(os.fstat(number), Path(os.devnull).stat())
    except OSError:
        return False
