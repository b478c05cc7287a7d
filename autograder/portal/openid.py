"""Signing in at a university's own provider (OpenID Connect) or a JupyterHub, by the roster."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from autograder.gradebook.identity import people_of
from autograder.lms.joining import People
from autograder.lti.jupyterhub import Hub
from autograder.lti.launch import Role, is_below
from autograder.lti.openid import PENDING_SECONDS, Known, OpenId, Started
from autograder.portal.call import Call, Refused, nowhere, run
from autograder.portal.door import begin as begin_session
from autograder.portal.door import signed_in
from autograder.portal.guard import ANYBODY, Door, host_cookie, set_cookie
from autograder.portal.outgoing import keep, take
from autograder.portal.people import Person, digest, platform_person, student_person

COOKIE = "autograder-openid"
SHOWN = 100  # characters of what a provider calls somebody


def _openid(call: Call) -> OpenId | Hub:
    if call.site.openid is None:
        raise nowhere()
    return call.site.openid


def _kept_under(state: str) -> str:
    return digest(f"openid {state}")


def start(call: Call) -> Response:
    """Send a browser to the provider; it must come back with a cookie."""
    openid, site = _openid(call), call.site
    target = f"{site.base}{call.query.get('to', '')}"
    if not is_below(target, site.base):
        target = f"{site.base}/"
    address, started = run(lambda: openid.begin(target, now=call.now))
    body = msgspec.json.encode(started).decode()
    keep(site.database, _kept_under(started.state), body, started.expires)
    response = RedirectResponse(address, status_code=302)
    set_cookie(site, response, host_cookie(site, COOKIE), started.state, PENDING_SECONDS)
    return response


def back(call: Call) -> Response:
    """Sign in whom the provider names, once, if the roster or the settings have them."""
    openid, site = _openid(call), call.site
    name = host_cookie(site, COOKIE)
    body = take(site.database, _kept_under(call.query.get("state", "")))
    started = msgspec.json.decode(body, type=Started) if body else None
    browser = call.cookies.get(name, "")
    known = run(lambda: openid.finish(call.query, started, browser=browser, now=call.now))
    with site.shelf.book() as book:
        people = people_of(book)
    with site.database.write() as connection:
        person, why = _person_of(connection, openid, people, known, call.now)
        if person is None:
            call.note(connection, "sign-in-refused", known.value[:SHOWN], why)
        else:
            secret = begin_session(call, connection, person)
    if person is None:
        raise Refused(403, why, who=known.value[:SHOWN])
    response = RedirectResponse(started.target if started else site.base, status_code=303)
    set_cookie(site, response, name, "", 0)
    return signed_in(site, response, secret)


def _person_of(
    connection: Connection, openid: OpenId | Hub, people: People, known: Known, now: float
) -> tuple[Person | None, str]:
    """Return who a sign-in is of, or why nobody: the roster and the settings of now count."""
    issuer = openid.provider.issuer
    name = known.name or known.value
    staff = platform_person(connection, issuer, known.subject, known.role.value, now, name=name)
    if known.role is not Role.STUDENT:
        return staff, ""
    found = people.having(openid.provider.roster, known.value)
    if len(found) != 1:
        return None, "openid-not-in-roster" if not found else "openid-several"
    return student_person(connection, found.pop(), known.name, now), ""


DOORS = (
    Door(method="GET", path="/openid", handler=start, roles=ANYBODY, rate="launch"),
    Door(method="GET", path="/openid/back", handler=back, roles=ANYBODY, rate="launch"),
    Door(method="GET", path="/oauth_callback", handler=back, roles=ANYBODY, rate="launch"),
)
