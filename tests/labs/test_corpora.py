"""Every file of every lab's corpora gets the verdict that its place or header declares."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.engines.local import LocalEngine
from autograder.grading.grade import Grade, Grader
from autograder.grading.lab import load_lab
from autograder.grading.store import Store
from autograder.judge.mistakes.happened import HAPPENED
from autograder.judge.mistakes.registry import MISTAKES
from autograder.sandbox.policy import Policy

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
LABS = Course(ROOT).lab_names()
LEAST_ACCEPTED, LEAST_REJECTED = 12, 15

Grades = dict[str, Grade]


def corpus(lab: str, kind: str) -> list[str]:
    """Return the names of a lab's accepted or rejected files."""
    return sorted(path.stem for path in (ROOT / "reference" / lab / kind).glob("*.py"))


def deserved(lab: str) -> dict[str, dict[str, Any]]:
    """Return what the sample class deserves, as it was written down before grading."""
    found: dict[str, dict[str, Any]] = json.loads((HERE / lab / "deserved.json").read_text("utf-8"))
    return found


def pairs(kind: str) -> list[tuple[str, str]]:
    return [(lab, name) for lab in LABS for name in corpus(lab, kind)]


STUDENTS = [(lab, student) for lab in LABS for student in sorted(deserved(lab))]
STUBS = [(lab, f"{lab}.{suffix}") for lab in LABS for suffix in ("py", "ipynb")]


class Classroom:
    """Grades folders of each lab, each folder in one batch, once."""

    def __init__(self, engine: LocalEngine, policy: Policy, out: Path) -> None:
        self._engine, self._policy, self._out = engine, policy, out
        self.grades = functools.cache(self._grades)
        self._grader = functools.cache(self._new_grader)

    def _new_grader(self, lab: str) -> Grader:
        loaded = load_lab(Course(ROOT), lab)
        store = Store(self._out, lab)
        return Grader(loaded, self._engine, self._policy, store, fresh=True)

    def _grades(self, lab: str, folder: Path) -> Grades:
        submissions = find_submissions(folder, lab)
        return {g.student: g for g in self._grader(lab).grade(folder, submissions)}


@pytest.fixture(scope="module")
def classroom(
    engine: LocalEngine, policy: Policy, tmp_path_factory: pytest.TempPathFactory
) -> Classroom:
    return Classroom(engine, policy, tmp_path_factory.mktemp("labs"))


def not_passed(grade: Grade) -> list[str]:
    """Return the checks that did not pass, sorted."""
    return sorted(check.id for check in grade.checks if not check.passed)


def declared(lab: str, name: str) -> list[str]:
    """Return what a rejected file's header says it fails, sorted."""
    path = ROOT / "reference" / lab / "rejected" / f"{name}.py"
    key, _, value = path.read_text("utf-8").splitlines()[0].partition(":")
    assert key == "# fails", f"{lab}/{name}.py: the first line must be '# fails: …'"
    return sorted(value.replace(" ", "").split(","))


def named(lab: str, name: str) -> list[set[str]]:
    """Return the mistakes that a rejected file's header says it holds: one of each set.

    ``none`` says that no known mistake is to be named, and gives an empty list.
    """
    path = ROOT / "reference" / lab / "rejected" / f"{name}.py"
    key, _, value = path.read_text("utf-8").splitlines()[1].partition(":")
    assert key == "# mistake", f"{lab}/{name}.py: the second line must be '# mistake: …'"
    mistakes = [{one.strip() for one in part.split("|")} for part in value.split(",")]
    return [] if mistakes == [{"none"}] else mistakes


@pytest.mark.parametrize("lab", LABS)
def test_the_corpora_are_large_enough(lab: str) -> None:
    assert len(corpus(lab, "accepted")) >= LEAST_ACCEPTED
    assert len(corpus(lab, "rejected")) >= LEAST_REJECTED
    assert deserved(lab)


@pytest.mark.parametrize(("lab", "name"), pairs("accepted"))
def test_accepted_gets_full_marks(lab: str, name: str, classroom: Classroom) -> None:
    grade = classroom.grades(lab, ROOT / "reference" / lab / "accepted")[name]
    reasons = {check.id: check.message for check in grade.checks if not check.passed}
    assert (grade.status, grade.score) == ("graded", grade.max_score), reasons


