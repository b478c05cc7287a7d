"""A course folder with a small class, and the program for it, as an instructor has them."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import nbformat

from autograder.engines.pool import LocalEngine
from tests.cli.inside import run_inside
from tests.nbgrader_bridge.inside import Finished, run_nbgrader
from tests.shared import learn, one_engine, with_one_variant

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "student-01": ("accepted", "no_grad_update", ".py"),
    "student-02": ("rejected", "zero_wrong_tensor", ".py"),
    "student-03": ("accepted", "functional_mse", ".ipynb"),
    "student-04": ("rejected", "criterion_sum", ".ipynb"),
}


class Room:
    """A course folder of one lab, and the program for it, which runs in this process."""

    def __init__(self, root: Path, engine: LocalEngine) -> None:
        self.root = root
        self._engine = engine
        self._flags = ("--allow-weak-isolation",) if engine.level == "none" else ()
        lab = root / "reference" / "slope"
        ignored = shutil.ignore_patterns("accepted", "rejected", "__pycache__")
        shutil.copytree(ROOT / "reference" / "slope", lab, ignore=ignored)
        shutil.copytree(ROOT / "assignments" / "slope", root / "assignments" / "slope")
        shutil.copy(ROOT / "nbgrader_config.py", root)
        with_one_variant(root)

    def run(self, *arguments: str) -> Finished:
        """Run ``autograder`` in the course folder."""
        with one_engine(self._engine):
            return Finished(*run_inside(*arguments, folder=self.root))

    def grade(self, *arguments: str) -> Finished:
        """Grade the class, and record it."""
        return self.run("grade", "submitted", "-a", "slope", "--db", *self._flags, *arguments)

    def nbgrader(self, *arguments: str) -> Finished:
        """Run ``nbgrader`` in the course folder."""
        return run_nbgrader(*arguments, folder=self.root, engine=self._engine)


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


def graded_room(folder: Path, engine: LocalEngine, bank: Path) -> Room:
    """Return a class that was collected from an archive, graded and recorded."""
    made = Room(folder, engine)
    learn(folder / "graded", bank)
    with zipfile.ZipFile(folder / "class.zip", "w") as archive:
        for path, data in examples().items():
            archive.writestr(path, data)
    collected = made.run("collect", "class.zip", "-a", "slope")
    assert collected.code == 0, collected.err
    graded = made.grade()
    assert graded.code == 0, graded.err
    assert "4 submissions are in the gradebook" in graded.err
    return made
