"""Put the portal together: routes, limits, headers, and what runs beside the requests."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from autograder.portal import door, learning, openid, roster, staff, student
from autograder.portal.guard import Door
from autograder.portal.intake import MOST_BYTES
from autograder.portal.site import Site

_log = logging.getLogger(__name__)
FORM_BYTES = MOST_BYTES + 200_000
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
TLS_HEADERS = ((b"strict-transport-security", b"max-age=31536000"),)
DEFAULT_POLICY = b"default-src 'none'; frame-ancestors 'none'"


class Headers:
    """Adds to every answer what browsers are to keep to."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = HEADERS + (TLS_HEADERS if secure else ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                there = {name for name, _ in headers}
                headers += self._headers
                if b"content-security-policy" not in there:
                    headers.append((b"content-security-policy", DEFAULT_POLICY))
                if b"cache-control" not in there:
                    headers.append((b"cache-control", b"no-store"))
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


class Below:
    """An application whose proxy passes on whole paths, also what comes before its own."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        ours = {"root_path": self._prefix} if scope["type"] == "http" else {}
        await self._app({**scope, **ours}, receive, send)


Beside = Callable[[Site], contextlib.AbstractAsyncContextManager[None]]


def doors() -> Sequence[Door]:
    """Return every address of the portal."""
    return (
        *door.DOORS,
        *student.DOORS,
        *staff.DOORS,
        *roster.DOORS,
        *learning.DOORS,
        *openid.DOORS,
    )


def make_app(site: Site, beside: Sequence[Beside] = (learning.delivering,)) -> Starlette:
    """Return the portal as an ASGI application."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            for one in beside:
                await stack.enter_async_context(one(site))
            yield
        site.shelf.close()

    made = Starlette(
        routes=[one.route(site) for one in doors()],
        middleware=[
            Middleware(Headers, secure=site.secure),
            Middleware(RequestBodyLimitMiddleware, max_body_size=FORM_BYTES),
        ],
        lifespan=lifespan,
    )
    made.router.redirect_slashes = False  # such an address would be made of the Host header
    return made
