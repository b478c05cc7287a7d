"""What the suites that root runs say to an engine of an ordinary user arrives there whole.

Those suites are thorough: a message of another time would be noticed nowhere else.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from types import SimpleNamespace

import elsewhere
import pytest
from elsewhere import Answer, Order, receive, send
from msgspec import structs

from autograder.engines.engine import Work
from autograder.sandbox.message import Policy, Report
from autograder.words.text import Text

REPORT = Report(
    reason="exit",
    code=0,
    frames=b"",
    output=b"",
    wall_seconds=1.0,
    cpu_seconds=1.0,
    peak_bytes=1,
)
NOTE = Text(code="landlock-version", values={"version": 7})


class Engine:
    """Runs nothing, and reports each job's payload and pieces as its frames."""

    notes = (NOTE,)
    controllers = ("pids",)

    def __init__(self, *_: object) -> None:
        pass

    def start(self) -> None:
        """Be there."""

    def close(self) -> None:
        """Be gone."""

    def run(self, jobs: Iterable[Work]) -> Iterator[tuple[int, Report]]:
        """Yield what came."""
        for work in (Work(*job) for job in jobs):
            yield (
                work.number,
                structs.replace(REPORT, frames=b"".join((work.payload, *work.pieces))),
            )


def test_an_engine_elsewhere_is_told_all_of_a_job_and_says_all_of_its_notes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    to, out = io.BytesIO(), io.BytesIO()
    send(to, Order("namespaces", Policy(), "entry", 1))
    send(to, [Work(3, b"payload", pieces=(b" and", b" pieces")), Work(4, b"another")])
    to.seek(0)
    monkeypatch.setattr(elsewhere, "LocalEngine", Engine)
    monkeypatch.setattr(elsewhere.sys, "stdin", SimpleNamespace(buffer=to))
    monkeypatch.setattr(elsewhere.sys, "stdout", SimpleNamespace(buffer=out))
    elsewhere.main()
    out.seek(0)
    ready, first, second, last = (receive(out, Answer) for _ in range(4))
    assert (ready.notes, ready.controllers) == ((NOTE,), ("pids",))
    assert (first.number, first.report.frames) == (3, b"payload and pieces")
    assert (second.number, second.report.frames) == (4, b"another")
    assert last.report is None
