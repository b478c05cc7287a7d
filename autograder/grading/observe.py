"""From jobs to traces: looked up where they are stored, else run in rounds and stored.

All who observe do so here. A job runs under a short limit first, kept from outside; what reaches
it is put aside, and starts anew under its full limits when all others are done, so that endless
loops delay nobody. Limits are processor time. What ended because it waited, or on the far limit of
the wall's clock, runs once more, alone, at the very end: only that run counts. So marks do not
depend on how busy the machine is.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
import signal
from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from autograder.engines.engine import Engine, Work
from autograder.errors import SandboxError
from autograder.exercise.plan import Plan
from autograder.exercise.spec import Limits
from autograder.grading.address import trace_key
from autograder.grading.cache import Store
from autograder.grading.choice import other_choice
from autograder.judge.plots import needs_real_plots
from autograder.judge.status import failures_of
from autograder.protocol.assembly import Usage, assemble, usage_of
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget, Job
from autograder.protocol.trace import Ending, Trace
from autograder.sandbox.message import Level, Policy, Report
from autograder.sandbox.message import Limits as HardLimits
from autograder.words.catalogue import say

QUICK_SHARE = 1 / 10  # of a call's limit, of which right files need less than half of that
QUICK_SECONDS = 1.0
WALL_FACTOR = 10.0
OUTPUT_BYTES = 1_000_000
QUICK, FULL, ALONE = range(3)

_ENDING_OF_REASON: dict[str, Ending] = {
    "setup": "sandbox",
    "cpu": "time",
    "wall": "wait",
    "output": "output",
    "memory": "memory",
}


def budget_for(
    limits: Limits, *, total_seconds: float | None = None, output_bytes: int = OUTPUT_BYTES
) -> Budget:
    """Return a lab's limits as the worker keeps them, in the same shape for another total."""
    if total_seconds is not None:
        limits = limits.scaled(total_seconds)
    return Budget(
        cells_seconds=limits.cell_seconds,
        call_seconds=limits.call_seconds,
        total_seconds=limits.total_seconds,
        output_bytes=output_bytes,
    )


def ending_of(report: Report, budget: Budget) -> Ending:
    """Say how a child ended, in the trace's words."""
    used_up = report.cpu_seconds >= 0.9 * budget.total_seconds
    if report.reason != "exit":
        return "time" if report.reason == "wall" and used_up else _ENDING_OF_REASON[report.reason]
    if report.code == 0:
        return "done"
    if report.code in (-signal.SIGKILL, -signal.SIGXCPU) and used_up:
        return "time"
    return "crash"


def trace_of(job: Job, report: Report) -> Trace:
    """Return the trace that a child left."""
    ending = ending_of(report, job.budget)
    detail = report.detail if ending in ("sandbox", "crash") else ""
    trace = assemble(job, report.frames, ending=ending, detail=detail, output=report.output)
    if ending == "time" and trace.loading is None:
        slowest = usage_of(report.frames, report.cpu_seconds).slowest_cell
        return msgspec.structs.replace(trace, slowest_cell=slowest)
    return trace


def follow_up(job: Job, trace: Trace) -> Job | None:
    """Return what must be observed of the same submission before it can be judged, if anything.

    The run with inert plots stands only where nothing failed in it; and where two files were
    worked in, both are run.
    """
    loading = trace.loading
    if loading is None or trace.ending == "sandbox":
        return None
    if needs_real_plots(job, trace):
        return msgspec.structs.replace(job, plots="real")
    return other_choice(job, trace)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Observed:
    """One job that counts, its trace with its address, and how it was run; None if it was not."""

    job: Job
    key: str
    trace: Trace
    report: Report | None = None

    @property
    def usage(self) -> Usage:
        """What it says to have used of processor time; nothing where it was not run."""
        if self.report is None:
            return Usage()
        return usage_of(self.report.frames, self.report.cpu_seconds)


Result = tuple[Observed, ...]


@dataclasses.dataclass(eq=False)
class _Way:
    """One submission on its way through the rounds: the job at hand, and what counts so far.

    ``first`` is the address of its first job, and ``twins`` the numbers of jobs equal to that.
    """

    number: int
    job: Job
    key: str
    first: str
    done: Result = ()
    killed: bool = False
    twins: list[int] = dataclasses.field(default_factory=list)


