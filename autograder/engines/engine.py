"""What an engine does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from autograder.sandbox.message import Level, Report


class Engine(Protocol):
    """Runs payloads somewhere, each in a confined child, and streams the reports."""

    level: Level

    def run(self, jobs: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, Report]]:
        """Yield a report for each numbered payload, as they end: in any order, each once."""

    def close(self) -> None:
        """End everything that was started."""
