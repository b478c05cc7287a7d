"""What instructors do: look, change by hand, set rules, export, forget."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from autograder.gradebook.lateness import LabRule
from autograder.portal import archive, queue
from autograder.portal.intake import receipts
from autograder.portal.policy import load_policy
from tests.portal.rooms import LAB, Room
from tests.portal.test_student import rules


@pytest.fixture(scope="module")
def boss(room: Room):
    rules(room)
    return room.visitor("instructor", "staff-01")


def test_a_change_by_hand_is_a_row_of_the_gradebook_and_can_be_undone(room, boss):
    one = room.visitor("student", "student-21")
    where = one.submit(b"123").headers["location"]
    room.work()
    page = f"/class/{LAB}/students/student-21"
    assert boss.post(page, kind="total", points="9,5", reason="spoken exam").status_code == 303
    assert room.site.shelf.standings(LAB, "student-21")[0].score == 9.5
    assert "spoken exam" in boss.get(page).text
    assert "9.5" in one.get(where).text
    boss.post(page, undo="1")
    assert room.site.shelf.standings(LAB, "student-21")[0].score == 3.0
    assert boss.post(page, kind="total", points="many", reason="x").status_code == 400
    assert boss.post(page, kind="nonsense").status_code == 400


def test_rules_are_set_by_a_form(room, boss):
    answer = boss.post(
        f"/class/{LAB}/policy",
        open="on",
        attempts="3",
        pause="1.5",
        told="points",
        counts="best",
        due="2035-01-01T12:00",
    )
    assert answer.status_code == 303
    with room.site.database.read() as connection:
        found = load_policy(connection, LAB)
    assert (found.attempts, found.pause_seconds, found.told, found.counts, found.late) == (
        3,
        90.0,
        "points",
        "best",
        False,
    )
    assert "2035-01-01T12:00" in boss.get(f"/class/{LAB}").text
    assert boss.post(f"/class/{LAB}/policy", attempts="-1").status_code == 400
    rules(room)


def test_a_new_late_rule_says_whose_score_it_changes(room, boss):
    rules(room, due_in=-3600.0)
    one = room.visitor("student", "student-28")
    one.submit(b"12345678")
    room.work()
    form = {"open": "on", "late": "on", "told": "all", "counts": "last"}
    due = room.site.shelf.standings(LAB, "student-28")[0].due.isoformat()
    late = {"late_percent": "12,5", "late_most": "60", "late_days": "4"}
    assert boss.post(f"/class/{LAB}/policy", **form, **late, due=due).status_code == 303
    [standing] = room.site.shelf.standings(LAB, "student-28")
    assert (standing.penalty, standing.score) == (1.0, 7.0)
    said = "8 → 7: for being late 0 → 1"
    shown = boss.get(f"/class/{LAB}").text
    assert f"student-28: {said}" in shown
    assert all(f'value="{figure}"' in shown for figure in ("12.5", "60", "4"))
    assert "LabRule(percent=12.5" in boss.get("/log").text
    page = one.get(f"/labs/{LAB}").text
    assert "Your points changed on" in page
    assert said in page
    assert "for being late 0 → 1" in boss.get(f"/class/{LAB}/report").text
    for wrong in ({"late_percent": "101"}, {"late_days": "-1"}, {"late_percent": "much"}):
        answer = boss.post(f"/class/{LAB}/policy", **form, **wrong, due=due)
        assert answer.status_code == 400
    assert room.site.shelf.standings(LAB, "student-28")[0].score == 7.0
    boss.post(f"/class/{LAB}/policy", **form, due=due)
    assert room.site.shelf.standings(LAB, "student-28")[0].score == 8.0
    rules(room)


def test_the_best_is_chosen_anew_where_being_late_costs_something_else(room, boss):
    rules(room, due_in=3600.0, counts="best", late_rule=LabRule(percent=50.0))
    one = room.visitor("student", "student-29")
    one.submit(b"123456")
    room.work()
    room.clock.now += 7200.0
    one.submit(b"12345678")  # 8 points, 4 of them left
    room.work()
    [standing] = room.site.shelf.standings(LAB, "student-29")
    assert standing.score == 6.0
    form = {"open": "on", "late": "on", "told": "all", "counts": "best"}
    due = standing.due.isoformat()
    boss.post(f"/class/{LAB}/policy", **form, due=due, late_percent="0")
    room.work()
    assert room.site.shelf.standings(LAB, "student-29")[0].score == 8.0
    rules(room)


def test_scores_and_files_leave_as_a_table_and_an_archive(room, boss):
    one = room.visitor("student", "student-22")
    for data in (b"1", b"22"):
        one.submit(data)
    room.work()
    rows = list(csv.DictReader(io.StringIO(boss.get(f"/class/{LAB}/scores.csv").text)))
    assert {row["student"]: row["score"] for row in rows}["student-22"] == "2"
    archive = zipfile.ZipFile(io.BytesIO(boss.get(f"/class/{LAB}/files.zip").content))
    assert archive.read(f"student-22/{LAB}/2/slope.py") == b"22"


def test_the_class_report_is_shown_with_the_portals_bar(room, boss):
    shown = boss.get(f"/class/{LAB}/report")
    assert shown.status_code == 200
    assert "/static/portal.css" in shown.text
    assert "unsafe" not in shown.headers["content-security-policy"]


def test_a_failed_job_is_seen_and_tried_again(room, boss):
    one = room.visitor("student", "student-23")
    where = one.submit(b"1").headers["location"]
    room.grades.breaks = queue.TRIES
    room.work()
    assert "the sandbox is gone" in boss.get("/queue").text
    assert "not your fault" in one.get(where).text
    number = boss.get("/queue").text.partition('action="/queue/')[2].partition('"')[0]
    boss.post(f"/queue/{number}")
    room.work()
    assert one.get(f"{where}/state").json()["state"] == "done"


def test_links_for_the_whole_roster(room, boss):
    table = boss.post("/people/links").text
    links = [row["link"] for row in csv.DictReader(io.StringIO(table))]
    assert len(links) == len(set(links)) > 0
    fresh = room.visitor()
    secret = links[0].rpartition("/")[2]
    fresh.client.post("/in", data={"secret": secret})
    assert fresh.get("/labs").status_code == 200


def test_a_student_who_is_forgotten_is_nowhere_any_more(room, boss):
    one = room.visitor("student", "student-24")
    where = one.submit(b"4444").headers["location"]
    room.work()
    path = f"/people/{one.person.id}/forget"
    assert boss.post(path, really="student-2").status_code == 400
    assert boss.post(path, really="student-24").status_code == 303
    assert one.get("/labs").status_code == 401
    assert boss.get(where).status_code == 404
    assert room.site.shelf.standings(LAB, "student-24") == []
    assert not (room.site.course.root / "submitted" / "student-24").exists()
    assert "student-24" not in boss.get("/log").text


def test_files_are_read_one_by_one_while_they_are_sent(room, monkeypatch):
    one = room.visitor("student", "student-26")
    for data in (b"a" * 1000, b"b" * 1000):
        one.submit(data)
    with room.site.database.read() as connection:
        found = receipts(connection, LAB, "student-26")
    read = []
    monkeypatch.setattr(archive, "bytes_of", lambda _, one: read.append(one) or b"x")
    stream = archive.zipped(room.site.database, found)
    assert read == []
    next(stream)
    assert read == [found[0].id]
    next(stream)
    assert read == [found[0].id, found[1].id]


def test_forgetting_waits_for_what_runs_and_leaves_others_lines_in_the_log(room, boss):
    one, other = (room.visitor("student", f"student-27{more}") for more in ("", "1"))
    boss.post(f"/people/{other.person.id}/revoke")
    one.submit(b"4444")
    with room.site.database.write() as connection:
        assert queue.take(connection, "worker", 8, room.clock())
    path = f"/people/{one.person.id}/forget"
    refused = boss.post(path, really="student-27")
    assert refused.status_code == 400
    assert "being graded" in refused.text
    with room.site.database.read() as connection:
        assert len(receipts(connection, LAB, "student-27")) == 1
    with room.site.database.write() as connection:
        queue.release(connection, "worker")
    assert boss.post(path, really="student-27").status_code == 303
    with room.site.database.read() as connection:
        assert receipts(connection, LAB, "student-27") == []
    log = boss.get("/log").text
    assert "student-271" in log
    assert "student-27<" not in log


def test_a_release_that_was_cut_short_is_saved_again(room, boss):
    one = room.visitor("student", "student-25")
    one.submit(b"1")
    room.work()
    with room.site.shelf.book() as book:
        notebook = book.nbgrader.find_notebook(LAB, LAB)
        grades = {cell.name for cell in notebook.grade_cells}
        book.nbgrader.remove_assignment(LAB)
        book.nbgrader.update_or_create_assignment(LAB)
        book.nbgrader.add_notebook(LAB, LAB)  # a crash came before the cells
    where = one.submit(b"22").headers["location"]
    room.work()
    assert one.get(f"{where}/state").json()["state"] == "done"
    with room.site.shelf.book() as book:
        found = {cell.name for cell in book.nbgrader.find_notebook(LAB, LAB).grade_cells}
    assert found == grades
