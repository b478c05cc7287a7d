"""What does a dask cluster cost beside the local engine? Ratios, measured side by side in one run.

    python benchmarks/engines.py [N [ROUNDS]]

Observes the same N scripts (default 200) of ``slope`` through the local engine and through a real
scheduler on this machine with one and two workers, in turns, ROUNDS times (default 3), and prints
the medians. Processor time is told for each part: unlike the clock it hardly depends on what else
the machine does, and it is what bounds a cluster: the submitter and the scheduler are one process
each. What the processes of dask use while nothing runs is measured first and taken off. Judging is
measured by judging all stored traces again.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.engines.cluster import DaskEngine
from autograder.engines.engine import Engine
from autograder.engines.pool import LocalEngine
from autograder.grading.cache import Store
from autograder.grading.grade import Grader
from autograder.grading.lab import Lab, load_lab
from autograder.grading.setup import ENTRY, choose_isolation
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget
from autograder.sandbox.message import Policy

ROOT = Path(__file__).resolve().parent.parent
PLAIN = ("functions_only", "inplace_data", "no_grad_update", "grad_set_none", "functional_mse")
TICKS = os.sysconf("SC_CLK_TCK")
IDLE_SECONDS = 5.0
QUIET = ["--no-dashboard"]


def main(count: int, rounds: int) -> None:
    """Print a table: seconds, ratio to one local server, processor time of each part."""
    lab = load_lab(Course(ROOT), "slope")
    sources = [(ROOT / f"reference/slope/accepted/{name}.py").read_bytes() for name in PLAIN]
    codes = [sources[i % len(sources)] + f"\n# {i}\n".encode() for i in range(count)]
    jobs = [(i, encode(lab.plan.job("s.py", code, Budget()))) for i, code in enumerate(codes)]
    level = choose_isolation(allow_weak=True).level
    print(f"{count} scripts, {rounds} rounds, {os.cpu_count()} cores, isolation {level}")
    print(f"job: {statistics.mean(len(job) for _, job in jobs) / 1e3:.1f} kB")
    seconds: dict[str, list[float]] = {}
    spent: dict[str, list[tuple[float, ...]]] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        policy, sets = Policy(), {}
        one = stack.enter_context(_cluster(Path(folder, "one"), workers=1))
        two = stack.enter_context(_cluster(Path(folder, "two"), workers=2))
        for servers in (1, 2):
            local = LocalEngine(level, policy, ENTRY, servers)
            sets[f"local, {servers} at a time"] = (stack.enter_context(_closing(local)), [])
        for name, (address, pids) in (("1 worker", one), ("2 workers", two)):
            engine = DaskEngine(address, policy, ENTRY, label="slope", allow_weak=True)
            sets[f"dask, {name}"] = (stack.enter_context(_closing(engine)), pids)
        for engine, _ in sets.values():
            list(engine.run(jobs[:20]))  # warm
        idle = _idle_shares([*one[1], *two[1]])
        print(f"idle: at most {100 * max(idle.values()):.1f} % of a core for a process of dask")
        for _ in range(rounds):
            for name, (engine, pids) in sets.items():
                took, cpu = _observe(engine, jobs, {pid: idle[pid] for pid in pids})
                seconds.setdefault(name, []).append(took)
                spent.setdefault(name, []).append(cpu)
        _print(seconds, spent, count)
        _children(sets["local, 1 at a time"][0], jobs)
        _judge(lab, sets["local, 2 at a time"][0], codes, Path(folder))


def _idle_shares(pids: list[int]) -> dict[int, float]:
    """Return how much of a core each process uses while nothing runs."""
    before = {pid: _cpu_seconds(pid) for pid in pids}
    time.sleep(IDLE_SECONDS)
    return {pid: (_cpu_seconds(pid) - before[pid]) / IDLE_SECONDS for pid in pids}


def _observe(
    engine: Engine, jobs: list[tuple[int, bytes]], idle: dict[int, float]
) -> tuple[float, tuple[float, ...]]:
    before = [time.process_time(), *map(_cpu_seconds, idle)]
    started = time.monotonic()
    sizes = [len(report.frames) + len(report.output) for _, report in engine.run(jobs)]
    took = time.monotonic() - started
    after = [time.process_time(), *map(_cpu_seconds, idle)]
    if len(sizes) != len(jobs) or not all(sizes):
        raise SystemExit(f"{len(sizes)} reports of {len(jobs)} jobs, {sizes.count(0)} empty")
    shares = [0.0, *idle.values()]
    spent = [b - a - share * took for a, b, share in zip(before, after, shares, strict=True)]
    return took, (spent[0], spent[1], sum(spent[2:])) if idle else (spent[0],)


def _print(
    seconds: dict[str, list[float]], spent: dict[str, list[tuple[float, ...]]], count: int
) -> None:
    base = next(iter(seconds.values()))
    print(f"{'':22}{'a second':>10}{'speed':>8}   CPU ms each: submitter, scheduler, workers")
    for name, took in seconds.items():
        ratio = statistics.median(b / t for b, t in zip(base, took, strict=True))
        parts = [1e3 * statistics.median(part) / count for part in zip(*spent[name], strict=True)]
        told = "  ".join(f"{part:8.2f}" for part in parts)
        print(f"{name:22}{count / statistics.median(took):>10.1f}{ratio:>8.2f}   {told}")


def _children(engine: Engine, jobs: list[tuple[int, bytes]]) -> None:
    """Measure what observing itself takes in the child; forking and reaping it is not in it."""
    spent = 1e3 * statistics.mean(report.cpu_seconds for _, report in engine.run(jobs))
    print(f"observing: {spent:.1f} ms CPU each, in the child")


def _judge(lab: Lab, engine: Engine, codes: list[bytes], folder: Path) -> None:
    """Grade once, then measure judging the stored traces: all of it in the submitter."""
    submitted = folder / "submitted"
    submitted.mkdir()
    for index, code in enumerate(codes):
        (submitted / f"s{index:05}.py").write_bytes(code)
    submissions = find_submissions(submitted, lab.name)
    store = Store(folder / "out", lab.name)
    list(Grader(lab, engine, Policy(), store).grade(submitted, submissions))
    grader = Grader(lab, engine, Policy(), store)
    grader.prepare()
    started = time.process_time()
    grades = list(grader.grade(submitted, submissions))
    spent = time.process_time() - started
    if not all(grade.reused for grade in grades):
        raise SystemExit("a trace was not reused")
    print(f"judging stored traces: {1e3 * spent / len(codes):.2f} ms CPU each, in the submitter")
    traces = [path.stat().st_size for path in (folder / "out").rglob("*.trace")]
    print(f"trace: {statistics.mean(traces) / 1e3:.1f} kB")


def _cpu_seconds(pid: int) -> float:
    """Return what a process itself has used, without its children."""
    words = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


@contextlib.contextmanager
def _closing(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.close()


@contextlib.contextmanager
def _cluster(folder: Path, *, workers: int) -> Iterator[tuple[str, list[int]]]:
    """Start a scheduler and workers of one thread; yield its address and their process ids."""
    folder.mkdir()
    file = folder / "scheduler.json"
    dask = [sys.executable, "-m"]
    scheduler = [*dask, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    worker = [*dask, "distributed.cli.dask_worker", "--no-nanny", "--nthreads", "1"]
    commands = [scheduler, *[worker] * workers]
    started: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            with (folder / f"{len(started)}.log").open("wb") as log:
                arguments = [*command, *QUIET, "--scheduler-file", str(file)]
                started.append(subprocess.Popen(arguments, stdout=log, stderr=log, cwd=folder))
        while any("Registered to" not in _log(folder, n + 1) for n in range(workers)):
            if any(process.poll() is not None for process in started):
                raise SystemExit(f"dask did not start: {_log(folder, 0)[-500:]}")
            time.sleep(0.1)
        address = f"tcp://{_log(folder, 0).partition('tcp://')[2].split()[0]}"
        yield address, [process.pid for process in started]
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def _log(folder: Path, number: int) -> str:
    return (folder / f"{number}.log").read_text("utf-8", "replace")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:3]]
    main(*(numbers + [200, 3][len(numbers) :]))