class _Shelf:
    """Which traces are stored, under which address."""

    def __init__(self, policy: Policy, level: Level, store: Store | None) -> None:
        self._policy = policy
        self._level = level
        self._store = store

    def way(self, number: int, job: Job) -> _Way:
        """Return the beginning of a way."""
        key = self._key(job)
        return _Way(number=number, job=job, key=key, first=key)

    def _key(self, job: Job) -> str:
        return trace_key(encode(job), self._policy, self._level)

    def look_up(self, way: _Way) -> bool:
        """Go on as far as traces are stored; say whether there is nothing left to run."""
        while True:
            trace = self._store.read_trace(way.key) if self._store else None
            if trace is None:
                return False
            if self._advance(way, trace, None):
                return True

    def keep(self, way: _Way, trace: Trace, report: Report) -> bool:
        """Store the trace of the job at hand and go on; say whether nothing is left to run."""
        if self._store is not None:
            self._store.write_trace(way.key, trace)
        return self._advance(way, trace, report) or self.look_up(way)

    def _advance(self, way: _Way, trace: Trace, report: Report | None) -> bool:
        """Take a job's trace in; say whether it was the last, else the next job is at hand."""
        kept = tuple(one for one in way.done if one.job.choice != way.job.choice)
        found = Observed(job=way.job, key=way.key, trace=trace, report=report)
        way.done = (*kept, found)
        further = follow_up(way.job, trace)
        if further is not None:
            way.job, way.key = further, self._key(further)
        return further is None


class Observatory:
    """Observes jobs with one engine and one store. Without a store nothing is kept or known."""

    def __init__(self, engine: Engine, policy: Policy, store: Store | None = None) -> None:
        self._engine = engine
        self._shelf = _Shelf(policy, engine.level, store)

    def stored(self, job: Job) -> Result | None:
        """Return what counts of a job where all of that is stored."""
        way = self._shelf.way(0, job)
        return way.done if self._shelf.look_up(way) else None

    def observe(
        self, jobs: Iterable[tuple[int, Job]], *, share: bool = True
    ) -> Iterator[tuple[int, Result]]:
        """Yield what counts of each numbered job, as they are done, in any order.

        Jobs that are equal and under way at once ``share`` a run.
        """
        return _Rounds(self._engine, self._shelf, jobs, share=share).results()

    def observe_one(self, job: Job) -> Observed:
        """Return what counts of a file that stands alone."""
        ((_, result),) = self.observe([(0, job)])
        return result[-1]


