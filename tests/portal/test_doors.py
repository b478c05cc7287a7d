"""Every address, by every role: who is let in, who sees what is another's, what a foreign form does."""

from __future__ import annotations

import re
from unittest.mock import Mock

import pytest
from sqlalchemy.exc import OperationalError

from autograder.gradebook.book import BookUnavailable
from autograder.portal.app import doors
from autograder.portal.database import Unavailable
from autograder.portal.guard import Door
from autograder.portal.limits import RULES, Rates
from autograder.portal.people import grant, note
from autograder.portal.tables import AUDIT
from autograder.words.catalogue import say
from tests.portal.rooms import BASE, LAB, ROOT, Room
from tests.portal.test_student import rules

SPENT = ("/in", "/lti/choose")  # their secret is not known, which is said with 403, too
ROLES = (None, "student", "assistant", "instructor")
SIGNED_IN = ("student", "assistant", "instructor")
EXPECTED = {
    "GET /": ROLES,
    "GET /in/{secret}": ROLES,
    "POST /in": ROLES,
    "POST /out": SIGNED_IN,
    "GET /static/{file}": ROLES,
    "GET /healthz": ROLES,
    "GET /labs": ("student",),
    "GET /labs/{lab}": ("student",),
    "POST /labs/{lab}": ("student",),
    "GET /submissions/{submission}": SIGNED_IN,
    "GET /submissions/{submission}/state": SIGNED_IN,
    "GET /submissions/{submission}/events": SIGNED_IN,
    "GET /submissions/{submission}/file": SIGNED_IN,
    "GET /submissions/{submission}/receipt": SIGNED_IN,
    "POST /token": ("student",),
    "GET /class": ("assistant", "instructor"),
    "GET /class/{lab}": ("assistant", "instructor"),
    "GET /class/{lab}/report": ("assistant", "instructor"),
    "GET /class/{lab}/students/{student}": ("assistant", "instructor"),
    "POST /class/{lab}/students/{student}": ("assistant", "instructor"),
    "POST /class/{lab}/policy": ("instructor",),
    "POST /class/{lab}/regrade": ("instructor",),
    "GET /class/{lab}/scores.csv": ("assistant", "instructor"),
    "GET /class/{lab}/files.zip": ("instructor",),
    "GET /queue": ("assistant", "instructor"),
    "POST /queue/{number}": ("assistant", "instructor"),
    "GET /people": ("instructor",),
    "POST /people": ("instructor",),
    "POST /people/links": ("instructor",),
    "POST /people/{person}/revoke": ("instructor",),
    "POST /people/{person}/forget": ("instructor",),
    "GET /log": ("instructor",),
    "GET /lti/login": ROLES,
    "POST /lti/login": ROLES,
    "POST /lti/launch": ROLES,
    "GET /lti/keys": ROLES,
    "POST /lti/choose": ("instructor",),
    "POST /class/{lab}/push": ("instructor",),
    "GET /openid": ROLES,
    "GET /openid/back": ROLES,
    "GET /oauth_callback": ROLES,
}
"""Who may use an address: written down here a second time, so that a slip there is seen."""


@pytest.fixture(scope="module")
def visitors(room: Room):
    rules(room)
    return {role: room.visitor(role, f"{role}-doors" if role else "") for role in ROLES}


@pytest.fixture(scope="module")
def theirs(room: Room) -> dict[str, str]:
    """What belongs to another student, for the addresses' names."""
    other = room.visitor("student", "student-90")
    submission = other.submit(b"12345").headers["location"].rpartition("/")[2]
    room.work()
    return {
        "submission": submission,
        "lab": LAB,
        "student": "student-90",
        "person": "nobody",
        "number": "1",
        "file": "portal.js",
        "secret": "guessed",
    }


def test_every_address_is_written_down() -> None:
    assert [f"{door.method} {door.path}" for door in doors()] == list(EXPECTED)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "door",
    [one for one in doors() if one.path not in ("/out", "/people/links")],
    ids=lambda door: f"{door.method} {door.path}",
)
def test_who_is_let_in(room, visitors, theirs, door: Door, role) -> None:
    room.site.rates = Rates()
    path = re.sub(r"{(\w+)}", lambda found: theirs[found[1]], door.path)
    visitor = visitors[role]
    answer = visitor.get(path) if door.method == "GET" else visitor.post(path)
    allowed = role in EXPECTED[f"{door.method} {door.path}"]
    if allowed:
        assert answer.status_code != 401
        if not (role == "student" and "{submission}" in door.path) and door.path not in SPENT:
            assert answer.status_code != 403
    else:
        assert answer.status_code == (401 if role is None else 403)
    assert "content-security-policy" in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "unsafe-inline" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("part", ["", "/state", "/events", "/file", "/receipt"])
