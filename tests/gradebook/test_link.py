"""One person who became two is one again by ``roster link``: with all work, and back."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from autograder.cli.main import main
from autograder.course.folder import Course
from autograder.gradebook.attempt import Graded, attempts_of
from autograder.gradebook.book import Book
from autograder.gradebook.hand import Entry, log_of
from autograder.gradebook.identity import link, people_of
from autograder.gradebook.override import give as change
from autograder.gradebook.record import record
from autograder.gradebook.release import release_of
from autograder.gradebook.said import note_export
from autograder.gradebook.students import forget
from autograder.gradebook.tables import MOVE
from autograder.grading.decision import Decision, decide, read_decisions
from autograder.grading.lab import Lab
from autograder.grading.record import Grade
from autograder.lms.joining import Identity

from .byhand import override, standings
from .conftest import MakeGrade

ROOT = Path(__file__).resolve().parents[2]
DAY = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
ARCHIVE, STUDENT = "4711", "s01"
Command = Callable[..., int]


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A course of one lab."""
    ignored = shutil.ignore_patterns("accepted", "rejected", "__pycache__")
    lab = tmp_path / "reference" / "slope"
    shutil.copytree(ROOT / "reference" / "slope", lab, ignore=ignored)
    return tmp_path


@pytest.fixture
def give(room: Path, url: str) -> Command:
    def command(*words: str) -> int:
        return main(["roster", "link", *words, "--course", str(room), "--db", url])

    return command


@pytest.fixture
def put(room: Path, url: str, slope: Lab) -> Callable[..., None]:
    """Return a function that records a grade, with a folder for the file."""

    def record_it(grade: Grade, days: int = 0) -> None:
        folder = room / "submitted" / grade.student / "slope"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "slope.py").write_text(grade.submission_sha256, "utf-8")
        with Book(url) as book:
            release = release_of(book, Course(room), "slope", slope.plan.exercise.points)
            at = DAY + days * dt.timedelta(days=1)
            assert list(record(book, release, [Graded(grade=grade, submitted=at)])) == [1]

    return record_it


def known(url: str, student: str, system: str, kind: str, value: str) -> None:
    with Book(url) as book:
        one = Identity(student=student, system=system, kind=kind, value=value, source="x")
        link(book, one, new=True)


def state(url: str, room: Path) -> dict[str, Any]:
    """Return all that is to be as before after an undo."""
    with Book(url) as book:
        found: dict[str, Any] = {
            one.student: (one.score, [c.words for c in one.account.changes])
            for one in standings(book, "slope")
        }
        for student in list(found):
            found[f"{student} attempts"] = [
                (one.grade.student, one.submission_sha256) for one in attempts_of(book, student)
            ]
            found[f"{student} log"] = [one.words for one in log_of(book, student)]
        people = people_of(book)
        found["ids"] = sorted((one.student, one.says()) for s in found for one in people.ids_of(s))
    found["files"] = sorted(
        (str(path.relative_to(room)), path.read_text("utf-8"))
        for path in (room / "submitted").rglob("*.py")
    )
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def test_a_student_whom_an_archive_made_goes_into_the_other_with_all_work(
    room: Path,
    url: str,
    give: Command,
    put: Callable[..., None],
    make_grade: MakeGrade,
    capsys: pytest.CaptureFixture[str],
) -> None:
    known(url, STUDENT, "canvas", "user", "77")
    put(make_grade(ARCHIVE, "criterion", "forward"))
    with Book(url) as book:
        override(book, "slope", ARCHIVE, "criterion", 1.0, "oral exam")
        bonus = Entry(
            lab="slope", student=ARCHIVE, kind="bonus", points=0.5, reason="good question"
        )
        change(book, bonus)
        note_export(book, "slope", "csv", standings(book, "slope"))
    before = state(url, room)
    words = (STUDENT, "moodle:participant=4711", "-a", "slope")
    assert give(*words) == 1, "it is shown first"
    said = capsys.readouterr().out
    parts = "1 attempt, 2 changes by hand, 1 note of an export, submitted/4711/slope"
    assert f"s01 takes over what came under this id as 4711:\n  slope: {parts}" in said
    assert "nothing changed: --yes moves it" in said
    assert state(url, room) == before
    assert give(*words, "--yes") == 0
    now = state(url, room)
    assert ARCHIVE not in now
    assert now[STUDENT] == [
        7.5,
        [
            "check-criterion counts 1 point instead of 0: oral exam",
            "0.5 points more: good question",
        ],
    ]
    assert [path for path, _ in now["files"]] == ["submitted/s01/slope/slope.py"]
    with Book(url) as book:
        nbgrader = book.nbgrader.find_submission("slope", STUDENT)
        assert nbgrader.score == 7.5
        assert people_of(book).find("moodle:participant=4711", "slope") == STUDENT
    assert give("--undo") == 0
    assert state(url, room) == before
    assert give("--undo") == 1, "nothing is left to undo"


