"""A student's way: link, lab, file, feedback, history; and what a lab's rules say."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

from starlette.testclient import TestClient

from autograder.gradebook.dates import set_dates
from autograder.gradebook.lateness import FREE, LabRule
from autograder.portal.app import make_app
from autograder.portal.people import grant, recognise
from autograder.portal.policy import Policy, load_policy, save_policy
from tests.portal.rooms import BASE, LAB, Room


def rules(
    room: Room, due_in: float | None = None, late_rule: LabRule | None = None, **changes
) -> None:
    """Set the lab's rules."""
    with room.site.database.write() as connection:
        save_policy(connection, Policy(lab=LAB, **changes))
    with room.site.shelf.book() as book:
        at = None if due_in is None else dt.datetime.fromtimestamp(room.clock() + due_in, dt.UTC)
        set_dates(book, LAB, at, late_rule, FREE)


def test_a_link_asks_first_and_then_signs_in(room):
    person = room.person("student", "student-01")
    with room.site.database.write() as connection:
        secret = grant(connection, person, "link", room.clock())
    client = TestClient(make_app(room.site), base_url=BASE)
    asked = client.get(f"/in/{secret}")
    assert asked.status_code == 200
    assert client.get("/labs").status_code == 401  # looking at it signed nobody in
    cookie = client.post("/in", data={"secret": secret}, follow_redirects=False)
    flags = cookie.headers["set-cookie"].lower()
    assert all(flag in flags for flag in ("httponly", "secure", "samesite=lax", "__host-"))
    assert client.get("/labs").status_code == 200


def test_a_link_ends_when_it_is_revoked_or_old(room):
    anna = room.visitor("student", "student-02")
    boss = room.visitor("instructor")
    assert anna.get("/labs").status_code == 200
    boss.post(f"/people/{anna.person.id}/revoke")
    assert anna.get("/labs").status_code == 401
    with room.site.database.write() as connection:
        secret = grant(connection, anna.person, "link", room.clock())
        assert recognise(connection, "link", secret, room.clock())
        assert recognise(connection, "token", secret, room.clock()) is None
        assert recognise(connection, "link", secret, room.clock() + 201 * 86_400) is None


def test_a_file_is_stored_graded_and_shown(room):
    rules(room)
    one = room.visitor("student", "student-03")
    answer = one.submit(b"x = 1")
    assert answer.status_code == 303
    where = answer.headers["location"]
    waiting = one.get(where)
    assert "data-events" in waiting.text
    assert 'http-equiv="refresh"' in waiting.text  # without JavaScript
    room.work()
    shown = one.get(where)
    assert "5" in shown.text
    assert "data-events" not in shown.text
    again = one.submit(b"x = 1234")
    room.work()
    assert "5 → 8" in one.get(again.headers["location"]).text
    assert one.get(f"/labs/{LAB}").text.count("/submissions/") == 2
    home = room.site.course.root / "submitted" / "student-03" / LAB
    assert (home / "slope.py").read_bytes() == b"x = 1234"


def test_a_program_is_answered_202_with_a_receipt(room):
    rules(room)
    one = room.visitor("student", "student-04")
    page = one.post("/token").text
    token = page.partition('<pre class="command">')[2].partition("<")[0]
    client = TestClient(make_app(room.site), base_url=BASE)
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    sent = client.post(f"/labs/{LAB}", files={"file": ("a.py", b"abc")}, headers=headers)
    assert sent.status_code == 202
    body = sent.json()
    assert (body["attempt"], body["state"], body["lab"]) == (1, "queued", LAB)
    room.work()
    state = client.get(f"/submissions/{body['id']}/state", headers=headers).json()
    assert (state["state"], state["score"], state["counts"]) == ("done", 3.0, True)
    receipt = client.get(f"/submissions/{body['id']}/receipt", headers=headers).text
    assert body["sha256"] in receipt
    file = client.get(f"/submissions/{body['id']}/file", headers=headers)
    assert file.content == b"abc"
    assert file.headers["content-disposition"].startswith("attachment")


