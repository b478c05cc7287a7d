"""Marks depend neither on load nor on how plots are treated: the same bytes either way.

Load is 1, 2, 4 and 16 jobs beside eight busy loops.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course.folder import Course

ROOT = Path(__file__).resolve().parents[2]
LABS = Course(ROOT).lab_names()
BUSY = 8
COMPARED = ("status", "score", "checks", "diagnosis")


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep the machine busy with so many endless loops."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def graded(lab: str, kind: str, jobs: int, out: Path, *options: str) -> dict[str, bytes]:
    """Return what is compared of each file of a corpus."""
    command = [sys.executable, "-m", "autograder.cli.main", "grade", f"reference/{lab}/{kind}"]
    command += ["-a", lab, "--fresh", "--json", "--jobs", str(jobs), "--out", str(out), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=3000)
    assert done.returncode == 0, done.stderr.decode()
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["student"]: json.dumps([row[key] for key in COMPARED]).encode() for row in rows}


@pytest.mark.thorough
@pytest.mark.parametrize("lab", LABS)
def test_marks_are_the_same_however_busy_the_machine_is(lab: str, tmp_path: Path) -> None:
    for kind in ("accepted", "rejected"):
        quiet = graded(lab, kind, 1, tmp_path / "quiet")
        for jobs in (2, 4, 16):
            with busy(BUSY):
                found = graded(lab, kind, jobs, tmp_path / f"busy-{jobs}")
            assert {n for n in quiet if quiet[n] != found[n]} == set(), f"{kind}, {jobs} jobs"


@pytest.mark.thorough
@pytest.mark.parametrize("lab", LABS)
def test_marks_are_the_same_with_real_plots(lab: str, tmp_path: Path) -> None:
    for kind in ("accepted", "rejected"):
        found = graded(lab, kind, 2, tmp_path, "--real-plots")
        assert found == graded(lab, kind, 2, tmp_path), kind
