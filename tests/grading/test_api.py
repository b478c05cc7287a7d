"""Grading from Python does what the command does, and yields records."""

from __future__ import annotations

from pathlib import Path

import pytest

import autograder
from autograder.engines.pool import LocalEngine
from autograder.errors import CourseError
from autograder.grading.results import read_results
from tests.shared import learn, one_engine

ROOT = Path(__file__).resolve().parents[2]


def test_python_code_gets_a_record_for_each_student(
    tmp_path: Path, standard: LocalEngine, bank: Path
) -> None:
    students = ("student-02", "student-01")
    learn(tmp_path, bank)
    with one_engine(standard):
        grades = autograder.grade(
            ROOT / "submitted", "slope", students=students, jobs=1, out=tmp_path
        )
        found = [(grade.student, grade.status) for grade in grades]
    assert [student for student, _ in found] == ["student-01", "student-02"]
    stored = read_results(tmp_path / "slope" / "results.jsonl")
    assert [(one.student, one.grade.status) for one in stored if one.grade] == found


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="submitted"):
        next(autograder.grade(tmp_path / "submitted", "slope", course=ROOT))
