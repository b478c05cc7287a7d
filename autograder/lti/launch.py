"""Sign-in by a launch: the login request that starts it, and the token that ends it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, Protocol
from urllib.parse import urlencode, urlsplit

import msgspec

from autograder.lti.errors import RefusedError
from autograder.lti.keys import SigningKeys
from autograder.lti.platform import Platform, choose

_CLAIM: Final = "https://purl.imsglobal.org/spec/lti/claim/"
_AGS: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
_NRPS: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
_DEEP: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
RESOURCE, DEEP_LINKING = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"

PENDING_SECONDS: Final = 600  # from the login request to the token
_OLDEST: Final = 300  # seconds since a token was issued
_SKEW: Final = 60  # seconds that two clocks may differ
_LONGEST: Final = 255  # characters of an identifier


class Role(Enum):
    """What somebody is in the course that a launch comes from."""

    STUDENT = "student"
    ASSISTANT = "assistant"
    INSTRUCTOR = "instructor"


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A launch that has begun. It is used once, by whoever brings its state back."""

    state: str
    nonce: str
    issuer: str
    client_id: str
    target: str
    expires: float


class Logins(Protocol):
    """Where launches wait. ``take`` returns one to a single caller only, however many ask."""

    async def keep(self, pending: Pending) -> None:
        """Store a launch that has begun."""

    async def take(self, state: str) -> Pending | None:
        """Remove and return the launch of a state, None where there is none."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """The place in the platform's course that a launch comes from."""

    id: str = ""
    title: str = ""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The platform's course."""

    id: str = ""
    label: str = ""
    title: str = ""


class Grades(msgspec.Struct, frozen=True, kw_only=True):
    """Where grades go. ``lineitem`` is there only if the link has exactly one column."""

    scope: tuple[str, ...] = ()
    lineitems: str = ""
    lineitem: str = ""


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """Where the course's list of people is."""

    context_memberships_url: str = ""


