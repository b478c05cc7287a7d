"""Which functions cost most: profiles of the grader's process and of what runs in a child.

    python benchmarks/profiling.py judge script 200
    python benchmarks/profiling.py child plots 50

``judge`` profiles ``Grader.grade`` with a warm zygote. Times are processor time, not the clock.
``child`` profiles the worker in this one process, without fork and isolation. Prints one JSON
object with the functions that take most time, themselves or with all that they call.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import io
import json
import os
import pstats
import sys
import tempfile
import time
from pathlib import Path

from stages import one

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.engines.pool import LocalEngine
from autograder.grading.cache import Store
from autograder.grading.grade import Grader
from autograder.grading.lab import Lab, load_lab
from autograder.grading.setup import ENTRY
from autograder.protocol.job import Budget
from autograder.sandbox.message import Policy
from autograder.worker.entry import warm_up
from autograder.worker.observe import observe

ROOT = Path(__file__).resolve().parent.parent
SHOWN = 40


def main() -> None:
    """Profile what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("side", choices=["judge", "child"])
    parser.add_argument("workload", choices=["script", "plain", "plots", "wrong"])
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    lab = load_lab(Course(ROOT), "slope")
    with tempfile.TemporaryDirectory() as folder:
        submitted = Path(folder, "submitted")
        submitted.mkdir()
        for index in range(options.count):
            name, source = one(options.workload, index)
            (submitted / name).write_bytes(source)
        profile_side = profile_judge if options.side == "judge" else profile_child
        profile = profile_side(lab, submitted, Path(folder, "out"))
    print(json.dumps({"count": options.count, **table(profile, options.count)}))


def profile_judge(lab: Lab, submitted: Path, out: Path) -> cProfile.Profile:
    """Profile the grader's process while it grades, at level ``none``."""
    engine = LocalEngine("none", Policy(wall_seconds=60.0), ENTRY, os.cpu_count() or 1)
    profile = cProfile.Profile(time.process_time)
    try:
        grader = Grader(lab, engine, Policy(wall_seconds=60.0), Store(out, lab.name))
        grader.prepare()
        submissions = find_submissions(submitted, lab.name)
        with profile:
            for _ in grader.grade(submitted, submissions):
                pass
    finally:
        engine.close()
    return profile


def profile_child(lab: Lab, submitted: Path, out: Path) -> cProfile.Profile:
    """Profile the worker in this process."""
    del out
    warm_up()
    profile = cProfile.Profile(time.process_time)
    main_module = sys.modules["__main__"]
    for path in sorted(submitted.iterdir()):
        job = lab.plan.job(f"{lab.name}{path.suffix}", path.read_bytes(), Budget())
        with contextlib.redirect_stdout(io.StringIO()), profile:
            observe(job, [].append)
    sys.modules["__main__"] = main_module
    return profile


def table(profile: cProfile.Profile, count: int) -> dict[str, object]:
    """Return functions by their own time and by their time in all, in ms a submission."""
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # as pstats reads them
    rows = [
        {
            "name": _shown(where),
            "calls": calls / count,
            "own": 1000 * own / count,
            "all": 1000 * whole / count,
        }
        for where, (_, calls, own, whole, _) in stats.items()
    ]
    for row in rows:
        row.update({key: round(row[key], 4) for key in ("calls", "own", "all")})
    return {
        "total_ms": round(sum(row["own"] for row in rows), 3),
        "by_own": sorted(rows, key=lambda row: -row["own"])[:SHOWN],
        "by_all": sorted(rows, key=lambda row: -row["all"])[: 2 * SHOWN],
    }


def _shown(where: tuple[str, int, str]) -> str:
    path, line, name = where
    parts = Path(path).parts[-2:]
    return name if path == "~" else f"{'/'.join(parts)}:{line} {name}"


if __name__ == "__main__":
    main()
