"""A time limit strikes with and without alarms, again and again, and never after its block."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

import pytest

from autograder.worker import limit
from autograder.worker.limit import TimeUp, time_limit


def in_thread(work: Callable[[], None]) -> None:
    """Run where there are no alarms."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert problems == []


def spin(seconds: float = 20.0) -> None:
    """Be busy for long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def stubborn(caught: list[int]) -> None:
    with time_limit(0.05):
        with contextlib.suppress(TimeUp):
            spin()
        caught.append(1)
        spin()


def strikes() -> None:
    with pytest.raises(TimeUp), time_limit(0.05):
        spin()


def test_an_endless_loop_is_ended() -> None:
    strikes()


def test_an_endless_loop_is_ended_in_another_thread() -> None:
    in_thread(strikes)


def test_an_endless_loop_is_ended_where_the_system_has_no_alarms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(limit.signal, "setitimer")
    strikes()


def test_a_loop_that_catches_it_is_struck_again() -> None:
    def work() -> None:
        caught = []
        with pytest.raises(TimeUp):
            stubborn(caught)
        assert caught == [1]

    in_thread(work)


def test_nothing_strikes_after_the_block() -> None:
    def work() -> None:
        before = threading.active_count()
        with time_limit(0.2):  # half a second on the wall: time enough to leave the block
            pass
        assert threading.active_count() == before
        spin(0.7)

    in_thread(work)


def test_a_limit_that_strikes_in_a_finalizer_strikes_again() -> None:
    class Slow:
        def __del__(self) -> None:
            spin()  # Python drops what is raised here

    def finalize_and_spin() -> None:
        Slow()
        spin()

    with pytest.raises(TimeUp), time_limit(0.05):
        finalize_and_spin()
