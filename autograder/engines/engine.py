"""What an engine does, and what ``--engine`` may say; dask is loaded only where it is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from autograder.errors import CourseError
from autograder.sandbox.message import Level, Limits, Report
from autograder.words.catalogue import say

TRIES = 2  # a job that servers or workers died of so often is lost


class Work(NamedTuple):
    """A numbered payload, its limits where they are others than the policy's, and its pieces.

    ``pieces`` are what the child is handed later, one by one.
    """

    number: int
    payload: bytes
    limits: Limits | None = None
    pieces: tuple[bytes, ...] = ()


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


LOCAL = "local"
SCHEMES = {"dask": "tcp", "tls": "tls"}
_ADDRESS = re.compile(r"(dask|tls)://([^/@\s]+):(\d{1,5})")


def scheduler_address(engine: str) -> str:
    """Return the address of dask's scheduler, as dask writes it; empty for the local engine.

    Raises CourseError where ``engine`` says nothing that we know, or its file is not a
    scheduler's.
    """
    if engine == LOCAL:
        return ""
    if engine.endswith(".json"):
        return _from_file(Path(engine))
    found = _ADDRESS.fullmatch(engine)
    if not found or not 0 < int(found[3]) < 1 << 16:
        raise CourseError(say("engine-unknown", engine=engine))
    return f"{SCHEMES[found[1]]}://{found[2]}:{found[3]}"


def _from_file(path: Path) -> str:
    try:
        address = json.loads(path.read_bytes())["address"]
    except OSError as error:
        raise CourseError(f"{path}: {error.strerror}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise CourseError(say("not-a-scheduler-file", path=path)) from error
    if not isinstance(address, str) or "://" not in address:
        raise CourseError(say("scheduler-no-address", path=path))
    return address
