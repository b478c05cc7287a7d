"""What a JupyterHub tells a service is read, and only whom it lets in is signed in."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from autograder.errors import CourseError
from autograder.lti.errors import RefusedError, UnreachableError
from autograder.lti.jupyterhub import load_settings, service_of
from autograder.lti.launch import Role
from autograder.lti.openid import PENDING_SECONDS, Known
from tests.lti.hub import ENVIRONMENT, SCOPE, FakeHub

NOW = 1_900_000_000.0


def sign_in(hub: FakeHub, later: float = 0.0, state: str = "", **settings) -> Known:
    async def whole() -> Known:
        made = hub.hub(**settings)
        address, started = await made.begin("https://hub.example/x", now=NOW)
        sent = hub.visit(address)
        browser = state or started.state
        return await made.finish(sent, started, browser=browser, now=NOW + later)

    return asyncio.run(whole())


def code_of(hub: FakeHub, **how) -> str:
    with pytest.raises((RefusedError, UnreachableError)) as refused:
        sign_in(hub, **how)
    return refused.value.code


def test_a_user_is_known_by_name_and_is_a_student() -> None:
    known = sign_in(FakeHub())
    assert (known.value, known.subject, known.role) == ("student-61",) * 2 + (Role.STUDENT,)


def test_names_and_groups_give_roles_and_nothing_else_does() -> None:
    hub = FakeHub()
    hub.user |= {"groups": ["formgrade-ml"], "admin": True}
    assert sign_in(hub).role is Role.STUDENT
    assert sign_in(hub, instructors={"groups": ("formgrade-ml",)}).role is Role.INSTRUCTOR
    assert sign_in(hub, assistants={"name": ("student-61",)}).role is Role.ASSISTANT
    assert sign_in(hub, assistants={"name": ("Student-61",)}).role is Role.STUDENT


@pytest.mark.parametrize(
    "changed",
    [
        {"scopes": []},
        {"scopes": ["self", "access:services!service=other"]},
        {"kind": "service"},
        {"name": ""},
    ],
)
def test_whom_the_hub_does_not_let_in_is_refused(changed) -> None:
    hub = FakeHub()
    hub.user |= changed
    assert code_of(hub) == "hub-not-allowed"


def test_a_scope_for_all_services_is_enough() -> None:
    hub = FakeHub()
    hub.user |= {"scopes": ["access:services"]}
    assert sign_in(hub).value == "student-61"


def test_a_sign_in_is_of_one_browser_and_of_a_few_minutes() -> None:
    assert code_of(FakeHub(), state="another") == "openid-browser-other"
    assert code_of(FakeHub(), later=PENDING_SECONDS + 1) == "openid-spent"


@pytest.mark.parametrize("door", ["/oauth2/token", "/user"])
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.ConnectError("down"), "openid-unreachable"),
        (httpx.Response(502), "openid-unreachable"),
        (httpx.Response(302, headers={"location": "http://evil.example/"}), "openid-unreachable"),
        (httpx.Response(200, text="<html>"), "openid-answer-broken"),
        (httpx.Response(200, json={"name": 5}), "openid-answer-broken"),
    ],
    ids=["down", "broken", "elsewhere", "page", "other"],
)
def test_a_hub_that_does_not_answer_signs_nobody_in(door: str, answer, code: str) -> None:
    hub = FakeHub()
    hub.down = {door: answer}
    assert code_of(hub) == code


def test_a_code_of_another_sign_in_is_refused() -> None:
    async def mixed() -> None:
        hub = FakeHub()
        made = hub.hub()
        theirs, _ = await made.begin("https://hub.example/x", now=NOW)
        _, mine = await made.begin("https://hub.example/x", now=NOW)
        sent = hub.visit(theirs) | {"state": mine.state}
        await made.finish(sent, mine, browser=mine.state, now=NOW)

    with pytest.raises(RefusedError) as refused:
        asyncio.run(mixed())
    assert refused.value.code == "openid-code-refused"


def test_the_environment_says_where_everything_is() -> None:
    found = service_of(ENVIRONMENT | {"JUPYTERHUB_BASE_URL": "/lab/"})
    assert found.hub == "/lab/hub"
    assert found.listen == ("127.0.0.1", 10101)
    assert found.scopes == ("access:services", SCOPE)
    assert found.base("https://hub.example/") == "https://hub.example/services/autograder"
    whole = "https://hub.example/services/autograder/"
    assert found.base(whole) == "https://hub.example/services/autograder"
    said = service_of(ENVIRONMENT | {"JUPYTERHUB_PUBLIC_URL": whole})
    assert said.base("") == said.base("https://elsewhere.example") == whole[:-1]
    with pytest.raises(CourseError, match="--url"):
        found.base("")


@pytest.mark.parametrize("name", ["API_TOKEN", "API_URL", "CLIENT_ID", "SERVICE_PREFIX"])
def test_what_a_hub_did_not_say_is_named(name: str) -> None:
    with pytest.raises(CourseError, match=f"JUPYTERHUB_{name}"):
        service_of(ENVIRONMENT | {f"JUPYTERHUB_{name}": ""})


@pytest.mark.parametrize(
    "broken", [{"OAUTH_ACCESS_SCOPES": "x"}, {"SERVICE_URL": "http://127.0.0.1:port"}]
)
def test_what_cannot_be_read_is_an_error_in_words(broken: dict[str, str]) -> None:
    with pytest.raises(CourseError, match="cannot be read"):
        service_of(ENVIRONMENT | {f"JUPYTERHUB_{key}": value for key, value in broken.items()})


@pytest.mark.parametrize(
    "text", ['{"instructors": {"admin": ["x"]}}', '{"roster": "face"}', '{"x": 1}', "{"]
)
def test_settings_that_say_something_else_are_refused_with_the_file(tmp_path, text: str) -> None:
    path = tmp_path / "jupyterhub.json"
    assert load_settings(path).roster == "id"
    path.write_text(text)
    with pytest.raises(CourseError, match=r"jupyterhub\.json"):
        load_settings(path)
