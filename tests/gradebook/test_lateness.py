"""What being late costs is nbgrader's plugin's to say, with the course's own settings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.gradebook.attempt import Graded
from autograder.gradebook.book import Book
from autograder.gradebook.lateness import LateRule
from autograder.gradebook.record import record
from autograder.gradebook.release import Release
from autograder.grading.record import Grade

from .byhand import override, standings
from .conftest import MakeGrade

DUE = dt.datetime(2026, 10, 1, 12, 0)  # noqa: DTZ001  # as nbgrader stores it
HOUR = dt.timedelta(hours=1)
ZERO = "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
AN_HOUR_A_POINT = """
from nbgrader.plugins import BasePlugin

class Hours(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600

c.AssignLatePenalties.plugin_class = Hours
"""


@pytest.fixture
def due(book: Book, release: Release) -> None:
    """The lab is due."""
    with book.transaction():
        book.nbgrader.find_assignment("slope").duedate = DUE


def rule(folder: Path, config: str) -> LateRule:
    (folder / "nbgrader_config.py").write_text(config)
    return LateRule(Course(folder))


def put(book: Book, release: Release, by: LateRule, grade: Grade, hours: float) -> None:
    submitted = DUE.replace(tzinfo=dt.UTC) + hours * HOUR
    for _ in record(book, release, [Graded(grade=grade, submitted=submitted)], by):
        pass


def counted(book: Book, by: LateRule) -> tuple[float | None, float, float | None]:
    [one] = standings(book, "slope", rule=by)
    return one.raw_score, one.penalty, one.score


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize(
    ("config", "hours", "expected"),
    [
        (ZERO, 1, (8.0, 8.0, 0.0)),
        (ZERO, -1, (8.0, 0.0, 8.0)),
        ("", 1, (8.0, 0.0, 8.0)),
        (AN_HOUR_A_POINT, 1.5, (8.0, 1.5, 6.5)),
        (AN_HOUR_A_POINT, 100, (8.0, 8.0, 0.0)),
    ],
)
def test_a_late_submission_costs_what_the_course_s_plugin_says(
    book: Book,
    release: Release,
    make_grade: MakeGrade,
    tmp_path: Path,
    config: str,
    hours: float,
    expected: tuple[float, float, float],
) -> None:
    by = rule(tmp_path, config)
    put(book, release, by, make_grade("student-01", "criterion"), hours)
    assert counted(book, by) == expected


@pytest.mark.usefixtures("due")
def test_a_later_attempt_in_time_takes_the_penalty_back(
    book: Book, release: Release, make_grade: MakeGrade, tmp_path: Path
) -> None:
    by = rule(tmp_path, ZERO)
    put(book, release, by, make_grade("student-01"), 1)
    put(book, release, by, make_grade("student-01"), -1)
    assert counted(book, by) == (10.0, 0.0, 10.0)


@pytest.mark.usefixtures("due")
def test_an_extension_counts(
    book: Book, release: Release, make_grade: MakeGrade, tmp_path: Path
) -> None:
    by = rule(tmp_path, ZERO)
    put(book, release, by, make_grade("student-01"), 1)
    with book.transaction():
        book.nbgrader.find_submission("slope", "student-01").extension = 2 * HOUR
    put(book, release, by, make_grade("student-01"), 1)
    assert counted(book, by) == (10.0, 0.0, 10.0)


@pytest.mark.usefixtures("due")
def test_points_by_hand_are_late_as_well(
    book: Book, release: Release, make_grade: MakeGrade, tmp_path: Path
) -> None:
    by = rule(tmp_path, ZERO)
    put(book, release, by, make_grade("student-01", "criterion"), 1)
    override(book, "slope", "student-01", "criterion", 2.0, "oral exam", by)
    assert counted(book, by) == (10.0, 10.0, 0.0)


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize(
    "config", ["c.AssignLatePenalties.plugin_class = 3\n", "nonsense\n", "raise SystemExit('no')\n"]
)
def test_a_rule_that_cannot_be_loaded_is_told_and_nothing_is_recorded(
    book: Book, release: Release, make_grade: MakeGrade, tmp_path: Path, config: str
) -> None:
    with pytest.raises(CourseError, match=r"nbgrader_config\.py: cannot be loaded"):
        put(book, release, rule(tmp_path, config), make_grade("student-01"), 1)
    assert standings(book, "slope") == []


@pytest.mark.usefixtures("due")
def test_a_rule_that_answers_no_number_is_told(
    book: Book, release: Release, make_grade: MakeGrade, tmp_path: Path
) -> None:
    config = AN_HOUR_A_POINT.replace("total_seconds_late / 3600", "'a point'")
    with pytest.raises(CourseError, match="rule for late submissions failed: ValueError"):
        put(book, release, rule(tmp_path, config), make_grade("student-01"), 1)


@pytest.mark.usefixtures("due")
def test_a_rule_that_breaks_is_told(
    book: Book, release: Release, make_grade: MakeGrade, tmp_path: Path
) -> None:
    config = AN_HOUR_A_POINT.replace("total_seconds_late / 3600", "1 / 0")
    with pytest.raises(CourseError, match="rule for late submissions failed: ZeroDivisionError"):
        put(book, release, rule(tmp_path, config), make_grade("student-01"), 1)
