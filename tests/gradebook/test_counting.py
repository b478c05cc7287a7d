"""The last attempt that could be graded counts, wherever one looks."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import msgspec
import pytest

from autograder.cli.main import main
from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.gradebook.attempt import Graded, attempts_of
from autograder.gradebook.book import Book
from autograder.gradebook.counting import Counted, counting
from autograder.gradebook.lateness import LateRule
from autograder.gradebook.record import record
from autograder.gradebook.release import Release, release_of
from autograder.gradebook.run import RunRecorder
from autograder.gradebook.students import all_about
from autograder.grading.decision import NONE_MADE
from autograder.grading.lab import Lab
from autograder.grading.record import Grade, to_json
from autograder.judge.review import LATER
from autograder.words.catalogue import say
from autograder.words.text import verbatim

from .byhand import standings, total_of
from .conftest import MakeGrade
from .test_record import cells, put

DUE = dt.datetime(2026, 10, 1, 12, 0)  # noqa: DTZ001  # as nbgrader stores it
DAY = dt.timedelta(days=1)
LATE = "c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"


@dataclasses.dataclass(frozen=True)
class Tried:
    status: str
    submission_sha256: str


@pytest.mark.parametrize(
    ("tried", "counts", "later"),
    [
        ("", None, None),
        ("graded:a", 0, None),
        ("graded:a graded:b", 1, None),
        ("graded:a not_gradable:b", 0, 1),
        ("graded:a not_gradable:b not_gradable:c", 0, 2),
        ("graded:a not_gradable:b graded:c", 2, None),
        ("not_gradable:a", 0, None),
        ("not_gradable:a not_gradable:b", 1, None),
        ("not_gradable:a graded:b", 1, None),
        ("graded:a not_gradable:", 0, 1),
        # a limit or a crash is a grade
        ("graded:a time_limit:b", 1, None),
        ("graded:a crashed:b not_gradable:c", 1, 2),
        ("memory_limit:a output_limit:b", 1, None),
        # our failures never count
        ("sandbox_error:a", None, None),
        ("graded:a sandbox_error:b", 0, None),
        ("graded:a sandbox_error:a", 0, None),
        ("not_gradable:a sandbox_error:b", 0, None),
        # the same file graded again: only its newest grade
        ("graded:a not_gradable:a", 1, None),
        ("graded:a graded:b not_gradable:b", 0, 2),
        ("not_gradable:a graded:a", 1, None),
        ("graded:a not_gradable:b graded:b", 2, None),
        ("graded:a graded:b graded:a", 2, None),
    ],
)
def test_which_of_these_attempts_counts(tried: str, counts: int | None, later: int | None) -> None:
    attempts = [Tried(*one.split(":")) for one in tried.split()]
    found = counting(attempts)
    assert found == Counted(
        None if counts is None else attempts[counts], None if later is None else attempts[later]
    )


def ungradable(make_grade: MakeGrade, student: str, sha: str = "") -> Grade:
    grade = make_grade(student, status="not_gradable", sha=sha)
    message = verbatim("slope.ipynb: a notebook that is broken in line 3")
    return msgspec.structs.replace(grade, score=0.0, checks=(), message=message)


def test_a_later_file_that_cannot_be_graded_changes_no_score_and_is_marked(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    first = make_grade("student-01", "criterion", sha="01" * 32)
    put(book, release, first)
    put(book, release, ungradable(make_grade, "student-01"))
    assert cells(book, "student-01") == {
        "check-forward": (2.0, None, True),
        "check-criterion": (0.0, None, True),
        "check-train_model": (6.0, None, True),
    }
    [one] = standings(book, "slope")
    assert (one.score, one.grade, one.review) == (8.0, first, (LATER,))
    assert one.later is not None
    assert say(one.later.message).startswith("slope.ipynb: ")
    assert "could not be graded, so the one before it counts. slope.ipynb: " in one.comment
    comment = book.nbgrader.find_comment("criterion", "slope", "slope", "student-01").comment
    assert "It sums." in comment, "the words are of what counts"
    assert len(attempts_of(book, "student-01")) == 2, "both are kept"


def test_a_gradable_file_after_that_counts_and_takes_the_marks_off(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade("student-01", "criterion", sha="01" * 32))
    put(book, release, ungradable(make_grade, "student-01"))
    put(book, release, make_grade("student-01", sha="02" * 32))
    assert {mark for _, _, mark in cells(book, "student-01").values()} == {False}
    [one] = standings(book, "slope")
    assert (one.score, one.later, one.review) == (10.0, None, ())


def test_the_first_file_that_cannot_be_graded_is_a_zero(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, ungradable(make_grade, "student-01"))
    [one] = standings(book, "slope")
    assert (one.score, one.later, one.review) == (0.0, None, ())
    put(book, release, make_grade("student-01", sha="01" * 32))
    assert standings(book, "slope")[0].score == 10.0


def test_a_changed_exercise_replaces_the_grade_of_the_same_file(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade("student-01", sha="01" * 32))
    put(book, release, make_grade("student-01", "criterion", sha="02" * 32))
    changed = msgspec.structs.replace(
        make_grade("student-01", "criterion", "forward", sha="02" * 32), exercise_sha256="ef" * 32
    )
    put(book, release, changed)
    assert standings(book, "slope")[0].grade == changed
    put(book, release, ungradable(make_grade, "student-01", sha="02" * 32))
    [one] = standings(book, "slope")
    assert one.score == 10.0, "the file before it"
    assert one.later is not None


def test_who_is_accepted_is_graded_instead_of_told_off(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    refused = ungradable(make_grade, "student-01", sha="01" * 32)
    put(book, release, msgspec.structs.replace(refused, review=("other-lab",)))
    assert standings(book, "slope")[0].review == ("other-lab",)
    put(book, release, make_grade("student-01", sha="01" * 32))
    [one] = standings(book, "slope")
    assert (one.score, one.later, one.review) == (10.0, None, ())


def test_the_reasons_of_what_came_later_are_told_too(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade("student-01", sha="01" * 32))
    later = ungradable(make_grade, "student-01", sha="02" * 32)
    put(book, release, msgspec.structs.replace(later, review=("other-lab",)))
    assert standings(book, "slope")[0].review == ("other-lab", LATER)


@pytest.fixture
def due(book: Book, release: Release) -> None:
    """The lab is due."""
    with book.transaction():
        book.nbgrader.find_assignment("slope").duedate = DUE


def handed_in(grade: Grade, when: dt.timedelta) -> Graded:
    return Graded(grade=grade, submitted=DUE.replace(tzinfo=dt.UTC) + when)


@pytest.mark.usefixtures("due")
def test_being_late_is_of_what_counts(
    book: Book, release: Release, make_grade: MakeGrade, tmp_path: Path
) -> None:
    (tmp_path / "nbgrader_config.py").write_text(LATE, "utf-8")
    rule = LateRule(Course(tmp_path))
    in_time = handed_in(make_grade("student-01", "criterion", sha="01" * 32), -DAY)
    unreadable = handed_in(ungradable(make_grade, "student-01"), DAY)
    late = handed_in(make_grade("student-01", sha="02" * 32), 2 * DAY)
    seen = []
    for one in (in_time, unreadable, late, in_time):
        assert list(record(book, release, [one], rule)) == [1]
        [standing] = standings(book, "slope", rule=rule)
        seen.append((standing.score, standing.submitted))
    assert seen == [
        (8.0, in_time.submitted),
        (8.0, in_time.submitted),
        (0.0, late.submitted),
        (8.0, in_time.submitted),
    ]


def test_a_file_handed_in_again_was_handed_in_when_it_was_last(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    grade = make_grade("student-01", sha="01" * 32)
    for when in (-DAY, DAY):
        assert list(record(book, release, [handed_in(grade, when)])) == [1]
    put(book, release, grade)  # from a place that does not say when
    [attempt] = attempts_of(book, "student-01")
    assert attempt.submitted == DUE.replace(tzinfo=dt.UTC) + DAY
    assert standings(book, "slope")[0].submitted == attempt.submitted


def test_all_that_is_known_says_what_counts(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade("student-01", sha="01" * 32))
    put(book, release, ungradable(make_grade, "student-01"))
    about = json.loads(json.dumps(all_about(book, "student-01")))
    assert [one["counts"] for one in about["attempts"]] == [True, False]
    lines = total_of(book, "slope", "student-01").lines()
    assert lines[0] == "slope, student-01: 10 of 10 points (10 automatic)"
    assert (
        "  needs review: The latest submission could not be graded; the one before it "
        "counts." in lines
    )


@pytest.fixture
def room(tmp_path: Path, course: Course, saved_file: Path) -> Path:
    """A course folder with the lab slope, its gradebook, and nobody's grade."""
    (tmp_path / "reference").symlink_to(course.root / "reference")
    (tmp_path / "assignments").symlink_to(course.root / "assignments")
    (tmp_path / "gradebook.db").write_bytes(saved_file.read_bytes())
    return tmp_path


