"""The sample class gets what it deserves; the corpora themselves are proved by ``verify``."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.grading.grade import Grade, Grader

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


STUDENTS = [(lab, student) for lab in LABS for student in sorted(deserved(lab))]


@pytest.fixture(scope="module")
def sample_class(grader_of: Callable[[str], Grader]) -> Callable[[str], Grades]:
    """Return a function from a lab to the grades of its sample class, graded in one batch, once."""

    @functools.cache
    def grades(lab: str) -> Grades:
        submissions = find_submissions(ROOT / "submitted", lab, LABS)
        graded = grader_of(lab).grade(ROOT / "submitted", submissions)
        return {grade.student: grade for grade in graded}

    return grades


def not_passed(grade: Grade) -> list[str]:
    """Return the checks that did not pass, sorted."""
    return sorted(check.id for check in grade.checks if not check.passed)


@pytest.mark.parametrize("lab", LABS)
def test_the_corpora_are_large_enough(lab: str) -> None:
    assert len(corpus(lab, "accepted")) >= LEAST_ACCEPTED
    assert len(corpus(lab, "rejected")) >= LEAST_REJECTED
    assert deserved(lab)


@pytest.mark.parametrize(("lab", "student"), STUDENTS)
def test_sample_class_gets_what_it_deserves(
    lab: str, student: str, sample_class: Callable[[str], Grades]
) -> None:
    grade, expected = sample_class(lab)[student], deserved(lab)[student]
    observed = (grade.status, grade.score, not_passed(grade))
    wanted = (expected["status"], expected["score"], sorted(expected["not_passed"]))
    assert observed == wanted, expected["why"]


@pytest.mark.parametrize("lab", LABS)
def test_sample_class_has_an_entry_for_each_who_handed_in(lab: str) -> None:
    handed_in = {path.parent.name for path in ROOT.glob(f"submitted/*/{lab}")}
    assert handed_in == set(deserved(lab))


@pytest.mark.parametrize("lab", LABS)
def test_score_is_the_sum_of_the_checks_points(
    lab: str, sample_class: Callable[[str], Grades]
) -> None:
    for grade in sample_class(lab).values():
        assert grade.score == sum(check.points for check in grade.checks)
        if grade.checks:
            assert grade.max_score == sum(check.max_points for check in grade.checks)
