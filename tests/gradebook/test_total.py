"""``show`` and ``override`` say what a score is made of; ``roster`` who is missing in any lab."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from autograder.cli.main import main
from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.gradebook.attempt import Graded
from autograder.gradebook.book import Book
from autograder.gradebook.lateness import LateRule
from autograder.gradebook.record import record
from autograder.gradebook.release import Release, release_of
from autograder.gradebook.students import add_roster
from autograder.grading.lab import Lab

from .byhand import override, total_of
from .conftest import MakeGrade

DUE = dt.datetime(2026, 10, 1, 12)  # noqa: DTZ001  # as nbgrader stores it
HOUR = dt.timedelta(hours=1)
ONE_POINT = """\
from nbgrader.plugins import BasePlugin
class Rule(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1
c = get_config()
c.AssignLatePenalties.plugin_class = Rule
"""


@pytest.fixture
def folder(tmp_path: Path, saved_file: Path) -> Path:
    """A course of two labs with a gradebook that has one of them, slope."""
    for lab in ("slope", "line"):
        (tmp_path / "reference" / lab).mkdir(parents=True)
        (tmp_path / "reference" / lab / "exercise.py").write_text("", "utf-8")
    shutil.copy(saved_file, tmp_path / "gradebook.db")
    return tmp_path


@pytest.fixture
def filled(folder: Path, course: Course, slope: Lab, make_grade: MakeGrade) -> Path:
    """The same with student-05, who lacks the criterion and was an hour late, for a point."""
    (folder / "nbgrader_config.py").write_text(ONE_POINT, "utf-8")
    with Book(f"sqlite:///{folder}/gradebook.db") as book:
        release = release_of(book, course, "slope", slope.plan.exercise.points)
        with book.transaction():
            book.assignment("slope").duedate = DUE
        late = DUE.replace(tzinfo=dt.UTC) + HOUR
        graded = Graded(grade=make_grade("student-05", "criterion"), submitted=late)
        assert list(record(book, release, [graded], LateRule(Course(folder)))) == [1]
    return folder


def test_show_says_the_score_first_and_what_it_is_made_of(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show = ["show", "student-05", "-a", "slope", "--course", str(filled)]
    assert main(show) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "slope, student-05: 7 of 10 points (8 automatic, 1 less for being late)",
        "  due 2026-10-01 12:00 UTC, submitted 2026-10-01 13:00 UTC, 1 hour late",
    ]
    give = ["override", "student-05", "-a", "slope", "--cell", "criterion", "--points", "1.5"]
    now = (
        "slope, student-05: 8.5 of 10 points "
        "(8 automatic, 1.5 by hand instead of 0, 1 less for being late)"
    )
    assert main([*give, "--reason", "oral exam", "--course", str(filled)]) == 0
    assert now in capsys.readouterr().out.splitlines()
    assert main(show) == 0
    assert capsys.readouterr().out.startswith(f"{now}\n")


def test_the_parts_come_to_the_score_and_an_extension_to_when_it_is_due(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    with book.transaction():
        book.assignment("slope").duedate = DUE
    grade = make_grade("student-01", "criterion")
    assert list(record(book, release, [Graded(grade=grade)])) == [1]
    override(book, "slope", "student-01", "train_model", 2.0, "by hand")
    with book.transaction():
        submission = book.nbgrader.find_submission("slope", "student-01")
        submission.extension = HOUR
        submission.notebooks[0].grades[0].extra_credit = 0.5
    assert list(record(book, release, [Graded(grade=make_grade("student-01", "forward"))])) == [1]
    total = total_of(book, "slope", "student-01")
    assert total.standing.score == total.automatic + total.by_hand == 4.5
    assert (total.by_hand, total.replaced) == (2.5, 6.0)
    assert total.standing.due == DUE.replace(tzinfo=dt.UTC) + HOUR
    with pytest.raises(CourseError, match="student-99: no such student"):
        total_of(book, "slope", "student-99")


def test_who_handed_in_nothing_and_who_has_no_score_are_told_apart(
    book: Book, release: Release, make_grade: MakeGrade, tmp_path: Path
) -> None:
    failed = Graded(grade=make_grade("student-01", status="sandbox_error"))
    assert list(record(book, release, [failed])) == [1]
    (tmp_path / "roster.csv").write_text("id\nstudent-02\n", "utf-8")
    add_roster(book, tmp_path / "roster.csv")
    first, *rest = total_of(book, "slope", "student-01").lines()
    assert first == "slope, student-01: no score yet"
    cells = "check-criterion, check-forward, check-train_model"
    assert rest == [f"  to check by hand: {cells}"]
    assert total_of(book, "slope", "student-02").lines() == ["slope, student-02: nothing submitted"]


def test_a_lab_that_is_nowhere_is_told_with_those_there_are(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["show", "student-05"], ["show", "student-05", "--json"], ["roster"]):
        assert main([*command, "-a", "slop", "--course", str(filled)]) == 1
        said = capsys.readouterr()
        assert "unknown lab 'slop'; use one of: line, slope" in said.err
        assert said.out == ""


def test_before_anything_is_graded_all_are_missing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "roster.csv").write_text("id\nstudent-01\nstudent-02\n", "utf-8")
    add = ["roster", "--add", str(folder / "roster.csv"), "-a", "line", "--course", str(folder)]
    assert main(add) == 0
    said = capsys.readouterr()
    assert said.out == "student-01\nstudent-02\n"
    assert "0 submitted, 2 missing" in said.err
    assert main(["show", "student-01", "-a", "line", "--course", str(folder)]) == 0
    assert capsys.readouterr().out == "student-01: nothing is graded yet\n"


CANVAS = "Student,ID,Slope (77)\r\n    Points Possible,,10\r\nOne,student-05,\r\nTwo,1002,\r\n"


def test_export_says_how_many_lines_it_filled_in(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster, out = filled / "canvas.csv", filled / "import.csv"
    roster.write_text(CANVAS, "utf-8")
    export = ["export", "-a", "slope", "--course", str(filled), "--column", "Slope"]
    canvas = [*export, "--format", "canvas", "--roster", str(roster), "--out", str(out)]
    assert main(canvas) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"{out}: 1 of 2 lines filled in, matched by 'ID'",
        "1 line belongs to nobody in the gradebook: Two (user 1002)",
    ]
    roster.write_text(CANVAS.replace("student-05", "1001"), "utf-8")
    assert main(canvas) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{out}: 0 of 2 lines filled in, matched by 'ID'",
        "2 lines belong to nobody in the gradebook: One (user 1001), Two (user 1002)",
        f"1 score has no line in {roster}: student-05",
    ]


def test_export_to_gradescope_of_nobody_is_told(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = ["export", "-a", "slope", "--course", str(filled), "--format", "gradescope"]
    assert main([*export, "--student", "student-99"]) == 1
    assert "student-99: no such student" in capsys.readouterr().err
