"""The published schema is the code's, is a schema, and real lines are of it."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import jsonschema
import pytest

from autograder.grading.record import DESCRIPTIONS, Grade, results_schema, to_json_said
from autograder.judge.result import CheckResult, Diagnosis
from autograder.words.text import verbatim

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "docs" / "reference" / "results.schema.json"
GRADE = Grade(
    student="student-01",
    assignment="slope",
    status="graded",
    score=8.0,
    max_score=10.0,
    checks=(
        CheckResult(
            id="criterion",
            function="criterion",
            outcome="failed",
            passed=False,
            points=0.0,
            max_points=2.0,
            message=verbatim("<b>"),
            hint=verbatim(""),
        ),
    ),
    diagnosis=(
        Diagnosis(id="loss-sum-not-mean", function="criterion", message=verbatim("A sum.")),
    ),
    message=verbatim(""),
    notes=(verbatim("a note"),),
    isolation="namespaces",
    seconds=0.5,
    reused=False,
    submission_sha256="0" * 64,
    exercise_sha256="1" * 64,
    versions={"torch": "2.13.0"},
)


def test_the_published_schema_is_fresh(programs: Path) -> None:
    from build_site import schema_text

    problem = "stale: python docs/site/build_site.py --write"
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text(), problem


def test_the_published_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(PUBLISHED.read_text()))


def test_every_key_of_every_record_is_described() -> None:
    for record in (Grade, CheckResult, Diagnosis):
        assert set(DESCRIPTIONS[record.__name__]) == set(record.__struct_fields__)


def test_a_line_is_of_the_schema() -> None:
    jsonschema.validate(json.loads(to_json_said(GRADE)), results_schema())


@pytest.mark.parametrize(
    ("key", "value"),
    [("status", "fine"), ("score", "8"), ("passed", 1), ("isolation", "docker"), ("notes", {})],
)
def test_a_line_of_other_values_is_not(key: str, value: object) -> None:
    line = json.loads(to_json_said(GRADE))
    (line if key in line else line["checks"][0])[key] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(line, results_schema())


@pytest.mark.parametrize("key", Grade.__struct_fields__)
def test_a_line_without_a_key_is_not(key: str) -> None:
    line = copy.deepcopy(json.loads(to_json_said(GRADE)))
    del line[key]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(line, results_schema())
