"""Watch over one child: pass on what it prints, end it at the first hard limit, say how it went."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence

from autograder.sandbox.message import Ending, Policy, Reason
from autograder.sandbox.steps import Steps

CONFINED = b"C"  # the child's word: confinement is complete, student code comes next
CPU: Reason = "cpu"
WALL: Reason = "wall"
CORES = os.cpu_count() or 1
SHORTEST_SECONDS = 0.005
PATIENCE_SECONDS = 0.1
KEPT_OUTPUT = 32_768
CHUNK = 1 << 16


class Watch:
    """See the module's docstring."""

    def __init__(self, pid: int, policy: Policy, started: float) -> None:
        self._pid = pid
        self._policy = policy
        self._started = started
        self._clock = clock_of(pid)
        self._printed = 0
        self._reason: Reason = "exit"
        self._status = 0
        self._cpu_seconds = 0.0
        self._peak_bytes = 0

    def until_end(self, output: int, kept: int, wake: int, connection: int, steps: Steps) -> None:
        """Return once the child is reaped and all that it left is passed on to the grader's files.

        What it prints once it was handed something that is hidden goes nowhere.
        """
        os.set_blocking(output, False)
        poll = select.poll()
        poll.register(output, select.POLLIN)
        poll.register(steps.ask, select.POLLIN)
        poll.register(wake, select.POLLIN)
        poll.register(connection, select.POLLHUP)
        nowhere = os.open("/dev/null", os.O_WRONLY)
        try:
            while not self._reaped():
                left = self._seconds_left()
                for descriptor, _ in poll.poll(1000 * left + 1):
                    if descriptor == connection:  # the grader is gone: so are we
                        self._kill("exit")
                        raise ConnectionResetError
                    if descriptor == wake:
                        os.read(wake, CHUNK)
                    elif descriptor == steps.given:
                        steps.hand(poll)
                    elif descriptor == steps.ask:
                        self._pass_all(output, nowhere if steps.begun else kept, nowhere)
                        steps.answer(poll)
                    elif not self._pass_on(output, nowhere if steps.begun else kept, nowhere):
                        poll.unregister(descriptor)
            self._pass_all(output, nowhere if steps.begun else kept, nowhere)
            steps.take()
        finally:
            os.close(nowhere)

    def _seconds_left(self) -> float:
        """Return when to look again; end the child where a limit is reached.

        It may use several cores at once, so that processor time can run ahead of the wall's.
        """
        wall = self._policy.wall_seconds - (time.monotonic() - self._started)
        cpu = self._policy.cpu_seconds - self._clock()
        for left, reason in ((cpu, CPU), (wall, WALL)):
            if left <= 0:
                self._kill(reason)
                return PATIENCE_SECONDS
        return min(wall, max(cpu / CORES, SHORTEST_SECONDS))

    def _pass_all(self, output: int, kept: int, nowhere: int) -> None:
        """Move all that is there."""
        while self._printed <= self._policy.output_bytes:
            if not self._pass_on(output, kept, nowhere):
                return

    def _pass_on(self, output: int, kept: int, nowhere: int) -> bool:
        """Move a chunk without reading it; False when there is none. Past the limit, kill."""
        room = KEPT_OUTPUT - self._printed
        try:
            moved = _move(output, kept if room > 0 else nowhere, room if room > 0 else CHUNK)
        except BlockingIOError:
            return False
        self._printed += moved
        if self._printed > self._policy.output_bytes:
            self._kill("output")
        return moved > 0

    @property
    def killed(self) -> bool:
        """Whether somebody else killed the child."""
        return self._reason == "exit" and self._status == -signal.SIGKILL

    def blame(self, reason: Reason) -> None:
        """Say why the child ended, where nothing is said yet."""
        if self._reason == "exit":
            self._reason = reason

    def _kill(self, reason: Reason) -> None:
        self.blame(reason)
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)

    def _reaped(self) -> bool:
        pid, status, usage = os.wait4(self._pid, os.WNOHANG | os.WUNTRACED)
        if pid and os.WIFSTOPPED(status):  # it would stay so until the wall's limit
            self._kill(WALL)
            return False
        if pid == 0:
            return False
        self._pid = 0
        self._status = os.waitstatus_to_exitcode(status)
        self._cpu_seconds = usage.ru_utime + usage.ru_stime
        self._peak_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return True

    def ending(self, nonce: int, word: bytes, seconds: float, ends: Sequence[int]) -> Ending:
        """Return the ending; a child that never got confined is our failure, not the student's."""
        confined = word == CONFINED
        detail = f"ended with code {self._status}"
        return Ending(
            nonce=nonce,
            reason=self._reason if confined else "setup",
            code=self._status,
            wall_seconds=seconds,
            cpu_seconds=self._cpu_seconds,
            peak_bytes=self._peak_bytes,
            detail=detail if confined or not word else word.decode("utf-8", "replace"),
            ends=tuple(ends),
        )


def clock_of(pid: int) -> Callable[[], float]:
    """Return a clock of a process's processor time in seconds; 0 where the system does not.

    Linux makes a clock's number of a process id; see clock_getcpuclockid(3). Elsewhere RLIMIT_CPU
    stands alone.
    """
    number = (~pid << 3) | 2

    def seconds() -> float:
        try:
            return time.clock_gettime(number) if sys.platform == "linux" else 0.0
        except OSError:  # it has just ended
            return 0.0

    return seconds


def _move(source: int, target: int, count: int) -> int:
    """Move up to ``count`` bytes from a pipe to a file, on Linux within the kernel."""
    if sys.platform == "linux":
        return os.splice(source, target, count)
    return os.write(target, os.read(source, count))
