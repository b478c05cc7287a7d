"""Soft limits kept inside the worker, so that one endless loop does not cost the whole trace.

They rely on student code playing fair. The sandbox's hard limits stand behind them.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

WALL_FACTOR = 2.5
ALARMS = tuple(
    getattr(signal, name) for name in ("SIGALRM", "SIGPROF") if hasattr(signal, "setitimer")
)


class SoftLimit(BaseException):
    """A soft limit struck. Not an Exception, so that ``except Exception`` does not hide it."""


class TimeUp(SoftLimit):
    """Student code ran longer than its soft time limit."""


def _ring(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # signal calls it so
    raise TimeUp


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeUp in the block after ``seconds`` of processor time, and again every second after.

    A busy machine must not cost a point, so the clock on the wall strikes later; it is there for
    code that sleeps. Where there are no alarms (Windows, a thread other than the main one) another
    thread looks at the clock on the wall: it ends loops of Python, not a call that never returns.
    """
    alarms = hasattr(signal, "setitimer")
    if not alarms or threading.current_thread() is not threading.main_thread():
        with _watched(WALL_FACTOR * seconds):
            yield
        return
    for number in ALARMS:
        if signal.getsignal(number) is not _ring:
            signal.signal(number, _ring)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
    signal.setitimer(signal.ITIMER_REAL, WALL_FACTOR * seconds, 1.0)
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
