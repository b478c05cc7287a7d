"""The local engine: every job reported once, whatever dies meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.engines.pool import LocalEngine
from autograder.grading.lab import Lab
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget
from autograder.sandbox.message import Policy
from autograder.sandbox.trial import WORD

ENDLESS = b"""
def forward(x):
    return w * x

def train_model(n):
    while True:
        pass
"""


@pytest.fixture
def quick() -> Iterator[LocalEngine]:
    """An engine without torch that answers with the payload."""
    engine = LocalEngine("none", Policy(), "autograder.sandbox.trial", 2)
    yield engine
    engine.close()


def children_of(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.append(int(entry.name))
    return found


def test_every_job_gets_its_own_answer(quick: LocalEngine) -> None:
    jobs = [(number, f"job {number}".encode()) for number in range(200)]
    answers = [(number, report.frames) for number, report in quick.run(jobs)]
    assert sorted(answers) == [(number, WORD + payload) for number, payload in jobs]


def test_jobs_are_taken_as_they_are_needed(quick: LocalEngine) -> None:
    taken = []

    def jobs() -> Iterator[tuple[int, bytes]]:
        for number in range(50):
            taken.append(number)
            yield number, b"x"

    reports = quick.run(jobs())
    next(reports)
    assert len(taken) < 10
    assert len(list(reports)) == 49


def test_no_jobs_need_no_zygote() -> None:
    engine = LocalEngine("none", Policy(), "no.such.module", 1)
    try:
        assert list(engine.run([])) == []
    finally:
        engine.close()


def test_killed_servers_are_replaced_and_nothing_is_lost(quick: LocalEngine) -> None:
    jobs = [(number, str(number).encode()) for number in range(60)]
    seen = []
    for number, report in quick.run(jobs):
        seen.append((number, report.frames))
        if len(seen) in (5, 25):
            for server in children_of(quick._zygote._process.pid):
                os.kill(server, signal.SIGKILL)
    assert sorted(seen) == [(number, WORD + payload) for number, payload in jobs]


def test_a_killed_zygote_is_replaced_and_nothing_is_lost(quick: LocalEngine) -> None:
    jobs = [(number, str(number).encode()) for number in range(30)]
    seen = []
    for number, report in quick.run(jobs):
        seen.append((number, report.frames))
        if len(seen) == 5:
            zygote = quick._zygote._process.pid
            for server in children_of(zygote):
                os.kill(server, signal.SIGKILL)
            os.kill(zygote, signal.SIGKILL)
    assert sorted(seen) == [(number, WORD + payload) for number, payload in jobs]


def test_what_waits_behind_a_long_run_is_taken_over(engine: LocalEngine, slope: Lab) -> None:
    def job(source: bytes) -> bytes:
        return encode(slope.plan.job("slope.py", source, Budget(call_seconds=0.8)))

    honest = job(slope.reference_source)
    jobs = [(0, job(ENDLESS)), *((number, honest) for number in range(1, 8))]
    order = [number for number, _ in engine.run(jobs)]
    assert order[-1] == 0
    assert sorted(order) == list(range(8))
    assert [number for number, _ in engine.run([(5, honest)])] == [5]
