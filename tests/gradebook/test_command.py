"""From an archive to exports, by the commands; scores are the same wherever one looks."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from autograder.cli.main import main
from autograder.engines.pool import LocalEngine

from .room import FILES, Room, graded_room

Scores = dict[str, float]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, standard: LocalEngine, bank: Path) -> Room:
    """A class, collected from an archive and graded."""
    return graded_room(tmp_path_factory.mktemp("course"), standard, bank)


def of_results(room: Room) -> Scores:
    text = (room.root / "graded" / "slope" / "results.jsonl").read_text("utf-8")
    return {line["student"]: line["score"] for line in map(json.loads, text.splitlines())}


def of_csv(text: str, student: str) -> Scores:
    rows = csv.DictReader(io.StringIO(text))
    return {row[student]: float(row["score"]) for row in rows}


def of_nbgrader(room: Room) -> Scores:
    exported = room.nbgrader("export", "--to", "grades.csv")
    assert exported.code == 0, exported.err
    return of_csv((room.root / "grades.csv").read_text("utf-8"), "student_id")


def test_scores_are_the_same_everywhere(room: Room) -> None:
    scores = of_results(room)
    assert scores["student-01"] == scores["student-03"] == 10.0
    assert scores["student-02"] == 5.0
    assert of_nbgrader(room) == scores
    ours = room.run("export", "-a", "slope", "--format", "nbgrader")
    assert of_csv(ours.out, "student_id") == scores
    assert of_csv(room.run("export", "-a", "slope").out, "student") == scores


def test_our_table_is_nbgrader_s_line_by_line(room: Room) -> None:
    of_nbgrader(room)
    theirs = (room.root / "grades.csv").read_text("utf-8").splitlines()
    ours = room.run("export", "-a", "slope", "--format", "nbgrader").out.splitlines()
    assert ours == theirs


def test_nbgrader_makes_feedback_with_our_words(room: Room) -> None:
    made = room.nbgrader("generate_feedback", "slope")
    assert made.code == 0, made.err
    pages = {
        student: (room.root / "feedback" / student / "slope" / "slope.html").read_text("utf-8")
        for student in FILES
    }
    assert "gradient_zeroing" in pages["student-02"]
    assert "Score: 5.0 / 10.0" in pages["student-02"]
    assert "Score: 10.0 / 10.0" in pages["student-03"]


def test_show_says_why(room: Room) -> None:
    shown = room.run("show", "student-02", "-a", "slope")
    assert shown.code == 0, shown.err
    assert "✘ gradient_zeroing 0/2 (own, calls)" in shown.out
    assert "(none)" not in shown.out
    assert "attempts: 1" in shown.out
    about = json.loads(room.run("show", "student-02", "--json").out)
    assert about["attempts"][0]["grade"]["score"] == 5.0


def test_an_override_is_kept_when_all_is_graded_again(room: Room) -> None:
    reason = ("--reason", "explained it well")
    given = room.run("override", "student-02", "-a", "slope", "--cell", "train_model", "--points", "6", *reason)  # fmt: skip
    assert given.code == 0, given.err
    assert room.grade("--student", "student-02").code == 0
    assert of_nbgrader(room)["student-02"] == 10.0
    taken = room.run("override", "student-02", "-a", "slope", "--cell", "train_model", "--take-back", *reason)  # fmt: skip
    assert taken.code == 0, taken.err
    assert of_nbgrader(room)["student-02"] == 5.0
    assert "explained it well" in room.run("show", "student-02").out


def test_the_roster_says_who_is_missing(room: Room) -> None:
    (room.root / "roster.csv").write_text("id,first_name\nstudent-01,One\nstudent-08,\n", "utf-8")
    said = room.run("roster", "--add", "roster.csv", "-a", "slope")
    assert (said.code, said.out) == (0, "student-08\n")
    assert room.run("roster", "--forget", "student-08").code == 1, "not without --yes"
    assert room.run("roster", "--forget", "student-08", "--yes").code == 0
    assert room.run("roster", "-a", "slope").out == ""


def test_report_and_feedback_are_made(room: Room) -> None:
    reported = room.run("report", "-a", "slope")
    assert reported.code == 0, reported.err
    page = Path(reported.out.strip()).read_text("utf-8")
    assert "gradient-never-zeroed" in page or "zero" in page
    assert "<svg" in page
    told = room.run("feedback", "-a", "slope", "--out", "told")
    assert told.code == 0, told.err
    one = (room.root / "told" / "student-02" / "slope" / "feedback.html").read_text("utf-8")
    assert one.count("<svg") >= 2
    assert not [other for other in FILES if other != "student-02" and other in one]


def test_without_a_gradebook_it_is_said_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = tmp_path / "reference" / "slope"
    lab.mkdir(parents=True)
    (lab / "exercise.py").write_text("", "utf-8")
    assert main(["show", "student-01", "--course", str(tmp_path)]) == 1
    assert "grade SUBMITTED -a LAB --db" in capsys.readouterr().err
    assert not (tmp_path / "gradebook.db").exists()
    assert main(["report", "-a", "slope", "--course", str(tmp_path)]) == 1
    assert "no grades" in capsys.readouterr().err
