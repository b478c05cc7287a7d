"""Grades lie where nbgrader keeps them, and nothing done by hand is lost."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import msgspec
import pytest
from nbconvert.filters import markdown2html

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.exercise.spec import Exercise
from autograder.gradebook.attempt import Graded, attempts_of
from autograder.gradebook.book import Book, hidden_password, url_of
from autograder.gradebook.hand import log_of
from autograder.gradebook.record import BATCH, record
from autograder.gradebook.release import Release, release_of
from autograder.gradebook.students import who_is_missing
from autograder.grading.record import Grade
from autograder.words.text import NOTHING

from .byhand import override, standings
from .conftest import MakeGrade

MOMENT = dt.datetime(2026, 10, 1, 12, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))


def put(book: Book, release: Release, *grades: Grade, at: dt.datetime | None = None) -> None:
    for _ in record(book, release, (Graded(grade=grade, submitted=at) for grade in grades)):
        pass


def cells(book: Book, student: str) -> dict[str, tuple[float | None, float | None, bool]]:
    notebook = book.nbgrader.find_submission_notebook("slope", "slope", student)
    return {
        score.name: (score.auto_score, score.manual_score, score.needs_manual_grade)
        for score in notebook.grades
    }


def test_scores_are_where_nbgrader_keeps_them(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade("student-01"), make_grade("student-02", "criterion"))
    assert cells(book, "student-02") == {
        "check-forward": (2.0, None, False),
        "check-criterion": (0.0, None, False),
        "check-train_model": (6.0, None, False),
    }
    submission = book.nbgrader.find_submission("slope", "student-02")
    assert (submission.score, submission.max_score) == (8.0, 10.0)
    assert not submission.needs_manual_grade


def test_comments_say_what_is_wrong_and_hold_no_tag(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade("student-02", "criterion"))
    comment = book.nbgrader.find_comment("criterion", "slope", "slope", "student-02").comment
    assert (
        comment == "It sums.\n\n"
        "✘ criterion 0/2: criterion is \u2039b\u203awrong\u2039/b\u203a Hint: look again"
    )
    assert book.nbgrader.find_comment("forward", "slope", "slope", "student-02").comment is None
    put(book, release, make_grade("student-02"))
    assert book.nbgrader.find_comment("criterion", "slope", "slope", "student-02").comment is None


def test_no_comment_is_a_link_in_nbgrader_s_feedback(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    grade = make_grade("student-02", "criterion")
    text = (
        "[a](http://x.org) ![b](http://x.org) [c][d] losses[0] is [1.0, 2.0]\n\n[d]: http://x.org"
    )
    checks = tuple(msgspec.structs.replace(c, message=text) for c in grade.checks)
    put(book, release, msgspec.structs.replace(grade, checks=checks))
    comment = book.nbgrader.find_comment("criterion", "slope", "slope", "student-02").comment
    page = markdown2html(comment)
    assert not re.search("<(a|img) |href", page)
    assert "losses[0] is [1.0, 2.0]" in page


def test_recording_again_changes_nothing_and_counts_no_attempt(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    grade = make_grade("student-01", "criterion")
    put(book, release, grade)
    put(book, release, msgspec.structs.replace(grade, seconds=9.0, reused=True))
    assert len(attempts_of(book, "student-01")) == 1
    assert len(book.nbgrader.assignment_submissions("slope")) == 1


def test_every_attempt_is_kept_and_the_last_recorded_counts(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    first, second = make_grade("student-01", "criterion", sha="01" * 32), make_grade("student-01")
    put(book, release, first, at=MOMENT)
    put(book, release, second)
    kept = attempts_of(book, "student-01", "slope")
    assert [one.grade.score for one in kept] == [8.0, 10.0]
    assert kept[0].submitted == MOMENT
    put(book, release, first)  # handed in again as it was
    assert [one.grade.score for one in attempts_of(book, "student-01", "slope")] == [10.0, 8.0]
    assert [one.grade for one in standings(book, "slope")] == [first]


def test_the_last_recorded_counts_where_the_clock_jumps_back(
    book: Book, release: Release, make_grade: MakeGrade, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(book, release, make_grade("student-01", "criterion"))
    monkeypatch.setattr("autograder.gradebook.attempt.now", lambda: dt.datetime(2000, 1, 1))  # noqa: DTZ001
    put(book, release, make_grade("student-01"))
    assert [one.grade.score for one in attempts_of(book, "student-01")] == [8.0, 10.0]
    (standing,) = standings(book, "slope")
    assert standing.grade is not None
    assert standing.grade.score == 10.0


def test_a_manual_score_survives_and_asks_for_a_look_when_the_automatic_one_changes(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade("student-01", "criterion"))
    made = override(book, "slope", "student-01", "criterion", 1.5, "explained it well")
    assert made.part == "check-criterion"
    put(book, release, make_grade("student-01", "criterion"))
    assert cells(book, "student-01")["check-criterion"] == (0.0, 1.5, False)
    put(book, release, make_grade("student-01"))
    assert cells(book, "student-01")["check-criterion"] == (2.0, 1.5, True)
    (standing,) = standings(book, "slope")
    assert standing.score == 9.5
    override(book, "slope", "student-01", "check-criterion", None, "no longer needed")
    with pytest.raises(CourseError, match="check-criterion: has no points by hand"):
        override(book, "slope", "student-01", "criterion", None, "once more")
    assert [one.points for one in log_of(book, "student-01")] == [1.5, None]
    assert standings(book, "slope")[0].score == 10.0


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (("student-09", "criterion", 1.0, "why"), "student-09: no such student"),
        (
            ("student-01", "backward", 1.0, "why"),
            "no such cell in slope; available: check-criterion",
        ),
        (("student-01", "criterion", 2.5, "why"), "check-criterion is worth 0 to 2 points"),
        (("student-01", "criterion", -1.0, "why"), "check-criterion is worth 0 to 2 points"),
        (("student-01", "criterion", float("nan"), "why"), "check-criterion is worth 0 to 2"),
        (("student-01", "criterion", 1.0, "  "), "--reason"),
    ],
)
def test_an_override_that_cannot_be_is_told(
    book: Book,
    release: Release,
    make_grade: MakeGrade,
    wanted: tuple[str, str, float, str],
    problem: str,
) -> None:
    put(book, release, make_grade("student-01", "criterion"))
    with pytest.raises(CourseError, match=problem):
        override(book, "slope", *wanted)
    assert log_of(book, "student-01") == []


def test_our_failure_is_no_score(book: Book, release: Release, make_grade: MakeGrade) -> None:
    put(book, release, make_grade("student-01"))
    put(book, release, make_grade("student-01", status="sandbox_error"))
    assert cells(book, "student-01")["check-forward"] == (2.0, None, False), "it stays as it was"
    put(book, release, make_grade("student-02", status="sandbox_error"))
    assert cells(book, "student-02")["check-forward"] == (None, None, True)
    assert [one.score for one in standings(book, "slope")] == [10.0, None]


class Four:
    """A rule that takes four points off."""

    text = NOTHING

    def cost(self, student: str, score: float, seconds: float) -> float:
        assert (student, score, seconds) == ("student-01", 10.0, 3 * 3600)
        return 4.0


def test_when_it_was_handed_in_and_how_late_nbgrader_knows(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    due = MOMENT.astimezone(dt.UTC).replace(tzinfo=None) - dt.timedelta(hours=3)
    book.nbgrader.update_or_create_assignment("slope", duedate=due)
    put(book, release, make_grade("student-01"), at=MOMENT)
    submission = book.nbgrader.find_submission("slope", "student-01")
    assert submission.total_seconds_late == 3 * 3600
    (standing,) = standings(book, "slope", rule=Four())
    assert (standing.submitted, standing.raw_score, standing.score) == (MOMENT, 10.0, 6.0)


def test_a_class_is_written_in_few_transactions(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    class_of = [make_grade(f"student-{n:04}") for n in range(2 * BATCH + 1)]
    done = list(record(book, release, (Graded(grade=grade) for grade in class_of)))
    assert done == [BATCH, 2 * BATCH, 2 * BATCH + 1]
    found = standings(book, "slope")
    assert [one.student for one in found] == [grade.student for grade in class_of]
    assert {one.score for one in found} == {10.0}


def test_points_that_are_not_the_gradebook_s_are_refused(
    book: Book, release: Release, course: Course, exercise: Exercise
) -> None:
    more = {**exercise.points, "criterion": 3.0}
    with pytest.raises(
        CourseError, match=r"slope\.py: the cell check-criterion is worth 2, its .* 3"
    ):
        release_of(book, course, "slope", more)
    assert release_of(book, course, "slope", exercise.points) == release


def test_a_lab_that_the_gradebook_does_not_have_is_told(book: Book, release: Release) -> None:
    with pytest.raises(CourseError, match="has no assignment 'line'; available: slope"):
        standings(book, "line")


@pytest.mark.parametrize("url", ["mysql//x", "nosuch://x/y", "postgresql+psycopg://127.0.0.1:1/x"])
def test_a_database_that_cannot_be_opened_is_one_line(url: str) -> None:
    with pytest.raises(CourseError) as caught:
        Book(url)
    assert "\n" not in str(caught.value)


def test_a_url_is_shown_without_its_password(course: Course) -> None:
    assert hidden_password("postgresql://grader:secret@host/db") == "postgresql://grader@host/db"
    assert hidden_password("sqlite:////tmp/grades.db") == "sqlite:////tmp/grades.db"
    assert url_of(course, None) == f"sqlite:///{course.root}/gradebook.db"
    assert url_of(course, "postgresql://a@h/d") == "postgresql+psycopg://a@h/d"


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://127.0.0.1:1/db?user=bob&password=S3cret",
        "postgresql://bob:S3cret@127.0.0.1:1/db?sslpassword=S3cret&connect_timeout=1",
        "postgresql://bob:p@h:S3cret@host/db",
        "postgresql://bob:p@S3cret@host/db",
        "postgresql://bob:S3cret@host:S3cret/db",
        "mysql://bob:S3cret@host/db",
        "bob:p@h:S3cret@host",
    ],
)
def test_no_error_shows_a_password(course: Course, given: str) -> None:
    with pytest.raises(CourseError) as caught:
        Book(url_of(course, given))
    assert "S3cret" not in str(caught.value)


def test_our_failure_leaves_earlier_words_as_they_are(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade("student-02", "criterion"))
    before = book.nbgrader.find_comment("criterion", "slope", "slope", "student-02").comment
    put(book, release, make_grade("student-02", status="sandbox_error"))
    comment = book.nbgrader.find_comment("criterion", "slope", "slope", "student-02").comment
    assert before
    assert comment == before


def test_who_has_an_empty_folder_has_not_handed_in(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    nothing = msgspec.structs.replace(make_grade("student-01", sha=""), handed_in=False)
    put(book, release, nothing, make_grade("student-02"))
    assert who_is_missing(book, "slope") == (["student-02"], ["student-01"])
    assert [one.score for one in standings(book, "slope")] == [None, 10.0]


def test_points_that_page_and_spec_changed_are_taken_over(
    book: Book, release: Release, course: Course, exercise: Exercise, tmp_path: Path
) -> None:
    lab = tmp_path / "reference" / "slope"
    shutil.copytree(course.root / "reference" / "slope", lab)
    page = lab / "slope.py"
    text = page.read_text("utf-8")
    start = text.index('"grade_id": "check-criterion"')
    line = text[text.rindex("\n", 0, start) + 1 : text.index("\n", start)]
    assert '"points": 2' in line
    page.write_text(text.replace(line, line.replace('"points": 2', '"points": 3')), "utf-8")
    more = {**exercise.points, "criterion": 3.0}
    assert release_of(book, Course(tmp_path), "slope", more).grades == release.grades
    assert book.nbgrader.find_assignment("slope").max_score == 11.0
