"""A launch signs somebody in once, and only as the registered platform says."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable
from typing import Any, TypeVar

import httpx
import pytest

from autograder.lti.errors import LtiError, RefusedError, UnreachableError
from autograder.lti.keys import SigningKeys
from autograder.lti.launch import Launch, Pending, Role, begin, finish, is_below, role_of
from tests.lti.platform import (
    BASE,
    CLAIM,
    CLIENT,
    DEEP,
    ISSUER,
    KEYS,
    MEMBERSHIP,
    PLATFORM,
    FakePlatform,
    encoded,
    unsigned,
)

Result = TypeVar("Result")
LOGIN = {"iss": ISSUER, "login_hint": "hint", "target_link_uri": f"{BASE}/labs/slope"}


class Logins:
    def __init__(self) -> None:
        self.pending: dict[str, Pending] = {}

    async def keep(self, pending: Pending) -> None:
        self.pending[pending.state] = pending

    async def take(self, state: str) -> Pending | None:
        return self.pending.pop(state, None)


class Tool:
    """This side of a launch, with its clock and its browser."""

    def __init__(self, platform: FakePlatform) -> None:
        self.platform = platform
        self.logins = Logins()
        self.keys = SigningKeys(platform.client())
        self.late = 0.0

    async def begin(self, **changes: str) -> str:
        sent = {k: v for k, v in (LOGIN | changes).items() if v}
        address, _ = await begin(
            sent, [PLATFORM], self.logins, base=BASE, redirect=f"{BASE}/lti/launch", now=time.time()
        )
        return address

    async def finish(self, sent: dict[str, str], browser: str | None = None) -> Launch:
        return await finish(
            sent,
            [PLATFORM],
            self.logins,
            self.keys,
            base=BASE,
            browser=sent.get("state", "") if browser is None else browser,
            now=time.time() + self.late,
        )

    async def launch(self, **changes: Any) -> Launch:
        return await self.finish(self.platform.token(await self.begin(), **changes))


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture
def tool(platform: FakePlatform) -> Tool:
    return Tool(platform)


def run(result: Awaitable[Result]) -> Result:
    async def wait() -> Result:
        return await asyncio.wait_for(result, 30)

    return asyncio.run(wait())


def refusal(result: Awaitable[Any]) -> str:
    with pytest.raises(LtiError) as caught:
        run(result)
    return caught.value.code


def test_a_launch_says_who_somebody_is_and_what_was_opened(tool: Tool) -> None:
    launch = run(tool.launch())
    assert (launch.subject, launch.name, launch.role) == ("u-1", "A student", Role.STUDENT)
    assert launch.link is not None
    assert launch.link.id == "link-1"
    assert launch.custom == {"lab": "slope"}
    assert launch.grades is not None
    assert launch.grades.lineitems == f"{ISSUER}/items?type_id=4"


def test_the_login_request_is_sent_on_with_a_state_and_a_nonce_of_its_own(tool: Tool) -> None:
    one, other = run(tool.begin()), run(tool.begin())
    assert one.startswith(f"{ISSUER}/auth?tenant=7&scope=openid")
    assert "response_mode=form_post" in one
    assert "prompt=none" in one
    assert one != other


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://other.example"}, "lti-platform-unknown"),
        ({"client_id": "tool-2"}, "lti-platform-unknown"),
        ({"lti_deployment_id": "d2"}, "lti-deployment-unknown"),
        ({"login_hint": ""}, "lti-request-broken"),
        ({"target_link_uri": ""}, "lti-request-broken"),
        ({"target_link_uri": "https://evil.example/course"}, "lti-request-broken"),
        ({"target_link_uri": "https://portal.example@evil.example/course"}, "lti-request-broken"),
    ],
)
def test_a_login_request_that_does_not_fit_is_refused(
    tool: Tool, changes: dict[str, str], code: str
) -> None:
    assert refusal(tool.begin(**changes)) == code
    assert not tool.logins.pending


NOW = int(time.time())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonce": "other"}, "lti-launch-spent"),
        ({"nonce": None}, "lti-claims-broken"),
        ({"exp": None}, "lti-claims-broken"),
        ({"iat": None}, "lti-claims-broken"),
        ({"sub": None}, "lti-claims-broken"),
        ({"sub": ""}, "lti-claims-broken"),
        ({"exp": NOW - 3600}, "lti-token-old"),
        ({"iat": NOW - 86_400}, "lti-token-old"),
        ({"iat": NOW + 86_400}, "lti-clocks"),
        ({"nbf": NOW + 86_400}, "lti-clocks"),
        ({"exp": "soon"}, "lti-claims-broken"),
        ({"aud": "tool-2"}, "lti-audience-other"),
        ({"aud": [CLIENT, "tool-2"]}, "lti-audience-other"),
        ({"aud": [CLIENT, "tool-2"], "azp": "tool-2"}, "lti-audience-other"),
        ({"azp": "tool-2"}, "lti-audience-other"),
        ({"iss": "https://other.example"}, "lti-platform-unknown"),
        ({CLAIM + "deployment_id": "d2"}, "lti-deployment-unknown"),
        ({CLAIM + "version": "1.1"}, "lti-claims-broken"),
        ({CLAIM + "message_type": "LtiSubmissionReviewRequest"}, "lti-claims-broken"),
        ({CLAIM + "resource_link": None}, "lti-claims-broken"),
        ({CLAIM + "target_link_uri": "https://evil.example/"}, "lti-request-broken"),
    ],
)
def test_a_token_that_does_not_fit_is_refused(
    tool: Tool, changes: dict[str, Any], code: str
) -> None:
    assert refusal(tool.launch(**changes)) == code


def test_several_audiences_are_right_if_the_token_was_made_for_this_tool(tool: Tool) -> None:
    assert run(tool.launch(aud=[CLIENT, "tool-2"], azp=CLIENT)).subject == "u-1"


def test_a_launch_works_once_with_or_without_the_browsers_state(tool: Tool) -> None:
    async def twice(browser: str | None) -> None:
        sent = tool.platform.token(await tool.begin())
        await tool.finish(sent)
        await tool.finish(sent, browser)

    assert refusal(twice(None)) == refusal(twice("")) == "lti-launch-spent"


def test_a_token_on_a_spent_nonce_is_refused_even_with_a_fresh_state(tool: Tool) -> None:
    async def mixed() -> None:
        first = await tool.begin()
        await tool.finish(tool.platform.token(first))
        sent = tool.platform.token(first)
        fresh = tool.platform.token(await tool.begin())
        await tool.finish({**sent, "state": fresh["state"]})

    assert refusal(mixed()) == "lti-launch-spent"


def test_a_launch_that_another_browser_began_is_refused_and_spent(tool: Tool) -> None:
    async def elsewhere() -> dict[str, str]:
        return tool.platform.token(await tool.begin())

    sent = run(elsewhere())
    assert refusal(tool.finish(sent, browser="")) == "lti-browser-other"
    assert refusal(tool.finish(sent)) == "lti-launch-spent"


def test_a_login_that_took_too_long_is_refused(tool: Tool) -> None:
    tool.late = 3600
    assert refusal(tool.launch()) == "lti-launch-spent"


def test_a_platform_that_reports_an_error_signs_nobody_in(tool: Tool) -> None:
    async def failed() -> None:
        sent = tool.platform.token(await tool.begin())
        await tool.finish({"state": sent["state"], "error": "login_required"})

    assert refusal(failed()) == "lti-platform-refused"


def test_tokens_of_other_keys_or_kinds_are_refused(tool: Tool) -> None:
    async def with_token(change: Any) -> None:
        sent = tool.platform.token(await tool.begin())
        await tool.finish({**sent, "id_token": change(sent["id_token"])})

    def symmetric(token: str) -> str:  # signed with what everybody knows: the public key
        head = encoded(b'{"alg":"HS256","kid":"%s"}' % str(KEYS[0].kid).encode())
        body = f"{head}.{token.split('.')[1]}"
        public = KEYS[0].as_pem(private=False)
        return f"{body}.{encoded(hmac.digest(public, body.encode(), 'sha256'))}"

    for change in (unsigned, symmetric, lambda t: t[:-9] + "AAAAAAAAA", lambda _: "no token"):
        assert refusal(with_token(change)) == "token-unsigned"
    assert refusal(with_token(lambda t: t * 100)) == "token-broken"


def test_keys_are_fetched_once_and_again_when_the_platform_has_a_new_one(tool: Tool) -> None:
    async def rotated() -> None:
        await tool.launch()
        await tool.launch()
        assert tool.platform.asked.count("GET /jwks") == 1
        tool.platform.keys = KEYS  # signs with the second from now on
        await tool.launch()
        assert tool.platform.asked.count("GET /jwks") == 2

    run(rotated())


def test_an_unknown_key_is_looked_up_once_a_launch(tool: Tool) -> None:
    assert refusal(tool.launch(key=KEYS[1])) == "token-unsigned"
    assert tool.platform.asked.count("GET /jwks") <= 2


def test_a_platform_whose_keys_cannot_be_had_is_no_refusal(tool: Tool) -> None:
    tool.platform.keys = ()
    assert refusal(tool.launch(key=KEYS[0])) == "keys-broken"
    with pytest.raises(UnreachableError):
        run(_down().launch())


def _down() -> Tool:
    class Down(FakePlatform):
        def client(self) -> httpx.AsyncClient:
            def refuse(request: httpx.Request) -> httpx.Response:
                raise httpx.ConnectTimeout("down", request=request)

            return httpx.AsyncClient(transport=httpx.MockTransport(refuse))

    return Tool(Down())


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        ([], Role.STUDENT),
        ([f"{MEMBERSHIP}#Learner"], Role.STUDENT),
        ([f"{MEMBERSHIP}#Instructor"], Role.INSTRUCTOR),
        (["Instructor"], Role.INSTRUCTOR),
        (
            [f"{MEMBERSHIP}/Instructor#TeachingAssistant", f"{MEMBERSHIP}#Instructor"],
            Role.ASSISTANT,
        ),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"], Role.STUDENT),
        (["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"], Role.STUDENT),
        ([f"{MEMBERSHIP}#Mentor", "Learner"], Role.STUDENT),
    ],
)
def test_only_a_role_in_the_course_gives_rights_in_it(roles: list[str], role: Role) -> None:
    assert role_of(roles) is role


def test_students_cannot_choose_labs_for_the_course(tool: Tool) -> None:
    deep = {
        CLAIM + "message_type": "LtiDeepLinkingRequest",
        CLAIM + "resource_link": None,
        DEEP: {"deep_link_return_url": f"{ISSUER}/deep", "data": "d"},
    }
    assert refusal(tool.launch(**deep)) == "lti-instructors-only"
    deep[CLAIM + "roles"] = [f"{MEMBERSHIP}#Instructor"]
    launch = run(tool.launch(**deep))
    assert launch.choosing is not None
    assert launch.link is None


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [
        (BASE, True),
        (f"{BASE}/labs/a?b=c", True),
        ("https://portal.example/courses", False),
        ("http://portal.example/course/a", False),
        ("https://portal.example:8443/course/a", False),
        ("https://evil.example/course/a", False),
        ("https://portal.example/course/../other", False),
        ("//evil.example/course", False),
        ("https://portal.example\\@evil.example/course/", False),
        ("https://[broken", False),
    ],
)
def test_only_addresses_of_this_portal_are_opened(address: str, *, is_ours: bool) -> None:
    assert is_below(address, BASE) is is_ours


def test_a_refusal_is_a_sentence() -> None:
    assert str(RefusedError("lti-launch-spent")).startswith("This sign-in is used up")
