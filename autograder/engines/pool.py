"""One zygote and a pool of servers on this machine; a thread has a server to itself for one job."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import os
import selectors
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Sequence

from autograder.engines.engine import TRIES, Work, lost
from autograder.errors import SandboxError
from autograder.sandbox.client import Channel, Zygote
from autograder.sandbox.message import Level, Limits, Policy, Report
from autograder.words.catalogue import say
from autograder.words.text import Text


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

    def report(
        self, payload: bytes, limits: Limits | None = None, pieces: Sequence[bytes] = ()
    ) -> Report:
        """Run one job in a confined child. A job that servers died of twice is a failed setup.

        Raises SandboxError where no zygote can be had at the pool's level.
        """
        reason = ""
        for _ in range(TRIES):
            channel = self._take()
            try:
                channel.submit(payload, limits, pieces)
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
            raise SandboxError(say("pool-closed"))
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
    """Let a server and its child end; the thread that waits for them is woken."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(channel.fileno())) as ours:
        ours.shutdown(socket.SHUT_RDWR)


AHEAD = 2  # one job runs while the next one already waits at the server


@dataclasses.dataclass
class _Job:
    work: Work
    tries: int = 0
    stolen: bool = False
    reported: bool = False


class _Member:
    """One server with the jobs that it was given, oldest first."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.jobs: collections.deque[_Job] = collections.deque()


class LocalEngine:
    """See the module's docstring. The zygote starts to warm up on construction."""

    def __init__(self, level: Level, policy: Policy, entry: str, jobs: int) -> None:
        self.level: Level = level
        self.controllers: tuple[str, ...] = ()
        self.notes: tuple[Text, ...] = ()
        self._policy = policy
        self._entry = entry
        self._count = jobs
        self._selector = selectors.DefaultSelector()
        self._members: list[_Member] = []
        self._again: collections.deque[_Job] = collections.deque()
        self._zygote = Zygote(level, policy, entry)

    def start(self) -> None:
        """Wait until the zygote is warm and fork its servers; ``run`` does so by itself."""
        if not self._members:
            ready = self._zygote.ready()
            self.notes, self.controllers = ready.notes, ready.controllers
            for _ in range(self._count):
                self._add()

    def _add(self) -> None:
        member = _Member(self._zygote.open_channel())
        self._members.append(member)
        self._selector.register(member.channel.fileno(), selectors.EVENT_READ, member)

    def run(self, jobs: Iterable[Work]) -> Iterator[tuple[int, Report]]:
        """Yield a report for each job.

        A server that dies is replaced and its jobs run again; a job that servers died of twice is
        reported as a failed setup, which is ours.
        """
        source = (_Job(Work(*work)) for work in jobs)
        first = next(source, None)
        if first is None:  # nothing to run: do not wait for the zygote
            return
        self.start()
        self._again.append(first)
        self._feed(source)
        while any(not job.reported for member in self._members for job in member.jobs):
            for key, _ in self._selector.select():
                member: _Member = key.data
                try:
                    report = member.channel.collect()
                except SandboxError as error:
                    yield from self._replace(member, str(error))
                    continue
                job = member.jobs.popleft()
                if not job.reported:
                    job.reported = True
                    yield job.work.number, report
            self._feed(source)

    def _feed(self, source: Iterator[_Job]) -> None:
        """Give every server work, the idlest first.

        When there is no more, idle servers take over what waits behind a long run elsewhere.
        """
        for depth in range(AHEAD):
            for member in self._members:
                if len(member.jobs) > depth:
                    continue
                job = self._again.popleft() if self._again else next(source, None)
                if job is None and not member.jobs:
                    job = self._steal()
                if job is None:
                    continue
                member.jobs.append(job)
                with contextlib.suppress(SandboxError):  # its end is seen, and mended, in run
                    work = job.work
                    member.channel.submit(work.payload, work.limits, work.pieces)

    def _steal(self) -> _Job | None:
        """Return a job that waits behind another one; the first report of it counts."""
        for member in self._members:
            for job in list(member.jobs)[1:]:
                if not job.stolen and not job.reported:
                    job.stolen = True
                    return job
        return None

    def _replace(self, member: _Member, reason: str) -> Iterator[tuple[int, Report]]:
        """Fork a new server for a dead one; its oldest job may be what killed it."""
        self._selector.unregister(member.channel.fileno())
        self._members.remove(member)
        member.channel.close()
        if member.jobs:
            member.jobs[0].tries += 1
        for job in member.jobs:
            if job.reported:
                continue
            if job.tries >= TRIES:
                job.reported = True
                yield job.work.number, lost(reason)
            else:
                self._again.append(job)
        try:
            self._add()
        except SandboxError:
            self._zygote.close()
            self._zygote = Zygote(self.level, self._policy, self._entry)
            self._zygote.ready()
            self._add()

    def close(self) -> None:
        """End the zygote and its servers."""
        for member in self._members:
            member.channel.close()
        self._members.clear()
        self._selector.close()
        self._zygote.close()
