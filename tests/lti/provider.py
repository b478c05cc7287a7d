"""A provider of sign-ins for tests, as the specifications say: an application that can be served.

By itself it lives in this process. Somebody is signed in there at once, as ``who`` says.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from autograder.lti.provider import Provider

ISSUER = "https://login.example/realms/course"
CLIENT, SECRET = "portal", "a secret: with / and +"
KEYS = tuple(RSAKey.generate_key(2048, auto_kid=True) for _ in range(2))
CURVE = ECKey.generate_key("P-256", auto_kid=True)


def settings(**changes: Any) -> Provider:
    """Return the settings of a course."""
    return Provider(**{"issuer": ISSUER, "client_id": CLIENT, "label": "Login"} | changes)


class FakeProvider:
    """``claims`` change what it says of ``who``; ``down`` what its doors answer instead."""

    def __init__(self, issuer: str = ISSUER, secret: str = SECRET) -> None:
        self.issuer, self.secret = issuer, secret
        self.keys: list[Any] = [KEYS[0]]
        self.algorithm = "RS256"
        self.who: dict[str, Any] = {"sub": "s-1", "name": "A student", "email": "s1@example.org"}
        self.claims: dict[str, Any] = {}
        self.more: dict[str, Any] | None = None
        self.described: dict[str, Any] = {}
        self.down: dict[str, int | Exception] = {}
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        path = urlsplit(issuer).path
        self.app = Starlette(
            routes=[
                Route(f"{path}/.well-known/openid-configuration", self._describe),
                Route(f"{path}/auth", self._auth),
                Route(f"{path}/token", self._token, methods=["POST"]),
                Route(f"{path}/keys", self._keys),
                Route(f"{path}/userinfo", self._userinfo),
            ]
        )

    def client(self) -> httpx.AsyncClient:
        """Return a client that reaches this provider and nothing else."""
        return httpx.AsyncClient(transport=_Refusing(self), timeout=5)

    def visit(self, address: str) -> dict[str, str]:
        """Sign in as a browser does; return what it brings back."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
        return self._authorise(asked)

    def _authorise(self, asked: dict[str, str]) -> dict[str, str]:
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    async def _describe(self, _request: Request) -> Response:
        doors = {
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo" if self.more is not None else "",
        }
        return JSONResponse({"issuer": self.issuer} | doors | self.described)

    async def _auth(self, request: Request) -> Response:
        back = self._authorise(dict(request.query_params))
        return RedirectResponse(f"{request.query_params['redirect_uri']}?{urlencode(back)}", 302)

    async def _keys(self, _request: Request) -> Response:
        public = KeySet(self.keys).as_dict(private=False)["keys"] if self.keys else []
        sealing = {**KEYS[1].as_dict(private=False), "use": "enc", "kid": "sealing"}
        return JSONResponse({"keys": [{"kty": "new"}, sealing, *public]})  # as Keycloak has it

    async def _token(self, request: Request) -> Response:
        async with request.form() as parsed:
            form = dict(parsed)
        asked = self._codes.pop(str(form["code"]), None)  # a code works once
        if not self._is_client(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        proof = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        fits = asked and asked["code_challenge"] == challenge
        if not fits or asked["redirect_uri"] != form["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {"id_token": self.token(asked["nonce"]), "access_token": "t-1", "token_type": "Bearer"}
        )

    def token(self, nonce: str) -> str:
        """Return what is signed; None in ``claims`` removes one."""
        now = int(time.time())
        issued = {"iss": self.issuer, "aud": CLIENT, "exp": now + 60, "iat": now, "nonce": nonce}
        claims = {k: v for k, v in (issued | self.who | self.claims).items() if v is not None}
        key = self.keys[-1] if self.keys else KEYS[0]
        head = {"alg": self.algorithm, "kid": key.kid}
        return jwt.encode(head, claims, key, [self.algorithm])

    def _is_client(self, request: Request, form: dict[str, Any]) -> bool:
        kind, _, pair = request.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            name, _, secret = base64.b64decode(pair).decode().partition(":")
            return (unquote_plus(name), unquote_plus(secret)) == (CLIENT, self.secret)
        return (form.get("client_id"), form.get("client_secret", "")) == (CLIENT, self.secret)

    async def _userinfo(self, request: Request) -> Response:
        if request.headers.get("Authorization") != "Bearer t-1":
            return Response(status_code=401)
        return JSONResponse(self.more)


class _Refusing(httpx.AsyncBaseTransport):
    def __init__(self, provider: FakeProvider) -> None:
        self._provider = provider
        self._inner = httpx.ASGITransport(provider.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        door = request.url.path.rpartition("/")[2]
        self._provider.asked.append(door)
        refused = self._provider.down.get(door)
        if isinstance(refused, Exception):
            raise refused
        if refused is None:
            return await self._inner.handle_async_request(request)
        return httpx.Response(refused, json={"error": "server_error"}, request=request)
