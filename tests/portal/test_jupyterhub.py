"""The portal as a service of a JupyterHub: below its prefix, for the roster, with cookies there."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator

import httpx
import pytest
from starlette.testclient import TestClient

from autograder.errors import CourseError
from autograder.lti.jupyterhub import service_of
from autograder.portal.app import Below, make_app
from autograder.portal.limits import Rates
from autograder.portal.serve import hub_of
from autograder.portal.site import Site
from tests.lti.hub import ENVIRONMENT, FakeHub
from tests.portal.rooms import LAB, Room
from tests.portal.test_student import rules

PREFIX = "/services/autograder"
ORIGIN = "https://hub.example"


@pytest.fixture
def there(room: Room) -> Iterator[tuple[FakeHub, Site]]:
    """A Hub, and the portal as its service."""
    rules(room)
    with room.site.shelf.book() as book:
        book.nbgrader.update_or_create_student("student-61", last_name="X")
    hub = FakeHub()
    site = dataclasses.replace(room.site, base=f"{ORIGIN}{PREFIX}", rates=Rates())
    site.openid = hub.hub(instructors={"groups": ("teachers",)})
    yield hub, site
    site.shelf.close()


def browser(site: Site) -> TestClient:
    return TestClient(Below(make_app(site), site.path), base_url=ORIGIN, follow_redirects=False)


def sign_in(hub: FakeHub, client: TestClient, to: str = f"/labs/{LAB}"):
    begun = client.get(f"{PREFIX}/openid", params={"to": to})
    return client.get(f"{PREFIX}/oauth_callback", params=hub.visit(begun.headers["location"]))


def test_a_user_signs_in_below_the_prefix_and_sees_the_page_asked_for(there) -> None:
    hub, site = there
    client = browser(site)
    asked = client.get(f"{PREFIX}/labs/{LAB}")
    assert asked.status_code == 401
    assert f'href="{PREFIX}/openid?to=%2Flabs%2F{LAB}"' in asked.text
    assert "Sign in with JupyterHub" in client.get(f"{PREFIX}/").text
    answer = sign_in(hub, client)
    assert answer.headers["location"] == f"{ORIGIN}{PREFIX}/labs/{LAB}"
    page = client.get(f"{PREFIX}/labs/{LAB}")
    assert page.status_code == 200
    assert f'action="{PREFIX}/labs/{LAB}"' in page.text
    assert client.get(f"{PREFIX}/class").status_code == 403


def test_cookies_go_to_no_other_server_of_the_hub(there) -> None:
    hub, site = there
    client = browser(site)
    answer = sign_in(hub, client)
    cookies = [value for key, value in answer.headers.multi_items() if key == "set-cookie"]
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.startswith("__Secure-")
        assert f"Path={PREFIX}/;" in cookie
        assert all(flag in cookie for flag in ("HttpOnly", "; Secure", "SameSite=Lax"))


def test_roles_are_those_of_the_hubs_groups_of_now(there) -> None:
    hub, site = there
    hub.user |= {"name": "teacher", "groups": ["teachers"]}
    client = browser(site)
    assert sign_in(hub, client, "/class").status_code == 303
    assert client.get(f"{PREFIX}/people").status_code == 200
    hub.user |= {"groups": []}
    assert sign_in(hub, browser(site)).status_code == 403  # in no roster either
    assert client.get(f"{PREFIX}/people").status_code == 401


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "student-62"}, "student-62"),
        ({"name": "Student-61"}, "Student-61"),
        ({"scopes": []}, "JupyterHub"),
    ],
)
def test_who_is_not_in_the_roster_or_not_let_in_gets_no_session(there, changed, said) -> None:
    hub, site = there
    hub.user |= changed
    client = browser(site)
    answer = sign_in(hub, client)
    assert answer.status_code == 403
    assert said in answer.text
    assert client.get(f"{PREFIX}/labs").status_code == 401


@pytest.mark.parametrize("to", ["//evil.example/", "@evil.example", "/../../user/x", "/\\evil"])
def test_a_sign_in_leads_to_the_portals_own_pages_only(there, to: str) -> None:
    hub, site = there
    answer = sign_in(hub, browser(site), to)
    assert answer.headers["location"].startswith(f"{ORIGIN}{PREFIX}/")
    assert "/.." not in answer.headers["location"]


def test_another_browser_and_a_second_time_are_refused(there) -> None:
    hub, site = there
    client = browser(site)
    begun = client.get(f"{PREFIX}/openid")
    sent = hub.visit(begun.headers["location"])
    assert browser(site).get(f"{PREFIX}/oauth_callback", params=sent).status_code == 403
    assert client.get(f"{PREFIX}/oauth_callback", params=sent).status_code == 403
    assert client.get(f"{PREFIX}/oauth_callback").status_code == 403


def test_a_hub_that_is_down_is_said(there) -> None:
    hub, site = there
    hub.down = {"/user": httpx.ConnectError("down")}
    assert sign_in(hub, browser(site)).status_code == 503


def test_without_a_sign_in_the_callback_is_not_there(room: Room) -> None:
    assert room.visitor().get("/oauth_callback").status_code == 404


def test_two_ways_to_sign_in_are_refused_at_the_start(tmp_path) -> None:
    service = service_of(ENVIRONMENT)
    made = hub_of(tmp_path, service)
    assert made.provider.label == "JupyterHub"
    asyncio.run(made._client.aclose())
    (tmp_path / "openid.json").write_text("{}")
    with pytest.raises(CourseError, match=r"openid\.json"):
        hub_of(tmp_path, service)
