"""What a platform does for this tool: it takes grades, and lists a course's people."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec
from joserfc import jwt
from joserfc.jwk import RSAKey

from autograder.lti.errors import LtiError, StaleError, UnreachableError
from autograder.lti.launch import Grades, Role, role_of
from autograder.lti.platform import ALGORITHM, Platform, is_safe

_AGS: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCORE, ITEM, RESULT = _AGS + "score", _AGS + "lineitem", _AGS + "result.readonly"
MEMBERS: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
_CANVAS: Final = "https://canvas.instructure.com/lti/submission"
_KINDS: Final = {
    "score": "application/vnd.ims.lis.v1.score+json",
    "item": "application/vnd.ims.lis.v2.lineitem+json",
    "items": "application/vnd.ims.lis.v2.lineitemcontainer+json",
    "results": "application/vnd.ims.lis.v2.resultcontainer+json",
    "members": "application/vnd.ims.lti-nrps.v2.membershipcontainer+json",
}
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTED_SECONDS: Final = 60
_EARLY: Final = 60  # seconds before a token ends
_MOST_PAGES: Final = 200
_LONGEST_WAIT: Final = 3600.0


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A grade for one person. ``stamp`` is UTC; a platform refuses one that is not newer.

    ``is_new`` says that it is for a new submission: Canvas counts attempts by that.
    """

    subject: str
    given: float
    maximum: float
    stamp: dt.datetime
    comment: str = ""
    is_new: bool = False


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the platform's course."""

    subject: str
    name: str
    email: str
    role: Role
    is_active: bool


