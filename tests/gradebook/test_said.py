"""Scores follow the facts of now, and whoever was told another score is listed with why."""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from autograder.cli.main import main
from autograder.course.folder import Course
from autograder.gradebook.attempt import Graded
from autograder.gradebook.book import Book
from autograder.gradebook.lateness import LateRule
from autograder.gradebook.record import record
from autograder.gradebook.release import release_of
from autograder.gradebook.said import Snapshot, why
from autograder.grading.account import Change
from autograder.grading.lab import Lab
from autograder.grading.record import Grade
from autograder.words.catalogue import speaking

from .conftest import MakeGrade

ROOT = Path(__file__).resolve().parents[2]
DUE = dt.datetime(2026, 10, 1, 12)  # noqa: DTZ001  # as nbgrader stores it
HOUR = dt.timedelta(hours=1)
A_POINT_AN_HOUR = """\
from nbgrader.plugins import BasePlugin
class Rule(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600
c = get_config()
c.AssignLatePenalties.plugin_class = Rule
"""
Put = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path, saved_file: Path) -> Path:
    """A course of the lab slope, due, where an hour late costs a point; nobody has handed in."""
    ignored = shutil.ignore_patterns("accepted", "rejected", "__pycache__")
    shutil.copytree(ROOT / "reference" / "slope", tmp_path / "reference" / "slope", ignore=ignored)
    shutil.copytree(ROOT / "assignments" / "slope", tmp_path / "assignments" / "slope")
    shutil.copy(saved_file, tmp_path / "gradebook.db")
    (tmp_path / "nbgrader_config.py").write_text(A_POINT_AN_HOUR, "utf-8")
    due(tmp_path, DUE)
    return tmp_path


@pytest.fixture
def put(folder: Path, course: Course, slope: Lab) -> Put:
    """Return a function that records a grade of so many hours after the due date."""

    def record_it(grade: Grade, hours: float = 2) -> None:
        with Book(f"sqlite:///{folder}/gradebook.db") as book:
            release = release_of(book, course, "slope", slope.plan.exercise.points)
            at = DUE.replace(tzinfo=dt.UTC) + hours * HOUR
            graded = [Graded(grade=grade, submitted=at)]
            assert list(record(book, release, graded, LateRule(Course(folder)))) == [1]

    return record_it


def due(folder: Path, moment: dt.datetime) -> None:
    with Book(f"sqlite:///{folder}/gradebook.db") as book, book.transaction():
        book.assignment("slope").duedate = moment


def give(folder: Path, *words: str) -> int:
    return main([words[0], *words[1:], "-a", "slope", "--course", str(folder)])


