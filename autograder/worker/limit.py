"""Soft limits kept inside the worker, so that one endless loop does not cost the whole trace.

They rely on student code playing fair. The sandbox's hard limits stand behind them.
"""

from __future__ import annotations

import ctypes
import io
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


ECHO_BYTES = 16_384
WALL_FACTOR = 2.5
LOOK_SECONDS = 1.0
WAITING_SECONDS = 6.0
IDLE_SHARE = 0.01  # of a core; what computes gets more, however busy the machine is
ALARMS = tuple(
    getattr(signal, name) for name in ("SIGALRM", "SIGPROF") if hasattr(signal, "setitimer")
)


class SoftLimit(BaseException):
    """A soft limit struck. Not an Exception, so that ``except Exception`` does not hide it."""


class TimeUp(SoftLimit):
    """Student code ran longer than its soft time limit."""


class Waited(SoftLimit):
    """Student code waited for something, using no processor time, until it was ended."""


class OutputUp(SoftLimit):
    """Student code printed more than it may."""


def _ring(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # signal calls it so
    raise TimeUp


class _Patience:
    """Looks once a second whether anything is computed; raises Waited where nothing is for long."""

    def __init__(self) -> None:
        self._since = self._used = 0.0

    def begin(self) -> None:
        """Start to count."""
        self._since, self._used = time.monotonic(), time.process_time()

    def look(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # as above
        """Take a look, when SIGALRM comes."""
        now, used = time.monotonic(), time.process_time()
        idle = used - self._used <= IDLE_SHARE * (now - self._since)
        if not idle:
            self._since, self._used = now, used
        elif now - self._since >= WAITING_SECONDS:
            raise Waited


_patience = _Patience()
_look = _patience.look
_HANDLERS = {"SIGALRM": _look, "SIGPROF": _ring}


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeUp in the block after ``seconds`` of processor time, and again every second after.

    The clock on the wall ends nothing that computes: a busy machine must not cost a point. Code
    that waits uses no processor time; after some seconds of that Waited is raised. Where there are
    no alarms (Windows, a thread other than the main one) another thread looks at the clock on the
    wall: it ends loops of Python, not a call that never returns.
    """
    alarms = hasattr(signal, "setitimer")
    if not alarms or threading.current_thread() is not threading.main_thread():
        with _watched(WALL_FACTOR * seconds):
            yield
        return
    for number in ALARMS:
        handler = _HANDLERS[number.name]
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)
    _patience.begin()
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
    signal.setitimer(signal.ITIMER_REAL, LOOK_SECONDS, LOOK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def _watched(seconds: float) -> Iterator[None]:
    """Raise TimeUp in the block after ``seconds`` on the wall, and again every second after."""
    over, target = threading.Event(), ctypes.c_ulong(threading.get_ident())
    strike = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def watch() -> None:
        wait = seconds
        while not over.wait(wait):
            strike(target, ctypes.py_object(TimeUp))
            wait = 1.0

    watcher = threading.Thread(target=watch, name="time limit", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        try:
            over.set()
        finally:  # a strike may come between the two
            over.set()
            watcher.join()
            strike(target, None)


class _Meter(io.RawIOBase):
    """Counts bytes, passes the first of them on to a descriptor, raises OutputUp past the cap."""

    def __init__(self, descriptor: int, cap: int) -> None:
        self._descriptor = descriptor
        self._cap = cap
        self.count = 0

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: ReadableBuffer, /) -> int:
        chunk = bytes(data)
        room = max(0, ECHO_BYTES - self.count)
        if room:
            os.write(self._descriptor, chunk[:room])
        self.count += len(chunk)
        if self.count > self._cap:
            raise OutputUp
        return len(chunk)


def meter_output(cap_bytes: int, descriptor: int = 1) -> None:
    """Send ``sys.stdout`` and ``sys.stderr`` through one meter that raises OutputUp at the cap."""
    meter = _Meter(descriptor, cap_bytes)
    for name in ("stdout", "stderr"):
        stream = io.TextIOWrapper(
            cast("IO[bytes]", meter), "utf-8", errors="backslashreplace", write_through=True
        )
        setattr(sys, name, stream)
