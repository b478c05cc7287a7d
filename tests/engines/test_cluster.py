"""The dask engine on a real scheduler and two real workers: every job is reported once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from distributed import Client

from autograder.course.submission import find_submissions
from autograder.engines import connection
from autograder.engines.cluster import Batch, DaskEngine, Job, Member
from autograder.engines.identity import identity
from autograder.engines.node import Answer
from autograder.engines.pool import LocalEngine
from autograder.errors import IsolationError, SandboxError
from autograder.grading.cache import Store
from autograder.grading.grade import Grade, Grader
from autograder.grading.lab import Lab
from autograder.grading.setup import ENTRY
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget
from autograder.sandbox.detection import Trial
from autograder.sandbox.message import Policy, Report
from autograder.sandbox.registry import STRONG
from autograder.sandbox.trial import WORD
from tests.shared import within

from .cluster import Cluster, children_of

pytestmark = pytest.mark.thorough

OpenEngine = Callable[..., DaskEngine]
ENDLESS = b"while True:\n    pass\n"
WEAK = """
from autograder.errors import SandboxError
from autograder.sandbox import client

start = getattr(client, "start", client.Zygote.__init__)
client.start = start  # a preload may be loaded twice

def refuse(zygote, level, *arguments):
    if level != "none":
        raise SandboxError(f"{level}: does not work here")
    start(zygote, level, *arguments)