def scores(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    capsys.readouterr()
    assert give(folder, "export") == 0
    rows = csv.DictReader(io.StringIO(capsys.readouterr().out))
    return {row["student"]: row["score"] for row in rows}


def shown(folder: Path, student: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert give(folder, "show", student) == 0
    return capsys.readouterr().out


def change_due(folder: Path) -> str:
    due(folder, DUE + 2 * HOUR)
    return "due 2026-10-01 12:00 UTC → 2026-10-01 14:00 UTC"


def change_rule(folder: Path) -> str:
    (folder / "nbgrader_config.py").write_text("", "utf-8")
    return "the rule changed"


def change_extension(folder: Path) -> str:
    with Book(f"sqlite:///{folder}/gradebook.db") as book, book.transaction():
        book.nbgrader.find_submission("slope", "student-01").extension = 3 * HOUR
    return "due 2026-10-01 12:00 UTC → 2026-10-01 15:00 UTC"


def change_by_extend(folder: Path) -> str:
    words = ["override", "student-01", "--extend", "2026-10-02 12:00", "--reason", "ill"]
    assert give(folder, *words) == 0
    return "due 2026-10-01 12:00 UTC → 2026-10-02 12:00 UTC"


@pytest.mark.parametrize("fact", [change_due, change_rule, change_extension, change_by_extend])
def test_a_fact_that_changes_changes_the_score_everywhere_at_once(
    folder: Path,
    put: Put,
    make_grade: MakeGrade,
    capsys: pytest.CaptureFixture[str],
    fact: Callable[[Path], str],
) -> None:
    put(make_grade("student-01"))
    assert scores(folder, capsys) == {"student-01": "8"}
    cause = fact(folder)
    said = shown(folder, "student-01", capsys)
    assert said.startswith("slope, student-01: 10 of 10 points (10 automatic)")
    assert "changed since the export to csv of" in said
    assert [text for text in ("8 → 10: ", cause, "for being late 2 → 0") if text not in said] == []
    assert give(folder, "report", "--out", str(folder / "report.html")) == 0
    page = (folder / "report.html").read_text("utf-8")
    assert "Changed since the last export" in page
    assert "for being late 2 → 0" in page
    assert "student-01 changed since the export to csv" in capsys.readouterr().err
    assert give(folder, "feedback", "--out", str(folder / "feedback")) == 0
    page = (folder / "feedback" / "student-01" / "slope" / "feedback.html").read_text("utf-8")
    assert ": 10 of 10</title>" in page
    with Book(f"sqlite:///{folder}/gradebook.db") as book:
        submission = book.nbgrader.find_submission("slope", "student-01")
        assert submission.late_submission_penalty == 0.0, "nbgrader's copy follows"
    assert scores(folder, capsys) == {"student-01": "10"}
    assert "changed since" not in shown(folder, "student-01", capsys)


def test_exports_are_told_apart_by_format(
    folder: Path, put: Put, make_grade: MakeGrade, capsys: pytest.CaptureFixture[str]
) -> None:
    put(make_grade("student-01"))
    table = "Student,ID,Slope (77)\r\n    Points Possible,,10\r\nOne,student-01,\r\nTwo,1002,\r\n"
    (folder / "canvas.csv").write_text(table, "utf-8")
    canvas = ["export", "--format", "canvas", "--roster", str(folder / "canvas.csv")]
    assert give(folder, *canvas, "--column", "Slope") == 0
    due(folder, DUE + HOUR)
    assert scores(folder, capsys) == {"student-01": "9"}
    said = shown(folder, "student-01", capsys)
    assert "since the export to canvas" in said
    assert "8 → 9" in said
    assert "since the export to csv" not in said


def test_grading_again_tells_whose_score_changed_by_which_check(
    folder: Path, put: Put, make_grade: MakeGrade, capsys: pytest.CaptureFixture[str]
) -> None:
    put(make_grade("student-01", "criterion"), -1)
    put(make_grade("student-02", "forward"), -1)
    again = msgspec.structs.replace(make_grade("student-01"), exercise_sha256="ef" * 32)
    put(again, -1)
    put(make_grade("student-02", "forward"), -1)
    capsys.readouterr()
    assert give(folder, "changes") == 0
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("student-01, grade of ")
    assert line.endswith("8 → 10: the lab changed and was graded again; criterion 0 → 2")
    assert give(folder, "changes", "--since", "2999-01-01") == 0
    assert capsys.readouterr().out == ""


def test_the_page_of_feedback_says_what_was_changed_and_it_comes_to_the_score(
    folder: Path, put: Put, make_grade: MakeGrade
) -> None:
    put(make_grade("student-01", "criterion"), 2)
    who = ["override", "student-01", "--reason"]
    assert give(folder, *who, "oral <b>exam</b>", "--check", "criterion", "--points", "1.5") == 0
    assert give(folder, *who, "", "--comment", "Well explained.") == 0
    assert give(folder, "feedback", "--out", str(folder / "feedback")) == 0
    place = folder / "feedback" / "student-01" / "slope"
    page = (place / "feedback.html").read_text("utf-8")
    for text in (
        "The checks earned 8 points.",
        "Changed by your instructor: criterion counts 1.5 points instead of 0: oral &lt;b&gt;",
        "Submitted 2 hours late. 2 points less.",
        "Your instructor writes:</b> Well explained.",
        "Submitted 2026-10-01 14:00 UTC",
        ": 7.5 of 10</title>",
    ):
        assert text in page
    words = (place / "feedback.md").read_text("utf-8")
    assert "Changed by your instructor: criterion counts 1.5 points instead of 0" in words
    assert "Well explained" in words


def test_exports_carry_what_was_changed_by_whom(
    folder: Path, put: Put, make_grade: MakeGrade, capsys: pytest.CaptureFixture[str]
) -> None:
    put(make_grade("student-01", "criterion"), -1)
    put(make_grade("student-02"), -1)
    words = ["override", "student-01", "--bonus", "1", "--reason", "=oral", "--who", "ta"]
    assert give(folder, *words) == 0
    assert give(folder, "override", "student-02", "--excuse", "--reason", "ill") == 0
    capsys.readouterr()
    assert give(folder, "export") == 0
    one, two = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert one["score"] == "9"
    assert one["by_hand"].startswith("1 point more: =oral (ta, ")
    assert (two["score"], two["status"]) == ("", "excused")
    table = "Student,ID,Slope (77)\r\n    Points Possible,,10\r\nTwo,student-02,7\r\n"
    (folder / "canvas.csv").write_text(table, "utf-8")
    canvas = ["export", "--format", "canvas", "--roster", str(folder / "canvas.csv")]
    give(folder, *canvas, "--column", "Slope")
    said = capsys.readouterr()
    assert "Two,student-02,\r\n" in said.out
    assert "student-02: excused here, and left blank" in said.err


def test_the_report_leads_to_the_command(folder: Path, put: Put, make_grade: MakeGrade) -> None:
    put(make_grade("student 01", "criterion"), -1)
    assert give(folder, "report", "--out", str(folder / "report.html")) == 0
    page = (folder / "report.html").read_text("utf-8")
    command = "autograder override 'student 01' -a slope --check criterion --points 2 --reason"
    assert command in page.replace("\\u0027", "'")


def test_somebody_who_looked_at_points_of_an_earlier_submission_is_asked_no_more(
    folder: Path, put: Put, make_grade: MakeGrade, capsys: pytest.CaptureFixture[str]
) -> None:
    put(make_grade("student-01", "criterion", sha="01" * 32), -1)
    words = ["override", "student-01", "--check", "criterion", "--points", "1", "--reason", "oral"]
    assert give(folder, *words) == 0
    put(make_grade("student-01", sha="02" * 32), -1)
    asked = "needs review: Points were set by hand for an earlier submission"
    assert asked in shown(folder, "student-01", capsys)
    assert give(folder, "reviewed", "student-01") == 0
    assert asked not in shown(folder, "student-01", capsys)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--check", "criterion"), "--check needs --points or --take-back"),
        (("--bonus", "1", "--points", "2"), "--points works only with --check, --cell or --total"),
        (("--bonus", "1", "--late"), "--late works only with --total"),
        (("--comment", "x", "--take-back"), "remove a comment with --undo"),
        (("--extend", "tomorrow"), "'tomorrow' is not a time"),
        (("--check", "backward", "--points", "1"), "unknown check 'backward'; use one of: forward"),
    ],
)
def test_options_that_do_not_fit_are_told(
    folder: Path,
    put: Put,
    make_grade: MakeGrade,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    problem: str,
) -> None:
    put(make_grade("student-01"), -1)
    assert give(folder, "override", "student-01", "--reason", "why", *words) == 1
    assert problem in capsys.readouterr().err


