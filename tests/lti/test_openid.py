"""A sign-in at a university's provider works once, and only as the provider signed it."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from autograder.errors import CourseError
from autograder.lti.errors import LtiError
from autograder.lti.launch import Role
from autograder.lti.openid import Known, OpenId, Started
from autograder.lti.provider import Provider, load_provider, load_secret, values_of
from tests.lti.platform import encoded, unsigned
from tests.lti.provider import CLIENT, CURVE, ISSUER, KEYS, SECRET, FakeProvider, settings
from tests.lti.test_launch import refusal, run

HERE = "https://portal.example"
BACK = f"{HERE}/openid/back"
NOW = int(time.time())


class Tool:
    """This side of a sign-in, with its browser."""

    def __init__(self, there: FakeProvider, **changes: Any) -> None:
        self.there = there
        self.openid = OpenId(settings(**changes), there.secret, there.client(), redirect=BACK)
        self.late = 0.0

    async def begin(self) -> tuple[dict[str, str], Started]:
        address, started = await self.openid.begin(f"{HERE}/labs", now=time.time())
        assert address.startswith(f"{ISSUER}/auth?")
        return self.there.visit(address), started

    async def finish(
        self, sent: dict[str, str], started: Started | None, browser: str | None = None
    ) -> Known:
        state = sent.get("state", "") if browser is None else browser
        now = time.time() + self.late
        return await self.openid.finish(sent, started, browser=state, now=now)

    async def sign_in(self, **changes: str) -> Known:
        sent, started = await self.begin()
        return await self.finish({**sent, **changes}, started)


@pytest.fixture
def there() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def tool(there: FakeProvider) -> Tool:
    return Tool(there)


def test_a_sign_in_says_who_somebody_is(tool: Tool) -> None:
    known = run(tool.sign_in())
    assert (known.subject, known.name, known.value) == ("s-1", "A student", "s1@example.org")
    assert known.role is Role.STUDENT


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonce": "other"}, "openid-spent"),
        ({"nonce": None}, "openid-claims-broken"),
        ({"exp": None}, "openid-claims-broken"),
        ({"iat": None}, "openid-claims-broken"),
        ({"sub": None}, "openid-claims-broken"),
        ({"sub": ""}, "openid-claims-broken"),
        ({"sub": 7}, "openid-claims-broken"),
        ({"exp": "soon"}, "openid-claims-broken"),
        ({"exp": NOW - 3600}, "openid-token-old"),
        ({"iat": NOW - 86_400}, "openid-token-old"),
        ({"iat": NOW + 86_400}, "openid-clocks"),
        ({"nbf": NOW + 86_400}, "openid-clocks"),
        ({"aud": "portal-2"}, "openid-audience-other"),
        ({"aud": []}, "openid-audience-other"),
        ({"aud": [CLIENT, "portal-2"]}, "openid-audience-other"),
        ({"aud": [CLIENT, "portal-2"], "azp": "portal-2"}, "openid-audience-other"),
        ({"azp": "portal-2"}, "openid-audience-other"),
        ({"iss": "https://other.example"}, "openid-issuer-other"),
        ({"iss": f"{ISSUER}/"}, "openid-issuer-other"),
        ({"email": None}, "openid-claim-missing"),
        ({"email": ["s1@example.org", "s2@example.org"]}, "openid-claim-missing"),
        ({"email": {"a": 1}}, "openid-claim-missing"),
        ({"email_verified": False}, "openid-email-unverified"),
    ],
)
def test_a_token_that_does_not_fit_is_refused(
    tool: Tool, changes: dict[str, Any], code: str
) -> None:
    tool.there.claims = changes
    assert refusal(tool.sign_in()) == code


def test_several_audiences_are_right_if_the_token_was_made_for_this_portal(tool: Tool) -> None:
    tool.there.claims = {"aud": [CLIENT, "account"], "azp": CLIENT}
    assert run(tool.sign_in()).subject == "s-1"


def test_what_comes_back_must_be_of_this_browser_and_of_now(tool: Tool) -> None:
    sent, started = run(tool.begin())
    assert refusal(tool.finish(sent, None)) == "openid-spent"
    assert refusal(tool.finish(sent, started, "")) == "openid-browser-other"
    other, _ = run(tool.begin())
    assert refusal(tool.finish(sent, started, other["state"])) == "openid-browser-other"
    tool.late = 3600
    assert refusal(tool.finish(sent, started)) == "openid-spent"


def test_a_code_works_once_and_only_with_the_verifier_of_its_sign_in(tool: Tool) -> None:
    sent, started = run(tool.begin())
    run(tool.finish(sent, started))
    assert refusal(tool.finish(sent, started)) == "openid-code-refused"
    stolen, _ = run(tool.begin())
    mine, other = run(tool.begin())
    assert refusal(tool.finish({**mine, "code": stolen["code"]}, other)) == "openid-code-refused"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"error": "access_denied"}, "openid-refused"),
        ({"code": ""}, "openid-refused"),
        ({"iss": "https://other.example"}, "openid-issuer-other"),
    ],
)
def test_an_answer_that_is_none_signs_nobody_in(
    tool: Tool, changes: dict[str, str], code: str
) -> None:
    assert refusal(tool.sign_in(**changes)) == code
    assert "token" not in tool.there.asked


def symmetric(token: str) -> str:
    """Return a token that is signed with what everybody knows: the public key."""
    head = encoded(b'{"alg":"HS256","kid":"%s"}' % str(KEYS[0].kid).encode())
    body = f"{head}.{token.split('.')[1]}"
    return f"{body}.{encoded(hmac.digest(KEYS[0].as_pem(private=False), body.encode(), 'sha256'))}"


@pytest.mark.parametrize(
    "change", [unsigned, symmetric, lambda t: t[:-9] + "AAAAAAAAA", lambda _: "no token"]
)
def test_tokens_of_other_keys_or_kinds_are_refused(
    tool: Tool, change: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tool.there.token
    monkeypatch.setattr(tool.there, "token", lambda nonce: change(made(nonce)))
    assert refusal(tool.sign_in()) == "token-unsigned"


def test_only_the_algorithm_of_the_settings_counts(there: FakeProvider) -> None:
    there.keys, there.algorithm = [CURVE], "ES256"
    assert run(Tool(there, algorithm="ES256").sign_in()).subject == "s-1"
    assert refusal(Tool(there).sign_in()) == "token-unsigned"


def test_a_new_key_of_the_provider_is_fetched_and_one_for_sealing_signs_nothing(
    tool: Tool,
) -> None:
    run(tool.sign_in())
    tool.there.keys = [KEYS[0], KEYS[1]]
    run(tool.sign_in())
    assert tool.there.asked.count("keys") == 2
    assert tool.there.asked.count("openid-configuration") == 1
    tool.there.keys = []
    assert refusal(Tool(tool.there).sign_in()) == "keys-broken"


@pytest.mark.parametrize("how", [httpx.ConnectTimeout("down"), 502, 302, 404])
@pytest.mark.parametrize("door", ["openid-configuration", "token", "keys", "userinfo"])
def test_a_provider_that_is_down_is_no_refusal(
    there: FakeProvider, door: str, how: int | Exception
) -> None:
    there.claims, there.more = {"email": None}, {"sub": "s-1", "email": "s1@example.org"}
    there.down = {door: how}
    code = "keys-unreachable" if door == "keys" else "openid-unreachable"
    if (door, how) == ("token", 404):
        code = "openid-client-refused"
    tool = Tool(there)
    assert refusal(tool.sign_in()) == code
    there.down = {}
    assert run(tool.sign_in()).value == "s1@example.org"


def test_the_provider_must_describe_itself_and_doors_that_are_safe(there: FakeProvider) -> None:
    for described, code in (
        ({"issuer": "https://other.example"}, "openid-discovery-other"),
        ({"issuer": f"{ISSUER}/"}, "openid-discovery-other"),
        ({"token_endpoint": "http://login.example/token"}, "openid-answer-broken"),
        ({"jwks_uri": 3}, "openid-answer-broken"),
    ):
        there.described = described
        assert refusal(Tool(there).begin()) == code


@pytest.mark.parametrize(
    "ways", [["client_secret_basic", "client_secret_post"], ["client_secret_post"]]
)
def test_the_secret_is_shown_as_the_provider_asks(there: FakeProvider, ways: list[str]) -> None:
    there.described = {"token_endpoint_auth_methods_supported": ways}
    assert run(Tool(there).sign_in()).subject == "s-1"


def test_without_a_secret_pkce_alone_is_enough_and_a_wrong_one_is_named(
    there: FakeProvider,
) -> None:
    assert run(Tool(FakeProvider(secret="")).sign_in()).subject == "s-1"
    tool = Tool(there)
    there.secret = "another"
    assert refusal(tool.sign_in()) == "openid-client-refused"


def test_what_the_token_lacks_is_asked_for_and_must_be_of_the_same_person(
    there: FakeProvider,
) -> None:
    there.claims = {"email": None}
    there.more = {"sub": "s-1", "email": "s1@example.org", "name": "Unsigned"}
    known = run(Tool(there).sign_in())
    assert (known.value, known.name) == ("s1@example.org", "A student")
    there.more["sub"] = "s-2"
    assert refusal(Tool(there).sign_in()) == "openid-claims-broken"


@pytest.mark.parametrize(
    ("changes", "claims", "role"),
    [
        ({"instructors": {"email": ["S1@example.org"]}}, {}, Role.INSTRUCTOR),
        ({"instructors": {"email": ["s1@example.org"]}}, {"email_verified": False}, None),
        (
            {"assistants": {"groups": ["/ml/tutors"]}},
            {"groups": ["/ml/tutors", "/x"]},
            Role.ASSISTANT,
        ),
        ({"assistants": {"groups": ["/ml/tutors"]}}, {"groups": ["/ML/tutors"]}, Role.STUDENT),
        (
            {"instructors": {"realm_access.roles": ["staff"]}},
            {"realm_access": {"roles": ["staff"]}},
            Role.INSTRUCTOR,
        ),
        (
            {"instructors": {"https://x.org/r": ["a"]}, "assistants": {"https://x.org/r": ["b"]}},
            {"https://x.org/r": ["b", "a"]},
            Role.INSTRUCTOR,
        ),
        ({"instructors": {"is_staff": ["True"]}}, {"is_staff": True}, Role.STUDENT),
        ({"instructors": {"": [""]}}, {"": ""}, Role.STUDENT),
    ],
)
def test_a_role_is_what_the_courses_settings_make_of_the_claims(
    there: FakeProvider, changes: dict[str, Any], claims: dict[str, Any], role: Role | None
) -> None:
    there.claims = claims
    tool = Tool(there, **changes)
    if role is None:
        assert refusal(tool.sign_in()) == "openid-email-unverified"
    else:
        assert run(tool.sign_in()).role is role


def test_numbers_are_ids_too() -> None:
    assert values_of({"matriculation": 4711}, "matriculation") == ("4711",)
    assert values_of({"a.b": "x", "a": {"b": "y"}}, "a.b") == ("x",)
    assert values_of({"a": "x"}, "a.b") == ()


def test_settings_are_read_and_faults_are_named(tmp_path: Path) -> None:
    path = tmp_path / "openid.json"
    assert load_provider(path) is None
    path.write_text('{"issuer": "https://a.example/x", "client_id": "c", "roster": "id"}')
    found = load_provider(path)
    assert isinstance(found, Provider)
    assert (found.name, found.roster, found.claim) == ("a.example", "id", "email")
    for text in (
        "{",
        '{"issuer": "http://a.example", "client_id": "c"}',
        '{"issuer": "https://a.example?x=1", "client_id": "c"}',
        '{"issuer": "https://a.example", "client_id": ""}',
        '{"issuer": "https://a.example", "client_id": "c", "client_secret": "s"}',
        '{"issuer": "https://a.example", "client_id": "c", "algorithm": "HS256"}',
        '{"issuer": "https://a.example", "client_id": "c", "scopes": ["email"]}',
    ):
        path.write_text(text)
        with pytest.raises(CourseError, match=str(path)):
            load_provider(path)


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "openid.secret"
    assert load_secret(path) == ""
    path.write_text(f"{SECRET}\n")
    path.chmod(0o640)
    with pytest.raises(CourseError, match="chmod 600"):
        load_secret(path)
    path.chmod(0o600)
    assert load_secret(path) == SECRET
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(CourseError):
        load_secret(link)


def test_no_secret_is_in_a_refusal(there: FakeProvider) -> None:
    tool = Tool(there)
    there.secret = "another"
    with pytest.raises(LtiError) as caught:
        run(tool.sign_in())
    assert SECRET not in f"{caught.value!r} {caught.value} {tool.openid.provider!r}"
