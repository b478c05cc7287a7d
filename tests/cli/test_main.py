"""Exit codes, one-line errors, and ``doctor``."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.cli.main import main
from autograder.grading import setup
from autograder.sandbox.detection import Trial

from .command import ROOT, run


@pytest.fixture
def one(tmp_path: Path) -> str:
    """A folder with one submission."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "student-01.py").write_text("x = 1\n", "utf-8")
    return str(folder)


def test_missing_lab_is_1_and_names_the_labs(one: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["grade", one, "-a", "slpoe", "--course", str(ROOT)])
    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert "slope" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", ["../../etc", "", "Slope", "a/b", "slope\n"])
def test_lab_names_are_no_paths(name: str, one: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", one, "-a", name, "--course", str(ROOT)]) == 1
    assert "slope" in capsys.readouterr().err


def test_missing_folder_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", str(tmp_path / "no"), "-a", "slope", "--course", str(ROOT)]) == 1
    assert "no such folder" in capsys.readouterr().err


def test_empty_folder_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", str(tmp_path), "-a", "slope", "--course", str(ROOT)]) == 1
    assert "no submissions" in capsys.readouterr().err


def test_folder_that_is_no_course_is_1(one: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", one, "-a", "slope", "--course", one]) == 1
    assert "not a course folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["grade"],
        ["grade", "x"],
        ["frobnicate"],
        ["grade", "x", "-a", "slope", "--jobs", "0"],
        ["grade", "x", "-a", "slope", "--timeout", "nan"],
        ["grade", "x", "-a", "slope", "--timeout", "-1"],
        ["grade", "x", "-a", "slope", "--memory", "much"],
        ["grade", "x", "-a", "slope", "--engine", "magic"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


def test_weak_isolation_is_3_and_runs_nothing(
    one: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = Trial(level="none", works=True, detail="limits only")
    monkeypatch.setattr(setup, "detect", lambda: weak)
    out = tmp_path / "out"
    code = main(["grade", one, "-a", "slope", "--course", str(ROOT), "--out", str(out)])
    printed, told = capsys.readouterr()
    assert (code, printed) == (3, "")
    assert told.count("\n") == 1
    assert "--allow-weak-isolation" in told
    assert not list(out.rglob("*.trace"))


def test_version_and_help_import_nothing_heavy(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = "import sys; from autograder.cli.main import build_parser; build_parser(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_doctor_says_what_works_and_why(tmp_path: Path, namespaces_trial: Trial) -> None:
    finished = run("doctor", temporary=tmp_path)
    assert finished.code == 0
    level = "namespaces" if namespaces_trial.works else "none"
    assert f"grade uses: {level}" in finished.stdout
    assert "not secure" in finished.stdout
    assert "torch 2" in finished.stdout
    assert list(tmp_path.iterdir()) == []
