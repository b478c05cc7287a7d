"""Jobs run by the workers of a dask cluster.

Each worker is given small batches by name, as many as its threads can run and as many again that
wait; the others stay here. So nothing piles up in the scheduler, a worker that refuses the run is
never asked, and when a worker dies it is known which jobs ran there.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import itertools
import logging
import queue
import re
import secrets
import time
from collections.abc import Iterable, Iterator

import dask
import msgspec
from distributed import Client, Future

from autograder.engines.connection import agree, connect, reaching, threads_of
from autograder.engines.engine import TRIES, Work, lost
from autograder.engines.identity import identity
from autograder.engines.node import Answer, Node, carried, observe, standing
from autograder.errors import SandboxError
from autograder.sandbox.message import Level, Policy, Report
from autograder.words.catalogue import say

LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 120.0

_log = logging.getLogger(__name__)


@dataclasses.dataclass
class Job:
    """Some work. ``deaths`` counts the workers that died while it may have run."""

    work: Work
    deaths: int = 0


@dataclasses.dataclass
class Batch:
    """Jobs that travel together, and what will be their answer."""

    jobs: list[Job]
    future: Future[bytes]


@dataclasses.dataclass
class Member:
    """One worker with the batches that it was given, by name, oldest first."""

    address: str
    threads: int
    batches: dict[str, Batch] = dataclasses.field(default_factory=dict)

    @property
    def has_suspect(self) -> bool:
        """Whether a job is there that a worker died of once."""
        return any(job.deaths for batch in self.batches.values() for job in batch.jobs)


class Roster:
    """Keeps ``members`` up to date. Workers that refuse the run never become members."""

    def __init__(self, client: Client, address: str, run: str) -> None:
        self.members: dict[str, Member] = {}
        self._client = client
        self._address = address
        self._run = run
        self._refusals: dict[str, str] = {}
        self._looked = self._seen = 0.0

    def begin(self) -> None:
        """Start to count how long there has been no worker."""
        self._seen = time.monotonic()

    def look(self, *, now: bool = False) -> list[Member]:
        """See, at most once a second, who is there; return the members that are gone.

        Raises SandboxError where the scheduler is gone, where all workers refuse, and where there
        was none for a while.
        """
        if not now and time.monotonic() - self._looked < LOOK_SECONDS:
            return []
        alive = threads_of(self._client, self._address)
        gone = [member for name, member in self.members.items() if name not in alive]
        for member in gone:
            _log.warning("dask worker %s: gone; its jobs run elsewhere", member.address)
            del self.members[member.address]
        self._refusals = {name: why for name, why in self._refusals.items() if name in alive}
        known = self.members.keys() | self._refusals.keys()
        self._ask({name: count for name, count in alive.items() if name not in known})
        self._looked = time.monotonic()
        self._require_some(len(alive))
        return gone

    def _ask(self, fresh: dict[str, int]) -> None:
        """Let workers in that were set up for the run; those under way are asked again later."""
        if not fresh:
            return
        with reaching(self._address):
            answers = self._client.run(
                standing, self._run, workers=sorted(fresh), on_error="return"
            )
        for address, refusal in answers.items():
            if refusal == "":
                self.members[address] = Member(address, fresh[address])
            elif refusal is not None:
                self.refuse(address, str(refusal))

    def _require_some(self, alive: int) -> None:
        if self.members:
            self._seen = self._looked
        elif alive and len(self._refusals) == alive:
            reasons = "; ".join(f"{name}: {why}" for name, why in self._refusals.items())
            raise SandboxError(say("dask-all-refuse", address=self._address, reasons=reasons))
        elif self._looked - self._seen > PATIENCE_SECONDS:
            raise SandboxError(
                say("dask-no-worker", address=self._address, seconds=PATIENCE_SECONDS)
            )

    def refuse(self, address: str, reason: str) -> None:
        """Note that a worker takes no part in the run."""
        self.members.pop(address, None)
        self._refusals[address] = reason
        _log.warning("dask worker %s refuses the run: %s", address, reason)

    def owner(self, key: str) -> Member | None:
        """Return the member that has a batch; None when it was taken back."""
        return next((m for m in self.members.values() if key in m.batches), None)


BATCH = 8
AHEAD = 2  # one batch runs in each thread while the next one already waits at the worker
RESULT_SECONDS = 60.0
_LARGE = {"distributed.admin.large-graph-warning-threshold": "1 GB"}  # batches are, on purpose

_log = logging.getLogger(__name__)
_answers = msgspec.msgpack.Decoder(Answer)


class DaskEngine:
    """See the module's docstring. ``label`` names the tasks on the scheduler's dashboard.

    Raises SandboxError where the cluster cannot be used, IsolationError where it is too weak.
    """

    def __init__(
        self, address: str, policy: Policy, entry: str, *, label: str, allow_weak: bool
    ) -> None:
        self._address = address
        self._name = re.sub(r"[^A-Za-z]+", "-", f"observe-{label}").strip("-")
        self._run = f"autograder-{secrets.token_hex(8)}"
        self._numbers = itertools.count()
        self._again: collections.deque[Job] = collections.deque()
        self._ended: queue.SimpleQueue[tuple[str, object]] = queue.SimpleQueue()
        self._done = 0
        self._client = connect(address)
        self._roster = Roster(self._client, address, self._run)
        try:
            self.level: Level = agree(self._client, address, allow_weak=allow_weak)
            node = Node(self.level, policy, entry, identity())
            with reaching(address):
                self._client.register_plugin(node, name=self._run)
        except BaseException:
            self.close()
            raise

    def run(self, jobs: Iterable[Work]) -> Iterator[tuple[int, Report]]:
        """Yield a report for each job.

        When a worker dies its jobs run again elsewhere; a job that was there at two deaths, the
        second time as the only suspect, is reported as a failed setup, which is ours.
        Raises SandboxError when the scheduler goes away, or no worker comes for a while.
        """
        source = (Job(Work(*work)) for work in jobs)
        self._roster.begin()
        try:
            while self._more(source):
                yield from self._look()
                self._feed(source)
                try:
                    key, result = self._ended.get(timeout=LOOK_SECONDS)
                except queue.Empty:
                    continue
                yield from self._take(key, result)
        finally:
            self._forget()

    def _more(self, source: Iterator[Job]) -> bool:
        """Whether there is anything left to do; takes a job from the source to find out."""
        members = self._roster.members.values()
        if not self._again and not any(member.batches for member in members):
            self._again.extend(itertools.islice(source, 1))
            return bool(self._again)
        return True

    def _feed(self, source: Iterator[Job]) -> None:
        """Give every worker batches, the idlest first.

        When there is no more, idle workers take over what waits behind a long run elsewhere.
        """
        for depth in range(AHEAD):
            for member in self._roster.members.values():
                while len(member.batches) < (depth + 1) * member.threads:
                    jobs = self._next(member, source)
                    if not jobs and not member.batches:
                        jobs = self._steal()
                    if not jobs:
                        break
                    self._submit(member, jobs)

    def _next(self, member: Member, source: Iterator[Job]) -> list[Job]:
        """Return a batch: small ones at first; a suspect alone, and one at a time a worker."""
        suspects = [job for job in self._again if job.deaths]
        if suspects and not member.has_suspect:
            self._again.remove(suspects[0])
            return suspects[:1]
        threads = sum(each.threads for each in self._roster.members.values())
        size = min(BATCH, 1 + self._done // threads)
        jobs = [job for job in self._again if not job.deaths][:size]
        for job in jobs:
            self._again.remove(job)
        return jobs + list(itertools.islice(source, size - len(jobs)))

    def _steal(self) -> list[Job]:
        """Take a batch back that waits; if it begins just now, nobody listens to that answer."""
        for member in self._roster.members.values():
            for key in list(member.batches)[member.threads :]:
                batch = member.batches.pop(key)
                self._cancel([batch])
                return batch.jobs
        return []

    def _submit(self, member: Member, jobs: list[Job]) -> None:
        key = f"{self._name}-{next(self._numbers):06}-{self._run}"
        with reaching(self._address), dask.config.set(_LARGE):
            future = self._client.submit(
                observe,
                self._run,
                [carried(job.work) for job in jobs],
                key=key,
                workers=[member.address],
                pure=False,
            )
        member.batches[key] = Batch(jobs, future)
        future.add_done_callback(self._fetch)

    def _fetch(self, future: Future[bytes]) -> None:
        """Get a batch's answer, in dask's thread for callbacks."""
        result: object
        try:
            result = future.result(timeout=RESULT_SECONDS)
        except BaseException as error:  # noqa: BLE001  # handed to the thread that runs
            result = error
        self._ended.put((str(future.key), result))

    def _take(self, key: str, result: object) -> Iterator[tuple[int, Report]]:
        """Yield the reports of a batch that ended. What it left undone is to be done again."""
        member = self._roster.owner(key)
        if member is None:  # taken back meanwhile
            return
        if not isinstance(result, bytes):
            yield from self._failed(key, f"{type(result).__name__}: {result}")
            return
        answer = _decode(result, member.address)
        if answer.refusal:
            self._roster.refuse(member.address, answer.refusal)
            self._again.extend(itertools.chain(*self._take_back(member)))
            return
        if answer.level != self.level:
            raise SandboxError(
                say(
                    "dask-other-level",
                    address=member.address,
                    level=answer.level,
                    wanted=self.level,
                )
            )
        jobs = member.batches.pop(key).jobs
        self._again.extend(jobs[len(answer.reports) :])
        for job, report in zip(jobs, answer.reports, strict=False):
            self._done += 1
            yield job.work.number, report

    def _failed(self, key: str, reason: str) -> Iterator[tuple[int, Report]]:
        """Handle a task without an answer: its worker died, or the scheduler, or it is ours."""
        yield from self._look(now=True)
        member = self._roster.owner(key)
        if member is not None:
            _log.warning("dask worker %s: %s", member.address, reason)
            yield from self._blame(member.batches.pop(key).jobs, reason)

    def _look(self, *, now: bool = False) -> Iterator[tuple[int, Report]]:
        """Take back what dead workers had. What may have run when they died is suspect."""
        for member in self._roster.look(now=now):
            for place, jobs in enumerate(self._take_back(member)):
                if place < member.threads or jobs[0].deaths:
                    yield from self._blame(jobs, say("dask-died", address=member.address))
                else:
                    self._again.extend(jobs)

    def _take_back(self, member: Member) -> list[list[Job]]:
        """Cancel a member's batches and return their jobs, oldest first."""
        batches = list(member.batches.values())
        member.batches.clear()
        self._cancel(batches)
        return [batch.jobs for batch in batches]

    def _cancel(self, batches: list[Batch]) -> None:
        if batches:
            with reaching(self._address):
                self._client.cancel([batch.future for batch in batches])

    def _blame(self, jobs: list[Job], reason: str) -> Iterator[tuple[int, Report]]:
        """Count a death; a job that has two is lost, the others run again."""
        for job in jobs:
            job.deaths += 1
            if job.deaths < TRIES:
                self._again.append(job)
            else:
                self._done += 1
                yield job.work.number, lost(say("dask-died-again", reason=reason))

    def _forget(self) -> None:
        """Cancel what is under way: nobody waits for it any more."""
        for member in self._roster.members.values():
            with contextlib.suppress(SandboxError):
                self._take_back(member)
        self._again.clear()

    def close(self) -> None:
        """End the pools on all workers, running jobs too, and leave the cluster as it was."""
        if self._client.status == "running":
            with contextlib.suppress(SandboxError, ValueError), reaching(self._address):
                self._client.unregister_worker_plugin(self._run)
        with contextlib.suppress(SandboxError), reaching(self._address):
            self._client.close(timeout=2)


def _decode(data: bytes, address: str) -> Answer:
    try:
        return _answers.decode(data)
    except msgspec.MsgspecError as error:
        raise SandboxError(say("dask-garbled", address=address, error=error)) from error
