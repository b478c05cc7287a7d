"""Signing in from a learning platform (LTI 1.3), choosing labs there, sending grades back."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import msgspec
from anyio import from_thread
from sqlalchemy import Connection
from starlette.responses import JSONResponse, RedirectResponse, Response

from autograder.errors import AutograderError
from autograder.gradebook.identity import people_of
from autograder.lms.person import Person as Named
from autograder.lti.choosing import Choice, answer
from autograder.lti.keys import SigningKeys
from autograder.lti.launch import PENDING_SECONDS, Launch, begin, finish
from autograder.lti.outbox import deliver
from autograder.lti.platform import public_keys
from autograder.lti.services import Services
from autograder.portal.call import Call, Refused, nowhere, run
from autograder.portal.door import begin as begin_session
from autograder.portal.door import signed_in
from autograder.portal.guard import ANYBODY, INSTRUCTOR, Door, host_cookie, set_cookie
from autograder.portal.outgoing import (
    StoredLogins,
    StoredOutbox,
    add_column,
    keep,
    send_score,
    take,
)
from autograder.portal.people import (
    Person,
    Signed,
    digest,
    join_platform,
    new_id,
    platform_person,
    student_person,
)
from autograder.portal.render import PLAIN, page, path_part, protected
from autograder.portal.site import Site

_log = logging.getLogger(__name__)
STATE = "autograder-lti"
TIMEOUT_SECONDS = 10.0
DELIVER_SECONDS = 5.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wire:
    """What talks to platforms, on the server's loop."""

    keys: SigningKeys
    services: Services


def wire_of(site: Site, client: httpx.AsyncClient | None = None) -> Wire:
    """Return what talks to the site's platforms. Raises AutograderError without a key."""
    if site.key is None:
        raise nowhere()
    client = client or httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
    return Wire(keys=SigningKeys(client), services=Services(client, site.key, clock=site.clock))


@contextlib.asynccontextmanager
async def delivering(site: Site) -> AsyncIterator[None]:
    """Send grades as long as the portal is open, where there are platforms."""
    if not site.platforms:
        yield
        return
    site.wire = wire_of(site)
    task = asyncio.create_task(_deliver_for_ever(site, site.wire))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _deliver_for_ever(site: Site, wire: Wire) -> None:
    while True:
        try:
            await deliver(StoredOutbox(site), wire.services, now=site.clock())
        except Exception:  # noqa: BLE001  # what is not sent stays where it is
            _log.exception("grades wait after an error")
        await asyncio.sleep(DELIVER_SECONDS)


def _wire(call: Call) -> Wire:
    wire = call.site.wire
    if not isinstance(wire, Wire):
        raise nowhere()
    return wire


def login(call: Call) -> Response:
    """Begin a launch: the browser goes to the platform, and must come back with a cookie."""
    site, sent = call.site, {**call.query, **call.form}
    _wire(call)
    logins, back = StoredLogins(site.database), f"{site.base}/lti/launch"
    address, pending = run(
        lambda: begin(sent, site.platforms, logins, base=site.base, redirect=back, now=call.now)
    )
    response = RedirectResponse(address, status_code=302)
    set_cookie(
        site, response, host_cookie(site, STATE), pending.state, int(PENDING_SECONDS), crosses=True
    )
    return response


def launch(call: Call) -> Response:
    """End a launch: sign in whom the platform names, and lead to what was opened there."""
    site, wire, browser = (
        call.site,
        _wire(call),
        call.cookies.get(host_cookie(call.site, STATE), ""),
    )
    logins = StoredLogins(site.database)
    found = run(
        lambda: finish(
            call.form,
            site.platforms,
            logins,
            wire.keys,
            base=site.base,
            browser=browser,
            now=call.now,
        )
    )
    with site.database.write() as connection:
        person = _person_of(site, connection, found, call.now)
        secret = begin_session(call, connection, person)
    lab = lab_of(site, found)
    if person.role == "student" and lab:
        _remember_column(call, wire, found, person, lab)
    if found.choosing is not None:
        with_session = dataclasses.replace(call, signed=Signed(person=person, secret=secret))
        response = _choose_page(with_session, found)
    elif person.teaches:
        response = call.to(f"/class/{path_part(lab)}" if lab else "/class")
    else:
        response = call.to(f"/labs/{path_part(lab)}" if lab else "/labs")
    set_cookie(site, response, host_cookie(site, STATE), "", 0, crosses=True)
    return signed_in(site, response, secret)


def lab_of(site: Site, found: Launch) -> str:
    """Return the lab that a link leads to, nothing where it leads to none."""
    named = (found.custom.get("lab", ""), urlsplit(found.target).path.rpartition("/labs/")[2])
    return next((lab for lab in named if lab in site.course.lab_names()), "")


