"""A university's provider signs people in: whom the roster and the settings have, once, here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from autograder.lti.openid import OpenId
from autograder.portal.serve import openid_of
from autograder.portal.tables import AUDIT, LOGIN
from tests.lti.provider import ISSUER, FakeProvider, settings
from tests.portal.rooms import BASE, LAB, Room, Visitor
from tests.portal.test_student import rules

ROSTER = {"student-41": "s41@example.org", "student-42": "s42@example.org"}


@pytest.fixture
def there(room: Room) -> Iterator[FakeProvider]:
    """The portal with a provider in its settings, at the time of the provider's clock."""
    rules(room)
    made, before = FakeProvider(), room.clock.now
    room.clock.now = time.time()
    with room.site.shelf.book() as book:
        for student, email in ROSTER.items():
            book.nbgrader.update_or_create_student(student, email=email)
    use(room, made)
    yield made
    room.site.openid, room.clock.now = None, before


def use(room: Room, there: FakeProvider, **changes) -> None:
    provider = settings(**changes)
    back = f"{BASE}/openid/back"
    room.site.openid = OpenId(provider, there.secret, there.client(), redirect=back)


def begin(room: Room, there: FakeProvider, to: str = "") -> tuple[Visitor, dict[str, str]]:
    visitor = room.visitor()
    answer = visitor.get(f"/openid{to}")
    assert answer.status_code == 302
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-")
    assert all(flag in cookie for flag in ("HttpOnly", "Secure", "SameSite=Lax"))
    return visitor, there.visit(answer.headers["location"])


def back(visitor: Visitor, sent: dict[str, str]):
    return visitor.client.get("/openid/back", params=sent, follow_redirects=False)


def sign_in(room: Room, there: FakeProvider, to: str = "", **who: object):
    there.who = {"sub": "s-41", "email": "s41@example.org"} | who
    visitor, sent = begin(room, there, to)
    return visitor, back(visitor, sent)


def test_a_student_of_the_roster_comes_to_the_page_that_was_asked_for(room, there) -> None:
    stranger = room.visitor()
    refused = stranger.client.get(f"/labs/{LAB}")
    assert refused.status_code == 401
    assert f'href="/openid?to=%2Flabs%2F{LAB}"' in refused.text
    assert "Sign in with Login" in stranger.get("/").text
    visitor, answer = sign_in(room, there, f"?to=/labs/{LAB}", email="S41@Example.org")
    assert answer.headers["location"] == f"{BASE}/labs/{LAB}"
    assert visitor.get(f"/labs/{LAB}").status_code == 200
    assert visitor.get("/class").status_code == 403
    again, _ = sign_in(room, there, sub="another")  # the roster decides, not who came first
    assert "student-41" in again.get("/labs").text


@pytest.mark.parametrize(
    "to", ["@evil.example", "//evil.example/", "/\\evil.example", ".evil.example", "/../x"]
)
def test_a_sign_in_leads_to_pages_of_ours_only(room, there, to: str) -> None:
    _, answer = sign_in(room, there, f"?to={to}")
    assert urlsplit(answer.headers["location"]).netloc == urlsplit(BASE).netloc


def test_state_and_nonce_are_for_one_browser_and_for_once(room, there) -> None:
    there.who = {"sub": "s-41", "email": "s41@example.org"}
    visitor, sent = begin(room, there)
    stranger = room.visitor()
    assert back(stranger, sent).status_code == 403
    assert back(visitor, sent).status_code == 403  # spent by then
    assert stranger.get("/labs").status_code == visitor.get("/labs").status_code == 401
    visitor, sent = begin(room, there)
    assert back(visitor, sent).status_code == 303
    assert back(visitor, sent).status_code == 403
    with room.site.database.read() as connection:
        kept = [row.state for row in connection.execute(LOGIN.select())]
    assert sent["state"] not in kept
    assert back(visitor, {}).status_code == 403


def test_who_is_not_in_the_roster_is_told_so_and_noted(room, there) -> None:
    visitor, answer = sign_in(room, there, email="<b>nobody</b>@example.org")
    assert answer.status_code == 403
    assert "&lt;b&gt;nobody" in answer.text
    assert "set-cookie" not in answer.headers
    assert visitor.get("/labs").status_code == 401
    with room.site.database.read() as connection:
        rows = connection.execute(AUDIT.select().where(AUDIT.c.act == "sign-in-refused")).all()
    assert rows[-1].subject == "<b>nobody</b>@example.org"


def test_an_address_that_two_have_signs_in_neither(room, there) -> None:
    with room.site.shelf.book() as book:
        for student in ("student-43", "student-44"):
            book.nbgrader.update_or_create_student(student, email="both@example.org")
    assert sign_in(room, there, email="both@example.org")[1].status_code == 403


@pytest.mark.parametrize(
    ("value", "status"),
    [("student-42", 303), ("Student-42", 403), ("s42@example.org", 403), ("", 403)],
)
def test_a_claim_may_be_the_rosters_own_id(room, there, value: str, status: int) -> None:
    use(room, there, claim="preferred_username", roster="id")
    assert sign_in(room, there, preferred_username=value)[1].status_code == status


def test_a_role_is_that_of_now(room, there) -> None:
    use(
        room,
        there,
        instructors={"groups": ("/ml/staff",)},
        assistants={"email": ("t@example.org",)},
    )
    boss, answer = sign_in(room, there, sub="s-50", email="b@example.org", groups=["/ml/staff"])
    assert answer.status_code == 303
    assert boss.get("/people").status_code == 200
    tutor, _ = sign_in(room, there, sub="s-51", email="T@example.org")
    assert tutor.get("/class").status_code == 200
    assert tutor.get("/people").status_code == 403
    sign_in(room, there, sub="s-50", email="b@example.org")  # left the group: not even a student
    assert boss.get("/people").status_code == 401


def test_a_provider_that_is_down_is_said_and_a_link_still_works(room, there) -> None:
    there.down = {"openid-configuration": 502}
    answer = room.visitor().get("/openid")
    assert answer.status_code == 503
    assert ISSUER in answer.text
    assert room.visitor("student", "student-41").get("/labs").status_code == 200
    there.down = {}
    visitor, sent = begin(room, there)
    there.down = {"token": 502}
    assert back(visitor, sent).status_code == 503


def test_no_code_state_or_token_is_in_the_log(room, there, caplog) -> None:
    there.who = {"sub": "s-41", "email": "s41@example.org"}
    visitor, sent = begin(room, there)
    back(visitor, sent)
    with room.site.database.read() as connection:
        said = f"{connection.execute(AUDIT.select()).all()}{caplog.text}"
    assert not any(value in said for value in (sent["code"], sent["state"], there.secret))


def test_the_courses_settings_open_the_sign_in(tmp_path) -> None:
    assert openid_of(tmp_path, BASE) is None
    (tmp_path / "openid.json").write_text(f'{{"issuer": "{ISSUER}", "client_id": "c"}}')
    (tmp_path / "openid.secret").write_text("s")
    (tmp_path / "openid.secret").chmod(0o600)
    made = openid_of(tmp_path, BASE)
    assert made is not None
    assert made._secret == "s"
    assert openid_of(tmp_path, BASE, "of the environment")._secret == "of the environment"
