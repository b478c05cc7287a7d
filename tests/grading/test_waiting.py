"""Code that waits is ended soon, whatever it waits for, and what was shown before counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course.submission import find_submissions
from autograder.engines.pool import LocalEngine
from autograder.grading.cache import Store
from autograder.grading.grade import Grader
from autograder.grading.lab import Lab
from autograder.protocol.job import Budget
from autograder.sandbox.message import Policy

WAITS = {
    "event": "import threading\nthreading.Event().wait()",
    "lock": "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    "pipe": "import os\nend, _ = os.pipe()\nos.read(end, 1)",
    "signal": "import signal\nwhile True:\n    signal.pause()",
    "select": "import select\nselect.select([], [], [])",
    "queue": "import queue\nqueue.Queue().get()",
}


@pytest.mark.thorough
def test_waiting_costs_only_itself(
    slope: Lab, engine: LocalEngine, policy: Policy, tmp_path: Path
) -> None:
    """One run of all: each waits twelve seconds on the clock, the second time alone."""
    folder = tmp_path / "submitted"
    folder.mkdir()
    right = slope.reference_source.decode()
    for name, code in WAITS.items():
        (folder / f"{name}.py").write_text(f"{right}\n{code}\n")
    grader = Grader(slope, engine, policy, Store(tmp_path / "out", "slope"), diagnose=False)
    grades = {g.student: g for g in grader.grade(folder, find_submissions(folder, "slope"))}
    assert {name: (g.status, g.score) for name, g in grades.items()} == dict.fromkeys(
        WAITS, ("time_limit", 10.0)
    )


def test_a_call_that_waits_fails_its_own_checks_alone(
    slope: Lab, engine: LocalEngine, policy: Policy, tmp_path: Path
) -> None:
    folder = tmp_path / "submitted"
    folder.mkdir()
    right = slope.reference_source.decode()
    waiting = "def train_model(n):\n    import threading\n    threading.Event().wait()\n"
    (folder / "student-01.py").write_text(f"{right}\n{waiting}")
    store, budget = Store(tmp_path / "out", "slope"), Budget(call_seconds=2.0)
    grader = Grader(slope, engine, policy, store, budget=budget, diagnose=False)
    (found,) = grader.grade(folder, find_submissions(folder, "slope"))
    assert (found.status, found.score) == ("time_limit", 4.0)
