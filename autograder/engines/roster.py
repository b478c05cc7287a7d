"""Which of a dask cluster's workers take part in a run, and what each of them has to do."""

from __future__ import annotations

import dataclasses
import logging
import time

from distributed import Client, Future

from autograder.engines.connection import reaching, threads_of
from autograder.engines.engine import Work
from autograder.engines.node import standing
from autograder.errors import SandboxError

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
            raise SandboxError(f"dask scheduler {self._address}: all workers refuse: {reasons}")
        elif self._looked - self._seen > PATIENCE_SECONDS:
            raise SandboxError(
                f"dask scheduler {self._address}: no worker for {PATIENCE_SECONDS:g} s; "
                "what was done is saved"
            )

    def refuse(self, address: str, reason: str) -> None:
        """Note that a worker takes no part in the run."""
        self.members.pop(address, None)
        self._refusals[address] = reason
        _log.warning("dask worker %s refuses the run: %s", address, reason)

    def owner(self, key: str) -> Member | None:
        """Return the member that has a batch; None when it was taken back."""
        return next((m for m in self.members.values() if key in m.batches), None)