def test_the_notebook_that_formgrader_shows_is_of_what_counts(
    room: Path, make_grade: MakeGrade
) -> None:
    submitted, shown = room / "submitted", room / "autograded/student-01/slope/slope.ipynb"
    path = submitted / "student-01" / "slope" / "slope.py"
    path.parent.mkdir(parents=True)
    path.write_text("right = 1\n", "utf-8")
    submissions = find_submissions(submitted, "slope")
    url = f"sqlite:///{room}/gradebook.db"
    run = RunRecorder(url, Course(room), "slope", submitted, submissions)
    told: dict[str, object] = {}

    def graded(grade: Grade) -> str:
        assert list(run.record([grade], NONE_MADE, told.__setitem__)) == [1]
        return shown.read_text("utf-8")

    assert "right = 1" in graded(make_grade("student-01", sha="01" * 32))
    assert told == {"student-01": ()}
    path.write_text("broken = 1\n", "utf-8")
    assert "right = 1" in graded(ungradable(make_grade, "student-01", sha="02" * 32))
    assert told == {"student-01": (LATER,)}
    path.write_text("newer = 1\n", "utf-8")
    assert "newer = 1" in graded(make_grade("student-01", "criterion", sha="03" * 32))


def test_every_command_shows_what_counts(
    room: Path,
    course: Course,
    slope: Lab,
    make_grade: MakeGrade,
    capsys: pytest.CaptureFixture[str],
) -> None:
    later = ungradable(make_grade, "student-01")
    with Book(f"sqlite:///{room}/gradebook.db") as book:
        release = release_of(book, course, "slope", slope.plan.exercise.points)
        put(book, release, make_grade("student-01", "criterion", sha="01" * 32))
        put(book, release, later)
    (room / "graded" / "slope").mkdir(parents=True)
    (room / "graded/slope/results.jsonl").write_bytes(to_json(later) + b"\n")
    place = ["-a", "slope", "--course", str(room)]
    assert main(["show", "student-01", *place]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("slope, student-01: 8 of 10 points")
    assert "✘ criterion 0/2" in shown
    assert "8/10, graded, counts, 010101010101" in shown
    assert "0/10, not_gradable, nothing was read\n      slope.ipynb: " in shown
    for kind in ("csv", "nbgrader"):
        assert main(["export", *place, "--format", kind]) == 0
        out, err = capsys.readouterr()
        assert ",8" in out
        assert "1 needs review: student-01" in err
    assert main(["report", *place]) == 0
    assert "1 needs review, 0 more worth a look" in capsys.readouterr().err
    page = (room / "graded/slope/report.html").read_text("utf-8")
    assert "not_gradable: slope.ipynb: " in page
    assert main(["feedback", *place]) == 0
    told = (room / "feedback/student-01/slope/feedback.md").read_text("utf-8")
    assert "8 of 10 points" in told
    assert "Your latest submission could not be graded, so the one before it counts" in told
    assert LATER not in told, "codes are not for students"
