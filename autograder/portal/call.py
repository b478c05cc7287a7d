"""A request as handlers see it, and the one way to refuse it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from anyio import from_thread
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from autograder.errors import AutograderError
from autograder.lti.errors import LtiError, UnreachableError
from autograder.portal.intake import Sent
from autograder.portal.people import Person, Signed, note
from autograder.portal.site import Site
from autograder.words.catalogue import say

Found = TypeVar("Found")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Call:
    """A request as a handler sees it."""

    site: Site
    signed: Signed | None
    params: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    cookies: Mapping[str, str]
    file: Sent | None = None
    wants_json: bool = False

    @property
    def person(self) -> Person:
        """Who asks. Only for handlers that not anybody may call."""
        if self.signed is None:
            raise AutograderError(say("portal-sign-in-first"))
        return self.signed.person

    @property
    def now(self) -> float:
        """The time of this call."""
        return self.site.clock()

    def note(self, connection: Connection, act: str, subject: str, detail: str = "") -> None:
        """Add a line to the audit log."""
        person = self.signed.person if self.signed else None
        note(connection, person, act, subject, self.now, detail=detail)

    def to(self, path: str) -> Response:
        """Send the browser to another page of ours."""
        return RedirectResponse(f"{self.site.path}{path}", status_code=303)


class Refused(Exception):
    """A request that is not done: a status, what to say, and when to ask again, if ever."""

    wait_seconds = 0.0

    def __init__(self, status: int, code: str, **values: Any) -> None:
        super().__init__(code)
        self.status = status
        self.said = say(code, **values)


def nowhere() -> Refused:
    """Return what is said of anything that is not there, or not this person's: the same."""
    return Refused(404, "portal-not-there")


def run(made: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
    """Have the server's loop do something; this thread waits. Raises Refused with the reason."""
    try:
        return from_thread.run(made)
    except LtiError as error:
        status = 503 if isinstance(error, UnreachableError) else 403
        raise Refused(status, error.code, **error.values) from error
