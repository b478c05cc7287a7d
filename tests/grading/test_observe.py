"""Rounds: what is put aside, what runs alone, and which run counts."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from autograder.engines.engine import Work
from autograder.exercise import Limits
from autograder.grading.cache import Store
from autograder.grading.lab import Lab
from autograder.grading.observe import (
    WALL_FACTOR,
    FileObservatory,
    Observatory,
    budget_for,
    ending_of,
    follow_up,
)
from autograder.protocol.codec import decode_job, encode, encode_frame
from autograder.protocol.job import Job
from autograder.protocol.steps import Share
from autograder.protocol.trace import Failure, Loading, Trace
from autograder.sandbox.message import Policy, Reason, Report

BUDGET = budget_for(Limits())
ENDED = Report(
    reason="exit",
    code=0,
    frames=b"",
    output=b"",
    wall_seconds=0.1,
    cpu_seconds=0.1,
    peak_bytes=0,
)


def report(
    reason: Reason = "exit", *, code: int = 0, cpu: float = 0.1, frames: bytes = b""
) -> Report:
    return msgspec.structs.replace(ENDED, reason=reason, code=code, cpu_seconds=cpu, frames=frames)


def unreadable(text: str) -> Report:
    """Return the report of a child that was done: the shortest that is whole."""
    failure = Failure(kind="unreadable", text=text)
    return report(frames=encode_frame(Loading(unreadable=failure)))


def loaded(**changes: object) -> Report:
    """Return the report of a child that loaded its file and was ended."""
    return report("output", frames=encode_frame(Loading(**changes)))


class Scripted:
    """An engine that answers each job, by its source, with the next of the reports foreseen."""

    level = "namespaces"

    def __init__(self, foreseen: dict[str, list[Report]]) -> None:
        self._foreseen = {name: collections.deque(found) for name, found in foreseen.items()}
        self.ran: list[tuple[str, float, int]] = []

    def run(self, jobs: Iterable[Work]) -> Iterator[tuple[int, Report]]:
        works = list(jobs)
        for number, payload, limits, _ in works:
            name = decode_job(payload).files[0].data.decode()
            self.ran.append((name, limits.cpu_seconds, len(works)))
            yield number, self._foreseen[name].popleft()


Jobs = Callable[..., list[tuple[int, Job]]]


@pytest.fixture
def jobs(slope: Lab) -> Jobs:
    return lambda *names: list(
        enumerate(slope.plan.job("slope.py", name.encode(), BUDGET) for name in names)
    )


def observe(engine: Scripted, jobs: list[tuple[int, Job]], store: Store | None = None):
    observatory = Observatory(engine, Policy(), store)
    return dict(observatory.observe(jobs))


def test_what_takes_long_is_put_aside_and_starts_anew_after_all_others(jobs: Jobs) -> None:
    engine = Scripted(
        {
            "slow": [report("cpu", code=-9, cpu=1.0), unreadable("slow")],
            "quick": [unreadable("quick")],
        }
    )
    found = observe(engine, jobs("slow", "quick"))
    assert [(name, seconds) for name, seconds, _ in engine.ran] == [
        ("slow", 1.0),
        ("quick", 1.0),
        ("slow", 20.0),
    ]
    assert found[0][0].trace.loading.unreadable.text == "slow"


def test_what_reaches_the_full_limit_counts_as_it_is(jobs: Jobs) -> None:
    engine = Scripted({"endless": [report("cpu", cpu=1.0), report("cpu", cpu=20.0)]})
    found = observe(engine, jobs("endless"))
    assert found[0][0].trace.ending == "time"


@pytest.mark.parametrize(
    "waited",
    [
        report("wall", cpu=0.2),
        loaded(failures=(Failure(kind="wait", text="Waited"),)),
    ],
    ids=["at the wall", "in a cell"],
)
def test_what_waited_runs_once_more_alone_and_only_that_counts(jobs: Jobs, waited: Report) -> None:
    first = [waited] if waited.reason == "output" else [waited, waited]
    engine = Scripted({"waits": [*first, unreadable("alone")], "other": [unreadable("other")]})
    found = observe(engine, jobs("waits", "other"))
    assert engine.ran[-1] == ("waits", 20.0, 1)
    assert found[0][0].trace.loading.unreadable.text == "alone"


def test_what_waits_alone_as_well_is_said_to_wait(jobs: Jobs) -> None:
    engine = Scripted({"waits": [report("wall")] * 3})
    found = observe(engine, jobs("waits"))
    assert found[0][0].trace.ending == "wait"


def test_nothing_of_a_run_that_does_not_count_is_stored(jobs: Jobs, tmp_path: Path) -> None:
    engine = Scripted({"waits": [report("wall"), report("wall"), unreadable("alone")]})
    store = Store(tmp_path, "slope")
    observe(engine, jobs("waits"), store)
    assert len(list(tmp_path.rglob("*.trace"))) == 1
    again = observe(Scripted({}), jobs("waits"), store)
    assert again[0][0].trace.loading.unreadable.text == "alone"


def test_the_wall_is_a_multiple_of_the_processor_time(jobs: Jobs) -> None:
    walls = []

    class Noting(Scripted):
        def run(self, jobs):
            works = list(jobs)
            walls.extend((w.limits.wall_seconds, w.limits.cpu_seconds) for w in works)
            return super().run(works)

    observe(Noting({"one": [unreadable("")]}), jobs("one"))
    assert [wall for wall, _ in walls] == [WALL_FACTOR * cpu for _, cpu in walls]


def test_equal_jobs_share_a_run_whichever_round_it_is_in(jobs: Jobs) -> None:
    engine = Scripted({"twin": [report("cpu", cpu=1.0), unreadable("twin")]})
    found = observe(engine, jobs("twin", "twin"))
    assert len(engine.ran) == 2
    assert found[0][0].trace == found[1][0].trace
    assert (found[0][0].report is None, found[1][0].report is None) == (False, True)


def test_the_wall_with_its_processor_time_used_up_is_the_time_limit() -> None:
    assert ending_of(report("wall", cpu=19.0), BUDGET) == "time"
    assert ending_of(report("wall", cpu=1.0), BUDGET) == "wait"


def trace_of(**changes: object) -> Trace:
    return Trace(version=1, loading=Loading(**changes), probes={}, scenarios={}, ending="done")


FAILED = Failure(kind="exception", text="TypeError")


@pytest.mark.parametrize(
    ("changes", "plots"),
    [
        ({"plots": True, "failures": (FAILED,)}, "real"),
        ({"plots": True}, None),
        ({"failures": (FAILED,)}, None),
    ],
    ids=["failed with plots", "nothing failed", "no plots"],
)
def test_only_what_failed_and_plots_is_observed_with_real_plots(
    jobs: Jobs, changes: dict[str, object], plots: str | None
) -> None:
    ((_, job),) = jobs("x")
    further = follow_up(job, trace_of(**changes))
    assert (further.plots if further else None) == plots


def test_two_files_that_were_worked_in_are_both_run_and_no_third(jobs: Jobs) -> None:
    ((_, job),) = jobs("x")
    second = follow_up(job, trace_of(worked=3))
    assert second is not None
    assert second.choice == 1
    assert follow_up(second, trace_of(worked=3)) is None


def test_a_job_is_encoded_once_though_it_starts_anew(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[str] = []

    def counting(job: Job | Share) -> bytes:
        if isinstance(job, Job):
            encoded.append(job.files[0].data.decode())
        return encode(job)

    monkeypatch.setattr("autograder.grading.observe.encode", counting)
    slow = [report("cpu", code=-9, cpu=1.0), unreadable("slow")]
    engine = Scripted({"slow": slow, "quick": [unreadable("quick")]})
    observe(engine, jobs("slow", "quick"), Store(tmp_path, "slope"))
    assert sorted(encoded) == ["quick", "slow"]


def test_what_is_stored_is_given_out_before_anything_runs(jobs: Jobs, tmp_path: Path) -> None:
    store = Store(tmp_path, "slope")
    known = jobs("known", "also known")
    observe(Scripted({name: [unreadable(name)] for name in ("known", "also known")}), known, store)
    engine = Scripted({"new": [unreadable("new")]})
    asked = [*known, (2, jobs("new")[0][1])]
    found = Observatory(engine, Policy(), store).observe(iter(asked))
    for number in (0, 1):
        assert next(found)[0] == number
        assert engine.ran == []
    assert [number for number, _ in found] == [2]


def test_what_is_done_can_be_looked_at_while_others_run(jobs: Jobs, tmp_path: Path) -> None:
    names = ("first", "second", "third")
    engine = Scripted({name: [unreadable(name)] for name in names})
    observatory = FileObservatory(engine, Policy(), Store(tmp_path, "slope"))
    each = observatory.each(
        "files", dict(zip(names, [job for _, job in jobs(*names)], strict=True))
    )
    name, one = next(each)
    assert one.trace.loading.unreadable.text == name
    assert len(engine.ran) == 1
    assert {name, *(other for other, _ in each)} == {*names}
