"""What being late costs: a lab's own rule says so, else nbgrader's plugin with the course's settings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.export.plain import plain_csv
from autograder.gradebook.attempt import Graded
from autograder.gradebook.book import Book
from autograder.gradebook.dates import late_rule_of, set_dates
from autograder.gradebook.lateness import FREE, LabRule, LateRule
from autograder.gradebook.record import record
from autograder.gradebook.release import Release
from autograder.gradebook.said import note_export, since_exports
from autograder.grading.record import Grade
from autograder.words.catalogue import say

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


TEN_A_DAY = LabRule(percent=10.0)
AT_MOST = LabRule(percent=10.0, most=50.0)
FIVE_DAYS = LabRule(percent=10.0, most=50.0, days=5.0)
UNTIL = LabRule(days=2.0)


@pytest.mark.parametrize(
    ("rule", "days", "cost"),
    [
        (TEN_A_DAY, 0.0, 0.0),
        (TEN_A_DAY, 1e-6, 0.8),
        (TEN_A_DAY, 1.0, 0.8),
        (TEN_A_DAY, 1.5, 1.6),
        (TEN_A_DAY, 40.0, 8.0),
        (AT_MOST, 4.5, 4.0),
        (AT_MOST, 40.0, 4.0),
        (FIVE_DAYS, 5.0, 4.0),
        (FIVE_DAYS, 5.1, 8.0),
        (UNTIL, 2.0, 0.0),
        (UNTIL, 2.1, 8.0),
        (LabRule(days=0.0), 0.1, 8.0),
        (LabRule(percent=12.5), 2.0, 2.0),
    ],
)
def test_a_lab_s_rule_costs_a_share_for_each_day_begun(
    rule: LabRule, days: float, cost: float
) -> None:
    assert rule.cost("student-01", 8.0, days * 86_400) == cost
    assert rule.cost("student-01", 0.0, days * 86_400) == 0.0


@pytest.mark.parametrize(
    "figures", [{"percent": -1.0}, {"percent": float("nan")}, {"most": 101.0}, {"days": 367.0}]
)
def test_a_rule_that_cannot_be_is_refused(figures: dict[str, float]) -> None:
    with pytest.raises(CourseError, match="from 0 to 100"):
        LabRule(**figures)


def test_a_rule_is_said_whole_in_words() -> None:
    assert say(TEN_A_DAY.text) == "Late: 10 % of your points less for each day that has begun."
    assert say(FIVE_DAYS.text) == (
        "Late: 10 % of your points less for each day that has begun, at most 50 %. "
        "What comes more than 5 days late does not count."
    )
    assert say(UNTIL.text).startswith("Late: that costs no points.")
    assert say(LabRule(days=0.0).text) == "Nothing late counts."


def test_a_lab_s_own_rule_comes_before_the_course_s(
    book: Book, release: Release, make_grade: MakeGrade, tmp_path: Path
) -> None:
    by, due = rule(tmp_path, ZERO), DUE.replace(tzinfo=dt.UTC)
    assert set_dates(book, "slope", due, TEN_A_DAY, by) == []
    put(book, release, by, make_grade("student-01", "criterion"), 1)
    assert counted(book, by) == (8.0, 0.8, 7.2)
    [one] = standings(book, "slope", rule=by)
    assert one.account.sums[-2:] == (
        "Submitted 1 hour late. 0.8 points less.",
        "Late: 10 % of your points less for each day that has begun.",
    )
    assert "10 %" in one.comment
    row = plain_csv([one]).splitlines()[1].split(",")
    assert "0.8" in row
    assert "7.2" in row
    set_dates(book, "slope", due, None, by)
    assert late_rule_of(book, "slope") is None
    assert counted(book, by) == (8.0, 8.0, 0.0)


def test_other_dates_change_no_score_without_a_word(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    due = DUE.replace(tzinfo=dt.UTC)
    set_dates(book, "slope", due, None, FREE)
    for student, hours in (("student-01", 1), ("student-02", -1)):
        submitted = due + hours * HOUR
        list(record(book, release, [Graded(grade=make_grade(student), submitted=submitted)]))
    note_export(book, "slope", "csv", standings(book, "slope"))
    [one] = set_dates(book, "slope", due, TEN_A_DAY, FREE)
    assert (one.student, one.before, one.after) == ("student-01", 10.0, 9.0)
    assert one.why == ("for being late 0 → 1, 1 hour late; the rule changed",)
    [told] = since_exports(book, "slope", standings(book, "slope"))
    assert told.student == "student-01"
    row = book.nbgrader.find_submission_notebook("slope", "slope", "student-01")
    assert row.late_submission_penalty == 1.0
    both = set_dates(book, "slope", due - 30 * HOUR, TEN_A_DAY, FREE)
    assert [(one.student, one.after) for one in both] == [("student-01", 8.0), ("student-02", 8.0)]
    assert both[0].when == both[1].when, "one change is one moment"
    assert "due 2026-10-01 12:00 UTC → 2026-09-30 06:00 UTC" in both[0].words