def _person_of(site: Site, connection: Connection, found: Launch, now: float) -> Person:
    """Return who a launch is of: known from before, or by e-mail address, or a new student."""
    issuer, subject = found.platform.issuer, found.subject
    person = platform_person(
        connection, issuer, subject, found.role.value, now, name=found.name or found.email
    )
    if person is not None:
        return person
    named = Named(system="lti", ids={"email": found.email} if found.email else {})
    with site.shelf.book() as book:
        match = people_of(book).match(named) if named.ids else None
    student = match.student if match is not None and not (match.new or match.problem) else ""
    if student:
        person = student_person(connection, student, found.name, now)
        if join_platform(connection, person, issuer, subject):
            return person
    made = f"lti-{digest(f'{issuer} {subject}')[:16]}"
    person = student_person(connection, made, found.name or made, now)
    join_platform(connection, person, issuer, subject)
    return person


def _remember_column(call: Call, wire: Wire, found: Launch, person: Person, lab: str) -> None:
    """Keep where the grades of this link go. Without that one can submit all the same."""
    grades, exercise = found.grades, call.site.shelf.exercise(lab)
    if grades is None or exercise is None:
        return
    title, most = exercise.title, exercise.max_score
    link = found.link.id if found.link is not None else ""
    platform = found.platform
    try:
        lineitem = from_thread.run(
            lambda: wire.services.column(
                platform, grades, lab=lab, label=title, maximum=most, link=link
            )
        )
    except AutograderError as error:
        _log.warning("no column for %s: %s", lab, error)
        return
    with call.site.database.write() as connection:
        add_column(
            connection,
            student=person.student,
            lab=lab,
            issuer=platform.issuer,
            client_id=platform.client_id,
            lineitem=lineitem,
            subject=found.subject,
        )


def _choose_page(call: Call, found: Launch) -> Response:
    """Let an instructor choose labs for the platform's course."""
    token = new_id()
    body = msgspec.json.encode(found).decode()
    state = digest(f"choosing {token} {call.person.id}")
    keep(call.site.database, state, body, call.now + PENDING_SECONDS)
    several = found.choosing is not None and found.choosing.accept_multiple
    return page(call, "choose", labs=call.site.course.lab_names(), token=token, several=several)


def choose(call: Call) -> Response:
    """Send the chosen labs to the platform, in a form that the browser posts."""
    site, token = call.site, call.form.get("launch", "")
    body = take(site.database, digest(f"choosing {token} {call.person.id}"))
    if not body or site.key is None:
        raise Refused(403, "lti-launch-spent")
    found = msgspec.json.decode(body, type=Launch)
    choices = []
    for lab in site.course.lab_names():
        exercise = site.shelf.exercise(lab) if f"lab-{lab}" in call.form else None
        if exercise is not None:
            url = f"{site.base}/labs/{path_part(lab)}"
            choices.append(
                Choice(lab=lab, title=exercise.title, url=url, maximum=exercise.max_score)
            )
    address, signed = answer(found, choices, site.key, now=call.now)
    response = page(call, "chosen", address=address, signed=signed)
    return protected(call, response, PLAIN, posts_to=address)


def keys(call: Call) -> Response:
    """Publish this tool's public key."""
    if call.site.key is None:
        raise nowhere()
    return JSONResponse(public_keys(call.site.key))


def push(call: Call) -> Response:
    """Send all scores of a lab to the platforms, as they are now."""
    lab = call.params["lab"]
    if lab not in call.site.course.lab_names():
        raise nowhere()
    sent = sum(
        send_score(call.site, lab, one.student, is_new=False)
        for one in call.site.shelf.standings(lab)
    )
    with call.site.database.write() as connection:
        call.note(connection, "push", lab, str(sent))
    return call.to(f"/class/{path_part(lab)}")


DOORS = (
    Door(method="GET", path="/lti/login", handler=login, roles=ANYBODY, rate="launch"),
    Door(
        method="POST",
        path="/lti/login",
        handler=login,
        roles=ANYBODY,
        rate="launch",
        foreign=True,
    ),
    Door(
        method="POST",
        path="/lti/launch",
        handler=launch,
        roles=ANYBODY,
        rate="launch",
        foreign=True,
    ),
    Door(method="GET", path="/lti/keys", handler=keys, roles=ANYBODY),
    Door(method="POST", path="/lti/choose", handler=choose, roles=INSTRUCTOR),
    Door(method="POST", path="/class/{lab}/push", handler=push, roles=INSTRUCTOR),
)