client.Zygote.__init__ = refuse
"""


def numbered(count: int) -> list[tuple[int, bytes]]:
    return [(number, f"job {number}".encode()) for number in range(count)]


def answers(count: int) -> list[tuple[int, bytes]]:
    return [(number, WORD + payload) for number, payload in numbered(count)]


@pytest.fixture
def scheduler(cluster: Cluster) -> Iterator[Client]:
    """A second client, to look at the scheduler with."""
    with Client(cluster.address, set_as_default=False) as client:
        yield client


def test_every_job_gets_its_own_answer_in_each_run(open_engine: OpenEngine) -> None:
    engine = open_engine()
    for count in (1, 100, 0, 5):
        found = [(number, report.frames) for number, report in engine.run(numbered(count))]
        assert sorted(found) == answers(count)


def test_two_runs_share_a_cluster_without_a_mix_up(open_engine: OpenEngine) -> None:
    first, second = open_engine(), open_engine()
    pairs = zip(first.run(numbered(40)), second.run(numbered(40)), strict=True)
    found = [
        [(number, report.frames) for number, report in side] for side in zip(*pairs, strict=True)
    ]
    assert [sorted(side) for side in found] == [answers(40), answers(40)]
    first.close()
    assert len(list(second.run(numbered(5)))) == 5


def test_jobs_wait_here_and_not_in_the_scheduler(
    open_engine: OpenEngine, scheduler: Client
) -> None:
    taken: list[int] = []

    def jobs() -> Iterator[tuple[int, bytes]]:
        for number in range(10_000):
            taken.append(number)
            yield number, b"x"

    reports = open_engine().run(jobs())
    for _ in range(60):
        next(reports)
    assert len(taken) < 60 + 50
    assert scheduler.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)) <= 4
    reports.close()


def test_tasks_are_called_after_the_lab(open_engine: OpenEngine, scheduler: Client) -> None:
    list(open_engine(label="wide_slope").run(numbered(2)))
    prefixes = scheduler.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.task_prefixes))
    assert "observe-wide-slope" in prefixes


def test_a_run_that_is_left_leaves_no_task_and_a_closed_engine_no_process(
    cluster: Cluster, open_engine: OpenEngine, scheduler: Client
) -> None:
    engine = open_engine()
    reports = engine.run(numbered(1000))
    next(reports)
    assert any(children_of(worker.pid) for worker in cluster.workers.values())
    reports.close()
    assert within(
        180, lambda: scheduler.run_on_scheduler(lambda dask_scheduler: not dask_scheduler.tasks)
    )
    engine.close()
    assert [children_of(worker.pid) for worker in cluster.workers.values()] == [[], []]


def make_class(folder: Path, slope: Lab) -> None:
    rejected = slope.reference_path.parent / "rejected" / "zero_wrong_tensor.py"
    for number in range(24):
        source = rejected.read_bytes() if number % 4 == 0 else slope.reference_path.read_bytes()
        (folder / f"s{number:02}.py").write_bytes(source + f"\n# {number}\n".encode())


def test_a_worker_killed_while_it_grades_loses_nothing_and_moves_no_grade(
    cluster: Cluster, open_engine: OpenEngine, slope: Lab, policy: Policy, engine: LocalEngine,
    tmp_path: Path,
) -> None:  # fmt: skip
    folder = tmp_path / "class"
    folder.mkdir()
    make_class(folder, slope)
    submissions = find_submissions(folder, "slope")

    def grades(used: DaskEngine | LocalEngine, out: str) -> Iterator[Grade]:
        grader = Grader(slope, used, policy, Store(tmp_path / out, "slope"), diagnose=False)
        return grader.grade(folder, submissions)

    found: list[Grade] = []
    for grade in grades(open_engine(ENTRY, policy), "dask"):
        found.append(grade)
        if len(found) == 6:
            cluster.kill("a")
    expected = {grade.student: (grade.status, grade.score) for grade in grades(engine, "local")}
    assert len(found) == len(submissions) == 24
    assert {grade.student: (grade.status, grade.score) for grade in found} == expected
    assert {grade.isolation for grade in found} == {engine.level}


def test_a_job_that_two_workers_died_of_is_a_failure_of_ours(
    cluster: Cluster, open_engine: OpenEngine, slope: Lab
) -> None:
    policy = Policy(wall_seconds=100.0, cpu_seconds=100)
    engine = open_engine(ENTRY, policy)

    def job(source: bytes) -> bytes:
        return encode(slope.plan.job("slope.py", source, Budget(cells_seconds=100.0)))

    honest = [(number, job(slope.reference_source)) for number in range(1, 7)]
    found: list[tuple[int, Report]] = []
    running = threading.Thread(
        target=lambda: found.extend(engine.run([(0, job(ENDLESS)), *honest])), daemon=True
    )

    def holder() -> str:
        members = list(engine._roster.members.values())
        return next((m.address for m in members if any(_has_0(b) for b in m.batches.values())), "")

    running.start()
    assert within(180, lambda: sorted(number for number, _ in found) == [1, 2, 3, 4, 5, 6])
    first = holder()
    cluster.kill(cluster.name_of(first))
    assert within(180, lambda: holder() not in ("", first))
    assert len(found) == 6, "one death does not lose it"
    cluster.kill(cluster.name_of(holder()))
    running.join(timeout=180)
    assert not running.is_alive()
    assert [number for number, _ in found[6:]] == [0]
    assert found[6][1].reason == "setup"
    assert "died while it ran" in found[6][1].detail


def _has_0(batch: Batch) -> bool:
    return any(job.number == 0 for job in batch.jobs)


def test_when_no_worker_is_left_the_run_ends_with_an_error(
    cluster: Cluster, open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 1.0)
    reports = open_engine().run(numbered(1000))
    next(reports)
    cluster.kill("a")
    cluster.kill("b")
    with pytest.raises(SandboxError, match="no worker"):
        list(reports)


def test_a_scheduler_that_goes_away_ends_the_run_with_an_error(tmp_path: Path) -> None:
    own = Cluster(tmp_path)
    try:
        own.add("only")
        engine = DaskEngine(
            own.address, Policy(), "autograder.sandbox.trial", label="slope", allow_weak=True
        )
        reports = engine.run(numbered(1000))
        next(reports)
        own.scheduler.kill()
        with pytest.raises(SandboxError, match="dask scheduler"):
            list(reports)
        engine.close()
    finally:
        own.close()


@pytest.mark.timeout(20 * connection.CONNECT_SECONDS)
def test_a_scheduler_that_cannot_be_reached_is_an_error_within_seconds() -> None:
    with pytest.raises(SandboxError, match=r"dask scheduler tcp://127\.0\.0\.1:1: "):
        connection.connect("tcp://127.0.0.1:1")


def test_other_versions_on_a_worker_are_an_error_that_names_them(
    open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "identity", lambda: {**identity(), "torch": "0.1"})
    with pytest.raises(SandboxError, match=r"dask worker tcp://.*: torch .* there and 0\.1 here"):
        open_engine()


def test_a_report_from_another_level_is_not_taken(open_engine: OpenEngine) -> None:
    engine = open_engine()
    other = "none" if engine.level != "none" else "namespaces"
    batch = Batch([Job(0, b"")], engine._client.submit(len, ""))
    engine._roster.members["x"] = Member("x", 1, {"k": batch})
    with pytest.raises(SandboxError, match=f"ran at level {other}, not {engine.level}"):
        list(engine._take("k", encode(Answer(level=other))))


def test_a_worker_that_offers_less_takes_no_part_or_ends_it_all_before_it_starts(
    cluster: Cluster, open_engine: OpenEngine, namespaces_trial: Trial, tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    if not namespaces_trial.works:
        pytest.skip("this machine itself has nothing better")
    (tmp_path / "weak.py").write_text(WEAK, "utf-8")
    engine = open_engine(allow_weak=False)
    assert engine.level in STRONG
    taken = []

    def jobs() -> Iterator[tuple[int, bytes]]:
        while "refuses the run" not in caplog.text and len(taken) < 20_000:
            taken.append(len(taken))
            yield taken[-1], b"x"

    reports = engine.run(jobs())
    found = [next(reports)]
    cluster.add("weak", options=("--preload", str(tmp_path / "weak.py")))
    try:
        found += list(reports)
        assert sorted(number for number, _ in found) == taken
        assert f"{cluster.address_of('weak')} refuses the run" in caplog.text
        with pytest.raises(IsolationError, match=cluster.address_of("weak")):
            open_engine(allow_weak=False)
        weak = open_engine(allow_weak=True)
        assert weak.level == "none"
        assert len(list(weak.run(numbered(30)))) == 30
    finally:
        cluster.kill("weak")


CONNECT = """
import os, socket

