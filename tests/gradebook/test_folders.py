"""A grade is recorded for whoever's folder it was, and a class that nobody knows is asked about."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from autograder.cli.main import main
from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.errors import CourseError
from autograder.gradebook.book import Book
from autograder.gradebook.forgetting import forget_files
from autograder.gradebook.identity import link, people_of
from autograder.gradebook.run import RunRecorder
from autograder.grading.decision import NONE_MADE
from autograder.lms.joining import Identity

from .byhand import standings
from .conftest import MakeGrade

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A course of one lab, of which nothing is graded yet."""
    ignored = shutil.ignore_patterns("accepted", "rejected", "__pycache__")
    lab = tmp_path / "reference" / "slope"
    shutil.copytree(ROOT / "reference" / "slope", lab, ignore=ignored)
    return tmp_path


def recorder(room: Path, url: str, *students: str) -> RunRecorder:
    for student in students:
        folder = room / "submitted" / student / "slope"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "slope.py").write_text("x = 1\n", "utf-8")
    folder = room / "submitted"
    submissions = find_submissions(folder, "slope")
    return RunRecorder(url, Course(room), "slope", folder, submissions)


def nothing(student: str, codes: Sequence[str]) -> None:
    """Tell nobody who needs a person."""


def known(url: str, student: str, value: str) -> None:
    with Book(url) as book:
        one = Identity(student=student, system="canvas", kind="user", value=value, source="x")
        link(book, one, new=True)


def test_a_folder_named_by_another_id_is_the_student_s(
    room: Path, url: str, make_grade: MakeGrade
) -> None:
    known(url, "s01", "1001")
    run = recorder(room, url, "1001")
    run.require_gradebook()
    assert list(run.record([make_grade("1001")], NONE_MADE, nothing)) == [1]
    with Book(url) as book:
        assert [(one.student, one.score) for one in standings(book, "slope")] == [("s01", 10.0)]
    assert (room / "autograded" / "s01" / "slope" / "slope.ipynb").is_file()


def test_notebooks_go_where_the_grades_go(room: Path, url: str, make_grade: MakeGrade) -> None:
    made = recorder(room, url, "s01")
    submissions = find_submissions(room / "submitted", "slope")
    out = room / "elsewhere"
    run = RunRecorder(url, made.course, "slope", room / "submitted", submissions, out)
    run.require_gradebook()
    assert list(run.record([make_grade("s01")], NONE_MADE, nothing)) == [1]
    assert (out / "autograded" / "s01" / "slope" / "slope.ipynb").is_file()
    assert not (room / "autograded").exists()
    forget_files(made.course, "s01", out)
    assert not (out / "autograded" / "s01").exists()


def test_two_folders_of_one_student_are_told_before_any_is_graded(room: Path, url: str) -> None:
    known(url, "s01", "1001")
    with pytest.raises(CourseError, match="1001 and s01: belong to one student, s01"):
        recorder(room, url, "1001", "s01").require_gradebook()


def test_a_class_that_the_gradebook_does_not_know_is_asked_about(room: Path, url: str) -> None:
    for n in range(4):
        known(url, f"s{n}", f"{n}")
    run = recorder(room, url, *(f"other-{n}" for n in range(4)))
    with pytest.raises(CourseError, match=r"4 of 4 students are not in the gradebook.*--yes"):
        run.require_gradebook()
    run.require_gradebook(yes=True)


def test_a_first_class_is_nobody_s_question(room: Path, url: str) -> None:
    recorder(room, url, *(f"other-{n}" for n in range(9))).require_gradebook()
    with Book(url) as book:
        assert people_of(book).students == {}


def test_show_is_of_whoever_has_the_id(
    room: Path, url: str, make_grade: MakeGrade, capsys: pytest.CaptureFixture[str]
) -> None:
    known(url, "s01", "1001")
    run = recorder(room, url, "s01")
    run.require_gradebook()
    assert list(run.record([make_grade("s01")], NONE_MADE, nothing)) == [1]
    assert main(["show", "1001", "--course", str(room), "--db", url]) == 0
    assert capsys.readouterr().out.startswith("slope, s01: 10 of 10 points")
    assert main(["show", "1002", "--course", str(room), "--db", url]) == 1
    assert "1002: no such student" in capsys.readouterr().err


def test_an_override_is_for_whoever_has_the_id(
    room: Path, url: str, make_grade: MakeGrade, capsys: pytest.CaptureFixture[str]
) -> None:
    known(url, "s01", "1001")
    run = recorder(room, url, "s01")
    run.require_gradebook()
    assert list(run.record([make_grade("s01", "criterion")], NONE_MADE, nothing)) == [1]
    words = ["override", "1001", "-a", "slope", "--cell", "criterion", "--points", "1"]
    assert main([*words, "--reason", "oral", "--course", str(room), "--db", url]) == 0
    assert capsys.readouterr().out.startswith("s01, slope, check-criterion: 1 point")
