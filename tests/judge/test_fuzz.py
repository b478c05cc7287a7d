"""Whatever numbers a submission leaves: a verdict, no more than is deserved, and not a word.

Traces of real labs are spoiled and go the way of all traces: over the pipe, into the judge with
its diagnoser. An outcome ``error`` would be a fault of ours, and there must be none.
"""

from __future__ import annotations

import contextlib
import functools
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.engines.pool import LocalEngine
from autograder.judge.cache import BYTES
from autograder.judge.judge import Judge
from autograder.judge.result import Verdict
from autograder.protocol.codec import decode_trace
from autograder.protocol.job import Budget, Job
from autograder.protocol.trace import Trace
from autograder.words.catalogue import say

from .garbage import sent, spoiled
from .observed import LABS, judge_of, lab_of, observe_lab

USUAL = ("slope", "wide_line", "minibatch")
CPU_SECONDS = 60.0
EXAMPLES, MANY = 20, 3000
Lab = tuple[Judge, Job, Trace, dict[str, Trace]]


@pytest.fixture(scope="session")
def lab(standard: LocalEngine, traces: Path) -> Callable[[str], Lab]:
    """Return a function from a lab's name to its judge, its job, and its traces, right and wrong."""

    @functools.cache
    def make(name: str) -> Lab:
        found = observe_lab(standard, traces, name)
        wrong = {mistake: decode_trace(data) for mistake, data in found.wrong.items()}
        job = lab_of(name).plan.job(f"{name}.py", b"", Budget())
        return judge_of(name, found), job, decode_trace(found.reference), wrong

    return make


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """End what computes for a minute: it would not end by itself."""

    def ring(*_: object) -> None:
        raise AssertionError(f"it computes for {CPU_SECONDS:g} seconds")

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


def fuzz(lab: Lab, examples: int, *, derandomize: bool) -> None:
    """Judge that many spoiled traces of a lab."""
    judge, job, right, wrong = lab
    bases = {"": right, **wrong}
    lost = {
        name: {check.id for check in judge.judge(trace).checks if not check.passed}
        for name, trace in bases.items()
    }
    assert not lost[""]

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=derandomize,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def judged(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(list(bases)))
        frames = data.draw(spoiled(bases[name]))
        with bounded():
            verdict = judge.judge(sent(job, frames))
        require_sound(judge, verdict)
        won = {check.id for check in verdict.checks if check.passed} & lost[name]
        assert not won, f"garbage earned {won}"

    judged()


def require_sound(judge: Judge, verdict: Verdict) -> None:
    """Require that nothing of ours broke, and that the verdict is one."""
    assert verdict.broken == ()
    assert verdict.status in ("graded", "crashed", "time_limit", "memory_limit", "output_limit")
    assert verdict.score == sum(check.points for check in verdict.checks)
    assert 0.0 <= verdict.score <= verdict.max_score
    assert judge.cache.size_bytes <= BYTES
    shown = [
        say(verdict.message),
        say(verdict.departure),
        *map(say, verdict.notes),
        *(say(d.message) for d in verdict.diagnosis),
    ]
    assert all(len(text) < 2_000 and text.isprintable() for text in shown)


@pytest.mark.parametrize("name", USUAL)
def test_no_numbers_break_the_judge_or_earn_a_point(
    name: str, lab: Callable[[str], Lab], capfd: pytest.CaptureFixture[str]
) -> None:
    made = lab(name)
    fuzz(made, EXAMPLES, derandomize=True)
    assert capfd.readouterr() == ("", "")


@pytest.mark.thorough
@pytest.mark.parametrize("name", LABS)
def test_no_numbers_of_thousands_break_the_judge_or_earn_a_point(
    name: str, lab: Callable[[str], Lab], capfd: pytest.CaptureFixture[str]
) -> None:
    made = lab(name)
    fuzz(made, MANY, derandomize=False)
    assert capfd.readouterr() == ("", "")