class _Rounds:
    """The rounds of one call of ``observe``."""

    def __init__(
        self, engine: Engine, shelf: _Shelf, jobs: Iterable[tuple[int, Job]], *, share: bool
    ) -> None:
        self._engine = engine
        self._shelf = shelf
        self._source: Iterator[tuple[int, Job]] | None = iter(jobs)
        self._share = share
        self._queues = [collections.deque[_Way]() for _ in (QUICK, FULL, ALONE)]
        self._running: dict[int, tuple[_Way, HardLimits]] = {}
        self._open: dict[str, _Way] = {}
        self._done: collections.deque[_Way] = collections.deque()
        self._numbers = itertools.count()

    def results(self) -> Iterator[tuple[int, Result]]:
        """Play round after round until nothing is left."""
        while self._source is not None or any(self._queues):
            first = next((play for play, queue in enumerate(self._queues) if queue), QUICK)
            yield from self._play(first if self._source is None else QUICK)

    def _play(self, play: int) -> Iterator[tuple[int, Result]]:
        works = self._works(play)
        if play == ALONE:
            works = itertools.islice(works, 1)
        for number, report in self._engine.run(works):
            way, limits = self._running.pop(number)
            self._take(way, report, limits, play)
            yield from self._finished()
        yield from self._finished()

    def _finished(self) -> Iterator[tuple[int, Result]]:
        while self._done:
            way = self._done.popleft()
            self._open.pop(way.first, None)
            yield way.number, way.done
            again = tuple(dataclasses.replace(one, report=None) for one in way.done)
            for twin in way.twins:
                yield twin, again

    def _works(self, play: int) -> Iterator[Work]:
        """Yield what is to be run in a round, as the engine asks for it."""
        while True:
            way = self._queues[play].popleft() if self._queues[play] else None
            if way is None and play == QUICK:
                way = self._next()
            if way is None:
                return
            number, limits = next(self._numbers), _limits(way.job.budget, play)
            self._running[number] = (way, limits)
            yield Work(number, encode(way.job), limits)

    def _next(self) -> _Way | None:
        """Return the next new one that has to be run."""
        for number, job in self._source or ():
            way = self._shelf.way(number, job)
            twin = self._open.setdefault(way.key, way)
            if twin is not way and self._share:
                twin.twins.append(number)
            elif not self._shelf.look_up(way):
                return way
            else:
                self._done.append(way)
        self._source = None
        return None

    def _take(self, way: _Way, report: Report, limits: HardLimits, play: int) -> None:
        """Decide what becomes of a job that has ended."""
        if play == QUICK and _struck(report, limits):
            self._queues[FULL].append(way)
            return
        trace = trace_of(way.job, report)
        if report.code == -signal.SIGKILL and trace.ending == "crash" and not way.killed:
            way.killed = True  # by nobody we know: the student need not be to blame
            self._queues[play].append(way)
        elif play != ALONE and _waited(trace):
            self._queues[ALONE].append(way)
        elif self._shelf.keep(way, trace, report):
            self._done.append(way)
        else:
            self._queues[QUICK].append(way)


def _limits(budget: Budget, play: int) -> HardLimits:
    """Return a job's limits in a round; short ones only where they are much shorter."""
    seconds = budget.total_seconds
    quick = max(QUICK_SECONDS, QUICK_SHARE * budget.call_seconds)
    if play == QUICK and quick < seconds / 2:
        seconds = quick
    return HardLimits(cpu_seconds=seconds, wall_seconds=WALL_FACTOR * seconds)


def _struck(report: Report, limits: HardLimits) -> bool:
    """Say whether a child was ended for its time."""
    if report.reason == "exit" and report.code in (-signal.SIGKILL, -signal.SIGXCPU):
        return report.cpu_seconds >= 0.9 * limits.cpu_seconds
    return report.reason in ("cpu", "wall")


def _waited(trace: Trace) -> bool:
    return trace.ending == "wait" or any(one.kind == "wait" for one in failures_of(trace))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """One file to observe, under a name of its own."""

    name: str
    filename: str
    data: bytes


class Progress(Protocol):
    """Is told what is being observed, for people who wait."""

    def begin(self, label: str, total: int) -> None:
        """So many sources are about to be observed."""

    def advance(self) -> None:
        """One of them is done."""


class Silence:
    """Tells nobody."""

    def begin(self, label: str, total: int) -> None:
        """Do nothing."""

    def advance(self) -> None:
        """Do nothing."""


class FileObservatory:
    """Observes sources, and tells how far it is."""

    def __init__(
        self, engine: Engine, policy: Policy, store: Store, progress: Progress | None = None
    ) -> None:
        self.known = Observatory(engine, policy, store)
        self._anew = Observatory(engine, policy, store.write_only())
        self._progress = progress or Silence()

    def observe(
        self, label: str, plan: Plan, sources: Iterable[Source], *, fresh: bool = False
    ) -> Iterator[tuple[str, Observed]]:
        """Yield each source's name and what counts of it, in any order.

        ``label`` is what progress is called. Raises SandboxError where the sandbox failed: that
        says nothing about the source.
        """
        sources = list(sources)
        budget = budget_for(plan.exercise.limits)
        self._progress.begin(label, len(sources))
        jobs = (plan.job(source.filename, source.data, budget) for source in sources)
        observatory = self._anew if fresh else self.known
        for number, result in observatory.observe(enumerate(jobs)):
            name, (*_, found) = sources[number].name, result
            if found.trace.ending == "sandbox":
                raise SandboxError(
                    say("reference-not-observed", detail=found.trace.detail, path=name)
                )
            self._progress.advance()
            yield name, found
