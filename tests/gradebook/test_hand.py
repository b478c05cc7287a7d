"""What an instructor changes by hand counts in its order, is kept, is told, and can be undone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from autograder.errors import CourseError
from autograder.gradebook.attempt import Graded
from autograder.gradebook.book import Book
from autograder.gradebook.copying import differences
from autograder.gradebook.hand import Entry, Kind, log_of
from autograder.gradebook.lateness import FREE, Rule
from autograder.gradebook.override import give, undo
from autograder.gradebook.record import record
from autograder.gradebook.release import Release
from autograder.gradebook.standings import read
from autograder.gradebook.students import add_roster, who_is_missing
from autograder.grading.decision import NONE_MADE
from autograder.grading.record import Grade
from autograder.grading.results import Standing
from autograder.judge.review import CHECK_ERROR, EARLIER_HAND
from autograder.words.text import NOTHING

from .byhand import override, standings
from .conftest import MakeGrade

WHO = "student-01"
DUE = dt.datetime(2026, 10, 1, 12)  # noqa: DTZ001  # as nbgrader stores it
HOUR = dt.timedelta(hours=1)
WORTH = {"forward": 2.0, "criterion": 2.0, "gradient_zeroing": 2.0}


class PointAnHour:
    """A rule that takes a point off an hour."""

    text = NOTHING

    def cost(self, student: str, score: float, seconds: float) -> float:
        return min(score, seconds / 3600)


LATE = PointAnHour()


def put(book: Book, release: Release, grade: Grade, hours: float = -1, rule: Rule = FREE) -> None:
    with book.transaction():
        book.assignment("slope").duedate = DUE
    at = DUE.replace(tzinfo=dt.UTC) + hours * HOUR
    assert list(record(book, release, [Graded(grade=grade, submitted=at)], rule)) == [1]


def change(book: Book, kind: Kind, rule: Rule = FREE, **more: Any) -> Entry:
    values = {"points": 1.0, "reason": "oral exam", "who": "ta", **more}
    return give(book, Entry(lab="slope", student=WHO, kind=kind, **values), rule, WORTH)


def one(book: Book, rule: Rule = FREE) -> Standing:
    [found] = standings(book, "slope", WHO, rule=rule)
    return found


def of_nbgrader(book: Book) -> float:
    """Return what ``nbgrader export`` says."""
    book.nbgrader.db.expire_all()
    submission = book.nbgrader.find_submission("slope", WHO)
    return max(0.0, float(submission.score) - float(submission.late_submission_penalty or 0.0))


def in_step(book: Book, rule: Rule) -> bool:
    """Say whether nbgrader's columns are a copy of ours, and its sum our score."""
    assignment = book.assignment("slope")
    with book.transaction() as session:
        [reading] = read(session, assignment, [WHO], NONE_MADE, rule)
        left = list(differences(assignment, reading))
    return left == [] and of_nbgrader(book) == pytest.approx(reading.standing.score)


def test_each_kind_counts_in_its_order_and_nbgrader_has_the_same(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade(WHO, "criterion", "gradient_zeroing"), 2, LATE)
    assert one(book, LATE).score == 4.0
    steps = [
        (lambda: change(book, "check", LATE, part="criterion", points=1.5), 5.5),
        (lambda: change(book, "check", LATE, part="gradient_zeroing", points=2.0), 7.5),
        (lambda: override(book, "slope", WHO, "train_model", 3.0, "read it", LATE), 4.5),
        (lambda: change(book, "bonus", LATE, points=1.0), 5.5),
        (lambda: change(book, "total", LATE, points=9.0), 9.0),
        (lambda: change(book, "total", LATE, points=9.0, late=True), 7.0),
    ]
    for step, score in steps:
        step()
        assert one(book, LATE).score == pytest.approx(score)
        assert in_step(book, LATE)
    change(book, "excused", LATE)
    assert (one(book, LATE).score, one(book, LATE).missing) == (None, False)
    for _, score in reversed(steps):
        undo(book, "slope", WHO, None, LATE)
        assert one(book, LATE).score == pytest.approx(score)
        assert in_step(book, LATE)
    undo(book, "slope", WHO, None, LATE)
    assert one(book, LATE).score == 4.0
    with pytest.raises(CourseError, match="nothing to undo"):
        undo(book, "slope", WHO, None, LATE)


