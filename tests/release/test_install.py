"""The wheel, installed into a new environment as its users do: minutes, and PyPI."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from autograder.sandbox.message import Level

from .conftest import ROOT, Release

pytestmark = pytest.mark.thorough
ADVICE = "pip install 'torch-autograder[instructor]'"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Machine:
    """An environment of its own, and a folder in which nothing of this repository lies."""

    programs: Path
    folder: Path

    def run(self, program: str, *words: str, cwd: Path | None = None) -> tuple[int, str, str]:
        """Run one of the environment's programs; return its exit code and what it said."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        done = subprocess.run(
            [self.programs / program, *words],
            cwd=cwd or self.folder,
            env={**kept, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        return done.returncode, done.stdout, done.stderr

    def install(self, wheel: str) -> None:
        """Install it, with torch as it is pinned here."""
        words = ("install", "-q", "-c", str(ROOT / "constraints.txt"), wheel)
        code, _, said = self.run("pip", *words)
        assert code == 0, said


@pytest.fixture(scope="module")
def machine(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """What a student has: the package without extras."""
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True, timeout=600)
    made = Machine(programs=folder / "venv" / "bin", folder=folder)
    made.install(str(release.wheel))
    return made


@pytest.fixture(scope="module")
def course(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive's course folder, without its copy of the package."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(release.sdist) as archive:
        archive.extractall(folder, filter="data")
    (root,) = folder.iterdir()
    (root / "autograder").rename(root / "not-to-be-imported")
    return root


def test_a_student_s_installation_has_the_program_and_check(machine: Machine) -> None:
    code, said, _ = machine.run("autograder", "--help")
    assert code == 0
    assert "grade" in said
    words = "from autograder import check; from autograder.plots import plot_diagram"
    assert machine.run("python", "-c", words) == (0, "", "")


@pytest.mark.parametrize(
    "words",
    [
        ("build", "--check", "slope"),
        ("collect", "x.zip", "-a", "slope"),
        ("export", "-a", "slope"),
        ("grade", "submitted", "-a", "slope"),
        ("grade", "submitted", "-a", "slope", "--db", "--allow-weak-isolation"),
        ("override", "student-01", "-a", "slope", "--cell", "c", "--points", "1", "--reason", "r"),
        ("roster", "-a", "slope"),
        ("show", "student-01"),
        ("verify", "--quick", "slope"),
    ],
    ids=" ".join,
)
def test_an_instructor_s_command_says_what_to_install(
    machine: Machine, course: Path, words: tuple[str, ...]
) -> None:
    code, said, problem = machine.run("autograder", *words, cwd=course)
    assert code in (1, 3)
    assert said == ""
    assert ADVICE in problem
    assert "Traceback" not in problem


def test_an_instructor_s_installation_grades_a_class_from_another_folder(
    machine: Machine, course: Path, release: Release, best_level: Level
) -> None:
    machine.install(f"{release.wheel}[instructor]")
    weak = ["--allow-weak-isolation"] if best_level == "none" else []
    words = ("grade", str(course / "submitted"), "-a", "slope", "--json", "--timeout", "5", *weak)
    code, said, problem = machine.run("autograder", *words)
    assert code == 0, problem
    scores = {line["student"]: line["score"] for line in map(json.loads, said.splitlines())}
    deserved = json.loads((ROOT / "tests" / "labs" / "slope" / "deserved.json").read_text())
    assert scores == {student: each["score"] for student, each in deserved.items()}
    assert (course / "graded" / "slope" / "results.jsonl").is_file()
    assert machine.run("autograder", "report", "-a", "slope", cwd=course)[0] == 0
