"""How fast are plain right submissions graded? Ratios, measured side by side in one run.

    python benchmarks/throughput.py [N]

Grades the same N scripts (default 300) of ``slope`` with each isolation that works here, and in
one process without any isolation (the floor). The zygote's start is told apart. Memory is the sum
of proportional set sizes over the process tree, sampled while grading.
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.engines.local import LocalEngine
from autograder.grading.grade import Grader
from autograder.grading.lab import Lab, load_lab
from autograder.grading.opening import ENTRY
from autograder.grading.store import Store
from autograder.protocol.job import Budget
from autograder.sandbox.detection import try_level
from autograder.sandbox.message import Level
from autograder.sandbox.policy import Policy
from autograder.sandbox.registry import LEVELS
from autograder.worker.entry import warm_up
from autograder.worker.observe import observe

ROOT = Path(__file__).resolve().parent.parent
PLAIN = ("functions_only", "inplace_data", "no_grad_update", "grad_set_none", "functional_mse")
MB = 1e6


def main(count: int) -> None:
    """Print a table: submissions a second, ratio to the floor, start, memory."""
    lab = load_lab(Course(ROOT), "slope")
    sources = [(ROOT / f"reference/slope/accepted/{name}.py").read_bytes() for name in PLAIN]
    print(f"{count} plain right scripts, {os.cpu_count()} cores, {os.cpu_count()} at a time")
    print(f"{'':14}{'a second':>10}{'start s':>10}{'wall ms':>10}{'cpu ms':>10}{'tree MB':>10}")
    for level in LEVELS:
        if not try_level(level).works:
            print(f"{level:14} does not work here")
            continue
        with tempfile.TemporaryDirectory() as folder:
            submitted = Path(folder, "submitted")
            submitted.mkdir()
            for index in range(count):
                (submitted / f"s{index:05}.py").write_bytes(
                    sources[index % len(sources)] + f"\n# {index}\n".encode()
                )
            _grade(lab, level, submitted, Path(folder, "out"))
    _floor(lab, sources, count)


def _grade(lab: Lab, level: Level, submitted: Path, out: Path) -> None:
    policy = Policy()
    started = time.monotonic()
    engine = LocalEngine(level, policy, ENTRY, os.cpu_count() or 1)
    try:
        engine.start()
        warm = time.monotonic() - started
        grader = Grader(lab, engine, policy, Store(out, lab.name))
        grader.prepare()
        submissions = find_submissions(submitted, lab.name)
        with _sampled() as samples:
            started = time.monotonic()
            grades = list(grader.grade(submitted, submissions))
            seconds = time.monotonic() - started
    finally:
        engine.close()
    wrong = [grade.student for grade in grades if grade.score != grade.max_score]
    if wrong:
        sys.exit(f"not all right: {wrong[:5]}")
    wall = statistics.median(grade.seconds for grade in grades)
    row = f"{len(grades) / seconds:10.1f}{warm:10.1f}{1000 * wall:10.1f}{'':10}{max(samples):10.0f}"
    print(f"{level:14}{row}", flush=True)


def _floor(lab: Lab, sources: list[bytes], count: int) -> None:
    """Observe in this very process: no fork, no isolation, nothing reset between submissions."""
    warm_up()
    jobs = [lab.plan.job("slope.py", source, Budget()) for source in sources]
    main_module = sys.modules["__main__"]
    started, cpu = time.monotonic(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        for index in range(count):
            observe(jobs[index % len(jobs)], [].append)
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    sys.modules["__main__"] = main_module
    each = f"{1000 * seconds / count:10.1f}{1000 * cpu / count:10.1f}"
    print(f"{'floor, 1 core':14}{count / seconds:10.1f}{'':10}{each}")


@contextlib.contextmanager
def _sampled() -> Iterator[list[float]]:
    """Sample the memory of this process and all below it, in MB, four times a second."""
    samples = [_tree_bytes() / MB]
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(0.25):
            samples.append(_tree_bytes() / MB)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        stop.set()
        thread.join()


def _tree_bytes() -> int:
    parents, tree = {}, {os.getpid()}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    grown = True
    while grown:
        below = {pid for pid, parent in parents.items() if parent in tree} - tree
        tree |= below
        grown = bool(below)
    return sum(_proportional_bytes(pid) for pid in tree)


def _proportional_bytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