class Services:
    """Calls a platform's services. One object for all platforms; it keeps their access tokens.

    ``clock`` returns seconds since 1970: platforms compare what is signed with their own.
    """

    def __init__(
        self, client: httpx.AsyncClient, key: RSAKey, *, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._key = key
        self._clock = clock
        self._tokens: dict[tuple[str, str, str], tuple[str, float]] = {}
        self._locks: dict[tuple[str, str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def put_score(self, platform: Platform, lineitem: str, score: Score) -> None:
        """Send a grade.

        Raises StaleError where the platform has one of that time or newer, UnreachableError where
        it may work later, LtiError where it will not.
        """
        body = {
            "userId": score.subject,
            "scoreGiven": score.given,
            "scoreMaximum": score.maximum,
            "comment": score.comment,
            "timestamp": score.stamp.astimezone(dt.UTC).isoformat(timespec="milliseconds"),
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            _CANVAS: {"new_submission": score.is_new},
        }
        address = below(lineitem, "scores")
        await self._call(platform, SCORE, "POST", address, sends="score", body=body)

    async def result(self, platform: Platform, lineitem: str, subject: str) -> float | None:
        """Return the share of the maximum that the platform has for somebody, None if nothing."""
        address = with_query(below(lineitem, "results"), user_id=subject)
        answer = await self._call(platform, RESULT, "GET", address, takes="results")
        for one in _listed(answer):
            given, maximum = _number(one.get("resultScore")), _number(one.get("resultMaximum", 1))
            if one.get("userId") == subject and given is not None and maximum:
                return given / maximum
        return None

    async def column(
        self, platform: Platform, grades: Grades, *, lab: str, label: str, maximum: float, link: str
    ) -> str:
        """Return the address of a lab's column; it is made if the course has none for this link."""
        if grades.lineitem:
            return grades.lineitem
        if not grades.lineitems:
            raise LtiError("lti-no-grades")
        wanted = {"resourceId": lab} | ({"resourceLinkId": link} if link else {})
        address = with_query(grades.lineitems, resource_id=lab)
        async for answer in self._pages(platform, ITEM, address, "items"):
            for one in _listed(answer):
                found = one.get("id")
                if isinstance(found, str) and all(one.get(k) == v for k, v in wanted.items()):
                    return found
        body = {"scoreMaximum": maximum, "label": label, **wanted}
        made = await self._call(
            platform, ITEM, "POST", grades.lineitems, sends="item", takes="item", body=body
        )
        try:
            address = made.json()["id"]
        except (ValueError, KeyError, TypeError):
            raise LtiError("lti-answer-broken", address=grades.lineitems) from None
        return str(address)

    async def members(self, platform: Platform, address: str) -> AsyncIterator[Member]:
        """Yield the people of a course, whatever number of pages they fill."""
        async for answer in self._pages(platform, MEMBERS, address, "members"):
            for one in _listed(answer, "members"):
                if isinstance(subject := one.get("user_id"), str) and subject:
                    roles = one.get("roles")
                    yield Member(
                        subject=subject,
                        name=str(one.get("name") or ""),
                        email=str(one.get("email") or ""),
                        role=role_of([str(r) for r in roles] if isinstance(roles, list) else ()),
                        is_active=one.get("status", "Active") == "Active",
                    )

    async def _pages(
        self, platform: Platform, scope: str, address: str, kind: str
    ) -> AsyncIterator[httpx.Response]:
        seen: set[str] = set()
        while address and address not in seen and len(seen) < _MOST_PAGES:
            seen.add(address)
            answer = await self._call(platform, scope, "GET", address, takes=kind)
            yield answer
            address = answer.links.get("next", {}).get("url", "")

    async def _call(
        self,
        platform: Platform,
        scope: str,
        method: str,
        address: str,
        *,
        sends: str = "",
        takes: str = "",
        body: Mapping[str, object] | None = None,
    ) -> httpx.Response:
        if not is_safe(address):
            raise LtiError("lti-address-unsafe", address=address)
        headers = {"Accept": _KINDS[takes]} if takes else {}
        if sends:
            headers["Content-Type"] = _KINDS[sends]
        content = None if body is None else msgspec.json.encode(body)
        for is_last in (False, True):
            token = await self._token(platform, scope)
            answer = await self._send(
                method,
                address,
                headers={**headers, "Authorization": f"Bearer {token}"},
                content=content,
            )
            if answer.status_code != httpx.codes.UNAUTHORIZED or is_last:
                break
            self._tokens.pop(_named(platform, scope), None)  # it may have been withdrawn
        return _checked(answer, address)

    async def _token(self, platform: Platform, scope: str) -> str:
        name = _named(platform, scope)
        async with self._locks[name]:
            token, ends = self._tokens.get(name, ("", 0.0))
            if ends - _EARLY > self._clock():
                return token
            now = int(self._clock())
            claims = {
                "iss": platform.client_id,
                "sub": platform.client_id,
                "aud": platform.audience or platform.token_url,
                "iat": now,
                "exp": now + _ASSERTED_SECONDS,
                "jti": secrets.token_urlsafe(16),
            }
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": _ASSERTION,
                "client_assertion": signed(claims, self._key),
                "scope": scope,
            }
            answer = _checked(
                await self._send("POST", platform.token_url, data=form), platform.token_url
            )
            try:
                given = answer.json()
                token, lasts = str(given["access_token"]), float(given.get("expires_in", 3600))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise LtiError("lti-answer-broken", address=platform.token_url) from None
            self._tokens[name] = token, self._clock() + lasts
            return token

    async def _send(self, method: str, address: str, **what: Any) -> httpx.Response:
        try:
            return await self._client.request(method, address, follow_redirects=False, **what)
        except httpx.HTTPError:
            raise UnreachableError("lti-unreachable", address=address) from None


def signed(claims: Mapping[str, object], key: RSAKey) -> str:
    """Return claims as a token that this tool signs."""
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, dict(claims), key, [ALGORITHM])


def below(address: str, name: str) -> str:
    """Return the address of a part of a line item, whose own address may have a query."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}"))


def with_query(address: str, **values: str) -> str:
    """Return an address with more values in its query."""
    return str(httpx.URL(address).copy_merge_params(values))


def _named(platform: Platform, scope: str) -> tuple[str, str, str]:
    return platform.token_url, platform.client_id, scope


def _checked(answer: httpx.Response, address: str) -> httpx.Response:
    code = answer.status_code
    if answer.is_success:
        return answer
    if code == httpx.codes.CONFLICT:
        raise StaleError("lti-stale")
    if code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        raise UnreachableError("lti-busy", after=_wait(answer), address=address, status=code)
    raise LtiError("lti-refused", address=address, status=code)


def _wait(answer: httpx.Response) -> float:
    try:
        return min(max(float(answer.headers.get("Retry-After", 0)), 0.0), _LONGEST_WAIT)
    except ValueError:  # a date, which few platforms send
        return 0.0


def _number(value: object) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]


def _listed(answer: httpx.Response, within: str = "") -> list[dict[str, Any]]:
    """Return the objects that an answer lists. Raises LtiError."""
    try:
        found = answer.json()
        found = found[within] if within else found
    except (ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, list):
        raise LtiError("lti-answer-broken", address=str(answer.url))
    return [one for one in found if isinstance(one, dict)]
