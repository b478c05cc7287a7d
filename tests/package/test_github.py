"""A student's repository: public data, help at file and line, and never a grade."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from autograder.cli.github import annotation, tell_proofs
from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.package.github import write_repository
from autograder.verification.item import Item, LabProof
from tests.cli.inside import run_inside

WRONG = """
import torch
def forward(x):
    return w * x
def criterion(yhat, y):
    return (yhat - y) ** 2
def train_model(iterations):
    raise ValueError("50% <b>, a|b")
"""


@pytest.fixture(scope="module")
def repository(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("github") / "slope"
    write_repository(course, "slope", folder)
    return folder


def test_a_repository_has_what_is_public_alone(repository: Path) -> None:
    files = {path.relative_to(repository).as_posix() for path in repository.rglob("*.*")}
    assert {name for name in files if not name.endswith(".whl")} == {
        ".autograder",
        ".autograder/requirements.txt",
        ".github",
        ".github/workflows/check.yml",
        "expected.json",
        "slope.ipynb",
        "slope.py",
    }
    assert "other-slope" not in json.dumps((repository / "expected.json").read_text())


def test_its_workflow_checks_and_says_that_this_is_no_grade(repository: Path) -> None:
    text = (repository / ".github/workflows/check.yml").read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert "not a grade" in text
    assert "@" not in "".join(step.get("run", "") for step in workflow["jobs"]["check"]["steps"])


def test_a_folder_with_something_in_it_stays_as_it_is(course: Course, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CourseError, match="not empty"):
        write_repository(course, "slope", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_wrong_line_is_marked_and_the_summary_is_a_table(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slope.py").write_text(WRONG)
    (tmp_path / "expected.json").write_bytes((repository / "expected.json").read_bytes())
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    done = run_inside("check", "slope.py", "-a", "slope", "--github", folder=tmp_path)
    assert done.code == 1
    marked = [line for line in done.stdout.splitlines() if line.startswith("::error ")]
    assert any(line.startswith("::error file=slope.py,line=8,") for line in marked)
    assert not [line for line in marked if "50% " in line]
    summary = (tmp_path / "summary.md").read_text()
    assert "**not a grade**" in summary
    assert "| ✔ forward | 2/2 |" in summary
    assert "<b>" not in summary
    rows = [line for line in summary.splitlines() if line.startswith("| ")]
    assert all(row.replace("\\|", "").count("|") == 4 for row in rows)


def test_what_a_command_of_github_s_would_read_is_escaped() -> None:
    found = annotation("100%\nof a::b", file="a,b:c.py", line=3)
    assert found.startswith("::error file=a%2Cb%3Ac.py,line=3,title=")
    assert found.endswith("::100%25%0Aof a::b")


def test_a_false_claim_is_marked_in_the_file_that_it_is_about(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    name = min((course.root / "reference/slope/accepted").glob("*.py")).name
    items = tuple(
        Item(lab="slope", group=group, name=one, outcome="refuted", message="it is not")
        for group, one in (("accepted", name), ("margin", "forward"))
    )
    tell_proofs(course.root, [LabProof(lab="slope", items=items, margins=(), seconds=1.0)])
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"::error file=reference/slope/accepted/{name},title=")
    assert second.startswith("::error file=reference/slope/exercise.py,title=")
    assert f"| slope | 2 | accepted {name}, margin forward |" in (
        (tmp_path / "summary.md").read_text()
    )