def test_what_was_looked_at_stays_looked_at(
    room: Path, url: str, give: Command, put: Callable[..., None], make_grade: MakeGrade
) -> None:
    grade = make_grade(ARCHIVE)
    looked = Decision(student=ARCHIVE, submission=grade.submission_sha256, reviewed=("text-cell",))
    known(url, STUDENT, "canvas", "user", "77")
    put(grade)
    decide(room / "graded" / "slope", [looked])
    assert give(STUDENT, "moodle:participant=4711", "-a", "slope", "--yes") == 0
    found = [one.student for one in read_decisions(room / "graded" / "slope")]
    assert found == [ARCHIVE, STUDENT]
    with Book(url) as book:
        forget(book, STUDENT)
        with book.transaction() as session:
            assert list(session.execute(select(MOVE))) == []


def test_where_both_handed_in_the_last_that_could_be_graded_counts(
    room: Path, url: str, give: Command, put: Callable[..., None], make_grade: MakeGrade
) -> None:
    known(url, STUDENT, "canvas", "user", "77")
    put(make_grade(STUDENT, "forward", sha="01" * 32))
    put(make_grade(ARCHIVE, sha="02" * 32), 1)
    with Book(url) as book:
        override(book, "slope", ARCHIVE, "criterion", 1.5, "read it")
    before = state(url, room)
    assert give(STUDENT, "moodle:participant=4711", "-a", "slope", "--yes") == 0
    now = state(url, room)
    assert now[STUDENT][0] == 9.5
    assert [who for who, _ in now[f"{STUDENT} attempts"]] == [STUDENT, STUDENT]
    assert give("--undo") == 0
    assert state(url, room) == before


def test_a_file_that_both_handed_in_is_one_attempt(
    room: Path, url: str, give: Command, put: Callable[..., None], make_grade: MakeGrade
) -> None:
    known(url, STUDENT, "canvas", "user", "77")
    put(make_grade(STUDENT))
    put(make_grade(ARCHIVE))
    before = state(url, room)
    assert give(STUDENT, "moodle:participant=4711", "-a", "slope", "--yes") == 0
    assert len(state(url, room)[f"{STUDENT} attempts"]) == 1
    assert give("--undo") == 0
    assert state(url, room) == before


def test_work_of_a_student_with_other_ids_stays_unless_it_is_meant(
    room: Path,
    url: str,
    give: Command,
    put: Callable[..., None],
    make_grade: MakeGrade,
    capsys: pytest.CaptureFixture[str],
) -> None:
    known(url, STUDENT, "canvas", "user", "77")
    known(url, "s02", "canvas", "user", "78")
    known(url, "s02", "gradescope", "number", "9")
    put(make_grade("s02"))
    assert give(STUDENT, "gradescope:number=9") == 0
    said = capsys.readouterr().out
    assert said.startswith("gradescope:number=9: s01, no longer s02\n")
    assert "s02 keeps slope: 1 attempt" in said
    assert state(url, room)["s02"][0] == 10.0
    assert give("--undo") == 0
    assert give(STUDENT, "gradescope:number=9", "--work", "--yes") == 0
    assert (state(url, room)[STUDENT][0], state(url, room)["s02"][0]) == (10.0, None)


def test_a_student_who_happens_to_be_called_like_the_id_keeps_their_work(
    room: Path, url: str, give: Command, put: Callable[..., None], make_grade: MakeGrade
) -> None:
    """777 of Canvas and student 777 are two people."""
    known(url, STUDENT, "canvas", "login", "one")
    known(url, "777", "gradescope", "email", "two@example.org")
    put(make_grade("777"))
    assert give(STUDENT, "canvas:user=777") == 0
    assert state(url, room)["777"][0] == 10.0
