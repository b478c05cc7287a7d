"""What stands before every handler: who asks, may they, is the form ours, is it too often."""

from __future__ import annotations

import dataclasses
import hmac
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from autograder.errors import AutograderError
from autograder.gradebook.book import BookUnavailable
from autograder.portal.call import Call, Refused
from autograder.portal.database import Unavailable
from autograder.portal.intake import MOST_BYTES, Sent
from autograder.portal.people import Role, Signed, recognise
from autograder.portal.policy import wait_words
from autograder.portal.render import page
from autograder.portal.site import Site
from autograder.words.catalogue import languages, say, speaking

_log = logging.getLogger(__name__)
ANYBODY: tuple[Role, ...] = ()
STUDENT: tuple[Role, ...] = ("student",)
STAFF: tuple[Role, ...] = ("assistant", "instructor")
EVERYONE: tuple[Role, ...] = (*STUDENT, *STAFF)
INSTRUCTOR: tuple[Role, ...] = ("instructor",)
Method = Literal["GET", "POST"]
FIELDS, FIELD_BYTES = 40, 100_000
AWAY_SECONDS = 10.0
UNAUTHORIZED = 401


Handler = Callable[[Call], Response]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Door:
    """An address, who may use it, and what happens. ``foreign``: other sites post here."""

    method: Method
    path: str
    handler: Handler
    roles: tuple[Role, ...]
    rate: str = "page"
    foreign: bool = False

    def route(self, site: Site) -> Route:
        """Return Starlette's route."""
        return Route(self.path, _endpoint(site, self), methods=[self.method])


def host_cookie(site: Site, name: str) -> str:
    """Return a cookie's name; over TLS the browser lets no other host set one of this name.

    Below a path, what else this host serves must not get it, so that its path is set instead.
    """
    if not site.secure:
        return name
    return f"__Secure-{name}" if site.path else f"__Host-{name}"


def session_cookie(site: Site) -> str:
    """Return the name of the cookie of a session."""
    return host_cookie(site, "autograder")


def set_cookie(
    site: Site, response: Response, name: str, value: str, seconds: int, *, crosses: bool = False
) -> None:
    """Set a cookie that no script reads; within a platform's frame it is that frame's alone.

    One that ``crosses`` comes back with a form that another site posts.
    """
    framed = site.secure and (crosses or bool(site.platforms))
    parts = [f"{name}={value}", f"Max-Age={seconds}", f"Path={site.path}/", "HttpOnly"]
    parts += ["Secure"] if site.secure else []
    parts += ["SameSite=None", "Partitioned"] if framed else ["SameSite=Lax"]
    response.headers.append("set-cookie", "; ".join(parts))


def _endpoint(site: Site, door: Door) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        with speaking(_language(request)):
            call = Call(
                site=site,
                signed=None,
                params=request.path_params,
                query=request.query_params,
                form={},
                cookies=request.cookies,
                wants_json="application/json" in request.headers.get("accept", ""),
            )
            try:
                signed = await run_in_threadpool(_admit, site, door, request)
                call = dataclasses.replace(call, signed=signed)
                if door.method == "POST":
                    form, file = await _read(request)
                    call = dataclasses.replace(call, form=form, file=file)
                    _require_own_form(door, call, request)
                return await run_in_threadpool(door.handler, call)
            except Refused as error:
                wants = request.url.path.removeprefix(site.path) if door.method == "GET" else ""
                return refused(call, error.status, error.said, error.wait_seconds, wants=wants)
            except (Unavailable, BookUnavailable, SQLAlchemyError) as error:
                ours = isinstance(error, AutograderError)  # others may show what is stored
                _log.warning("a database is away: %s", error if ours else type(error).__name__)
                said = say("portal-database-away", wait=wait_words(AWAY_SECONDS))
                return refused(call, 503, said, AWAY_SECONDS)
            except AutograderError as error:
                return refused(call, 400, str(error))

    return endpoint


async def _read(request: Request) -> tuple[dict[str, str], Sent | None]:
    """Return a form's fields and its one file, of a size that there may be."""
    try:
        async with request.form(
            max_files=2, max_fields=FIELDS, max_part_size=FIELD_BYTES
        ) as parsed:
            fields = {key: value for key, value in parsed.items() if isinstance(value, str)}
            file = parsed.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                return fields, None
            data = await file.read(MOST_BYTES + 1)
    except AutograderError:
        raise
    except Exception as error:  # whatever a parser says of a stranger's bytes
        too_large = getattr(error, "status_code", 0) == 413
        code = "portal-too-large" if too_large else "portal-form-broken"
        raise Refused(413 if too_large else 400, code, megabytes=MOST_BYTES // 1_000_000) from error
    if len(data) > MOST_BYTES:
        raise Refused(413, "portal-too-large", megabytes=MOST_BYTES // 1_000_000)
    return fields, Sent(name=file.filename, data=data, once=fields.get("once", "")[:64])


def refused(
    call: Call, status: int, said: str, wait_seconds: float = 0.0, *, wants: str = ""
) -> Response:
    """Return a page, or JSON, that says why not, and when it is worth asking again.

    ``wants`` is the page to see after signing in.
    """
    if call.wants_json:
        response: Response = JSONResponse({"error": said}, status_code=status)
    else:
        back_to = wants if status == UNAUTHORIZED else None
        response = page(call, "refused", status, said=said, back_to=back_to)
    if wait_seconds:
        response.headers["Retry-After"] = str(math.ceil(wait_seconds))
    return response


def _signed(site: Site, request: Request) -> Signed | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    cookie = request.cookies.get(session_cookie(site), "")
    if not token and not cookie:
        return None
    with site.database.read() as connection:
        if kind.lower() == "bearer":
            return recognise(connection, "token", token.strip(), site.clock())
        return recognise(connection, "session", cookie, site.clock())


def _admit(site: Site, door: Door, request: Request) -> Signed | None:
    """Return who asks. Raises Refused where they may not, before anything of theirs is read."""
    signed = _signed(site, request)
    host = request.client.host if request.client else ""
    left = site.rates.take(door.rate, signed.person.id if signed else host)
    if left:
        error = Refused(429, "portal-too-often", wait=wait_words(left))
        error.wait_seconds = left
        raise error
    if door.roles and signed is None:
        raise Refused(UNAUTHORIZED, "portal-sign-in-first")
    if door.roles and signed is not None and signed.person.role not in door.roles:
        raise Refused(403, "portal-not-yours")
    return signed


def _require_own_form(door: Door, call: Call, request: Request) -> None:
    """Raise Refused where another site sent a form in somebody's name."""
    bearer = request.headers.get("authorization", "").lower().startswith("bearer ")
    if door.foreign or bearer:  # no browser adds a token by itself
        return
    if request.headers.get("origin", call.site.origin) != call.site.origin:
        raise Refused(403, "portal-form-foreign")
    if call.signed is not None:
        brought = call.form.get("form_token", "").encode()
        if not hmac.compare_digest(brought, call.signed.form_token.encode()):
            raise Refused(403, "portal-form-foreign")


def _language(request: Request) -> str:
    """Return the first language that a browser asks for and there is."""
    for part in request.headers.get("accept-language", "")[:200].split(","):
        name = part.split(";")[0].strip().lower().split("-")[0]
        if name in languages():
            return name
    return ""
