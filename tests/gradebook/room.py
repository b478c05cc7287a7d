"""A course folder with a small class, and the program in it, as an instructor has them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import nbformat

from autograder.sandbox.message import Level

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "student-01": ("accepted", "no_grad_update", ".py"),
    "student-02": ("rejected", "zero_wrong_tensor", ".py"),
    "student-03": ("accepted", "functional_mse", ".ipynb"),
    "student-04": ("rejected", "criterion_sum", ".ipynb"),
}


class Finished(NamedTuple):
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


class Room:
    """A course folder of one lab, and the program in it."""

    def __init__(self, root: Path, *flags: str) -> None:
        self.root = root
        self._flags = flags
        lab = root / "reference" / "slope"
        ignored = shutil.ignore_patterns("accepted", "rejected", "__pycache__")
        shutil.copytree(ROOT / "reference" / "slope", lab, ignore=ignored)
        shutil.copytree(ROOT / "assignments" / "slope", root / "assignments" / "slope")
        shutil.copy(ROOT / "nbgrader_config.py", root)

    def run(self, *arguments: str) -> Finished:
        """Run ``autograder`` in the course folder."""
        return self._run([sys.executable, "-m", "autograder.cli.main", *arguments])

    def grade(self, *arguments: str) -> Finished:
        """Grade the class, and record it."""
        return self.run("grade", "submitted", "-a", "slope", "--db", *self._flags, *arguments)

    def nbgrader(self, *arguments: str) -> Finished:
        """Run ``nbgrader`` in the course folder."""
        return self._run([sys.executable, "-m", "nbgrader", *arguments])

    def _run(self, command: Sequence[str]) -> Finished:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Finished(done.returncode, done.stdout, done.stderr)


def examples() -> dict[str, bytes]:
    """Return a file for each student, as they would be handed in."""
    found = {}
    for student, (kind, name, suffix) in FILES.items():
        source = (ROOT / "reference" / "slope" / kind / f"{name}.py").read_text("utf-8")
        if suffix == ".ipynb":
            cells = [nbformat.v4.new_code_cell(source)]
            source = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
        found[f"class/{student}{suffix}"] = source.encode()
    return found


def graded_room(folder: Path, level: Level) -> Room:
    """Return a class that was collected from an archive, graded and recorded."""
    flags = ("--allow-weak-isolation",) if level == "none" else ()
    made = Room(folder, *flags)
    with zipfile.ZipFile(folder / "class.zip", "w") as archive:
        for path, data in examples().items():
            archive.writestr(path, data)
    collected = made.run("collect", "class.zip", "-a", "slope")
    assert collected.code == 0, collected.err
    graded = made.grade()
    assert graded.code == 0, graded.err
    assert "4 are in the gradebook" in graded.err
    return made
