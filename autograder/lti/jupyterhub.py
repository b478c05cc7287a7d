"""Sign-in through a JupyterHub, as one of its services: OAuth 2 with the Hub's own user record.

JupyterHub's documentation, "Services" and "Authenticating Services with JupyterHub": a service that
the Hub starts, or knows, finds its addresses and its secret in the environment. There is no ID
token; whom a code is of is what the Hub answers to the token that the code is exchanged for.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec

from autograder.errors import CourseError
from autograder.lti.errors import RefusedError
from autograder.lti.openid import Known, Started, ask, challenge, new_start, require_same_browser
from autograder.lti.provider import role_by
from autograder.words.catalogue import say

_NAME: Final = "name"  # what a Hub calls a user
_GROUPS: Final = "groups"
_NEEDED: Final = ("API_TOKEN", "API_URL", "CLIENT_ID", "SERVICE_PREFIX", "OAUTH_ACCESS_SCOPES")


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What a Hub gives a service to know. ``listen`` is host and port, empty where it says none."""

    token: str
    api_url: str
    client_id: str
    prefix: str
    hub: str
    back: str
    scopes: tuple[str, ...]
    listen: tuple[str, int] | None
    public_url: str

    def base(self, given: str) -> str:
        """Return the address that people use. Raises CourseError where nobody has said it.

        ``given`` is the Hub's or this service's own, for where the Hub does not say it.
        """
        parts = urlsplit(self.public_url or given)
        if not parts.netloc:
            raise CourseError(say("hub-no-address"))
        return f"{parts.scheme}://{parts.netloc}{self.prefix.rstrip('/')}"


def service_of(environment: Mapping[str, str]) -> Service:
    """Return the service that an environment describes. Raises CourseError."""
    missing = [name for name in _NEEDED if not environment.get(f"JUPYTERHUB_{name}")]
    if missing:
        names = " ".join(f"JUPYTERHUB_{name}" for name in missing)
        raise CourseError(say("hub-not-a-service", names=names))
    given = {name: environment[f"JUPYTERHUB_{name}"] for name in _NEEDED}
    try:
        scopes = msgspec.json.decode(given["OAUTH_ACCESS_SCOPES"], type=tuple[str, ...])
        own = urlsplit(environment.get("JUPYTERHUB_SERVICE_URL", ""))
        listen = (own.hostname, own.port) if own.hostname and own.port else None
    except ValueError as error:
        raise CourseError(say("hub-broken", reason=str(error))) from None
    prefix = f"/{given['SERVICE_PREFIX'].strip('/')}/"
    host = environment.get("JUPYTERHUB_HOST", "").rstrip("/")
    root = environment.get("JUPYTERHUB_BASE_URL", "/").strip("/")
    return Service(
        token=given["API_TOKEN"],
        api_url=given["API_URL"].rstrip("/"),
        client_id=given["CLIENT_ID"],
        prefix=prefix,
        hub=f"{host}/{root}/hub" if root else f"{host}/hub",
        back=environment.get("JUPYTERHUB_OAUTH_CALLBACK_URL") or f"{prefix}oauth_callback",
        scopes=scopes,
        listen=listen,
        public_url=environment.get("JUPYTERHUB_PUBLIC_URL", ""),
    )


class HubSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is who. ``roster`` is the kind of id that a user's name is; the others give roles."""

    label: str = "JupyterHub"
    roster: Literal["id", "login", "email", "number", "user"] = "id"
    instructors: dict[str, tuple[str, ...]] = {}
    assistants: dict[str, tuple[str, ...]] = {}

    def __post_init__(self) -> None:
        """Check the record. Raises ValueError, which msgspec turns into a ValidationError."""
        other = {*self.instructors, *self.assistants} - {_NAME, _GROUPS}
        if other:
            raise ValueError(f"a Hub knows name and groups of a user, not {min(other)}")

    @property
    def issuer(self) -> str:
        """Whose names these are: a portal has one Hub."""
        return "jupyterhub"

    @property
    def name(self) -> str:
        """What people call it."""
        return self.label


def load_settings(path: Path) -> HubSettings:
    """Read a course's settings; none are needed where users are called by the roster's ids.

    Raises CourseError.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=HubSettings)
    except FileNotFoundError:
        return HubSettings()
    except (OSError, msgspec.DecodeError) as error:
        said = say("openid-unreadable", file=str(path), reason=str(error))
        raise CourseError(said) from None


class _Token(msgspec.Struct, frozen=True, kw_only=True):
    access_token: str


class _User(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: str = "user"
    groups: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


class Hub:
    """Signs a Hub's users in; used as ``OpenId`` is."""

    def __init__(self, service: Service, provider: HubSettings, client: httpx.AsyncClient) -> None:
        self.provider = provider
        self._service = service
        self._client = client

    async def begin(self, target: str, *, now: float) -> tuple[str, Started]:
        """Return the address that a browser is sent to, and what must come back from there."""
        started = new_start(target, now)
        fields = {
            "response_type": "code",
            "client_id": self._service.client_id,
            "redirect_uri": self._service.back,
            "state": started.state,
            "code_challenge": challenge(started.verifier),
            "code_challenge_method": "S256",
        }
        return f"{self._service.hub}/api/oauth2/authorize?{urlencode(fields)}", started

    async def finish(
        self, sent: Mapping[str, str], started: Started | None, *, browser: str, now: float
    ) -> Known:
        """Return whom the Hub names, if the Hub lets them use this service.

        Arguments are those of ``OpenId.finish``. Raises RefusedError, UnreachableError.
        """
        started = require_same_browser(started, browser, now)
        if "error" in sent or not sent.get("code"):
            raise RefusedError("openid-refused", provider=self.provider.name)
        user = await self._user_of(sent["code"], started.verifier)
        may = any(wanted in user.scopes for wanted in self._service.scopes)
        if user.kind != "user" or not user.name or not may:
            raise RefusedError("hub-not-allowed", provider=self.provider.name)
        claims = {_NAME: user.name, _GROUPS: list(user.groups)}
        role = role_by(claims, self.provider.instructors, self.provider.assistants)
        return Known(subject=user.name, name=user.name, value=user.name, role=role)

    async def _user_of(self, code: str, verifier: str) -> _User:
        """Exchange the code, which works once, and ask whose it was. The token is not kept."""
        service = self._service
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": service.back,
            "client_id": service.client_id,
            "client_secret": service.token,
            "code_verifier": verifier,
        }
        address, name = f"{service.api_url}/oauth2/token", self.provider.name
        token = await ask(self._client, name, "POST", address, _Token, data=form)
        headers = {"Authorization": f"token {token.access_token}"}
        address = f"{service.api_url}/user"
        return await ask(self._client, name, "GET", address, _User, headers=headers)
