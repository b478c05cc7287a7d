"""A student who is forgotten leaves nothing in the course folder, and takes nothing of others."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.gradebook.forgetting import forget_files
from autograder.grading.cache import Lock
from autograder.grading.decision import Decision, decide, read_decisions
from autograder.grading.record import to_json

from .conftest import MakeGrade

STUDENT, OTHER = "student-01", "student-02"
OWN, SHARED = "aa" + "0" * 62, "bb" + "0" * 62


@pytest.fixture
def root(tmp_path: Path, make_grade: MakeGrade) -> Path:
    """A course folder with files of two students, who handed in one equal file."""
    for name in ("submitted", "attempts", "autograded", "feedback"):
        for student in (STUDENT, OTHER):
            path = tmp_path / name / student / "slope" / "file"
            path.parent.mkdir(parents=True)
            path.write_text(student, "utf-8")
    for suffix in (".py", ".ipynb.json", ".zip"):
        (tmp_path / "submitted" / f"{STUDENT}{suffix}").write_text("", "utf-8")
    graded = tmp_path / "graded" / "slope"
    for key in (OWN, SHARED):
        path = graded / "traces" / key[:2] / f"{key}.trace"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"trace")
    traces = [(STUDENT, OWN), (STUDENT, SHARED), (OTHER, SHARED)]
    grades = [msgspec.structs.replace(make_grade(who), trace=key) for who, key in traces]
    (graded / "results.jsonl").write_bytes(b"".join(to_json(one) + b"\n" for one in grades))
    made = [Decision(student=who, submission="cd" * 32, accepted=True) for who in (STUDENT, OTHER)]
    decide(graded, made)
    for name in ("grades.journal", "report.html"):
        (graded / name).write_text(STUDENT, "utf-8")
    return tmp_path


def forget(root: Path, student: str) -> list[Path]:
    return forget_files(Course(root), student, root / "graded")


def test_nothing_names_the_student_any_more(root: Path) -> None:
    assert forget(root, STUDENT)
    files = [path for path in root.rglob("*") if path.is_file()]
    assert not [path for path in files if STUDENT in str(path.relative_to(root))]
    assert not [path for path in files if STUDENT.encode() in path.read_bytes()]
    assert not list(root.rglob(f"{OWN}.trace"))


def test_what_is_another_student_s_stays(root: Path) -> None:
    forget(root, STUDENT)
    for name in ("submitted", "attempts", "autograded", "feedback"):
        assert (root / name / OTHER / "slope" / "file").read_text("utf-8") == OTHER
    assert list(root.rglob(f"{SHARED}.trace")), "the other's file was equal"
    assert OTHER in (root / "graded" / "slope" / "results.jsonl").read_text("utf-8")
    assert [one.student for one in read_decisions(root / "graded" / "slope")] == [OTHER]


def test_who_left_nothing_changes_nothing(root: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
    assert forget(root, "student-03") == []
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b"])
def test_a_name_that_leads_elsewhere_is_refused(root: Path, name: str) -> None:
    with pytest.raises(CourseError, match="cannot be the name of a folder"):
        forget(root, name)


def test_a_link_goes_and_what_it_leads_to_stays(root: Path, tmp_path: Path) -> None:
    elsewhere = root / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("kept", "utf-8")
    (root / "submitted" / "student-04").symlink_to(elsewhere)
    assert forget(root, "student-04") == [root / "submitted" / "student-04"]
    assert (elsewhere / "kept").read_text("utf-8") == "kept"


def test_while_somebody_grades_the_lab_it_is_told(root: Path) -> None:
    lock = Lock(root / "graded" / "slope")
    try:
        with pytest.raises(CourseError, match="is grading into this folder"):
            forget(root, STUDENT)
    finally:
        lock.close()