class Choosing(msgspec.Struct, frozen=True, kw_only=True):
    """Where an instructor's choice of labs goes. ``data`` goes back unchanged."""

    deep_link_return_url: str
    accept_types: tuple[str, ...] = ()
    accept_multiple: bool = False
    data: str | None = None


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    sub: str
    exp: float
    iat: float
    nbf: float = 0.0
    nonce: str
    iss: str
    aud: str | tuple[str, ...]
    azp: str | None = None
    name: str | None = None
    email: str | None = None
    message_type: str = msgspec.field(name=_CLAIM + "message_type")
    version: str = msgspec.field(name=_CLAIM + "version")
    deployment: str = msgspec.field(name=_CLAIM + "deployment_id")
    target: str = msgspec.field(name=_CLAIM + "target_link_uri", default="")
    roles: tuple[str, ...] | None = msgspec.field(name=_CLAIM + "roles", default=None)
    link: Link | None = msgspec.field(name=_CLAIM + "resource_link", default=None)
    context: Context | None = msgspec.field(name=_CLAIM + "context", default=None)
    custom: dict[str, Any] | None = msgspec.field(name=_CLAIM + "custom", default=None)
    grades: Grades | None = msgspec.field(name=_AGS, default=None)
    members: Members | None = msgspec.field(name=_NRPS, default=None)
    choosing: Choosing | None = msgspec.field(name=_DEEP, default=None)


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A launch that is genuine. ``subject`` is the person's id, unique within ``platform.issuer``.

    ``custom`` are the values that were stored with the link, texts only. ``choosing`` is there if
    an instructor wants to choose labs; then ``link`` is not.
    """

    platform: Platform
    deployment: str
    subject: str
    name: str
    email: str
    role: Role
    target: str
    link: Link | None
    context: Context
    custom: dict[str, str]
    grades: Grades | None
    members: Members | None
    choosing: Choosing | None


async def begin(
    sent: Mapping[str, str],
    platforms: Sequence[Platform],
    logins: Logins,
    *,
    base: str,
    redirect: str,
    now: float,
) -> tuple[str, Pending]:
    """Return the address that a login request is sent on to, and what its browser must bring back.

    ``sent`` are the request's fields, of GET or POST. ``base`` is this tool's own address, which
    the target must lie below; ``redirect`` is where the platform posts the token. The browser
    keeps ``Pending.state`` in a cookie. Raises RefusedError.
    """
    platform = choose(platforms, sent.get("iss", ""), sent.get("client_id", ""))
    if platform is None:
        raise RefusedError("lti-platform-unknown")
    deployment = sent.get("lti_deployment_id")
    if deployment is not None and deployment not in platform.deployments:
        raise RefusedError("lti-deployment-unknown")
    hint, target = sent.get("login_hint", ""), sent.get("target_link_uri", "")
    if not hint or not is_below(target, base):
        raise RefusedError("lti-request-broken")
    pending = Pending(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        issuer=platform.issuer,
        client_id=platform.client_id,
        target=target,
        expires=now + PENDING_SECONDS,
    )
    await logins.keep(pending)
    fields = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": redirect,
        "login_hint": hint,
        "state": pending.state,
        "nonce": pending.nonce,
    }
    if message := sent.get("lti_message_hint"):
        fields["lti_message_hint"] = message
    joint = "&" if urlsplit(platform.login_url).query else "?"
    return f"{platform.login_url}{joint}{urlencode(fields)}", pending


async def finish(
    sent: Mapping[str, str],
    platforms: Sequence[Platform],
    logins: Logins,
    keys: SigningKeys,
    *,
    base: str,
    browser: str,
    now: float,
) -> Launch:
    """Return the launch that a platform's browser posts, after every check that there is.

    ``browser`` is the state that this browser keeps, empty where it keeps none: then somebody
    else may have begun the launch. The state is spent whatever comes of it. Raises RefusedError,
    and UnreachableError where the platform's keys cannot be had.
    """
    state = sent.get("state", "")
    pending = await logins.take(state) if state else None
    if pending is None or pending.expires < now:
        raise RefusedError("lti-launch-spent")
    if not hmac.compare_digest(browser.encode(), state.encode()):
        raise RefusedError("lti-browser-other")
    if "error" in sent or not sent.get("id_token"):
        raise RefusedError("lti-platform-refused")
    platform = choose(platforms, pending.issuer, pending.client_id)
    if platform is None:  # removed since
        raise RefusedError("lti-platform-unknown")
    signed = await keys.claims(sent["id_token"], platform.keys_url)
    try:
        claims = msgspec.convert(signed, _Claims)
    except msgspec.ValidationError:
        raise RefusedError("lti-claims-broken") from None
    _check(claims, platform, pending, now)
    return _launch(claims, platform, pending, base)


def _check(claims: _Claims, platform: Platform, pending: Pending, now: float) -> None:
    audience = (claims.aud,) if isinstance(claims.aud, str) else claims.aud
    wrong = {
        "lti-audience-other": platform.client_id not in audience
        or (len(audience) > 1 and claims.azp is None)
        or (claims.azp is not None and claims.azp != platform.client_id),
        "lti-platform-unknown": claims.iss != platform.issuer,
        "lti-token-old": claims.exp <= now - _SKEW or claims.iat < now - _OLDEST - _SKEW,
        "lti-clocks": max(claims.iat, claims.nbf) > now + _SKEW,
        "lti-launch-spent": not hmac.compare_digest(claims.nonce.encode(), pending.nonce.encode()),
        "lti-deployment-unknown": claims.deployment not in platform.deployments,
        "lti-claims-broken": claims.version != "1.3.0"
        or claims.message_type not in (RESOURCE, DEEP_LINKING)
        or not 0 < len(claims.sub) <= _LONGEST
        or (claims.message_type == RESOURCE and not (claims.link and claims.link.id))
        or (claims.message_type == DEEP_LINKING and claims.choosing is None),
    }
    for code, holds in wrong.items():
        if holds:
            raise RefusedError(code)


def _launch(claims: _Claims, platform: Platform, pending: Pending, base: str) -> Launch:
    target = claims.target or pending.target
    if not is_below(target, base):
        raise RefusedError("lti-request-broken")
    is_choosing = claims.message_type == DEEP_LINKING
    role = role_of(claims.roles or ())
    if is_choosing and role is not Role.INSTRUCTOR:
        raise RefusedError("lti-instructors-only")
    return Launch(
        platform=platform,
        deployment=claims.deployment,
        subject=claims.sub,
        name=claims.name or "",
        email=claims.email or "",
        role=role,
        target=target,
        link=None if is_choosing else claims.link,
        context=claims.context or Context(),
        custom={k: v for k, v in (claims.custom or {}).items() if isinstance(v, str)},
        grades=claims.grades,
        members=claims.members,
        choosing=claims.choosing if is_choosing else None,
    )


def role_of(roles: Sequence[str]) -> Role:
    """Return what roles of a course make of somebody; no role of it is a student's.

    A teacher of the institution, or the platform's administrator, is nothing in this course.
    """
    names = set()
    for role in roles:
        path, _, name = role.rpartition("#")
        if path.endswith("membership/Instructor") and name == "TeachingAssistant":
            return Role.ASSISTANT
        if path.endswith("/membership") or not path:  # a simple name is of the course, too
            names.add(name)
    return Role.INSTRUCTOR if names & {"Instructor", "Administrator"} else Role.STUDENT


def is_below(address: str, base: str) -> bool:
    """Return whether an address is this tool's own: of the same origin, at or below its path."""
    try:
        there, here = urlsplit(address), urlsplit(base)
        is_same = (there.scheme, there.hostname, there.port) == (
            here.scheme,
            here.hostname,
            here.port,
        )
    except ValueError:
        return False
    path = here.path.rstrip("/")
    is_inside = there.path == path or there.path.startswith(f"{path}/") or not path
    return (
        is_same
        and is_inside
        and "\\" not in address
        and not there.username
        and ".." not in (there.path.split("/"))
    )
