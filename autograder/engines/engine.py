"""What an engine does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from autograder.sandbox.message import Level, Report
from autograder.sandbox.policy import Limits

TRIES = 2  # a job that servers or workers died of so often is lost


class Work(NamedTuple):
    """A numbered payload, and its limits where they are others than the policy's."""

    number: int
    payload: bytes
    limits: Limits | None = None


class Engine(Protocol):
    """Runs payloads somewhere, each in a confined child, and streams the reports."""

    level: Level

    def run(self, jobs: Iterable[Work]) -> Iterator[tuple[int, Report]]:
        """Yield a report for each numbered payload, as they end: in any order, each once."""

    def close(self) -> None:
        """End everything that was started."""


def lost(reason: str) -> Report:
    """Return the report of a job that could not be run: a failed setup, which is ours."""
    return Report(
        reason="setup",
        code=1,
        frames=b"",
        output=b"",
        wall_seconds=0.0,
        cpu_seconds=0.0,
        peak_bytes=0,
        detail=reason,
    )