def test_the_score_is_never_below_nothing(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade(WHO, "criterion"), 3, LATE)
    change(book, "bonus", LATE, points=-10.0)
    assert one(book, LATE).score == 0.0
    assert in_step(book, LATE)


def test_grading_again_keeps_it_all(book: Book, release: Release, make_grade: MakeGrade) -> None:
    put(book, release, make_grade(WHO, "criterion"))
    change(book, "check", part="criterion", points=1.5)
    change(book, "comment", text="well explained", reason="")
    put(book, release, make_grade(WHO, "criterion", "forward"))
    found = one(book)
    assert found.score == 7.5
    assert [word.words for word in found.account.changes] == [
        "criterion counts 1.5 points instead of 0: oral exam"
    ]
    assert [(word.text, word.who) for word in found.account.comments] == [("well explained", "ta")]
    assert "Changed by your instructor: criterion counts 1.5 points" in found.comment
    assert "Your instructor writes: well explained" in found.comment


def test_another_submission_asks_whether_the_old_points_should_count(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade(WHO, "criterion", sha="01" * 32))
    change(book, "check", part="criterion", points=0.5)
    assert one(book).review == ()
    put(book, release, make_grade(WHO, sha="02" * 32))
    assert (one(book).score, one(book).review) == (8.5, (EARLIER_HAND,))


@pytest.mark.parametrize("kind", ["check", "total"])
def test_points_by_hand_decide_on_a_check_that_broke(
    book: Book, release: Release, make_grade: MakeGrade, kind: Kind
) -> None:
    import msgspec

    grade = make_grade(WHO, "criterion")
    broken = tuple(
        msgspec.structs.replace(check, outcome="error") if check.id == "criterion" else check
        for check in grade.checks
    )
    put(book, release, msgspec.structs.replace(grade, checks=broken))
    assert one(book).review == (CHECK_ERROR,)
    change(book, kind, part="criterion" if kind == "check" else "", points=2.0)
    assert one(book).review == ()
    assert one(book).score == {"check": 10.0, "total": 2.0}[kind]


def test_formgrader_s_points_win_over_checks_and_are_told_apart(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade(WHO, "criterion"))
    change(book, "check", part="criterion", points=1.5)
    with book.transaction():
        book.nbgrader.find_grade("check-criterion", "slope", "slope", WHO).manual_score = 0.5
    [given] = one(book).account.changes
    assert (one(book).score, given.points, given.who) == (8.5, 0.5, "formgrader")
    with book.transaction():
        book.nbgrader.find_grade("check-criterion", "slope", "slope", WHO).manual_score = None
    assert one(book).score == 9.5


def test_formgrader_s_extra_credit_stays_its_own(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade(WHO, "criterion"))
    with book.transaction():
        book.nbgrader.find_grade("check-criterion", "slope", "slope", WHO).extra_credit = 0.5
    change(book, "bonus", points=1.0)
    assert (one(book).score, of_nbgrader(book)) == (9.5, 9.5)
    undo(book, "slope", WHO, None)
    assert (one(book).score, of_nbgrader(book)) == (8.5, 8.5)


def test_undoing_an_override_of_a_cell_gives_back_what_formgrader_gave(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade(WHO, "criterion"))
    with book.transaction():
        book.nbgrader.find_grade("check-criterion", "slope", "slope", WHO).manual_score = 0.5
    override(book, "slope", WHO, "criterion", 2.0, "oral exam")
    assert one(book).score == 10.0
    undo(book, "slope", WHO, None)
    assert one(book).score == 8.5


def test_an_undo_can_be_undone_and_one_of_several_can_be_named(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade(WHO, "criterion", "forward"))
    first = change(book, "check", part="criterion", points=1.0)
    change(book, "check", part="forward", points=2.0)
    undo(book, "slope", WHO, first.number)
    assert one(book).score == 8.0
    undo(book, "slope", WHO, log_of(book, WHO)[-1].number)
    assert one(book).score == 9.0
    with pytest.raises(CourseError, match="--undo 999"):
        undo(book, "slope", WHO, 999)


