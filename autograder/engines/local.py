"""A pool of zygotes on this machine: as many submissions at a time as there are zygotes."""

from __future__ import annotations

import collections
import selectors
import time
from collections.abc import Iterable, Iterator

from autograder.errors import SandboxError
from autograder.sandbox.client import Zygote
from autograder.sandbox.message import Level, Ready, Report
from autograder.sandbox.policy import Policy

AHEAD = 2  # one job runs while the next one already waits at the zygote
TRIES = 2


class _Member:
    """One zygote with the jobs that it was given, oldest first."""

    def __init__(self, zygote: Zygote) -> None:
        self.zygote = zygote
        self.warm = False
        self.jobs: collections.deque[tuple[int, bytes, int]] = collections.deque()


class LocalEngine:
    """See the module's docstring. Zygotes start on construction, all at once."""

    def __init__(self, level: Level, policy: Policy, entry: str, jobs: int) -> None:
        self.level: Level = level
        self.notes: tuple[str, ...] = ()
        self.start_seconds = 0.0
        self._policy = policy
        self._entry = entry
        self._started = time.monotonic()
        self._selector = selectors.DefaultSelector()
        self._members: list[_Member] = []
        try:
            for _ in range(jobs):
                self._add()
        except BaseException:
            self.close()
            raise

    def _add(self) -> None:
        member = _Member(Zygote(self.level, self._policy, self._entry))
        self._members.append(member)
        self._selector.register(member.zygote.fileno(), selectors.EVENT_READ, member)

    def run(self, jobs: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, Report]]:
        """Yield a report for each job. A zygote that dies is replaced and its jobs run again;
        a job that a zygote died of twice is reported as a failed setup, which is ours.
        """
        source = iter(jobs)
        again: collections.deque[tuple[int, bytes, int]] = collections.deque()
        self._feed(source, again)
        while any(member.jobs for member in self._members) or again:
            for key, _ in self._selector.select():
                member: _Member = key.data
                try:
                    yield from self._serve(member)
                except SandboxError as error:
                    yield from self._replace(member, again, str(error))
            self._feed(source, again)

    def wait_warm(self) -> None:
        """Return once every zygote is warm: only a benchmark needs to know when that is."""
        for member in self._members:
            self._welcome(member)

    def _welcome(self, member: _Member) -> None:
        if member.warm:
            return
        ready: Ready = member.zygote.ready()
        member.warm = True
        self.notes = ready.notes
        self.start_seconds = max(self.start_seconds, time.monotonic() - self._started)

    def _serve(self, member: _Member) -> Iterator[tuple[int, Report]]:
        if not member.warm:
            self._welcome(member)
            return
        report = member.zygote.collect()
        number, _, _ = member.jobs.popleft()
        yield number, report

    def _feed(
        self, source: Iterator[tuple[int, bytes]], again: collections.deque[tuple[int, bytes, int]]
    ) -> None:
        """Give every warm zygote work, the idlest first; cold ones get theirs once warm."""
        for depth in range(AHEAD):
            for member in self._members:
                if not member.warm or len(member.jobs) > depth:
                    continue
                job = again.popleft() if again else _fresh(source)
                if job is None:
                    return
                member.jobs.append(job)
                try:
                    member.zygote.submit(job[1])
                except SandboxError:
                    continue  # its socket is readable now; the next turn replaces it
        if not any(member.warm for member in self._members) and not again:
            job = _fresh(source)
            if job is not None:
                again.append(job)

    def _replace(
        self, member: _Member, again: collections.deque[tuple[int, bytes, int]], reason: str
    ) -> Iterator[tuple[int, Report]]:
        """Start a new zygote for a dead one; its oldest job may be what killed it."""
        self._selector.unregister(member.zygote.fileno())
        self._members.remove(member)
        was_warm = member.warm
        member.zygote.close()
        if not was_warm:
            raise SandboxError(f"a zygote did not start: {reason}")
        for index, (number, payload, tries) in enumerate(member.jobs):
            tried = tries + (1 if index == 0 else 0)
            if tried >= TRIES:
                yield number, _lost(reason)
            else:
                again.append((number, payload, tried))
        self._add()

    def close(self) -> None:
        """End all zygotes."""
        for member in self._members:
            member.zygote.close()
        self._members.clear()
        self._selector.close()


def _fresh(source: Iterator[tuple[int, bytes]]) -> tuple[int, bytes, int] | None:
    job = next(source, None)
    return None if job is None else (*job, 0)


def _lost(reason: str) -> Report:
    return Report(
        nonce=0,
        reason="setup",
        code=1,
        frames=b"",
        output=b"",
        wall_seconds=0.0,
        cpu_seconds=0.0,
        peak_bytes=0,
        detail=reason,
    )
