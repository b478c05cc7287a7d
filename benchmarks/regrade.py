"""What does a run cost in which nothing changed, and does its memory grow? Measured in one run.

    python benchmarks/regrade.py [N …]

For each N (default 200 2000 10000) a class of N tiny scripts is graded once by a grader that makes
every grade up, so that only reading, committing and writing are measured, and twice more, when all
grades are reused. Peak memory is that of a process of its own for each run. Then ``autograder
grade`` runs on 1000 right scripts whose grades are stored: wall and processor seconds of the whole
command, and of its parts.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

from autograder.course.folder import Course
from autograder.course.submission import Submission, find_submissions
from autograder.grading.content import Content, read_content
from autograder.grading.record import Grade
from autograder.grading.run import Session
from autograder.grading.setup import Opening, Settings
from autograder.judge.result import CheckResult
from autograder.words.text import verbatim

ROOT = Path(__file__).resolve().parent.parent
CHECK = CheckResult(
    id="final_parameters",
    function="train_model",
    outcome="passed",
    passed=True,
    points=2.0,
    max_points=2.0,
    message=verbatim("m" * 120),
    hint=verbatim(""),
)


class MadeUp:
    """Grades everything the same, as fast as it can be read."""

    def graded(
        self, folder: Path, submissions: Sequence[Submission]
    ) -> Iterator[tuple[Content, Grade]]:
        """Yield a grade of about 1.8 kB for each."""
        for submission in submissions:
            content = read_content(folder, submission)
            yield (
                content,
                Grade(
                    student=submission.student,
                    assignment="slope",
                    status="graded",
                    score=12.0,
                    max_score=12.0,
                    checks=(CHECK,) * 6,
                    diagnosis=(),
                    message=verbatim(""),
                    notes=(),
                    isolation="namespaces",
                    seconds=0.01,
                    reused=False,
                    submission_sha256=content.sha256,
                    exercise_sha256="",
                    versions={"torch": "2"},
                ),
            )


def one_run(submitted: Path, out: Path) -> None:
    """Print one run's seconds and peak memory, as JSON."""
    started = time.monotonic()
    opening = Opening(
        settings=Settings(submitted=submitted, assignment="slope"),
        course=Course(ROOT),
        submissions=find_submissions(submitted, "slope"),
        out=out,
        level="namespaces",
        start_engine=lambda: sys.exit("no engine is needed"),
    )
    listed_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    loaded = SimpleNamespace(grader=MadeUp(), exercise_sha256="", files=())
    with contextlib.closing(Session(opening)) as session:
        count = sum(1 for _ in session.grades(lambda _: loaded))
    found = {
        "count": count,
        "reused": session.reused,
        "seconds": time.monotonic() - started,
        "cpu": time.process_time(),
        "listed_kb": listed_kb,
        "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    print(json.dumps(found))


def main(counts: Sequence[int]) -> None:
    """Print both tables."""
    print(f"{'':>8}{'reused':>8}{'wall s':>9}{'cpu s':>9}{'listed MB':>11}{'peak MB':>9}")
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            submitted, out = Path(folder, "submitted"), Path(folder, "out")
            _class(submitted, count, b"x = 1\n")
            for _ in range(3):
                command = [sys.executable, __file__, "--one", str(submitted), str(out)]
                found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
                print(
                    f"{found['count']:8}{found['reused']:8}{found['seconds']:9.2f}"
                    f"{found['cpu']:9.2f}{found['listed_kb'] / 1024:11.1f}"
                    f"{found['peak_kb'] / 1024:9.1f}",
                    flush=True,
                )
    _command(1000)


def _class(submitted: Path, count: int, source: bytes) -> None:
    submitted.mkdir()
    for number in range(count):
        (submitted / f"student-{number:05}.py").write_bytes(source + b"# %d\n" % number)


def _command(count: int) -> None:
    """Time the whole command on a class whose grades are stored."""
    with tempfile.TemporaryDirectory() as folder:
        submitted = Path(folder, "submitted")
        _class(submitted, count, (ROOT / "reference" / "slope" / "slope.py").read_bytes())
        command = [sys.executable, "-m", "autograder.cli.main", "grade", str(submitted)]
        command += ["-a", "slope", "--course", str(ROOT), "--out", str(Path(folder, "out"))]
        for _ in range(4):
            before, started = os.times(), time.monotonic()
            told = subprocess.run(command, capture_output=True, check=True, text=True).stderr
            wall, after = time.monotonic() - started, os.times()
            cpu = (after.children_user - before.children_user) + (
                after.children_system - before.children_system
            )
            print(
                f"{count} right scripts: {wall:.2f} s wall, {cpu:.2f} s cpu; {told[-40:].strip()}"
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one_run(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main([int(word) for word in sys.argv[1:]] or [200, 2000, 10_000])
