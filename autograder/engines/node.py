"""The half of the dask engine that runs in dask's workers: one pool of zygotes a process.

What goes in are encoded jobs, what comes out is an encoded :class:`Answer`: dask pickles nothing
of a student's but bytes. Whatever cannot be had exactly as the run demands it (its versions, its
isolation level) is refused in words, never replaced by something weaker.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from distributed import WorkerPlugin, get_worker

from autograder.engines.engine import Work
from autograder.engines.identity import difference, identity
from autograder.engines.pool import Pool
from autograder.errors import SandboxError
from autograder.protocol.codec import encode
from autograder.sandbox.detection import Trial, detect
from autograder.sandbox.message import Level, Limits, Policy, Report

if TYPE_CHECKING:
    from distributed import Worker

BATCH_SECONDS = 1.0
BATCH_BYTES = 16_000_000
IDLE_SECONDS = 600.0


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker says of itself before a run."""

    identity: dict[str, str]
    trial: Trial


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of the first jobs of a batch, in order, or why this worker runs none of them."""

    level: Level
    reports: tuple[Report, ...] = ()
    refusal: str = ""


async def survey() -> bytes:
    """Return an encoded Survey. Tries the isolation levels in throwaway children."""
    trial = await asyncio.to_thread(detect)
    return encode(Survey(identity=identity(), trial=trial))


def standing(run: str, dask_worker: Worker) -> str | None:
    """Return why this worker refuses the run, empty where it takes part, None before its setup."""
    node = dask_worker.plugins.get(run)
    return node.refusal if isinstance(node, Node) else None


Carried = tuple[bytes, float, float, tuple[bytes, ...]]


def carried(work: Work) -> Carried:
    """Return a job as dask carries it; its limits are zeros where they are the policy's."""
    limits = work.limits
    seconds = (limits.cpu_seconds, limits.wall_seconds) if limits else (0.0, 0.0)
    return (work.payload, *seconds, work.pieces)


def observe(run: str, jobs: Sequence[Carried]) -> bytes:
    """Return an encoded Answer to a batch of encoded jobs; a dask task."""
    node = get_worker().plugins.get(run)
    if not isinstance(node, Node):
        return encode(Answer(level="none", refusal="this worker was not set up for the run"))
    return encode(
        node.answer(
            [
                Work(
                    number,
                    payload,
                    Limits(cpu_seconds=cpu, wall_seconds=wall) if cpu else None,
                    pieces,
                )
                for number, (payload, cpu, wall, pieces) in enumerate(jobs)
            ]
        )
    )


class Node(WorkerPlugin):
    """One run's pool of zygotes in one worker process, for all its threads."""

    def __init__(self, level: Level, policy: Policy, entry: str, demanded: dict[str, str]) -> None:
        self._level: Level = level
        self._policy = policy
        self._entry = entry
        self._demanded = demanded
        self._pool: Pool | None = None
        self._resting: asyncio.Task[None] | None = None
        self.refusal: str | None = None

    async def setup(self, worker: Worker) -> None:
        """Start a zygote at the run's level; it warms up meanwhile."""
        differs = difference(there=identity(), here=self._demanded)
        if differs:
            self.refusal = differs
            return
        try:
            self._pool = await asyncio.to_thread(Pool, self._level, self._policy, self._entry)
        except (SandboxError, OSError) as error:
            self.refusal = str(error)
            return
        self._resting = asyncio.create_task(self._rest())
        self.refusal = ""

    async def _rest(self) -> None:
        """Let the zygote go when its grader has gone without a word."""
        while self._pool is not None:
            await asyncio.sleep(IDLE_SECONDS / 10)
            await asyncio.to_thread(self._pool.rest, IDLE_SECONDS)

    async def teardown(self, worker: Worker) -> None:
        """End the pool and all that it runs."""
        if self._resting is not None:
            self._resting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._resting
        if self._pool is not None:
            await asyncio.to_thread(self._pool.close)

    def answer(self, jobs: Sequence[Work]) -> Answer:
        """Run the jobs one after the other; leave the rest when time or bytes are used up."""
        if self._pool is None:
            return Answer(level=self._level, refusal=self.refusal or "it has no sandbox")
        reports: list[Report] = []
        size, deadline = 0, time.monotonic() + BATCH_SECONDS
        for work in jobs:
            try:
                report = self._pool.report(work.payload, work.limits, work.pieces)
            except SandboxError as error:
                if not reports:
                    return Answer(level=self._level, refusal=str(error))
                break
            reports.append(report)
            size += len(report.frames) + len(report.output)
            if size > BATCH_BYTES or time.monotonic() > deadline:
                break
        return Answer(level=self._level, reports=tuple(reports))
