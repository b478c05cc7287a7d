"""Grade one class once with this project's own engine, and print what it took as one JSON object.

    python benchmarks/measure.py namespaces script 1000 --jobs 2
    python benchmarks/measure.py floor script 300

The first argument is a level of isolation, or ``floor``: everything is observed in this one warm
process, with nothing isolated, nothing reset and nobody judging. Every measurement is a process of
its own, so that none inherits another's memory.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from machine import tree_cpu_seconds
from submissions import Workload, submission, write_class

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.engines.pool import LocalEngine
from autograder.grading.cache import Store
from autograder.grading.grade import Grader
from autograder.grading.lab import Lab, load_lab
from autograder.grading.setup import ENTRY
from autograder.protocol.job import Budget
from autograder.sandbox.message import Level, Policy
from autograder.worker.entry import warm_up
from autograder.worker.observe import observe

ROOT = Path(__file__).resolve().parent.parent
DISTINCT = 100


def main() -> None:
    """Measure what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("how", help="a level of isolation, or floor")
    parser.add_argument("workload", choices=["script", "plain", "plots"])
    parser.add_argument("count", type=int)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    lab = load_lab(Course(ROOT), "slope")
    if options.how == "floor":
        found = observe_here(lab, options.workload, options.count)
    else:
        with tempfile.TemporaryDirectory() as folder:
            submitted = write_class(Path(folder, "submitted"), options.workload, options.count)
            found = grade(lab, options.how, submitted, Path(folder, "out"), options.jobs)
    print(json.dumps(found))


def grade(lab: Lab, level: Level, submitted: Path, out: Path, jobs: int) -> dict[str, float]:
    """Grade all that was submitted; the zygote's start and the reference are told apart."""
    policy = Policy()
    started = time.monotonic()
    engine = LocalEngine(level, policy, ENTRY, jobs)
    try:
        engine.start()
        grader = Grader(lab, engine, policy, Store(out, lab.name))
        grader.prepare()
        start_seconds = time.monotonic() - started
        submissions = find_submissions(submitted, lab.name)
        own, tree = time.process_time(), tree_cpu_seconds(os.getpid())
        walls, wrong = [], []
        started = time.monotonic()
        for one in grader.grade(submitted, submissions):
            walls.append(one.seconds)
            if one.score != one.max_score:
                wrong.append(one.student)
        seconds = time.monotonic() - started
        own, tree = time.process_time() - own, tree_cpu_seconds(os.getpid()) - tree
    finally:
        engine.close()
    if wrong:
        sys.exit(f"not all right: {wrong[:5]}")
    count = len(walls)
    return {
        "count": count,
        "jobs": jobs,
        "seconds": seconds / count,
        "start_seconds": start_seconds,
        "child_seconds": statistics.median(walls),
        "grader_cpu_seconds": own / count,
        "tree_cpu_seconds": tree / count,
    }


def observe_here(lab: Lab, workload: Workload, count: int) -> dict[str, float]:
    """Observe in this very process: no fork, no isolation, nothing reset between submissions."""
    started = time.monotonic()
    warm_up()
    start_seconds = time.monotonic() - started
    name = "slope.py" if workload == "script" else "slope.ipynb"
    sources = [submission(workload, index) for index in range(min(count, DISTINCT))]
    jobs = [lab.plan.job(name, source, Budget()) for source in sources]
    main_module = sys.modules["__main__"]
    started, cpu = time.monotonic(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        for index in range(count):
            observe(jobs[index % len(jobs)], [].append)
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    sys.modules["__main__"] = main_module
    return {
        "count": count,
        "jobs": 1,
        "seconds": seconds / count,
        "start_seconds": start_seconds,
        "tree_cpu_seconds": cpu / count,
    }


if __name__ == "__main__":
    main()
