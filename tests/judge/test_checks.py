"""A check is one file, its words and one line of the spec's."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from autograder.exercise.spec import CHECKS
from autograder.judge import checks
from tests.shared import ROOT

SHARED = {"__init__", "recorded", "value"}
LINE = 'Check(id="goes_far", function="train_model", tolerance=Tolerance(rtol=0.1, atol=0.0)),'
FILE = """
from autograder.judge.result import PASSED, Finding
from autograder.words.text import text


def examine_goes_far(view, tolerance):
    far = abs(view.ends[-1] - view.landscape.start).max() > tolerance.rtol
    return PASSED if far else Finding(outcome="failed", message=text("does-not-go-far"))
"""
USE = """
import dataclasses
from autograder.judge.judge import Judge
from tests.judge import runs

plan = runs.lab_plan()
points = {**plan.exercise.points, "goes_far": 3}
plan = dataclasses.replace(plan, exercise=dataclasses.replace(plan.exercise, points=points))
trace = runs.right_trace(plan)
for check in Judge(plan, trace).judge(trace).checks:
    print(check.id, check.function, check.outcome, check.points)
"""


def test_a_file_and_a_line_add_a_check(tmp_path: Path) -> None:
    copied = tmp_path / "autograder"
    shutil.copytree(ROOT / "autograder", copied, ignore=shutil.ignore_patterns("__pycache__"))
    (copied / "judge/checks/goes_far.py").write_text(FILE)
    spec = copied / "exercise/spec.py"
    first = "KNOWN_CHECKS: tuple[Check, ...] = (\n"
    source = spec.read_text()
    assert first in source
    spec.write_text(source.replace(first, f"{first}    {LINE}\n"))
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    ended = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "goes_far train_model passed 3.0" in ended.stdout.splitlines()


def test_each_file_of_checks_is_a_check() -> None:
    files = {path.stem for path in Path(checks.__file__).parent.glob("*.py")}
    assert files - SHARED == set(CHECKS)
