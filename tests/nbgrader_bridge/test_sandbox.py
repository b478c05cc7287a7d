"""What a grade makes of check cells, and what nbgrader reads there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.utils import determine_grade

from autograder.course.folder import Course
from autograder.errors import CourseError, IsolationError, SandboxError
from autograder.exercise.spec import Exercise
from autograder.grading import setup
from autograder.grading.grade import Grade
from autograder.grading.lab import Lab
from autograder.grading.setup import Settings
from autograder.judge.result import CheckResult
from autograder.nbgrader_bridge.engine import open_lab
from autograder.nbgrader_bridge.sandbox import GradeInSandbox, show
from autograder.sandbox.detection import Trial
from autograder.words.text import verbatim

POINTS = {"check-forward": 2, "check-criterion": 2, "check-train_model": 6}
GRADE = Grade(
    student="student-01",
    assignment="slope",
    status="graded",
    score=5.0,
    max_score=10.0,
    checks=(),
    diagnosis=(),
    message=verbatim(""),
    notes=(),
    isolation="namespaces",
    seconds=0.0,
    reused=False,
    submission_sha256="",
    exercise_sha256="",
    versions={},
)


@pytest.fixture
def exercise(slope: Lab) -> Exercise:
    return slope.plan.exercise


@pytest.fixture
def notebook() -> NotebookNode:
    """Check cells with outputs that claim full points."""
    cells = [
        new_code_cell(
            f'check("{name}")',
            metadata={
                "nbgrader": {"grade": True, "solution": False, "grade_id": name, "points": points}
            },
            outputs=[new_output("execute_result", data={"text/plain": str(points)})],
        )
        for name, points in POINTS.items()
    ]
    return new_notebook(cells=cells)


def graded(exercise: Exercise, *passed: str, **more: Any) -> Grade:
    """Return a grade in which these checks passed."""
    checks = tuple(
        CheckResult(
            id=name,
            function=name,
            outcome="passed" if name in passed else "failed",
            passed=name in passed,
            points=float(points) if name in passed else 0.0,
            max_points=float(points),
            message=verbatim("" if name in passed else "<b>no</b>"),
            hint=verbatim("" if name in passed else "a & b"),
        )
        for name, points in exercise.points.items()
    )
    return msgspec.structs.replace(GRADE, checks=checks, **more)


def points_read(notebook: NotebookNode) -> dict[str, float]:
    """Return what nbgrader reads from the cells."""
    return {cell.metadata.nbgrader.grade_id: determine_grade(cell)[0] for cell in notebook.cells}


def html(notebook: NotebookNode, number: int) -> str:
    """Return what a cell shows."""
    (output,) = notebook.cells[number].outputs
    text: str = output.data["text/html"]
    return text


def test_nbgrader_reads_the_points_of_each_function(
    exercise: Exercise, notebook: NotebookNode
) -> None:
    show(notebook, exercise, graded(exercise, "forward", "loss_recorded", "gradient_zeroing"))
    assert points_read(notebook) == {
        "check-forward": 2.0,
        "check-criterion": 0.0,
        "check-train_model": 3.0,
    }


def test_a_cell_says_which_checks_passed_and_why_not(
    exercise: Exercise, notebook: NotebookNode
) -> None:
    show(notebook, exercise, graded(exercise, "forward"))
    assert html(notebook, 0) == "<p>✔ forward 2/2</p>"
    assert "<p>✘ criterion 0/2: " in html(notebook, 1)


def test_words_are_escaped(exercise: Exercise, notebook: NotebookNode) -> None:
    notes = (verbatim("<i>n</i>"),)
    show(notebook, exercise, graded(exercise, message=verbatim("<u>m</u>"), notes=notes))
    shown = html(notebook, 0)
    for text in ("&lt;b&gt;no", "a &amp; b", "&lt;u&gt;m", "&lt;i&gt;n"):
        assert text in shown
    assert not any(tag in shown for tag in ("<b>", "<u>", "<i>"))


def test_what_cannot_be_graded_gets_0_and_the_message(
    exercise: Exercise, notebook: NotebookNode
) -> None:
    grade = msgspec.structs.replace(
        GRADE, status="not_gradable", score=0.0, message=verbatim("no code")
    )
    show(notebook, exercise, grade)
    assert set(points_read(notebook).values()) == {0}
    assert html(notebook, 2) == "<p>no code</p>"


def test_our_failure_is_no_grade(exercise: Exercise, notebook: NotebookNode) -> None:
    grade = msgspec.structs.replace(
        GRADE, status="sandbox_error", score=None, message=verbatim("lost")
    )
    with pytest.raises(SandboxError, match="student-01: lost; nothing was graded"):
        show(notebook, exercise, grade)


def test_a_gradebook_of_other_points_is_told(exercise: Exercise, notebook: NotebookNode) -> None:
    notebook.cells[0].metadata.nbgrader.points = 3
    with pytest.raises(CourseError, match="check-forward is worth 3 in the gradebook and 2 in"):
        show(notebook, exercise, graded(exercise))


def test_a_gradebook_without_a_check_cell_is_told(
    exercise: Exercise, notebook: NotebookNode
) -> None:
    del notebook.cells[1]
    with pytest.raises(CourseError, match="no cell is graded for criterion"):
        show(notebook, exercise, graded(exercise))


def test_it_cannot_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """nbgrader gives full points to a check cell without outputs."""
    ran = []
    monkeypatch.setattr(GradeInSandbox, "preprocess", lambda *given: ran.append(given))
    GradeInSandbox(enabled=False)(new_notebook(), {})
    assert ran


def test_without_isolation_that_counts_it_refuses(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = Trial(level="none", works=True, detail="limits only")
    monkeypatch.setattr(setup, "detect", lambda: weak)
    monkeypatch.setenv("AUTOGRADER_ALLOW_WEAK_ISOLATION", "1")
    settings = Settings(submitted=Path("submitted"), assignment="slope", timeout_seconds=9.0)
    with pytest.raises(IsolationError, match=r"c\.GradeInSandbox\.allow_weak_isolation = True"):
        open_lab(course, "slope", settings)


def test_weak_isolation_is_not_allowed_by_default() -> None:
    assert GradeInSandbox().allow_weak_isolation is False
