"""Sign-in at a university's own provider: OpenID Connect, authorization code with PKCE.

Specifications: openid.net/specs, ``openid-connect-core-1_0`` and ``openid-connect-discovery-1_0``;
RFC 6749, 7636 (PKCE), 9207 (``iss`` in the answer). LTI's sign-in is another kind of the same.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
import msgspec

from autograder.lti.errors import RefusedError, UnreachableError
from autograder.lti.keys import SigningKeys, fetch
from autograder.lti.launch import Role
from autograder.lti.platform import is_safe
from autograder.lti.provider import EMAIL, Provider, is_verified, values_of

Found = TypeVar("Found")
PENDING_SECONDS: Final = 600  # from here to the provider and back
_KEPT: Final = 3600  # seconds that the provider's own description is kept
_OLDEST: Final = 300  # seconds since a token was issued
_SKEW: Final = 60  # seconds that two clocks may differ
_LONGEST: Final = 255  # characters of an identifier


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that has begun. It is used once, by the browser that began it."""

    state: str
    nonce: str
    verifier: str
    target: str
    expires: float


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the provider names. ``value`` is what the roster knows students by."""

    subject: str
    name: str
    value: str
    role: Role


class _Described(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    id_token: str
    access_token: str = ""


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    iss: str
    sub: str
    aud: str | tuple[str, ...]
    exp: float
    iat: float
    nbf: float = 0.0
    nonce: str
    azp: str | None = None


class OpenId:
    """Signs people in at one provider. ``redirect`` is where it sends their browsers back to.

    Without a ``secret``, PKCE alone shows that who asks for the token began the sign-in.
    """

    def __init__(
        self, provider: Provider, secret: str, client: httpx.AsyncClient, *, redirect: str
    ) -> None:
        self.provider = provider
        self._secret = secret
        self._client = client
        self._keys = SigningKeys(client)
        self._redirect = redirect
        self._described: tuple[_Described, float] | None = None

    async def begin(self, target: str, *, now: float) -> tuple[str, Started]:
        """Return the address that a browser is sent to, and what must come back from there.

        The browser keeps ``Started.state`` in a cookie, the caller ``Started``. Raises
        UnreachableError.
        """
        described = await self._describe(now)
        started = new_start(target, now)
        fields = {
            "response_type": "code",
            "scope": " ".join(self.provider.scopes),
            "client_id": self.provider.client_id,
            "redirect_uri": self._redirect,
            "state": started.state,
            "nonce": started.nonce,
            "code_challenge": challenge(started.verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(described.authorization_endpoint).query else "?"
        return f"{described.authorization_endpoint}{joint}{urlencode(fields)}", started

    async def finish(
        self, sent: Mapping[str, str], started: Started | None, *, browser: str, now: float
    ) -> Known:
        """Return whom the provider names, after every check that there is.

        ``started`` is what the caller kept under the state that came back and has removed by now;
        ``browser`` is the state that this browser keeps. Raises RefusedError, UnreachableError.
        """
        started = require_same_browser(started, browser, now)
        if sent.get("iss", self.provider.issuer) != self.provider.issuer:
            raise RefusedError("openid-issuer-other")
        if "error" in sent or not sent.get("code"):
            raise RefusedError("openid-refused", provider=self.provider.name)
        described = await self._describe(now)
        tokens = await self._tokens(described, sent["code"], started.verifier)
        signed = await self._keys.claims(
            tokens.id_token, described.jwks_uri, self.provider.algorithm
        )
        try:
            claims = msgspec.convert(signed, _Claims)
        except msgspec.ValidationError:
            raise RefusedError("openid-claims-broken") from None
        self._check(claims, started, now)
        return self._known(await self._more(described, tokens, signed))

    def _check(self, claims: _Claims, started: Started, now: float) -> None:
        mine = self.provider.client_id
        audience = (claims.aud,) if isinstance(claims.aud, str) else claims.aud
        wrong = {
            "openid-issuer-other": claims.iss != self.provider.issuer,
            "openid-audience-other": mine not in audience
            or (len(audience) > 1 and claims.azp is None)
            or claims.azp not in (None, mine),
            "openid-token-old": claims.exp <= now - _SKEW or claims.iat < now - _OLDEST - _SKEW,
            "openid-clocks": max(claims.iat, claims.nbf) > now + _SKEW,
            "openid-spent": not hmac.compare_digest(claims.nonce.encode(), started.nonce.encode()),
            "openid-claims-broken": not 0 < len(claims.sub) <= _LONGEST,
        }
        for code, holds in wrong.items():
            if holds:
                raise RefusedError(code)

    def _known(self, claims: Mapping[str, Any]) -> Known:
        """Return who claims are of, where they say what the roster knows people by."""
        provider = self.provider
        values, role = values_of(claims, provider.claim), provider.role_of(claims)
        if len(values) != 1 and role is Role.STUDENT:
            is_theirs = provider.claim != EMAIL or is_verified(claims)
            code = "openid-claim-missing" if is_theirs else "openid-email-unverified"
            raise RefusedError(code, provider=provider.name, claim=provider.claim)
        name = claims.get("name")
        return Known(
            subject=claims["sub"],
            name=name if isinstance(name, str) else "",
            value=values[0] if len(values) == 1 else "",
            role=role,
        )

    async def _describe(self, now: float) -> _Described:
        """Return where the provider's doors are, asked for again once in a while."""
        if self._described is not None and self._described[1] > now:
            return self._described[0]
        address = f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = await self._ask("GET", address, _Described)
        doors = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        if found.issuer != self.provider.issuer:
            raise UnreachableError("openid-discovery-other", address=address)
        if not all(map(is_safe, doors)):
            raise UnreachableError("openid-answer-broken", address=address)
        self._described = found, now + _KEPT
        return found

    async def _tokens(self, described: _Described, code: str, verifier: str) -> _Tokens:
        """Exchange the code, which works once, for the token."""
        mine, secret = self.provider.client_id, self._secret
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "code_verifier": verifier,
        }
        headers = {}
        ways = described.token_endpoint_auth_methods_supported
        if secret and ("client_secret_basic" in ways or "client_secret_post" not in ways):
            pair = f"{quote_plus(mine)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": mine} | ({"client_secret": secret} if secret else {})
        address = described.token_endpoint
        return await self._ask("POST", address, _Tokens, data=form, headers=headers)

    async def _more(
        self, described: _Described, tokens: _Tokens, signed: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the claims with those of the provider's other door, where some are missing.

        What is signed comes before what is not.
        """
        wanted = (self.provider.claim, *self.provider.instructors, *self.provider.assistants)
        if all(values_of(signed, one) for one in wanted):
            return signed
        if not (is_safe(described.userinfo_endpoint) and tokens.access_token):
            return signed
        bearer = {"Authorization": f"Bearer {tokens.access_token}"}
        more = await self._ask("GET", described.userinfo_endpoint, dict[str, Any], headers=bearer)
        if more.get("sub") != signed["sub"]:  # another person's: the specification asks to look
            raise RefusedError("openid-claims-broken")
        return more | signed

    async def _ask(self, method: str, address: str, kind: type[Found], **what: Any) -> Found:
        return await ask(self._client, self.provider.name, method, address, kind, **what)


async def ask(
    client: httpx.AsyncClient,
    provider: str,
    method: str,
    address: str,
    kind: type[Found],
    **what: Any,
) -> Found:
    """Return what a provider answers. Raises UnreachableError, or RefusedError."""
    try:
        answer = await fetch(client, method, address, **what)
    except httpx.HTTPError:
        raise UnreachableError("openid-unreachable", address=address) from None
    except ValueError:
        raise UnreachableError("openid-answer-broken", address=address) from None
    if method == "POST" and answer.is_client_error:
        is_code = b"invalid_grant" in answer.content
        code = "openid-code-refused" if is_code else "openid-client-refused"
        raise RefusedError(code, provider=provider)
    if not answer.is_success:
        raise UnreachableError("openid-unreachable", address=address)
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError:
        raise UnreachableError("openid-answer-broken", address=address) from None


def new_start(target: str, now: float) -> Started:
    """Return a sign-in that begins now and leads to ``target``."""
    return Started(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        target=target,
        expires=now + PENDING_SECONDS,
    )


def require_same_browser(started: Started | None, browser: str, now: float) -> Started:
    """Return a sign-in that this browser began a short while ago. Raises RefusedError."""
    if started is None or started.expires < now:
        raise RefusedError("openid-spent")
    if not hmac.compare_digest(browser.encode(), started.state.encode()):
        raise RefusedError("openid-browser-other")
    return started


def challenge(verifier: str) -> str:
    """Return what the provider compares with the verifier later (RFC 7636, S256)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
