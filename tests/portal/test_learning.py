"""A learning platform signs people in, takes chosen labs, and gets the grades."""

from __future__ import annotations

import asyncio
import re
import time

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from autograder.lti.outbox import deliver
from autograder.lti.platform import public_keys
from autograder.portal.learning import wire_of
from autograder.portal.outgoing import StoredOutbox, send_score
from autograder.portal.site import Site
from tests.lti.platform import AGS, CLAIM, DEEP, ISSUER, MEMBERSHIP, PLATFORM, FakePlatform
from tests.portal.rooms import BASE, LAB, Room, Visitor
from tests.portal.test_student import rules

KEY = RSAKey.generate_key(2048, auto_kid=True)
HERE = {CLAIM + "target_link_uri": f"{BASE}/labs/{LAB}"}
ITEM = f"{ISSUER}/items/7?type_id=4"
SCOPE = ["https://purl.imsglobal.org/spec/lti-ags/scope/score"]
TEACHER = {CLAIM + "roles": [f"{MEMBERSHIP}#Instructor"]}


@pytest.fixture
def platform(room: Room):
    """The portal with a platform registered, at the time of the platform's clock."""
    rules(room)
    made, site, before = FakePlatform(public_keys(KEY)), room.site, room.clock.now
    room.clock.now = time.time()
    site.platforms, site.key = (PLATFORM,), KEY
    site.wire = wire_of(site, made.client())
    yield made
    site.platforms, site.key, site.wire, room.clock.now = (), None, None, before


def begin(room: Room) -> tuple[Visitor, str]:
    visitor = room.visitor()
    sent = {"iss": ISSUER, "login_hint": "h", "target_link_uri": f"{BASE}/labs/{LAB}"}
    answer = visitor.client.get("/lti/login", params=sent, follow_redirects=False)
    assert answer.status_code == 302
    return visitor, answer.headers["location"]


def launch(room: Room, platform: FakePlatform, **claims) -> tuple[Visitor, object]:
    visitor, address = begin(room)
    posted = platform.token(address, **(HERE | claims))
    headers = {"Origin": ISSUER}
    return visitor, visitor.client.post(
        "/lti/launch", data=posted, headers=headers, follow_redirects=False
    )


def send(site: Site) -> int:
    return asyncio.run(deliver(StoredOutbox(site), site.wire.services, now=site.clock()))


def test_a_student_comes_from_the_platform_to_the_lab(room, platform):
    visitor, answer = launch(room, platform, sub="u-31")
    assert answer.headers["location"] == f"/labs/{LAB}"
    assert "partitioned" in answer.headers["set-cookie"].lower()
    assert visitor.get(f"/labs/{LAB}").status_code == 200
    assert visitor.get("/class").status_code == 403
    assert f"frame-ancestors {ISSUER}" in visitor.get("/labs").headers["content-security-policy"]


def test_who_has_the_e_mail_address_of_a_student_is_that_student(room, platform):
    with room.site.shelf.book() as book:
        book.nbgrader.update_or_create_student("student-32", email="s32@example.org")
    visitor, _ = launch(room, platform, sub="u-32", email="S32@example.org")
    again, _ = launch(room, platform, sub="u-32", email="other@example.org")
    taken, _ = launch(room, platform, sub="u-33", email="s32@example.org")
    names = [found_name(one) for one in (visitor, again, taken)]
    assert names[0] == names[1]
    assert names[2].startswith("lti-")  # the address is somebody's already, whom the platform named


def found_name(visitor: Visitor) -> str:
    """Return the student's id, as a receipt says it."""
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', visitor.get("/labs").text)[1]
    sent = visitor.client.post(
        f"/labs/{LAB}",
        data={"form_token": token},
        files={"file": ("a.py", b"1")},
        follow_redirects=False,
    )
    receipt = visitor.get(f"{sent.headers['location']}/receipt").text
    return receipt.splitlines()[0].rpartition(", ")[2]


def test_a_launch_is_for_one_browser_and_for_once(room, platform):
    visitor, address = begin(room)
    posted = platform.token(address, **HERE)
    stranger = room.visitor()
    assert stranger.client.post("/lti/launch", data=posted).status_code == 403
    assert visitor.client.post("/lti/launch", data=posted).status_code == 403  # spent by then
    assert stranger.get("/labs").status_code == 401


def test_a_platforms_role_of_now_counts(room, platform):
    boss, answer = launch(room, platform, sub="u-34", **TEACHER)
    assert answer.headers["location"] == f"/class/{LAB}"
    assert boss.get("/people").status_code == 200
    launch(room, platform, sub="u-34")
    assert boss.get("/people").status_code == 401


def test_a_grade_arrives_once_and_a_platform_that_is_down_gets_it_later(room, platform):
    grades = {AGS: {"scope": SCOPE, "lineitems": f"{ISSUER}/items", "lineitem": ITEM}}
    visitor, _ = launch(room, platform, sub="u-35", **grades)
    student = found_name(visitor)
    room.work()
    assert send_score(room.site, LAB, student, is_new=True) == 1
    platform.refuses = [503]
    assert send(room.site) == 0
    assert send(room.site) == 0  # not yet again
    room.clock.now += 60
    assert send(room.site) == 1
    score = platform.scores["/items/7", "u-35"]
    assert (score["scoreGiven"], score["scoreMaximum"]) == (1.0, 10.0)
    assert send(room.site) == 0
    platform.refuses = [422]
    send_score(room.site, LAB, student, is_new=False)
    assert send(room.site) == 0
    room.clock.now += 7200
    assert send(room.site) == 0
    room.clock.now = time.time()
    boss, _ = launch(room, platform, sub="u-36", **TEACHER)
    assert f"{student}: the learning platform does not take" in boss.get(f"/class/{LAB}").text


def test_nothing_is_sent_while_nothing_is_told(room, platform):
    grades = {AGS: {"scope": SCOPE, "lineitems": f"{ISSUER}/items", "lineitem": ITEM}}
    visitor, _ = launch(room, platform, sub="u-37", **grades)
    student = found_name(visitor)
    room.work()
    rules(room, told="received")
    assert send_score(room.site, LAB, student, is_new=True) == 0
    rules(room)


def test_an_instructor_chooses_labs_in_the_platform(room, platform):
    settings = {"deep_link_return_url": f"{ISSUER}/return", "accept_multiple": True, "data": "d"}
    claims = {
        CLAIM + "message_type": "LtiDeepLinkingRequest",
        CLAIM + "resource_link": None,
        DEEP: settings,
    }
    boss, shown = launch(room, platform, sub="u-38", **TEACHER, **claims)
    fields = dict(re.findall(r'name="(form_token|launch)" value="([^"]+)"', shown.text))
    form = fields | {f"lab-{LAB}": "on"}
    chosen = boss.client.post("/lti/choose", data=form)
    assert f"form-action 'self' {ISSUER}" in chosen.headers["content-security-policy"]
    signed = re.search(r'name="JWT" value="([^"]+)"', chosen.text)[1]
    keys = KeySet.import_key_set(boss.client.get("/lti/keys").json())
    claims = jwt.decode(signed, keys, algorithms=["RS256"]).claims
    [item] = claims["https://purl.imsglobal.org/spec/lti-dl/claim/content_items"]
    assert item["custom"] == {"lab": LAB}
    assert boss.client.post("/lti/choose", data=form).status_code == 403
