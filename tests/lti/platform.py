"""A learning platform for tests: its keys, launches, tokens, columns and people, as the spec says.

It lives in this process: no address of it is ever looked up.
"""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from autograder.lti.platform import Platform

ISSUER = "https://lms.example"
CLIENT = "tool-1"
BASE = "https://portal.example/course"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
NO_ALGORITHM = b'{"alg":"none"}'
KEYS = tuple(RSAKey.generate_key(2048, auto_kid=True) for _ in range(2))

PLATFORM = Platform(
    issuer=ISSUER,
    client_id=CLIENT,
    deployments=("d1",),
    login_url=f"{ISSUER}/auth?tenant=7",
    token_url=f"{ISSUER}/token",
    keys_url=f"{ISSUER}/jwks",
)


class FakePlatform:
    """Answers what a tool asks. ``refuses`` are statuses that the next requests get, in order."""

    def __init__(self, tool_keys: dict[str, Any] | None = None) -> None:
        self.keys: tuple[RSAKey, ...] = KEYS[:1]
        self.tool_keys = tool_keys
        self.asked: list[str] = []
        self.refuses: list[int | Exception] = []
        self.scores: dict[tuple[str, str], dict[str, Any]] = {}
        self.columns: list[dict[str, Any]] = []
        self.tokens = 0
        self.retry_after = ""

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer), timeout=1)

    def token(
        self, pending_url: str, *, key: RSAKey | None = None, **changes: Any
    ) -> dict[str, str]:
        """Return what the browser posts after a login request; None in ``changes`` removes."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(pending_url).query).items()}
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": asked["client_id"],
            "sub": "u-1",
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "name": "A student",
            CLAIM + "message_type": "LtiResourceLinkRequest",
            CLAIM + "version": "1.3.0",
            CLAIM + "deployment_id": "d1",
            CLAIM + "target_link_uri": f"{BASE}/labs/slope",
            CLAIM + "resource_link": {"id": "link-1", "title": "Slope"},
            CLAIM + "roles": [f"{MEMBERSHIP}#Learner"],
            CLAIM + "custom": {"lab": "slope", "odd": 3},
            AGS: {
                "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
                "lineitems": f"{ISSUER}/items?type_id=4",
            },
        }
        claims = {k: v for k, v in (claims | changes).items() if v is not None}
        key = key or self.keys[-1]
        signed = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, ["RS256"])
        return {"state": asked["state"], "id_token": signed}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(f"{request.method} {request.url.raw_path.decode()}")
        if path not in ("/jwks", "/token") and self.refuses:
            refused = self.refuses.pop(0)
            if isinstance(refused, Exception):
                raise refused
            return httpx.Response(refused, headers={"Retry-After": self.retry_after})
        if path == "/jwks":
            return httpx.Response(200, json=KeySet(list(self.keys)).as_dict(private=False))
        if path == "/token":
            return self._token(request)
        if request.headers.get("Authorization") != f"Bearer t-{self.tokens}":
            return httpx.Response(401)
        if path == "/members":
            return self._members(request)
        return self._grades(request)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {k: v[0] for k, v in parse_qs(request.content.decode()).items()}
        keys = KeySet.import_key_set(self.tool_keys or {"keys": []})
        claims = jwt.decode(form["client_assertion"], keys, algorithms=["RS256"]).claims
        assert claims["iss"] == claims["sub"] == CLIENT
        assert claims["aud"] == PLATFORM.token_url
        self.tokens += 1
        return httpx.Response(200, json={"access_token": f"t-{self.tokens}", "expires_in": 3600})

    def _members(self, request: httpx.Request) -> httpx.Response:
        is_second = request.url.params.get("page") == "2"
        people = [
            {"user_id": "u-2", "roles": [f"{MEMBERSHIP}#Instructor"], "status": "Inactive"}
            if is_second
            else {"user_id": "u-1", "name": "A student", "roles": ["Learner"]}
        ]
        follows = {} if is_second else {"Link": f'<{ISSUER}/members?page=2>; rel="next"'}
        return httpx.Response(200, json={"members": people}, headers=follows)

    def _grades(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, request.url.params
        if path == "/items" and request.method == "GET":
            wanted = query.get("resource_id")
            found = [one for one in self.columns if one.get("resourceId") == wanted]
            return httpx.Response(200, json=found)
        if path == "/items":
            made = json.loads(request.content) | {
                "id": f"{ISSUER}/items/{len(self.columns)}?type_id=4"
            }
            self.columns.append(made)
            return httpx.Response(201, json=made)
        if path.endswith("/results"):
            one = self.scores.get((path.removesuffix("/results"), query["user_id"]))
            rows = [] if one is None else [_result(one)]
            return httpx.Response(200, json=rows)
        score = json.loads(request.content)
        name = (path.removesuffix("/scores"), score["userId"])
        stored = self.scores.get(name)
        if stored is not None and score["timestamp"][:19] <= stored["timestamp"][:19]:
            return httpx.Response(409)  # as Moodle does, which compares whole seconds
        self.scores[name] = score
        return httpx.Response(204)


def _result(score: dict[str, Any]) -> dict[str, Any]:
    return {
        "userId": score["userId"],
        "resultScore": score["scoreGiven"],
        "resultMaximum": score["scoreMaximum"],
    }


def unsigned(token: str) -> str:
    """Return a token with ``alg: none`` and no signature."""
    return f"{encoded(NO_ALGORITHM)}.{token.split('.')[1]}."


def encoded(part: bytes) -> str:
    """Return a part of a token as it is written."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
