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
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import msgspec

from autograder.engines.engine import Engine, Work
from autograder.errors import SandboxError
from autograder.exercise.spec import Limits
from autograder.grading.address import trace_key
from autograder.grading.cache import Store
from autograder.grading.choice import other_choice
from autograder.grading.rest import joined, rest_of
from autograder.judge.plots import needs_real_plots
from autograder.judge.status import failures_of
from autograder.protocol.assembly import Usage, assemble, usage_of
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget, Job
from autograder.protocol.steps import opening_of, shares_of
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
    trace = assemble(
        job, report.frames, ending=ending, ends=report.ends, detail=detail, output=report.output
    )
    if ending == "time" and trace.loading is None:
        slowest = usage_of(report.frames, report.cpu_seconds, report.ends).slowest_cell
        return msgspec.structs.replace(trace, slowest_cell=slowest)
    return trace


def follow_up(job: Job, trace: Trace, rest: Job | None = None) -> Job | None:
    """Return what must be observed of the same submission before it can be judged, if anything.

    The run with inert plots stands only where nothing failed in it; then comes the ``rest`` of the
    job; and where two files were worked in, both are run.
    """
    loading = trace.loading
    if loading is None or trace.ending == "sandbox":
        return None
    if needs_real_plots(job, trace):
        return msgspec.structs.replace(job, plots="real")
    return rest or other_choice(job, trace)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Observed:
    """A job's trace with its address, and how it was run; None if it was not.

    ``choice`` is which of two files the job was to work with.
    """

    choice: int
    key: str
    trace: Trace
    report: Report | None = None

    @property
    def usage(self) -> Usage:
        """What it says to have used of processor time; nothing where it was not run."""
        if self.report is None:
            return Usage()
        return usage_of(self.report.frames, self.report.cpu_seconds, self.report.ends)


Result = tuple[Observed, ...]


@dataclasses.dataclass(eq=False)
class _Way:
    """One submission on its way through the rounds: the job at hand, and what counts so far.

    ``parts`` are the job as it is sent, ``first`` is the address of its first job, and ``twins``
    the numbers of jobs equal to that. ``whole`` is the job that the one at hand is the rest of.
    """

    number: int
    job: Job
    parts: tuple[bytes, ...]
    key: str
    first: str
    done: Result = ()
    whole: Job | None = None
    killed: bool = False
    twins: list[int] = dataclasses.field(default_factory=list)


def parts_of(job: Job) -> tuple[bytes, ...]:
    """Return a job as it is sent: what is sent at once, then piece by piece what is hidden."""
    return (encode(opening_of(job)), *map(encode, shares_of(job)))


class _Shelf:
    """Which traces are stored, under which address."""

    def __init__(self, policy: Policy, level: Level, store: Store | None) -> None:
        self._policy = policy
        self._level = level
        self._store = store

    def way(self, number: int, job: Job) -> _Way:
        """Return the beginning of a way."""
        parts = parts_of(job)
        key = self._key(parts)
        return _Way(number=number, job=job, parts=parts, key=key, first=key)

    def _key(self, parts: tuple[bytes, ...]) -> str:
        return trace_key(b"".join(parts), self._policy, self._level)

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
        choice, whole = way.job.choice, way.whole
        kept = tuple(one for one in way.done if one.choice != choice)
        found = Observed(choice=choice, key=way.key, trace=trace, report=report)
        if whole is not None:
            (first,) = (one for one in way.done if one.choice == choice)
            found = dataclasses.replace(first, trace=joined(first.trace, trace))
        way.done = (*kept, found)
        rest = rest_of(way.job, trace) if whole is None else None
        further = follow_up(whole or way.job, found.trace, rest)
        way.whole = way.job if further is not None and further is rest else None
        if further is not None:
            way.job, way.parts = further, parts_of(further)
            way.key = self._key(way.parts)
        return further is None


class Observatory:
    """Observes jobs with one engine and one store. Without a store nothing is kept or known."""

    def __init__(self, engine: Engine, policy: Policy, store: Store | None = None) -> None:
        self._engine = engine
        self._shelf = _Shelf(policy, engine.level, store)

    def observe(
        self, jobs: Iterable[tuple[int, Job]], *, share: bool = True
    ) -> Iterator[tuple[int, Result]]:
        """Yield what counts of each numbered job, as they are done, in any order.

        Those that are stored are looked up as their turn comes, and nothing waits for an engine
        before one has to be run.
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
        """Give out what is stored until something must run; then play rounds until all is done."""
        while self._source is not None and not self._queues[QUICK]:
            way = self._take_in()
            if way is not None:
                self._queues[QUICK].append(way)
            yield from self._finished()
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
            payload, *pieces = way.parts
            yield Work(number, payload, limits, tuple(pieces))

    def _next(self) -> _Way | None:
        """Return the next new one that has to be run."""
        while self._source is not None:
            way = self._take_in()
            if way is not None:
                return way
        return None

    def _take_in(self) -> _Way | None:
        """Look one new job up, and return it if it has to be run."""
        new = next(self._source, None) if self._source is not None else None
        if new is None:
            self._source = None
            return None
        way = self._shelf.way(*new)
        twin = self._open.setdefault(way.key, way)
        if twin is not way and self._share:
            twin.twins.append(way.number)
        elif not self._shelf.look_up(way):
            return way
        else:
            way.job, way.parts = msgspec.structs.replace(way.job, files=()), ()  # often large
            self._done.append(way)
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
    """Return whether a child was ended for its time."""
    if report.reason == "exit" and report.code in (-signal.SIGKILL, -signal.SIGXCPU):
        return report.cpu_seconds >= 0.9 * limits.cpu_seconds
    return report.reason in ("cpu", "wall")


def _waited(trace: Trace) -> bool:
    return trace.ending == "wait" or any(one.kind == "wait" for one in failures_of(trace))


class Progress(Protocol):
    """Follows what is being observed, for people who wait."""

    def begin(self, label: str, total: int) -> None:
        """So many files are about to be observed."""

    def advance(self) -> None:
        """One of them is done."""


class Silence:
    """Tells nobody."""

    def begin(self, label: str, total: int) -> None:
        """Do nothing."""

    def advance(self) -> None:
        """Do nothing."""


class FileObservatory:
    """Observes files of ours, and reports progress."""

    def __init__(
        self, engine: Engine, policy: Policy, store: Store, progress: Progress | None = None
    ) -> None:
        self.known = Observatory(engine, policy, store)
        self._anew = Observatory(engine, policy, store.write_only())
        self._progress = progress or Silence()

    def observe(
        self, label: str, jobs: Mapping[str, Job], *, fresh: bool = False
    ) -> dict[str, Observed]:
        """Return what counts of each job, by its name.

        ``label`` is what progress is called. Raises SandboxError where the sandbox failed: that
        says nothing about the file.
        """
        found = dict(self.each(label, jobs, fresh=fresh))
        return {name: found[name] for name in jobs}

    def each(
        self, label: str, jobs: Mapping[str, Job], *, fresh: bool = False
    ) -> Iterator[tuple[str, Observed]]:
        """Yield what counts of each job with its name, as they are done, in any order.

        The next ones run while a caller looks at one; it observes nothing else before the end.
        """
        self._progress.begin(label, len(jobs))
        names = list(jobs)
        observatory = self._anew if fresh else self.known
        for number, (*_, one) in observatory.observe(enumerate(jobs.values())):
            if one.trace.ending == "sandbox":
                detail, path = one.trace.detail, names[number]
                raise SandboxError(say("reference-not-observed", detail=detail, path=path))
            self._progress.advance()
            yield names[number], one
