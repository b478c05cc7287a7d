"""Observe many files of one lab, those seen before from the store."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Protocol

from autograder.engines.engine import Engine
from autograder.errors import SandboxError
from autograder.exercise.plan import Plan
from autograder.grading.observe import Observatory, Observed, budget_for
from autograder.grading.store import Store
from autograder.sandbox.policy import Policy


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
                raise SandboxError(f"{name}: not observed: {found.trace.detail}")
            self._progress.advance()
            yield name, found