def test_no_student_sees_what_is_anothers(visitors, theirs, part) -> None:
    answer = visitors["student"].get(f"/submissions/{theirs['submission']}{part}")
    missing = visitors["student"].get(f"/submissions/nothing{part}")
    assert answer.status_code == missing.status_code == 404
    assert answer.text == missing.text  # not even that it is there
    assert visitors["assistant"].get(f"/submissions/{theirs['submission']}{part}").is_success


@pytest.mark.parametrize(
    "door",
    [one for one in doors() if one.method == "POST" and one.roles and not one.foreign],
    ids=lambda door: door.path,
)
def test_a_form_of_another_site_does_nothing(room, visitors, theirs, door: Door) -> None:
    room.site.rates = Rates()
    path = re.sub(r"{(\w+)}", lambda found: theirs[found[1]], door.path)
    visitor = visitors[door.roles[-1]]
    token = visitor.token()
    assert visitor.post(path, form_token="").status_code == 403
    assert visitor.post(path, form_token="0" * 64).status_code == 403
    foreign = {"Origin": "https://evil.example"}
    assert visitor.post(path, headers=foreign, form_token=token).status_code == 403


def test_too_much_is_too_much(room, visitors) -> None:
    room.site.rates = Rates()
    codes = [visitors[None].get("/in/guess").status_code for _ in range(RULES["sign-in"][0] + 1)]
    assert codes[0] == 404
    assert codes[-1] == 429
    again = visitors[None].get("/in/guess")
    assert 0 < int(again.headers["retry-after"]) <= RULES["sign-in"][1] + 1
    assert re.search(r"Try again in \d+ second", again.text)
    room.site.rates = Rates()


def test_a_database_that_is_away_is_said_without_its_address(room, visitors, monkeypatch) -> None:
    room.site.rates = Rates()
    secret = f"cannot reach {room.site.book_url}"
    for error in (
        Unavailable(secret),
        BookUnavailable(secret),
        OperationalError(secret, {}, OSError()),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(room.site.shelf, "standings", Mock(side_effect=error))
            answer = visitors["student"].get("/labs")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "sqlite" not in answer.text
        assert "postgresql" not in answer.text


def test_ids_are_long_and_random(theirs) -> None:
    assert len(theirs["submission"]) >= 22


def test_no_secret_is_in_the_log(room, visitors) -> None:
    boss = visitors["instructor"]
    page = boss.post("/people", name="student-91", role="student").text
    link = page.partition('<pre class="command">')[2].partition("<")[0]
    secret = link.rpartition("/")[2]
    assert link.startswith(f"{BASE}/in/")
    fresh = room.visitor()
    assert fresh.client.post("/in", data={"secret": secret}, follow_redirects=False).is_redirect
    log = boss.get("/log").text
    assert "student-91" in log
    assert secret not in log
    with room.site.database.write() as connection:
        note(connection, None, "x" * 10, "y" * 300, 0.0)
        rows = connection.execute(AUDIT.select()).all()
    assert not any(secret in str(row) for row in rows)


def test_every_refusal_has_words() -> None:
    sources = (ROOT / "autograder" / "portal").glob("*.py")
    found = [re.findall(r'Refused\(\d+, "([a-z-]+)"', path.read_text()) for path in sources]
    codes = {code for codes in found for code in codes}
    assert len(codes) > 5
    assert not [code for code in codes if say(code) == code]


def test_signing_in_ends_the_session_that_the_browser_had(room):
    rules(room)
    one = room.visitor("student", "student-81")
    old = dict(one.client.cookies)
    with room.site.database.write() as connection:
        link = grant(connection, one.person, "link", room.clock())
    asked = one.get(f"/in/{link}").text
    assert f'name="form_token" value="{one.token()}"' in asked
    assert one.post("/in", secret=link).status_code == 303
    assert dict(one.client.cookies) != old
    assert one.get("/labs").status_code == 200
    other = room.visitor()
    other.client.cookies.update(old)
    assert other.get("/labs").status_code == 401


def test_signing_out_ends_the_session_and_clears_what_is_cached(room):
    one = room.visitor("student", "student-82")
    old = dict(one.client.cookies)
    answer = one.post("/out")
    assert answer.headers["clear-site-data"] == '"cache"'
    other = room.visitor()
    other.client.cookies.update(old)
    assert other.get("/labs").status_code == 401


def test_the_host_header_leads_nowhere(room):
    one = room.visitor("student", "student-83")
    for path in ("/labs/", "/labs", "/", "/nothing"):
        answer = one.get(path, host="evil.example")
        assert "evil.example" not in answer.text + str(answer.headers)
    assert one.get("/labs/").status_code == 404
