"""The portal's pages, and the headers that keep a browser from obeying anybody else."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib
import re
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from autograder.grading.results import status_word
from autograder.portal.call import Call
from autograder.portal.policy import wait_words
from autograder.report.pages import points
from autograder.words.catalogue import language, say
from autograder.words.text import text

PLAIN = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
_INLINE = re.compile(r"<(script|style)(?: id=\"[a-z]+\")?>(.*?)</\1>", re.DOTALL)


@functools.cache
def environment() -> Environment:
    """Return the templates; what they are given is text, and escaped."""
    made = Environment(
        loader=PackageLoader("autograder.portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"points": points, "moment": moment, "path": path_part, "wait": _wait}
    made.globals |= {"say": say, "language": language, "status_word": status_word}
    return made


def path_part(value: str) -> str:
    """Return a text as one part of an address."""
    return quote(value, safe="")


def moment(seconds: float | dt.datetime | None) -> Markup:
    """Return a time as an element that the browser shows in its own zone."""
    if seconds is None:
        return Markup("")
    at = seconds if isinstance(seconds, dt.datetime) else dt.datetime.fromtimestamp(seconds, dt.UTC)
    at = at.astimezone(dt.UTC)
    shown = f"{at:%Y-%m-%d %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), shown)


def _wait(seconds: float) -> str:
    return say(text("portal-about", wait=wait_words(seconds)))


def fragment(call: Call, name: str, **values: Any) -> str:
    """Return a filled template."""
    signed = call.signed
    common = {
        "base": call.site.path,
        "person": signed.person if signed else None,
        "form_token": signed.form_token if signed else "",
        "platforms": bool(call.site.platforms),
        "provider": call.site.openid.provider.name if call.site.openid else "",
    }
    return environment().get_template(f"{name}.html.j2").render(**common, **values)


def page(call: Call, name: str, status: int = 200, **values: Any) -> Response:
    """Return a page of the portal's own: nothing inline in it is ever run."""
    made = HTMLResponse(fragment(call, name, **values), status_code=status)
    return protected(call, made, PLAIN)


def document(call: Call, text: str, above: str) -> Response:
    """Return a page of ``report`` with the portal's own bar; only its own scripts may run."""
    digests = [_digest(found[2]) for found in _INLINE.finditer(text)]
    allowed = " ".join(f"'sha256-{one}'" for one in digests)
    policy = (
        f"default-src 'none'; img-src data:; script-src 'self' {allowed}; "
        f"style-src 'self' {allowed}; connect-src 'self'"
    )
    link = (
        f'<link rel="stylesheet" href="{call.site.path}/static/portal.css">\n'
        f'<script src="{call.site.path}/static/portal.js" defer></script>\n</head>'
    )
    # The page's own policy, for when it is opened as a file, knows nothing of ours.
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text, count=1)
    text = text.replace("</head>", link, 1).replace("<body>", f"<body>\n{above}", 1)
    made = HTMLResponse(text.encode("utf-8", "backslashreplace"))
    return protected(call, made, policy)


def _digest(inline: str) -> str:
    data = inline.encode("utf-8", "backslashreplace")
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def protected(call: Call, made: Response, policy: str, *, posts_to: str = "") -> Response:
    """Add the headers. ``posts_to`` is a platform that a form of this page is sent to."""
    frames = " ".join(sorted({_origin(one.login_url) for one in call.site.platforms})) or "'none'"
    target = f"'self' {_origin(posts_to)}" if posts_to else "'self'"
    made.headers["Content-Security-Policy"] = (
        f"{policy}; form-action {target}; base-uri 'none'; frame-ancestors {frames}"
    )
    return made


def _origin(address: str) -> str:
    return "/".join(address.split("/", 3)[:3])
