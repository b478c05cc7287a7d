"""From a run that asks for a person to one that does not, with a gradebook and without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.cli.main import main
from autograder.engines.pool import LocalEngine
from autograder.judge import notices
from tests.shared import learn, mutants_kept, one_engine

from .command import ROOT

RIGHT = ROOT / "reference" / "slope" / "slope.py"
ASKING = "get_ipython().run_line_magic('pip', 'install nothing')\n"
Said = tuple[int, str, str]


class Room:
    """A course folder of one lab, and the program in this process."""

    def __init__(self, root: Path, engine: LocalEngine, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self._engine, self._capsys = root, engine, capsys
        self._weak = ("--allow-weak-isolation",) if engine.level == "none" else ()
        (root / "reference").mkdir()
        (root / "reference" / "slope").symlink_to(ROOT / "reference" / "slope")
        (root / "assignments").symlink_to(ROOT / "assignments")

    def hand_in(self, student: str, text: str) -> None:
        path = self.root / "submitted" / student / "slope" / "slope.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def run(self, command: str, *arguments: str) -> Said:
        self._capsys.readouterr()
        with one_engine(self._engine), mutants_kept(self.root / "graded"):
            code = main([command, *arguments, "-a", "slope", "--course", str(self.root)])
        return code, *self._capsys.readouterr()

    def grade(self, *arguments: str) -> str:
        """Grade the class, and return what is said on stderr."""
        submitted = str(self.root / "submitted")
        code, out, err = self.run("grade", submitted, "--json", *self._weak, *arguments)
        assert code == 0, err
        self.lines = [json.loads(line) for line in out.splitlines()]
        return err


@pytest.fixture
def room(
    tmp_path: Path,
    standard: LocalEngine,
    bank: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Room:
    """Two right submissions, one of which asks for a person."""
    monkeypatch.setattr(notices, "ASKING", frozenset({"not-run"}))
    made = Room(tmp_path, standard, capsys)
    learn(tmp_path / "graded", bank)
    made.hand_in("student-01", RIGHT.read_text("utf-8"))
    made.hand_in("student-02", ASKING + RIGHT.read_text("utf-8"))
    return made


@pytest.mark.parametrize("gradebook", [pytest.param([], marks=pytest.mark.thorough), ["--db"]])
def test_a_submission_asks_until_somebody_has_looked(room: Room, gradebook: list[str]) -> None:
    if gradebook:
        pytest.importorskip("nbgrader")
    said = room.grade(*gradebook)
    assert said.endswith(
        "1 submission needs review; after that, "
        "run 'autograder reviewed STUDENT -a slope':\n"
        "  student-02: not-run\n"
    )
    assert [line["review"] for line in room.lines] == [[], ["not-run"]]
    assert "1 needs review" in room.run("report")[2]
    assert room.run("reviewed", "student-02")[:2] == (0, "student-02, slope: reviewed\n  not-run\n")
    assert "needs review" not in room.grade(*gradebook), "nor when it is graded again"
    assert "needs review" not in room.grade("--fresh", *gradebook)
    assert [line["review"] for line in room.lines] == [[], ["not-run"]], "of the file alone"
    assert "0 need review" in room.run("report")[2]
    room.hand_in("student-02", ASKING + "# another\n" + RIGHT.read_text("utf-8"))
    assert "  student-02: not-run\n" in room.grade(*gradebook), "another submission"


def test_grading_says_that_a_later_file_could_not_be_graded(room: Room) -> None:
    pytest.importorskip("nbgrader")
    assert "student-01" not in room.grade("--db")
    room.hand_in("student-01", "def forward(x:\n")
    said = room.grade("--db")
    assert (room.lines[0]["status"], room.lines[0]["review"]) == ("not_gradable", [])
    assert "2 submissions need review" in said
    assert "  student-01: The latest submission could not be graded; the one before" in said
    assert room.run("show", "student-01")[1].startswith("slope, student-01: 10 of 10 points")


def test_a_student_who_is_not_there_cannot_be_accepted(room: Room) -> None:
    submitted = str(room.root / "submitted")
    code, out, err = room.run("grade", submitted, "--accept", "student-99")
    assert (code, out) == (1, "")
    assert err == f"autograder: {submitted}: no entry for the student 'student-99'\n"
    assert not (room.root / "graded" / "slope" / "decisions.jsonl").exists()


def test_who_is_accepted_is_stored_with_the_file(room: Room) -> None:
    room.grade("--accept", "student-01", "--accept", "student-02")
    path = room.root / "graded" / "slope" / "decisions.jsonl"
    assert [json.loads(line) for line in path.read_text("utf-8").splitlines()] == [
        {
            "student": line["student"],
            "submission": line["submission_sha256"],
            "accepted": True,
        }
        for line in room.lines
    ]
    room.grade("--accept", "student-01")
    assert len(path.read_text("utf-8").splitlines()) == 2, "once is enough"
