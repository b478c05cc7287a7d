"""Where a person must look, cells are marked until somebody has; until then some go without."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import msgspec
import pytest
from nbformat.v4 import new_notebook

from autograder.cli.main import main
from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.gradebook.attempt import Graded
from autograder.gradebook.book import Book
from autograder.gradebook.lateness import FREE
from autograder.gradebook.record import record
from autograder.gradebook.release import Release, release_of
from autograder.grading.decision import Decision, Decisions, decide, read_decisions
from autograder.grading.lab import Lab
from autograder.grading.record import Grade, to_json
from autograder.judge.review import CHECK_ERROR, LATER
from autograder.nbgrader_bridge.mark import MARKED, MarkCells
from autograder.words.text import verbatim

from .byhand import override, standings, total_of
from .conftest import MakeGrade
from .test_record import cells, put

SHA, OTHER = "01" * 32, "02" * 32
ALL = {"check-forward", "check-criterion", "check-train_model"}
TAKEN = "text-cell"


def marked(book: Book, student: str = "student-01") -> set[str]:
    return {cell for cell, (_, _, mark) in cells(book, student).items() if mark}


def asking(grade: Grade, *codes: str) -> Grade:
    return msgspec.structs.replace(grade, review=codes)


def broken(grade: Grade, name: str = "criterion") -> Grade:
    """Return the grade as it is where a check of ours broke."""
    checks = tuple(
        msgspec.structs.replace(
            c, outcome="error", passed=False, points=0.0, message=verbatim("It broke.")
        )
        if c.id == name
        else c
        for c in grade.checks
    )
    score = sum(check.points for check in checks)
    return msgspec.structs.replace(grade, checks=checks, score=score, review=(CHECK_ERROR,))


def looked_at(grade: Grade, *codes: str) -> Decisions:
    about = grade.submission_sha256
    return Decisions([Decision(student=grade.student, submission=about, reviewed=codes)])


def again(book: Book, release: Release, grade: Grade, decisions: Decisions) -> None:
    assert list(record(book, release, [Graded(grade=grade)], FREE, decisions)) == [1]


def test_all_cells_are_marked_and_no_points_change(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    grade = asking(make_grade("student-01", "criterion"), TAKEN)
    put(book, release, grade, make_grade("student-02"))
    assert marked(book) == ALL
    assert marked(book, "student-02") == set()
    assert book.nbgrader.find_submission("slope", "student-01").needs_manual_grade
    one, other = standings(book, "slope")
    assert (one.score, one.review, other.review) == (8.0, (TAKEN,), ())


def test_a_broken_check_marks_its_own_cell(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, broken(make_grade("student-01")))
    assert marked(book) == {"check-criterion"}
    put(book, release, broken(make_grade("student-02"), "gradient_zeroing"))
    assert marked(book, "student-02") == {"check-train_model"}
    put(book, release, asking(broken(make_grade("student-03")), CHECK_ERROR, TAKEN))
    assert marked(book, "student-03") == ALL


def test_what_was_looked_at_is_marked_no_more_however_often_it_is_graded(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    grade = asking(make_grade("student-01"), TAKEN)
    seen = looked_at(grade, TAKEN)
    put(book, release, grade)
    again(book, release, grade, seen)
    assert marked(book) == set()
    changed = msgspec.structs.replace(grade, exercise_sha256="ef" * 32)
    again(book, release, changed, seen)
    assert marked(book) == set()
    assert standings(book, "slope", decisions=seen)[0].review == ()
    again(book, release, asking(make_grade("student-01", sha=OTHER), TAKEN), seen)
    assert marked(book) == ALL, "another submission"
    assert standings(book, "slope", decisions=seen)[0].review == (TAKEN,)


def test_points_by_hand_stay_and_ask_again_only_for_another_submission(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    grade = asking(make_grade("student-01", "criterion", sha=SHA), TAKEN)
    put(book, release, grade)
    override(book, "slope", "student-01", "criterion", 1.5, "oral exam")
    put(book, release, grade)
    assert marked(book) == ALL - {"check-criterion"}
    assert cells(book, "student-01")["check-criterion"] == (0.0, 1.5, False)
    put(book, release, asking(make_grade("student-01", "criterion", sha=OTHER), TAKEN))
    assert cells(book, "student-01")["check-criterion"] == (0.0, 1.5, True)
    assert standings(book, "slope")[0].score == 9.5


def test_until_somebody_decides_a_broken_check_leaves_no_score(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    grade = broken(make_grade("student-01"))
    put(book, release, grade)
    [one] = standings(book, "slope")
    assert (one.undecided, one.score, one.raw_score) == (True, None, None)
    first, *_ = total_of(book, "slope", "student-01").lines()
    assert first == "slope, student-01: no score until somebody decides (8 so far)"
    [one] = standings(book, "slope", decisions=looked_at(grade, CHECK_ERROR))
    assert (one.undecided, one.score, one.review) == (False, 8.0, ())


def test_points_by_hand_for_its_cell_decide_on_a_broken_check(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, broken(make_grade("student-01", sha=SHA)))
    override(book, "slope", "student-01", "forward", 1.0, "of another cell")
    assert standings(book, "slope")[0].undecided
    override(book, "slope", "student-01", "criterion", 2.0, "it is right")
    [one] = standings(book, "slope")
    assert (one.undecided, one.score, one.review) == (False, 9.0, ())
    put(book, release, broken(make_grade("student-01", sha=SHA)))
    assert not standings(book, "slope")[0].undecided, "graded again"
    put(book, release, broken(make_grade("student-01", sha=OTHER)))
    assert standings(book, "slope")[0].undecided, "those were for another submission"


def test_points_by_hand_for_one_cell_are_no_look_at_the_others(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, asking(make_grade("student-01"), TAKEN))
    for cell in ("forward", "criterion"):
        override(book, "slope", "student-01", cell, 2.0, "fine")
        assert standings(book, "slope")[0].review == (TAKEN,)
    override(book, "slope", "student-01", "train_model", 6.0, "fine")
    assert standings(book, "slope")[0].review == ()


def test_points_that_formgrader_gives_are_points_by_hand(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, broken(make_grade("student-01")))
    with book.transaction():  # as its page does
        score = book.nbgrader.find_grade("check-criterion", "slope", "slope", "student-01")
        score.manual_score, score.needs_manual_grade = 2.0, False
    assert standings(book, "slope")[0].score == 10.0


def test_what_nbgrader_s_autograde_marks_keeps_its_points(
    book: Book, release: Release, make_grade: MakeGrade
) -> None:
    put(book, release, make_grade("student-01", "criterion"))
    names = {"notebook": "slope", "assignment": "slope", "student": "student-01"}
    resources = {"nbgrader": {**names, "db_url": book.url}}
    MarkCells().preprocess(new_notebook(), {**resources, MARKED: ["check-criterion"]})
    book.nbgrader.db.expire_all()
    assert cells(book, "student-01")["check-criterion"] == (0.0, None, True)
    MarkCells().preprocess(new_notebook(), resources)
    assert marked(book) == {"check-criterion"}


@pytest.fixture
def room(tmp_path: Path, course: Course, saved_file: Path) -> Path:
    """A course folder with the lab slope and an empty gradebook."""
    (tmp_path / "reference").symlink_to(course.root / "reference")
    (tmp_path / "gradebook.db").write_bytes(saved_file.read_bytes())
    return tmp_path


@pytest.fixture
def filled(room: Path, course: Course, slope: Lab, make_grade: MakeGrade) -> Path:
    """The same with three students: nothing to look at, a text cell, a broken check."""
    made = [
        make_grade("student-01"),
        asking(make_grade("student-02", "criterion", sha=SHA), TAKEN),
        broken(make_grade("student-03", sha=SHA)),
    ]
    write(room, *made)
    with Book(f"sqlite:///{room}/gradebook.db") as book:
        put(book, release_of(book, course, "slope", slope.plan.exercise.points), *made)
    return room


def write(room: Path, *grades: Grade) -> None:
    """Write the results of a run."""
    folder = room / "graded" / "slope"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.jsonl").write_bytes(b"".join(to_json(one) + b"\n" for one in grades))


def scores(room: Path, capsys: pytest.CaptureFixture[str], kind: str = "csv") -> dict[str, str]:
    assert main(["export", "-a", "slope", "--course", str(room), "--format", kind]) == 0
    rows = csv.DictReader(io.StringIO(capsys.readouterr().out))
    return {row.get("student") or row["student_id"]: row["score"] for row in rows}


def reviewed(room: Path, student: str, *more: str) -> int:
    return main(["reviewed", student, "-a", "slope", "--course", str(room), *more])


def test_exports_list_who_needs_a_person_and_leave_a_broken_check_blank(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["-a", "slope", "--course", str(filled)]
    assert main(["export", *place]) == 0
    said = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [row["review"] for row in rows] == ["", TAKEN, CHECK_ERROR]
    assert [row["score"] for row in rows] == ["10", "8", ""]
    assert said.err.splitlines() == [
        "2 need review: student-02, student-03",
        "1 score is blank until you decide with 'autograder reviewed' or 'autograder override': student-03",
    ]
    assert scores(filled, capsys, "nbgrader") == {
        "student-01": "10.0",
        "student-02": "8.0",
        "student-03": "",
    }
    one = ["--format", "gradescope", "--student"]
    assert main(["export", *place, *one, "student-03"]) == 0
    said = capsys.readouterr()
    assert "score" not in json.loads(said.out)
    assert "1 needs review: student-03" in said.err
    assert main(["export", *place, *one, "student-01"]) == 0
    assert capsys.readouterr().err == ""


CANVAS = (
    "Student,ID,Slope (77)\r\n    Points Possible,,10\r\nOne,student-01,\r\nThree,student-03,7\r\n"
)
MOODLE = (
    "Identifier,Username,Grade,Maximum Grade,Feedback comments\r\n"
    "Participant 11,student-01,,10.00,\r\nParticipant 12,student-03,7.00,10.00,old\r\n"
)


@pytest.mark.parametrize(
    ("kind", "table", "expected"),
    [
        (
            "canvas",
            CANVAS,
            CANVAS.replace("student-01,", "student-01,10").replace("student-03,7", "student-03,"),
        ),
        (
            "moodle",
            MOODLE,
            MOODLE.replace("01,,", "01,10.00,").replace("03,7.00,", "03,,"),
        ),
    ],
)
def test_in_an_lms_s_table_the_place_of_a_broken_check_is_blank(
    filled: Path, capsys: pytest.CaptureFixture[str], kind: str, table: str, expected: str
) -> None:
    roster = filled / "table.csv"
    roster.write_text(table, "utf-8", newline="")
    place = ["-a", "slope", "--course", str(filled)]
    assert main(["export", *place, "--format", kind, "--roster", str(roster)]) == 1
    said = capsys.readouterr()
    assert said.out == expected
    assert "2 need review: student-02, student-03" in said.err
    assert "1 of 2 lines filled in" in said.err
    assert f"1 score has no line in {roster}: student-02" in said.err


def test_reviewed_lets_the_points_count_and_is_kept(
    filled: Path, course: Course, slope: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reviewed(filled, "student-03", "--reason", "not his fault") == 0
    assert capsys.readouterr().out.splitlines() == [
        "student-03, slope: reviewed",
        "  A check failed because of a fault in our code: it earns nothing until somebody decides.",
    ]
    assert scores(filled, capsys)["student-03"] == "8"
    url = f"sqlite:///{filled}/gradebook.db"
    with Book(url) as book:
        assert marked(book, "student-03") == set()
        assert marked(book, "student-02") == ALL
        release = release_of(book, course, "slope", slope.plan.exercise.points)
        grade = standings(book, "slope", "student-03")[0].grade
        assert grade is not None
        again(book, release, grade, Decisions(read_decisions(filled / "graded" / "slope")))
        assert marked(book, "student-03") == set()
    assert scores(filled, capsys)["student-03"] == "8"
    assert main(["show", "student-03", "--course", str(filled)]) == 0
    shown = capsys.readouterr().out
    assert "010101010101 reviewed: A check failed because of a fault in our code" in shown
    assert "decides.: not his fault" in shown
    assert main(["show", "student-03", "--json", "--course", str(filled)]) == 0
    [one] = json.loads(capsys.readouterr().out)["decisions"]
    assert (one["assignment"], one["reason"]) == ("slope", "not his fault")
    assert reviewed(filled, "student-03") == 0
    assert capsys.readouterr().out == "student-03, slope: nothing needs review\n"


def test_without_a_gradebook_it_is_the_same(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (filled / "gradebook.db").unlink()
    report = ["report", "-a", "slope", "--course", str(filled)]
    assert main(report) == 0
    assert "2 need review" in capsys.readouterr().err
    assert reviewed(filled, "student-02") == 0
    assert main(report) == 0
    assert "1 needs review" in capsys.readouterr().err
    assert not (filled / "gradebook.db").exists()


def test_a_look_before_there_is_a_gradebook_counts_in_it(
    filled: Path, course: Course, slope: Lab, make_grade: MakeGrade
) -> None:
    (filled / "gradebook.db").rename(filled / "kept.db")
    assert reviewed(filled, "student-02") == 0
    (filled / "kept.db").rename(filled / "gradebook.db")
    grade = asking(make_grade("student-02", "criterion", sha=SHA), TAKEN)
    with Book(f"sqlite:///{filled}/gradebook.db") as book:
        release = release_of(book, course, "slope", slope.plan.exercise.points)
        again(book, release, grade, Decisions(read_decisions(filled / "graded" / "slope")))
        assert marked(book, "student-02") == set()


def test_a_run_newer_than_the_gradebook_is_looked_at_too(
    filled: Path, make_grade: MakeGrade
) -> None:
    newer = asking(make_grade("student-02", sha=OTHER), "several-worked")
    write(filled, newer)
    assert reviewed(filled, "student-02") == 0
    made = Decisions(read_decisions(filled / "graded" / "slope"))
    assert made.asked(newer) == ()
    assert made.asked(asking(make_grade("student-02", sha=SHA), TAKEN)) == ()


def test_a_later_file_that_cannot_be_graded_can_be_looked_at(
    filled: Path, course: Course, slope: Lab, make_grade: MakeGrade
) -> None:
    refused = make_grade("student-01", status="not_gradable", sha="")
    later = msgspec.structs.replace(refused, score=0.0, checks=(), message=verbatim("a link"))
    with Book(f"sqlite:///{filled}/gradebook.db") as book:
        release = release_of(book, course, "slope", slope.plan.exercise.points)
        put(book, release, later)
        assert standings(book, "slope", "student-01")[0].review == (LATER,)
        assert reviewed(filled, "student-01") == 0
        made = Decisions(read_decisions(filled / "graded" / "slope"))
        [one] = standings(book, "slope", "student-01", made)
        assert (one.score, one.review) == (10.0, ())
        assert one.later is not None, "it is still shown"


def test_grades_that_lie_elsewhere_are_found_there(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (filled / "graded").rename(filled / "elsewhere")
    assert reviewed(filled, "student-03", "--out", str(filled / "elsewhere")) == 0
    capsys.readouterr()
    assert scores(filled, capsys)["student-03"] == "", "nobody looked at those in graded/"
    place = ["-a", "slope", "--course", str(filled), "--graded", str(filled / "elsewhere")]
    assert main(["export", *place]) == 0
    said = capsys.readouterr().err
    assert "student-03" not in said.replace(
        "1 score changed since the last export to csv: student-03", ""
    )


@pytest.mark.parametrize("gradebook", [True, False])
def test_nobody_can_look_at_who_is_not_there(
    filled: Path, capsys: pytest.CaptureFixture[str], gradebook: bool
) -> None:
    if not gradebook:
        (filled / "gradebook.db").unlink()
    assert reviewed(filled, "student-99") == 1
    assert "student-99: no grade in slope" in capsys.readouterr().err
    assert main(["reviewed", "student-01", "-a", "slpoe", "--course", str(filled)]) == 1
    assert "unknown lab 'slpoe'" in capsys.readouterr().err


def test_a_lab_that_the_gradebook_does_not_have_is_looked_at_in_its_results(
    filled: Path, make_grade: MakeGrade
) -> None:
    grade = asking(make_grade("student-02", sha=SHA), TAKEN)
    folder = filled / "graded" / "line"
    folder.mkdir()
    line = msgspec.structs.replace(grade, assignment="line")
    (folder / "results.jsonl").write_bytes(to_json(line) + b"\n")
    assert main(["reviewed", "student-02", "-a", "line", "--course", str(filled)]) == 0
    assert Decisions(read_decisions(folder)).asked(line) == ()


def test_what_cannot_be_written_is_told(filled: Path) -> None:
    (filled / "file").write_text("", "utf-8")
    with pytest.raises(CourseError, match="file: cannot be written"):
        decide(filled / "file", [Decision(student="a", submission=SHA, accepted=True)])
