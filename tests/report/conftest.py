"""Grades of a small class, hostile names among them."""

from __future__ import annotations

import pytest

from autograder.grading.record import Grade
from autograder.grading.results import Standing
from autograder.judge.result import CheckResult, Diagnosis
from autograder.words.text import verbatim

HOSTILE = '<script>alert("1")</script>'
HOSTILE_TEXT = "</script><img src=x onerror=alert(1)> {{ 7 * 7 }} \u202e \u2028"
POINTS = {"forward": 2.0, "criterion": 2.0, "final_parameters": 6.0}
Class = list[Standing]


def make_grade(student: str, *failed: str, status: str = "graded", mistake: str = "") -> Grade:
    """Return a grade in which some checks failed."""
    checks = tuple(
        CheckResult(
            id=name,
            function=name if name != "final_parameters" else "train_model",
            outcome="failed" if name in failed else "passed",
            passed=name not in failed,
            points=0.0 if name in failed else points,
            max_points=points,
            message=verbatim(f"{name}: {HOSTILE_TEXT}" if name in failed else ""),
            hint=verbatim("Look at the sum." if name in failed else ""),
        )
        for name, points in POINTS.items()
    )
    named = (
        (Diagnosis(id=mistake, function="criterion", message=verbatim("It sums.")),)
        if mistake
        else ()
    )
    return Grade(
        student=student,
        assignment="slope",
        status=status,  # type: ignore[arg-type]
        score=sum(check.points for check in checks),
        max_score=10.0,
        checks=checks,
        diagnosis=named,
        message=verbatim(""),
        notes=(verbatim(HOSTILE_TEXT),) if failed else (),
        isolation="namespaces",
        seconds=0.5,
        reused=False,
        submission_sha256="ab" * 32,
        exercise_sha256="cd" * 32,
        versions={"torch": "2.13.0"},
    )


def standing(student: str, grade: Grade | None, **rest: object) -> Standing:
    """Return a standing of that grade."""
    score = grade.score if grade else None
    known = {"raw_score": score, "score": score, "max_score": 10.0, "grade": grade, **rest}
    return Standing(student=student, assignment="slope", **known)  # type: ignore[arg-type]


@pytest.fixture
def class_of() -> Class:
    """Five students: right, two with one mistake, one out of time, one who is missing."""
    return [
        standing("student-01", make_grade("student-01")),
        standing("student-02", make_grade("student-02", "criterion", mistake="loss-sum-not-mean")),
        standing(HOSTILE, make_grade(HOSTILE, "criterion", mistake="loss-sum-not-mean")),
        standing("student-04", make_grade("student-04", "final_parameters", status="time_limit")),
        standing("student-05", None),
    ]
