"""What is not installed is said before anything is graded."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.cli import grade
from autograder.cli.main import WEAK_ISOLATION, main


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch):
    """Return a function that hides a package from the search for it."""
    found = grade.find_spec

    def hide(package: str) -> None:
        monkeypatch.setattr(
            grade, "find_spec", lambda name: None if name == package else found(name)
        )

    return hide


@pytest.mark.parametrize("package", ["nbgrader", "sqlalchemy"])
def test_a_gradebook_without_its_packages_is_refused_before_grading(
    package: str, without, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without(package)
    words = ["grade", str(tmp_path), "-a", "slope", "--db", "--allow-weak-isolation"]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert package in said
    assert "torch-autograder[instructor]" in said


def test_no_sandbox_without_its_package_and_that_is_said(
    without, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without("pyseccomp")
    assert main(["grade", str(tmp_path), "-a", "slope"]) == WEAK_ISOLATION
    assert "torch-autograder[instructor]" in capsys.readouterr().err


def test_what_is_not_needed_is_not_asked_for(
    without, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without("nbgrader")
    assert main(["grade", str(tmp_path / "nowhere"), "-a", "slope"]) == 1
    assert "nbgrader" not in capsys.readouterr().err
