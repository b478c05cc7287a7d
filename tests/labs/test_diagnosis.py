"""Wrong submissions written by someone who has not seen how mistakes are recognised."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.engines.local import LocalEngine
from autograder.grading.grade import Grade, Grader
from autograder.grading.lab import load_lab
from autograder.grading.store import Store
from autograder.sandbox.policy import Policy

ROOT = Path(__file__).resolve().parents[2]
FRESH = Path(__file__).parent / "fresh"
FILES = sorted(FRESH.glob("*/*.py"))
BY_DESIGN = {
    "minibatch/fresh_model": "the grader ties the optimizer to the model again, as the lab has it",
}


def header(path: Path, key: str) -> str:
    """Return a value of a file's first lines."""
    for line in path.read_text("utf-8").splitlines()[:5]:
        name, _, value = line.removeprefix("# ").partition(":")
        if name == key:
            return value.strip()
    raise AssertionError(f"{path}: no '# {key}: …'")


@pytest.fixture(scope="module")
def diagnosed(
    engine: LocalEngine, policy: Policy, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Grade]:
    found = {}
    for lab in sorted({path.parent.name for path in FILES}):
        loaded = load_lab(Course(ROOT), lab)
        store = Store(tmp_path_factory.mktemp("fresh"), lab)
        grader = Grader(loaded, engine, policy, store)
        folder = FRESH / lab
        for grade in grader.grade(folder, find_submissions(folder, lab)):
            found[f"{lab}/{grade.student}"] = grade
    return found


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(reason=BY_DESIGN[name], strict=True))
        if (name := f"{path.parent.name}/{path.stem}") in BY_DESIGN
        else name
        for path in FILES
    ],
)
def test_a_mistake_is_named_in_its_function(name: str, diagnosed: dict[str, Grade]) -> None:
    path = FRESH / f"{name}.py"
    wanted = {part.strip() for part in header(path, "mistake").split("|")}
    grade = diagnosed[name]
    found = {diagnosis.id for diagnosis in grade.diagnosis}
    assert found & wanted, [check.message for check in grade.checks if not check.passed]
    assert {diagnosis.function for diagnosis in grade.diagnosis} == {header(path, "function")}
    if len(found) > 1:
        assert all("other mistakes named" in one.message for one in grade.diagnosis)
