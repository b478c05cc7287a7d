"""A JupyterHub for tests, as far as a service's sign-in goes. ``user`` is signed in there."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from autograder.lti.jupyterhub import Hub, HubSettings, service_of

SCOPE = "access:services!service=autograder"
API = "http://127.0.0.1:8081/hub/api"
ENVIRONMENT = {
    "JUPYTERHUB_API_TOKEN": "the service's own",
    "JUPYTERHUB_API_URL": API,
    "JUPYTERHUB_BASE_URL": "/",
    "JUPYTERHUB_CLIENT_ID": "service-autograder",
    "JUPYTERHUB_HOST": "",
    "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps(["access:services", SCOPE]),
    "JUPYTERHUB_OAUTH_CALLBACK_URL": "/services/autograder/oauth_callback",
    "JUPYTERHUB_PUBLIC_URL": "",
    "JUPYTERHUB_SERVICE_PREFIX": "/services/autograder/",
    "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:10101",
}


class FakeHub:
    """Answers at its two doors; ``down`` is what a door answers in place of that."""

    def __init__(self) -> None:
        self.user: dict[str, Any] = {
            "name": "student-61",
            "kind": "user",
            "groups": [],
            "scopes": [SCOPE],
        }
        self.down: dict[str, httpx.Response | Exception] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: set[str] = set()

    def hub(self, **settings: Any) -> Hub:
        """Return the sign-in of a portal that is this Hub's service."""
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        return Hub(service_of(ENVIRONMENT), HubSettings(**settings), client)

    def visit(self, address: str) -> dict[str, str]:
        """Let the service see who one is, as a browser does; return what it brings back."""
        parts = urlsplit(address)
        assert parts.path == "/hub/api/oauth2/authorize"
        asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
        assert asked["client_id"] == "service-autograder"
        assert asked["redirect_uri"] == "/services/autograder/oauth_callback"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        door = str(request.url).removeprefix(API)
        found = self.down.get(door)
        if isinstance(found, Exception):
            raise found
        return found or {"/oauth2/token": self._token, "/user": self._user}[door](request)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {k: v[0] for k, v in parse_qs(request.content.decode()).items()}
        asked = self._codes.pop(form["code"], None)
        hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
        kept = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != kept:
            return httpx.Response(400, json={"error": "invalid_grant"})
        if form["client_secret"] != ENVIRONMENT["JUPYTERHUB_API_TOKEN"]:
            return httpx.Response(401, json={"error": "invalid_client"})
        self._tokens.add(token := secrets.token_urlsafe(8))
        return httpx.Response(200, json={"access_token": token, "token_type": "Bearer"})

    def _user(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"].removeprefix("token ") in self._tokens
        return httpx.Response(200, json=self.user | {"session_id": None})
