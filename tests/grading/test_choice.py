"""Where two files were worked in both are run, and the better one counts; a person is asked."""

from __future__ import annotations

import msgspec
import pytest

from autograder.grading.choice import better, other_choice
from autograder.judge.result import Verdict
from autograder.protocol.trace import Loading, Trace
from tests.protocol.frames import JOB

TRACE = Trace(version=2, loading=Loading(worked=2), probes={}, scenarios={}, ending="done")


def verdict(score: float | None, **more: object) -> Verdict:
    given = {"status": "graded", "score": score, "max_score": 10.0, "checks": (), **more}
    return Verdict(**given)  # type: ignore[arg-type]  # a test's


def test_the_second_file_is_run_where_two_were_worked_in() -> None:
    other = other_choice(JOB, TRACE)
    assert other == msgspec.structs.replace(JOB, choice=1)


@pytest.mark.parametrize("worked", [0, 1])
def test_else_nothing_more_is_run(worked: int) -> None:
    one = msgspec.structs.replace(TRACE, loading=Loading(worked=worked))
    assert other_choice(JOB, one) is None
    assert other_choice(JOB, msgspec.structs.replace(TRACE, loading=None)) is None
    assert other_choice(JOB, msgspec.structs.replace(TRACE, ending="sandbox")) is None


def test_a_third_file_is_never_run() -> None:
    three = msgspec.structs.replace(TRACE, loading=Loading(worked=3))
    assert other_choice(msgspec.structs.replace(JOB, choice=1), three) is None


@pytest.mark.parametrize(
    ("first", "other", "counts"),
    [
        (verdict(4.0, file="a"), verdict(10.0, file="b"), "b"),
        (verdict(10.0, file="a"), verdict(4.0, file="b"), "a"),
        (verdict(4.0, file="a"), verdict(4.0, file="b"), "a"),
        (verdict(0.0, file="a", status="not_gradable"), verdict(0.0, file="b"), "b"),
        (verdict(0.0, file="a"), verdict(0.0, file="b", status="not_gradable"), "a"),
        (verdict(4.0, file="a", status="time_limit"), verdict(4.0, file="b"), "b"),
    ],
)
def test_the_better_one_counts_and_a_person_is_asked(
    first: Verdict, other: Verdict, counts: str
) -> None:
    found = better(first, other)
    assert (found.file, found.review) == (counts, ("several-worked",))


def test_what_was_our_fault_is_run_again_whatever_the_other_earned() -> None:
    ours = verdict(None, status="sandbox_error")
    assert better(verdict(10.0), ours) == better(ours, verdict(10.0)) == ours