def test_progress_comes_as_events(room):
    rules(room)
    one = room.visitor("student", "student-05")
    where = one.submit(b"x").headers["location"]
    room.work()
    answer = one.get(f"{where}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    [event] = answer.text.strip().split("\n\n")
    assert json.loads(event.removeprefix("data: "))["state"] == "done"


def test_attempts_and_pauses_are_kept_to_and_a_form_sent_twice_is_one(room):
    rules(room, attempts=2, pause_seconds=60.0)
    one = room.visitor("student", "student-06")
    first = one.submit(b"1", once="a")
    assert one.submit(b"1", once="a").headers["location"] == first.headers["location"]
    early = one.submit(b"2")
    assert early.status_code == 409
    room.clock.now += 61
    assert one.submit(b"2").status_code == 303
    room.clock.now += 61
    assert one.submit(b"3").status_code == 409
    assert 'type="file"' not in one.get(f"/labs/{LAB}").text


def test_after_the_due_date_it_is_late_or_too_late(room):
    rules(room, due_in=-10.0, late=False)
    one = room.visitor("student", "student-07")
    assert one.submit(b"1").status_code == 409
    rules(room, due_in=-10.0, late=True)
    assert one.submit(b"1").status_code == 303
    rules(room)


DAY = 86_400.0


def test_a_late_rule_is_shown_before_and_kept_to_afterwards(room):
    rules(room, due_in=DAY, late_rule=LabRule(percent=10.0, most=50.0, days=3.0))
    one, boss = room.visitor("student", "student-31"), room.visitor("instructor")
    for page in ("/labs", f"/labs/{LAB}"):
        shown = one.get(page).text
        assert "10 % of your points less for each day that has begun, at most 50 %" in shown
        assert "Accepted until" in shown
        assert "You are" not in shown
    room.clock.now += 2.5 * DAY  # a day and a half late
    one, boss = room.visitor("student", "student-31"), room.visitor("instructor")
    shown = one.get(f"/labs/{LAB}").text
    assert "You are 1 day 12 hours late. Full marks are 8 of 10 points now." in shown
    where = one.submit(b"12345").headers["location"]
    room.work()
    [standing] = room.site.shelf.standings(LAB, "student-31")
    assert (standing.raw_score, standing.penalty, standing.score) == (5.0, 1.0, 4.0)
    feedback = one.get(where).text
    assert "1 point less" in feedback
    assert "at most 50 %" in feedback
    row = next(r for r in boss.get(f"/class/{LAB}/scores.csv").text.split() if "student-31" in r)
    assert ",4," in row
    room.clock.now += 2 * DAY
    one = room.visitor("student", "student-31")
    shown = one.get(f"/labs/{LAB}").text
    assert "This lab took submissions until" in shown
    assert one.submit(b"1").status_code == 409
    rules(room)


def test_an_extension_moves_the_last_moment_too(room):
    rules(room, due_in=-DAY, late_rule=LabRule(days=0.5))
    one, boss = room.visitor("student", "student-32"), room.visitor("instructor")
    assert one.submit(b"1").status_code == 409
    rules(room, due_in=DAY, late_rule=LabRule(days=0.5))
    one.submit(b"123")
    room.work()
    until = dt.datetime.fromtimestamp(room.clock() + 3 * DAY, dt.UTC)
    page = f"/class/{LAB}/students/student-32"
    boss.post(page, kind="extend", until=until.isoformat(), reason="ill")
    room.clock.now += 3.4 * DAY
    one = room.visitor("student", "student-32")
    assert one.submit(b"1234").status_code == 303
    room.clock.now += 0.2 * DAY
    assert one.submit(b"12345").status_code == 409
    rules(room)


def test_how_much_is_told_before_the_due_date(room):
    rules(room)
    one = room.visitor("student", "student-08")
    where = one.submit(b"1234567").headers["location"]
    room.work()
    rules(room, due_in=3600.0, told="received")
    assert ">7<" not in one.get(where).text
    assert "score" not in one.get(f"{where}/state").json()
    assert "7/10" not in one.get(f"/labs/{LAB}").text
    rules(room, due_in=3600.0, told="points")
    shown = one.get(where).text
    assert ">7<" in shown
    assert "<h2>" not in shown  # no page of reasons
    rules(room, due_in=3600.0, told="public")
    for page in (where, f"/labs/{LAB}"):
        assert ">7<" not in one.get(page).text
        assert "7/10" not in one.get(page).text
    assert "score" not in one.get(f"{where}/state").json()
    rules(room, due_in=-1.0, told="received")
    assert one.get(f"{where}/state").json()["score"] == 7.0
    rules(room)


def test_the_best_counts_where_the_rules_say_so(room):
    rules(room, counts="best")
    one = room.visitor("student", "student-09")
    for data in (b"123", b"12345678", b"1234"):
        one.submit(data)
        room.work()
    assert room.site.shelf.standings(LAB, "student-09")[0].score == 8.0
    home = room.site.course.root / "submitted" / "student-09" / LAB / "slope.py"
    assert home.read_bytes() == b"12345678"
    rules(room, counts="last")
    one.submit(b"12")
    room.work()
    assert room.site.shelf.standings(LAB, "student-09")[0].score == 2.0


def test_a_regrade_leaves_the_last_attempt_counting(room):
    rules(room)
    one, boss = room.visitor("student", "student-10"), room.visitor("instructor")
    for data in (b"12345", b"123"):
        one.submit(data)
        room.work()
    boss.post(f"/class/{LAB}/regrade")
    room.work()
    assert room.site.shelf.standings(LAB, "student-10")[0].score == 3.0


def test_hostile_names_and_files_are_text(room):
    rules(room)
    one = room.visitor("student", "student-11")
    name = "<script>alert(1)</script>../..\\x\x1b.py"
    where = one.submit(b"\x00\xff<script>", name=name).headers["location"]
    room.work()
    assert "<script>alert" not in one.get(where).text
    assert "<script>alert" not in one.get(f"/labs/{LAB}").text
    assert not (room.site.course.root / "x").exists()


def test_what_is_too_large_or_empty_is_refused_with_words(room, monkeypatch):
    monkeypatch.setattr("autograder.portal.guard.MOST_BYTES", 1000)
    rules(room)
    one = room.visitor("student", "student-12")
    assert one.submit(b"x" * 1001).status_code == 413
    assert one.submit(b"").status_code == 400
    assert one.post(f"/labs/{LAB}").status_code == 400


def test_the_default_policy_is_open_and_tells_all(room):
    with room.site.database.read() as connection:
        assert load_policy(connection, "unset") == Policy(lab="unset")
    assert dataclasses.asdict(Policy(lab="x"))["told"] == "all"
