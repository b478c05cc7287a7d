"""What a person must look at is marked after nbgrader has saved its scores."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import SaveAutoGrades
from traitlets.config import Config
from traitlets.config.configurable import Configurable

from autograder import nbgrader_bridge
from autograder.course.folder import Course
from autograder.course.submission import Submission
from autograder.exercise.spec import Exercise
from autograder.grading.decision import Decision, decide
from autograder.grading.grade import Grade
from autograder.grading.lab import Lab
from autograder.grading.setup import Settings
from autograder.nbgrader_bridge import engine, sandbox
from autograder.nbgrader_bridge.mark import MARKED
from autograder.nbgrader_bridge.sandbox import GradeInSandbox

from .test_sandbox import POINTS, graded

NAMES = {"notebook": "slope", "assignment": "slope", "student": "student-01"}


@pytest.fixture
def exercise(slope: Lab) -> Exercise:
    return slope.plan.exercise


class Converter(Configurable):
    """What nbgrader's preprocessors know of the course."""

    coursedir: Any = None


def graded_in_sandbox(root: Path, grade: Grade) -> dict[str, Any]:
    """Return the resources that the sandbox leaves."""
    course = Converter()
    course.coursedir = SimpleNamespace(
        root=str(root), submitted_directory="", format_path=lambda *_: f"{root}/student-01/slope"
    )
    cells = [
        new_code_cell(metadata={"nbgrader": {"grade": True, "grade_id": name, "points": points}})
        for name, points in POINTS.items()
    ]
    made = GradeInSandbox(parent=Converter(parent=course))
    _, resources = made.preprocess(new_notebook(cells=cells), {"nbgrader": NAMES})
    return resources


def test_the_sandbox_says_which_cells_until_somebody_has_looked(
    exercise: Exercise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grade = graded(exercise, "forward", review=("text-cell",), submission_sha256="ab" * 32)
    monkeypatch.setattr(sandbox, "open_lab", lambda *_: (exercise, lambda _folder, _student: grade))
    assert graded_in_sandbox(tmp_path, grade)[MARKED] == sorted(POINTS)
    seen = Decision(student=grade.student, submission="ab" * 32, reviewed=("text-cell",))
    decide(tmp_path / "graded" / "slope", [seen])
    assert graded_in_sandbox(tmp_path, grade)[MARKED] == []


class Wax:
    """A grader that says of a submission whether it is accepted."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def graded(self, _folder: Path, submissions: list[Submission], *, accepts: Any) -> Any:
        for one in submissions:
            yield None, accepts(one.student, "ab" * 32)


def test_what_was_accepted_is_so_for_nbgrader_too(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reference").symlink_to(course.root / "reference")
    for student in ("student-01", "student-02"):
        (tmp_path / student / "slope").mkdir(parents=True)
    monkeypatch.setattr(engine, "Grader", Wax)
    monkeypatch.setattr(engine, "_engine", lambda *_, **__: None)
    settings = Settings(submitted=tmp_path, assignment="slope")
    _, grade = engine.open_lab(Course(tmp_path), "slope", settings)
    assert grade(tmp_path, "student-01") is False
    decide(
        tmp_path / "graded" / "slope",
        [Decision(student="student-01", submission="ab" * 32, accepted=True)],
    )
    assert grade(tmp_path, "student-01") is True
    assert grade(tmp_path, "student-02") is False


def test_they_are_marked_after_nbgrader_took_marks_off(tmp_path: Path) -> None:
    config = Config()
    nbgrader_bridge.configure(config, tmp_path)
    found = config.Autograde.autograde_preprocessors
    assert found[-1].endswith(".MarkCells")
    assert SaveAutoGrades in found
