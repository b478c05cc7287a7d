"""What a student runs needs no instructor's package, and nothing that only Linux has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebook.student import lab_folder, solved

INSTRUCTOR = {"jinja2", "jupytext", "nbgrader", "sqlalchemy", "pyseccomp", "yaml", "distributed"}
LINUX = {"fcntl", "resource", "pyseccomp"}
OURS = {
    "autograder.sandbox",
    "autograder.engines",
    "autograder.grading",
    "autograder.gradebook",
    "autograder.report",
}
SLOW = {"IPython", "nbformat", "sympy", "torch._dynamo", "matplotlib"}
PLAIN = """\
import torch
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X
w = torch.tensor(-10.0, requires_grad=True)
lr, LOSS = 0.1, []
def forward(x):
    return w * x
def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)
def train_model(iterations):
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()
"""
RUN = """\
import importlib.abc, os, signal, sys

class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        for blocked in BLOCKED:
            if name == blocked or name.startswith(blocked + "."):
                raise ImportError(name + " is blocked")

sys.meta_path.insert(0, Blocked())
BLOCKED = set(sys.argv[1].split())
if sys.argv[2] == "windows":
    for holder, names in ((os, ("memfd_create", "fork", "setsid", "getuid")),
                          (signal, ("SIGALRM", "SIGPROF", "setitimer"))):
        for name in names:
            if hasattr(holder, name):
                delattr(holder, name)
from autograder.cli.main import main
if sys.argv[3]:
    from autograder.notebook import file, public
    from autograder.protocol.job import Budget
    public.BUDGET = file.BUDGET = Budget(
        cells_seconds=float(sys.argv[3]), call_seconds=float(sys.argv[3])
    )
code = main(sys.argv[4:])
print(*sys.modules)
sys.exit(code)
"""


def check(
    path: Path, blocked: set[str], system: str = "linux", seconds: str = ""
) -> tuple[int, str, set[str]]:
    """Run ``autograder check`` with imports blocked; return code, output, and what was loaded."""
    given = (" ".join(sorted(blocked)), system, seconds)
    command = [sys.executable, "-c", RUN, *given, "check", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=path.parent)
    *shown, modules = done.stdout.splitlines() or [""]
    return done.returncode, "\n".join(shown) + done.stderr, set(modules.split())


@pytest.mark.parametrize("name", ["slope.ipynb", "slope.py"])
def test_check_works_without_what_instructors_install_or_linux_has(
    name: str, tmp_path: Path
) -> None:
    path = solved(lab_folder(tmp_path) / name)
    code, shown, loaded = check(path, INSTRUCTOR | LINUX | OURS, "windows")
    assert (code, shown.count("✔")) == (0, 6), shown
    assert not loaded & (INSTRUCTOR | LINUX | OURS)


def test_the_block_can_fail(tmp_path: Path) -> None:
    code, shown, _ = check(solved(lab_folder(tmp_path) / "slope.py"), {"msgspec"})
    assert code == 1
    assert "msgspec is blocked" in shown


@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
def test_check_loads_nothing_slow_that_the_file_does_not_ask_for(
    suffix: str, tmp_path: Path
) -> None:
    path = lab_folder(tmp_path) / f"slope{suffix}"
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": PLAIN}
    whole = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(PLAIN if suffix == ".py" else json.dumps(whole))
    code, shown, loaded = check(path, set())
    assert code == 0, shown
    assert not loaded & SLOW


def test_where_there_are_no_alarms_an_endless_loop_is_ended_all_the_same(tmp_path: Path) -> None:
    endless = "def train_model(iterations):\n    while True:\n        pass\n"
    path = lab_folder(tmp_path) / "slope.py"
    path.write_text(PLAIN.partition("def train_model")[0] + endless)
    code, shown, _ = check(path, LINUX, "windows", seconds="0.5")
    assert code == 1
    assert "train_model does not reach the end of this loop" in " ".join(shown.split())