def test_points_of_a_check_under_points_of_its_cell_are_told_to_be_idle(
    folder: Path, put: Put, make_grade: MakeGrade, capsys: pytest.CaptureFixture[str]
) -> None:
    put(make_grade("student-01", "criterion"), -1)
    words = ["override", "student-01", "--reason", "oral", "--points", "1"]
    assert give(folder, *words, "--cell", "criterion") == 0
    capsys.readouterr()
    assert give(folder, *words, "--check", "criterion") == 0
    assert "the points by hand for its cell, or for the total, count" in capsys.readouterr().out
    assert give(folder, "override", "student-01", "--undo", "1") == 0
    assert "criterion counts 1 point instead of 0" in capsys.readouterr().out


def test_doctor_finds_where_nbgrader_differs(
    folder: Path, put: Put, make_grade: MakeGrade, capsys: pytest.CaptureFixture[str]
) -> None:
    put(make_grade("student-01"))
    words = ["doctor", "--course", str(folder)]
    assert main(words) == 0
    assert "slope: nbgrader's columns match ours" in capsys.readouterr().out
    due(folder, DUE + HOUR)
    with Book(f"sqlite:///{folder}/gradebook.db") as book, book.transaction():
        score = book.nbgrader.find_grade("check-forward", "slope", "slope", "student-01")
        score.auto_score = 0.0
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "student-01: the late penalty is 2 there, 1 here" in said
    assert "student-01: the automatic score of check-forward is 0 there, 2 here" in said


def test_what_an_earlier_version_stored_in_words_is_no_other_change() -> None:
    change = Change(kind="check", target="criterion", points=1.5, before=0.0, reason="oral")
    stored = Snapshot(score=8.0, by_hand=("criterion counts 1.5 points instead of 0: oral",))
    now = Snapshot(score=9.5, by_hand=(change.text,))
    with speaking("de"):
        assert why(stored, now) == ()
        assert why(now, stored) == ()
    other = Snapshot(score=9.5, by_hand=(msgspec.structs.replace(change.text, code="x"),))
    assert len(why(stored, other)) == 2
