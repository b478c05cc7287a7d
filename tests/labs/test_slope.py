"""Every submission of slope's corpora gets the verdict that its place or header declares."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.engines.local import LocalEngine
from autograder.grading.grade import Grade, Grader
from autograder.grading.lab import Lab
from autograder.grading.store import Store
from autograder.sandbox.policy import Policy

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "reference" / "slope"
ACCEPTED = sorted(path.stem for path in (CORPUS / "accepted").glob("*.py"))
REJECTED = sorted(path.stem for path in (CORPUS / "rejected").glob("*.py"))
DESERVED = json.loads((Path(__file__).parent / "slope" / "deserved.json").read_text("utf-8"))
STUBS = ("slope.py", "slope.ipynb")

Grades = dict[str, Grade]


@pytest.fixture(scope="module")
def grade_all(
    slope: Lab, engine: LocalEngine, policy: Policy, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], Grades]:
    """Return a function that grades a folder in one batch, with one observation of the reference."""
    store = Store(tmp_path_factory.mktemp("labs"), "slope")
    grader = Grader(slope, engine, policy, store, fresh=True)

    def grade(folder: Path) -> Grades:
        return {g.student: g for g in grader.grade(folder, find_submissions(folder, "slope"))}

    return grade


@pytest.fixture(scope="module")
def accepted(grade_all: Callable[[Path], Grades]) -> Grades:
    return grade_all(CORPUS / "accepted")


@pytest.fixture(scope="module")
def rejected(grade_all: Callable[[Path], Grades]) -> Grades:
    return grade_all(CORPUS / "rejected")


@pytest.fixture(scope="module")
def submitted(grade_all: Callable[[Path], Grades]) -> Grades:
    return grade_all(ROOT / "submitted")


def not_passed(grade: Grade) -> list[str]:
    """Return the checks that did not pass, sorted."""
    return sorted(check.id for check in grade.checks if not check.passed)


def declared(name: str) -> list[str]:
    """Return what a rejected file's header says it fails, sorted."""
    lines = (CORPUS / "rejected" / f"{name}.py").read_text("utf-8").splitlines()
    key, _, value = lines[0].partition(":")
    assert key == "# fails", f"{name}.py: the first line must be '# fails: …'"
    return sorted(value.replace(" ", "").split(","))


def test_the_corpora_are_not_empty() -> None:
    assert len(ACCEPTED) >= 20
    assert len(REJECTED) >= 50
    assert len(DESERVED) >= 20


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted_gets_full_marks(name: str, accepted: Grades) -> None:
    grade = accepted[name]
    assert (grade.status, grade.score, not_passed(grade)) == ("graded", grade.max_score, [])


@pytest.mark.parametrize("name", REJECTED)
def test_rejected_fails_exactly_what_its_header_declares(name: str, rejected: Grades) -> None:
    grade = rejected[name]
    reasons = {check.id: check.message for check in grade.checks if not check.passed}
    assert not_passed(grade) == declared(name), reasons


@pytest.mark.parametrize("student", sorted(DESERVED))
def test_sample_class_gets_what_it_deserves(student: str, submitted: Grades) -> None:
    grade, deserved = submitted[student], DESERVED[student]
    observed = (grade.status, grade.score, not_passed(grade))
    expected = (deserved["status"], deserved["score"], sorted(deserved["not_passed"]))
    assert observed == expected, deserved["why"]


def test_sample_class_has_an_entry_for_each_student(submitted: Grades) -> None:
    assert sorted(submitted) == sorted(DESERVED)


def test_score_is_the_sum_of_the_checks_points(accepted: Grades, rejected: Grades) -> None:
    for grade in (*accepted.values(), *rejected.values()):
        assert grade.score == sum(check.points for check in grade.checks)
        assert grade.max_score == sum(check.max_points for check in grade.checks)


def test_reference_gets_full_marks_twice_with_the_same_trace(
    slope: Lab, course: Course, engine: LocalEngine, policy: Policy, tmp_path: Path
) -> None:
    folder = tmp_path / "submitted"
    folder.mkdir()
    (folder / "copy.py").write_bytes(course.reference("slope").read_bytes())
    stored = []
    for out in (tmp_path / "first", tmp_path / "second"):
        grader = Grader(slope, engine, policy, Store(out, "slope"), fresh=True)
        (grade,) = grader.grade(folder, find_submissions(folder, "slope"))
        assert (grade.status, grade.score) == ("graded", grade.max_score)
        traces = sorted(out.rglob("*.trace"))
        stored.append([(path.name, path.read_bytes()) for path in traces])
    assert len(stored[0]) == 1, "the copy has the reference's bytes, so it has its address"
    assert stored[0] == stored[1]


@pytest.mark.parametrize("name", STUBS)
def test_stub_as_handed_out_gets_nothing(
    name: str, grade_all: Callable[[Path], Grades], tmp_path: Path
) -> None:
    stub = ROOT / "assignments" / "slope" / name
    (tmp_path / f"stub{stub.suffix}").write_bytes(stub.read_bytes())
    grade = grade_all(tmp_path)["stub"]
    assert (grade.status, grade.score) == ("graded", 0.0)
