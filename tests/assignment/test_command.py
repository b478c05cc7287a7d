"""``autograder build``: what it prints and returns."""

from __future__ import annotations

import sys

import pytest

from autograder.cli.main import main
from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine

from .conftest import Edit

WRITTEN = "".join(
    f"written    assignments/slope/{name}\n"
    for name in ("slope.ipynb", "slope.py", "expected.json")
)


@pytest.fixture(autouse=True)
def one_engine(standard: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every run use the session's sandbox: starting one takes seconds."""

    class Shared:
        run = standard.run
        level = standard.level

        def __init__(self, *arguments: object) -> None: ...

        def close(self) -> None: ...

    monkeypatch.setattr("autograder.engines.pool.LocalEngine", Shared)


def run(course: Course, *arguments: str) -> int:
    """Run the command in a course."""
    return main(["build", *arguments, "--course", str(course.root)])


def test_it_prints_a_line_a_file(copy: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(copy, "slope") == 0
    assert capsys.readouterr() == (WRITTEN, "")
    assert run(copy) == 0
    assert capsys.readouterr() == (WRITTEN.replace("written  ", "unchanged"), "")


def test_check_is_0_only_when_all_is_up_to_date(
    copy: Course, edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(copy, "--check") == 1
    assert capsys.readouterr().out == WRITTEN.replace("written", "missing")
    run(copy)
    assert run(copy, "--check") == 0
    edit(("Use the global `w`.", "Use `w`."))
    capsys.readouterr()
    assert run(copy, "--check") == 1
    out, err = capsys.readouterr()
    assert out == WRITTEN.replace("written", "stale  ")
    assert err == "autograder: not up to date; run 'autograder build'\n"


def test_a_wrong_lab_is_told_and_the_others_are_built(
    copy: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(copy, "slpoe", "slope") == 1
    out, err = capsys.readouterr()
    assert out == WRITTEN
    assert "unknown lab 'slpoe'; use one of: slope" in err


def test_an_error_in_a_source_is_one_line(
    copy: Course, edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    path = edit(("### END SOLUTION", "### END"))
    assert run(copy) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"autograder: {path}: line ")
    assert err.count("\n") == 1


def test_a_course_without_labs_is_told(copy: Course, capsys: pytest.CaptureFixture[str]) -> None:
    (copy.root / "reference" / "slope" / "exercise.py").unlink()
    assert run(copy) == 1
    assert "no labs" in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(
    copy: Course, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("autograder.assignment")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jupytext", None)
    assert run(copy) == 1
    assert "needs the package jupytext; pip install" in capsys.readouterr().err
