"""Signing in by a personal link, signing out, and what anybody may see."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection
from starlette.responses import FileResponse, JSONResponse, Response

from autograder import report
from autograder.portal.call import Call, Refused, nowhere
from autograder.portal.guard import ANYBODY, EVERYONE, Door, session_cookie, set_cookie
from autograder.portal.people import LASTS, Person, end, grant, note, recognise
from autograder.portal.queue import lengths
from autograder.portal.render import page
from autograder.portal.site import Site

STATIC = Path(__file__).with_name("static")
STYLE = Path(report.__file__).with_name("templates") / "style.css.j2"
FILES = {path.name: path for path in STATIC.iterdir()} | {"style.css": STYLE}
KINDS = {".css": "text/css", ".js": "text/javascript"}


def start(call: Call) -> Response:
    """Lead everybody to their first page."""
    if call.signed is None:
        return page(call, "start", lost=False)
    return call.to("/class" if call.person.teaches else "/labs")


def link_page(call: Call) -> Response:
    """Ask before a link is used: programs that only look at addresses sign nobody in."""
    with call.site.database.read() as connection:
        known = recognise(connection, "link", call.params["secret"], call.now)
    if known is None:
        return page(call, "start", 404, lost=True)
    return page(call, "link", secret=call.params["secret"], who=known.person.name)


def sign_in(call: Call) -> Response:
    """Begin a session by a link."""
    with call.site.database.write() as connection:
        known = recognise(connection, "link", call.form.get("secret", ""), call.now)
        if known is None:
            raise Refused(403, "portal-link-lost")
        secret = begin(call, connection, known.person)
    return signed_in(call.site, call.to("/"), secret)


def begin(call: Call, connection: Connection, person: Person) -> str:
    """Begin a session and return its secret; the one that this browser had ends."""
    end(connection, call.cookies.get(session_cookie(call.site), ""))
    secret = grant(connection, person, "session", call.now)
    note(connection, person, "sign-in", person.student or person.name, call.now)
    return secret


def signed_in(site: Site, response: Response, secret: str) -> Response:
    """Hand the session to the browser."""
    set_cookie(site, response, session_cookie(site), secret, int(LASTS["session"]))
    return response


def sign_out(call: Call) -> Response:
    """End the session."""
    with call.site.database.write() as connection:
        end(connection, call.signed.secret if call.signed else "")
    response = call.to("/")
    set_cookie(call.site, response, session_cookie(call.site), "", 0)
    response.headers["Clear-Site-Data"] = '"cache"'  # pages that a browser could go back to
    return response


def static(call: Call) -> Response:
    """Give one of our files."""
    path = FILES.get(call.params["file"])
    if path is None:
        raise nowhere()
    kind = KINDS[Path(call.params["file"]).suffix]
    return FileResponse(path, media_type=kind, headers={"Cache-Control": "public, max-age=3600"})


def health(call: Call) -> Response:
    """Say whether the database answers, and how long the queue is."""
    with call.site.database.read() as connection:
        waiting = lengths(connection)
    keys = ("queued", "running", "failed")
    return JSONResponse({"ok": True} | {key: waiting.get(key, 0) for key in keys})


DOORS = (
    Door(method="GET", path="/", handler=start, roles=ANYBODY),
    Door(method="GET", path="/in/{secret}", handler=link_page, roles=ANYBODY, rate="sign-in"),
    Door(method="POST", path="/in", handler=sign_in, roles=ANYBODY, rate="sign-in"),
    Door(method="POST", path="/out", handler=sign_out, roles=EVERYONE),
    Door(method="GET", path="/static/{file}", handler=static, roles=ANYBODY),
    Door(method="GET", path="/healthz", handler=health, roles=ANYBODY),
)
