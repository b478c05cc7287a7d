"""Observe many files of one lab, those seen before from the store."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Protocol

from autograder.engines.engine import Engine
from autograder.errors import SandboxError
from autograder.exercise.plan import Plan
from autograder.grading.observation import budget_for, trace_key, trace_of
from autograder.grading.store import Store
from autograder.protocol.codec import encode
from autograder.protocol.job import Job
from autograder.protocol.trace import Trace
from autograder.sandbox.policy import Policy

OUTPUT_BYTES = 1_000_000


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


class Observatory:
    """Runs sources through an engine; equal ones once."""

    def __init__(
        self, engine: Engine, policy: Policy, store: Store, progress: Progress | None = None
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._store = store
        self._progress = progress or Silence()
        self._budget = budget_for(policy, OUTPUT_BYTES)

    def observe(
        self, label: str, plan: Plan, sources: Iterable[Source], *, fresh: bool = False
    ) -> Iterator[tuple[str, Trace]]:
        """Yield each source's name and trace, in any order. ``label`` is what progress is called.

        Raises SandboxError where the sandbox failed: that says nothing about the source.
        """
        sources = list(sources)
        self._progress.begin(label, len(sources))
        for name, trace in self._observed(plan, sources, fresh=fresh):
            self._progress.advance()
            yield name, trace

    def _observed(
        self, plan: Plan, sources: list[Source], *, fresh: bool
    ) -> Iterator[tuple[str, Trace]]:
        names: dict[str, list[str]] = {}
        missing: list[tuple[Job, str]] = []
        for source in sources:
            job = plan.job(source.filename, source.data, self._budget)
            key = trace_key(encode(job), self._policy, self._engine.level)
            if key in names:
                names[key].append(source.name)
                continue
            trace = None if fresh else self._store.read_trace(key)
            if trace is not None:
                yield source.name, trace
                continue
            names[key] = [source.name]
            missing.append((job, key))
        jobs = ((number, encode(job)) for number, (job, _) in enumerate(missing))
        for number, report in self._engine.run(jobs):
            job, key = missing[number]
            trace = trace_of(job, report, self._policy)
            if trace.ending == "sandbox":
                raise SandboxError(f"{', '.join(names[key])}: not observed: {trace.detail}")
            self._store.write_trace(key, trace)
            for name in names[key]:
                yield name, trace
