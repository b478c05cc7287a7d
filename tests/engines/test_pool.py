"""A pool that many threads use at once: what dies is replaced, what is closed is ended."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.engines.pool import Pool
from autograder.errors import SandboxError
from autograder.grading.lab import Lab
from autograder.grading.setup import ENTRY
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget
from autograder.sandbox.message import Policy
from autograder.sandbox.trial import WORD
from tests.shared import within

from .cluster import children_of

ENDLESS = b"while True:\n    pass\n"


@pytest.fixture
def others() -> set[int]:
    """What other tests have started in this process."""
    return set(children_of(os.getpid()))


@pytest.fixture
def pool(others: set[int]) -> Iterator[Pool]:
    pool = Pool("none", Policy(), "autograder.sandbox.trial")
    yield pool
    pool.close()


@pytest.fixture
def zygotes(pool: Pool, others: set[int]) -> Callable[[], set[int]]:
    """Return a function that says which zygotes the pool has."""
    return lambda: set(children_of(os.getpid())) - others


def test_each_thread_gets_the_answer_to_its_own_job(pool: Pool) -> None:
    payloads = [str(number).encode() for number in range(200)]
    with ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(pool.report, payloads))
    assert [report.frames for report in reports] == [WORD + payload for payload in payloads]


def test_a_killed_zygote_is_replaced_and_its_jobs_run_again(
    pool: Pool, zygotes: Callable[[], set[int]]
) -> None:
    before = zygotes()
    assert pool.report(b"1").frames == WORD + b"1"
    (zygote,) = before
    for server in children_of(zygote):
        os.kill(server, signal.SIGKILL)
    os.kill(zygote, signal.SIGKILL)
    assert pool.report(b"2").frames == WORD + b"2"
    assert not before & zygotes()


def test_a_pool_at_rest_holds_no_zygote_and_wakes_up_again(
    pool: Pool, zygotes: Callable[[], set[int]]
) -> None:
    pool.report(b"1")
    pool.rest(1000.0)
    assert len(zygotes()) == 1
    pool.rest(0.0)
    assert zygotes() == set()
    assert pool.report(b"2").frames == WORD + b"2"


def test_a_zygote_that_cannot_start_is_an_error_that_says_why() -> None:
    pool = Pool("none", Policy(), "autograder.no_such_entry")
    try:
        for _ in range(2):
            with pytest.raises(SandboxError, match="no_such_entry"):
                pool.report(b"1")
    finally:
        pool.close()


def at_work(zygotes: set[int]) -> list[int]:
    """Return the processes in which jobs run: a zygote's servers' children."""
    return [c for zygote in zygotes for server in children_of(zygote) for c in children_of(server)]


def test_closing_ends_a_job_that_runs(slope: Lab, others: set[int]) -> None:
    budget = Budget(cells_seconds=1000.0, call_seconds=1000.0, total_seconds=1000.0)
    job = encode(slope.plan.job("slope.py", ENDLESS, budget))
    pool = Pool("none", Policy(wall_seconds=1000.0, cpu_seconds=1000), ENTRY)

    def zygotes() -> set[int]:
        return set(children_of(os.getpid())) - others

    told: list[str] = []

    def run() -> None:
        try:
            pool.report(job)
        except SandboxError as error:
            told.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    assert within(180, lambda: bool(at_work(zygotes())))
    pool.close()
    thread.join(timeout=180)
    assert told == ["the pool of zygotes is closed"]
