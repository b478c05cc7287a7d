"""One zygote whose servers many threads use: a thread has a server to itself for one job."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time

from autograder.engines.engine import TRIES, lost
from autograder.errors import SandboxError
from autograder.sandbox.client import Channel, Zygote
from autograder.sandbox.message import Level, Report
from autograder.sandbox.policy import Limits, Policy


class Pool:
    """Reports on one payload a call; may be called from any number of threads at once.

    The zygote starts to warm up on construction. Raises SandboxError where it cannot be started.
    """

    def __init__(self, level: Level, policy: Policy, entry: str) -> None:
        self._opening = (level, policy, entry)
        self._lock = threading.Lock()
        self._idle: list[Channel] = []
        self._busy: set[Channel] = set()
        self._used = time.monotonic()
        self._warm = False
        self._closed = False
        self._zygote: Zygote | None = Zygote(*self._opening)

    def start(self) -> None:
        """Wait until the zygote is warm. Raises SandboxError with the step that failed."""
        with self._lock:
            self._started()

    def report(self, payload: bytes, limits: Limits | None = None) -> Report:
        """Run one job in a confined child. A job that servers died of twice is a failed setup.

        Raises SandboxError where no zygote can be had at the pool's level.
        """
        reason = ""
        for _ in range(TRIES):
            channel = self._take()
            try:
                channel.submit(payload, limits)
                report = channel.collect()
            except SandboxError as error:
                reason = str(error)
                self._leave(channel, alive=False)
            except BaseException:
                self._leave(channel, alive=False)
                raise
            else:
                self._leave(channel, alive=True)
                return report
        return lost(reason)

    def _started(self) -> Zygote:
        """Return the warm zygote, a new one if there is none. The lock is held."""
        if self._closed:
            raise SandboxError("the pool of zygotes is closed")
        if self._zygote is None:
            self._zygote = Zygote(*self._opening)
        if not self._warm:
            try:
                self._zygote.ready()
            except SandboxError:
                self._end()
                raise
            self._warm = True
        return self._zygote

    def _take(self) -> Channel:
        """Return a free server, a new one if there is none; a dead zygote is replaced once."""
        with self._lock:
            if self._idle:
                channel = self._idle.pop()
            else:
                zygote = self._started()
                try:
                    channel = zygote.open_channel()
                except SandboxError:
                    self._end()
                    channel = self._started().open_channel()
            self._busy.add(channel)
            return channel

    def _leave(self, channel: Channel, *, alive: bool) -> None:
        with self._lock:
            self._busy.discard(channel)
            self._used = time.monotonic()
            if alive and not self._closed:
                self._idle.append(channel)
            else:
                channel.close()

    def rest(self, idle_seconds: float) -> None:
        """End the zygote if nothing ran for so long; the next job starts another one."""
        with self._lock:
            if not self._busy and time.monotonic() - self._used >= idle_seconds:
                self._end()

    def _end(self) -> None:
        for channel in self._idle:
            channel.close()
        self._idle.clear()
        if self._zygote is not None:
            self._zygote.close()
        self._zygote = None
        self._warm = False

    def close(self) -> None:
        """End the zygote and all it started, running jobs too."""
        with self._lock:
            self._closed = True
            for channel in self._busy:
                _hang_up(channel)
            self._end()


def _hang_up(channel: Channel) -> None:
    """Let a server and its child end; the thread that waits for them is told so."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(channel.fileno())) as ours:
        ours.shutdown(socket.SHUT_RDWR)