def outcome(address):
    try:
        socket.create_connection(address, timeout=1)
    except OSError as error:
        return type(error).__name__
    return "connected"

told = [outcome(("127.0.0.1", PORT)), *(name for name in os.environ if "DASK" in name)]
os.write(1, ("told: " + " ".join(told) + ";").encode())
"""


def test_a_submission_cannot_reach_the_scheduler(
    cluster: Cluster, open_engine: OpenEngine, slope: Lab, policy: Policy, namespaces_trial: Trial
) -> None:
    if not namespaces_trial.works:
        pytest.skip("without isolation the network is open")
    source = CONNECT.replace("PORT", str(cluster.port)).encode()
    engine = open_engine(ENTRY, policy, allow_weak=False)
    job = encode(slope.plan.job("slope.py", source, Budget()))
    ((_, report),) = engine.run([(0, job)])
    assert b"told: PermissionError;" in report.output


def test_an_interrupted_command_leaves_no_task_and_no_pool(
    cluster: Cluster, scheduler: Client, slope: Lab, tmp_path: Path
) -> None:
    import json
    import subprocess
    import sys

    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "a.py").write_bytes(slope.reference_path.read_bytes())
    for number in range(40):
        (folder / f"slow-{number}.py").write_bytes(ENDLESS + f"# {number}\n".encode())
    command = [sys.executable, "-m", "autograder.cli.main", "grade", str(folder), "-a", "slope"]
    command += ["--course", str(slope.reference_path.parents[2]), "--out", str(tmp_path / "out")]
    command += ["--engine", str(cluster.file), "--timeout", "3", "--json"]
    command.append("--allow-weak-isolation")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["score"] == 10.0
        os.kill(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=240)
    assert process.returncode == 130
    assert b"Traceback" not in told
    stored = (tmp_path / "out" / "slope" / "results.partial.jsonl").read_bytes().splitlines()
    assert 1 <= len(stored) < 41
    assert within(
        180, lambda: scheduler.run_on_scheduler(lambda dask_scheduler: not dask_scheduler.tasks)
    )
    assert within(180, lambda: not any(children_of(w.pid) for w in cluster.workers.values()))