@pytest.mark.parametrize(("lab", "name"), pairs("rejected"))
def test_rejected_fails_exactly_what_its_header_declares(
    lab: str, name: str, classroom: Classroom
) -> None:
    grade = classroom.grades(lab, ROOT / "reference" / lab / "rejected")[name]
    reasons = {check.id: check.message for check in grade.checks if not check.passed}
    assert not_passed(grade) == declared(lab, name), reasons


@pytest.mark.parametrize(("lab", "name"), pairs("rejected"))
def test_rejected_is_diagnosed_as_its_header_declares(
    lab: str, name: str, classroom: Classroom
) -> None:
    diagnosis = classroom.grades(lab, ROOT / "reference" / lab / "rejected")[name].diagnosis
    found = {one.id for one in diagnosis}
    mistakes = named(lab, name)
    assert all(found & mistake for mistake in mistakes), found
    beside = found.difference(*mistakes)
    alone = {one.id for one in diagnosis if "other mistakes named" not in one.message}
    assert not beside & alone, "said to be there, and not declared"
    assert mistakes or not found


@pytest.mark.parametrize(("lab", "name"), pairs("rejected"))
def test_every_declared_mistake_is_one_that_is_known(lab: str, name: str) -> None:
    known = {mistake.id for mistake in MISTAKES} | set(HAPPENED)
    assert set().union(*named(lab, name)) <= known


@pytest.mark.parametrize(("lab", "student"), STUDENTS)
def test_sample_class_gets_what_it_deserves(lab: str, student: str, classroom: Classroom) -> None:
    grade, expected = classroom.grades(lab, ROOT / "submitted")[student], deserved(lab)[student]
    observed = (grade.status, grade.score, not_passed(grade))
    wanted = (expected["status"], expected["score"], sorted(expected["not_passed"]))
    assert observed == wanted, expected["why"]


@pytest.mark.parametrize("lab", LABS)
def test_sample_class_has_an_entry_for_each_who_handed_in(lab: str) -> None:
    handed_in = {path.parent.name for path in ROOT.glob(f"submitted/*/{lab}")}
    assert handed_in == set(deserved(lab))


@pytest.mark.parametrize("lab", LABS)
def test_score_is_the_sum_of_the_checks_points(lab: str, classroom: Classroom) -> None:
    for kind in ("accepted", "rejected"):
        for grade in classroom.grades(lab, ROOT / "reference" / lab / kind).values():
            assert grade.score == sum(check.points for check in grade.checks)
            assert grade.max_score == sum(check.max_points for check in grade.checks)


@pytest.mark.parametrize("lab", LABS)
def test_reference_gets_full_marks_twice_with_the_same_trace(
    lab: str, engine: LocalEngine, policy: Policy, tmp_path: Path
) -> None:
    course = Course(ROOT)
    folder = tmp_path / "submitted"
    folder.mkdir()
    shutil.copy(course.reference(lab), folder / "copy.py")
    stored = []
    for out in (tmp_path / "first", tmp_path / "second"):
        store, loaded = Store(out, lab), load_lab(course, lab)
        grader = Grader(loaded, engine, policy, store, fresh=True, diagnose=False)
        (grade,) = grader.grade(folder, find_submissions(folder, lab))
        assert (grade.status, grade.score) == ("graded", grade.max_score)
        traces = sorted(out.rglob("*.trace"))
        stored.append([(path.name, path.read_bytes()) for path in traces])
    assert len(stored[0]) == 1, "the copy has the reference's bytes, so it has its address"
    assert stored[0] == stored[1]


@pytest.mark.parametrize(("lab", "name"), STUBS)
def test_stub_as_handed_out_gets_nothing(
    lab: str, name: str, classroom: Classroom, tmp_path: Path
) -> None:
    stub = ROOT / "assignments" / lab / name
    shutil.copy(stub, tmp_path / f"stub{stub.suffix}")
    grade = classroom.grades(lab, tmp_path)["stub"]
    assert (grade.status, grade.score) == ("graded", 0.0)
