"""``autograder new``: what it prints, and what comes of the commands that it names."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from autograder.cli.main import main
from autograder.engines.pool import LocalEngine
from tests.shared import no_mistakes_published, one_engine


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "course", "ml"]) == 0
    return tmp_path / "ml"


def test_a_course_then_a_lab_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "course", "ml"]) == 0
    course = tmp_path / "ml"
    assert capsys.readouterr().out.endswith("\nnext:\n  cd ml\n  autograder new lab NAME\n")
    monkeypatch.chdir(course / "submitted")
    assert main(["new", "lab", "first"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "written    reference/first/exercise.py\n" in out
    assert "autograder build first\n" in out
    assert (course / "reference" / "first" / "first.py").is_file()


def test_the_commands_named_work_where_they_are_named(
    course: Path, standard: LocalEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "lab", "first", "--contract", "module", "--course", str(course)]) == 0
    listed = capsys.readouterr().out.partition("next:\n")[2]
    build, _verify, search = (shlex.split(line) for line in listed.splitlines())
    with one_engine(standard), no_mistakes_published():
        assert main(build[1:]) == 0
    assert (course / "assignments" / "first" / "first.ipynb").is_file()
    assert Path(search[-1]).is_dir()


def test_a_copy_names_what_comes_next(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["new", "lab", "mine", "--from", "slope", "--course", str(course)]) == 0
    out = capsys.readouterr().out
    assert "written    reference/mine/rejected/criterion_sum.py\n" in out
    assert "autograder verify mine --quick" in out
    assert "Edit:" not in out


def test_here_is_a_place_for_a_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "course", "."]) == 0
    assert capsys.readouterr().out.endswith("\nnext:\n  autograder new lab NAME\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["course", "ml"], "ml: is not empty"),
        (["lab", "torch", "--course", "ml"], "new lab 'torch': a student's torch.py would hide"),
        (["lab", "a", "--course", "."], ".: not a course folder"),
        (["lab", "a", "--course", "ml", "--from", "b"], "no lab 'b' comes with us; there are:"),
        (["lab", "a"], "'autograder new course DIR'"),
        (["lab", "a", "--course", "ml", "--title", "a\nb"], "must be one line of text"),
    ],
)
def test_an_error_is_1_and_one_line(
    arguments: list[str], message: str, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["new", *arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["new"],
        ["new", "lab"],
        ["new", "lab", "a", "--contract", "x"],
        ["new", "lab", "a", "--contract", "parts", "--from", "slope"],
        ["new", "course"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize("command", ["build", "verify"])
def test_a_course_without_labs_says_how_to_get_one(
    command: str, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--course", str(course)]) == 1
    assert "make one with 'autograder new lab NAME'" in capsys.readouterr().err
