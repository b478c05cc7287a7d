"""Scores arrive in other systems' formats, and come back from them unchanged."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import pytest

from autograder.export.nbgrader import COLUMNS, nbgrader_csv
from autograder.export.plain import plain_csv
from autograder.export.text import number, safe
from autograder.grading.record import Grade
from autograder.grading.results import Standing
from autograder.judge.result import CheckResult, Diagnosis
from autograder.lms.results import results_json
from autograder.words.text import verbatim

UTC = dt.UTC
WIDE = ["\uff1d1", "\uff0b1", "\uff0d1", "\uff20SUM(1)"]  # full-width =, +, - and @
HOSTILE = '=HYPERLINK("http://example.org")'


def grade(student: str, points: float) -> Grade:
    checks = (
        CheckResult(
            id="forward",
            function="forward",
            outcome="passed",
            passed=True,
            points=2.0,
            max_points=2.0,
            message=verbatim(""),
            hint=verbatim(""),
        ),
        CheckResult(
            id="criterion",
            function="criterion",
            outcome="failed",
            passed=False,
            points=points - 2.0,
            max_points=8.0,
            message=verbatim("yours is 60 times as large"),
            hint=verbatim("mean or sum?"),
        ),
    )
    return Grade(
        student=student,
        assignment="slope",
        status="graded",
        score=points,
        max_score=10.0,
        checks=checks,
        diagnosis=(
            Diagnosis(id="loss-sum-not-mean", function="criterion", message=verbatim("It sums.")),
        ),
        message=verbatim(""),
        notes=(verbatim("a plot was left out"),),
        isolation="namespaces",
        seconds=0.0625,
        reused=False,
        submission_sha256="ab" * 32,
        exercise_sha256="cd" * 32,
        versions={"torch": "2.13.0"},
    )


def standing(student: str, score: float | None, **rest: object) -> Standing:
    made = grade(student, score) if score is not None else None
    known = {"raw_score": score, "score": score, "max_score": 10.0, "grade": made, **rest}
    return Standing(student=student, assignment="slope", **known)  # type: ignore[arg-type]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_plain_table_has_a_column_a_check_and_a_line_a_student() -> None:
    found = rows(plain_csv([standing("student-01", 7.5), standing("student-02", None)]))
    assert found[0]["score"] == "7.5"
    assert (found[0]["forward"], found[0]["criterion"]) == ("2", "5.5")
    assert found[0]["mistakes"] == "loss-sum-not-mean"
    assert (found[1]["status"], found[1]["score"], found[1]["forward"]) == ("missing", "", "")


@pytest.mark.parametrize("text", [HOSTILE, "+1", "-1", "@SUM(1)", "\tx", "\rx", "\n=1", *WIDE])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert safe(f"student{text}") == f"student{text}"
    assert rows(plain_csv([standing(text, 1.0)]))[0]["student"] == f"'{text}"


@pytest.mark.parametrize("value", [0.0, 10.0, 7.5, 1 / 3, 1e-9, 2.675])
def test_numbers_come_back_as_they_were(value: float) -> None:
    assert float(number(value)) == value


def test_nbgrader_s_table_has_its_columns_and_its_numbers() -> None:
    due = dt.datetime(2026, 10, 1, 12, tzinfo=UTC)
    late = dt.datetime(2026, 10, 1, 16, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    one = standing("student-01", 7.5, raw_score=9.5, penalty=2.0, due=due, submitted=late)
    text = nbgrader_csv([one, standing("student-02", None)])
    assert text.splitlines()[0] == ",".join(COLUMNS)
    first, second = rows(text)
    assert first["duedate"] == "2026-10-01 12:00:00"
    assert first["timestamp"] == "2026-10-01 14:30:00"
    numbers = [first[k] for k in ("raw_score", "late_submission_penalty", "score", "max_score")]
    assert numbers == ["9.5", "2.0", "7.5", "10.0"]
    assert (second["score"], second["timestamp"]) == ("0.0", "")


def test_gradescope_gets_a_test_a_check_and_our_words() -> None:
    results = json.loads(results_json(standing("student-01", 7.5)))
    assert results["score"] == sum(test["score"] for test in results["tests"]) == 7.5
    assert [test["status"] for test in results["tests"]] == ["passed", "failed"]
    assert results["tests"][1]["output"] == "yours is 60 times as large\nmean or sum?"
    assert results["output"] == "It sums.\na plot was left out"
    assert results["output_format"] == "text", "what students wrote is never taken for HTML"


def test_without_a_grade_gradescope_gets_no_score() -> None:
    results = json.loads(results_json(standing("student-01", None)))
    assert "score" not in results
    assert "tests" not in results