def test_an_extension_counts_before_and_after_anything_is_handed_in(
    book: Book, release: Release, make_grade: MakeGrade, tmp_path: Path
) -> None:
    (tmp_path / "roster.csv").write_text(f"id\n{WHO}\n", "utf-8")
    add_roster(book, tmp_path / "roster.csv")
    until = (DUE.replace(tzinfo=dt.UTC) + 5 * HOUR).isoformat()
    change(book, "extension", LATE, text=until)
    put(book, release, make_grade(WHO), 4, LATE)
    assert one(book, LATE).score == 10.0
    assert book.nbgrader.find_submission("slope", WHO).extension == 5 * HOUR
    assert any("with your extension" in fact for fact in one(book, LATE).account.facts)
    undo(book, "slope", WHO, None, LATE)
    assert one(book, LATE).score == 6.0
    assert book.nbgrader.find_submission("slope", WHO).extension is None
    assert in_step(book, LATE)


def test_who_handed_in_nothing_may_be_excused_or_given_a_total(
    book: Book, release: Release, tmp_path: Path
) -> None:
    assert release.lab == "slope"
    (tmp_path / "roster.csv").write_text(f"id\n{WHO}\n", "utf-8")
    add_roster(book, tmp_path / "roster.csv")
    change(book, "total", points=6.0)
    assert (one(book).score, one(book).missing) == (6.0, False)
    undo(book, "slope", WHO, None)
    assert who_is_missing(book, "slope")[1] == [WHO]
    change(book, "excused")
    assert who_is_missing(book, "slope")[1] == []
    assert (one(book).score, one(book).account.excused) == (None, True)


@pytest.mark.parametrize(
    ("kind", "values", "problem"),
    [
        ("check", {"part": "backward"}, "unknown check 'backward'; use one of: forward"),
        ("check", {"part": "criterion", "points": 2.5}, "criterion is worth 0 to 2 points"),
        ("total", {"points": 10.5}, "slope is worth 0 to 10 points; --bonus adds to it"),
        ("bonus", {"points": 0.0}, "a bonus is up to 10 points"),
        ("bonus", {"points": float("nan")}, "a bonus is up to 10 points"),
        ("total", {"points": None}, "was not changed by hand"),
        ("comment", {"text": " "}, "what the student is to read"),
        ("excused", {"reason": " "}, "--reason"),
    ],
)
def test_a_change_that_cannot_be_is_told_and_leaves_nothing(
    book: Book,
    release: Release,
    make_grade: MakeGrade,
    kind: Kind,
    values: dict[str, Any],
    problem: str,
) -> None:
    put(book, release, make_grade(WHO, "criterion"))
    with pytest.raises(CourseError, match=problem):
        change(book, kind, **values)
    assert log_of(book, WHO) == []


def test_a_gradebook_of_before_keeps_its_overrides(url: str) -> None:
    """The table as it was made by the version before."""
    with Book(url) as book, book.transaction() as session:
        session.execute(text("DROP TABLE autograder_override"))
        session.execute(
            text(
                "CREATE TABLE autograder_override (id INTEGER PRIMARY KEY, "
                "assignment VARCHAR(128) NOT NULL, student VARCHAR(128) NOT NULL, "
                "cell VARCHAR(128) NOT NULL, points FLOAT, reason TEXT NOT NULL, "
                "recorded TIMESTAMP NOT NULL)"
            )
        )
        session.execute(
            text(
                "INSERT INTO autograder_override VALUES (1, 'slope', 'student-01', "
                "'check-criterion', 1.5, 'oral exam', '2026-10-01 12:00:00.000000')"
            )
        )
    for _ in range(2):
        with Book(url) as book:
            [entry] = log_of(book, WHO)
    assert (entry.kind, entry.part, entry.points) == ("cell", "check-criterion", 1.5)
    assert (entry.reason, entry.who, entry.undoes) == ("oral exam", "", None)
