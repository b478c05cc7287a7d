"""``autograder submit``: send a file to the course's portal, and wait for the points."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import stat
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from autograder.cli.gradebook import printable
from autograder.errors import CourseError
from autograder.words.catalogue import say

SERVICE = "autograder"
SECONDS, EACH = 120, 0.5
TIMEOUT = 30
LARGEST = 1_000_000  # bytes of an answer


def add_command(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "submit", help=say("submit-help"), description=say("submit-description")
    )
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", help=say("submit-file"))
    parser.add_argument("-a", "--assignment", metavar="LAB", help=say("submit-lab"))
    parser.add_argument("--url", metavar="URL", default="", help=say("submit-url"))
    parser.add_argument("--save-token", action="store_true", help=say("submit-save"))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Send, wait, and print what came of it. Raises CourseError."""
    if options.save_token:
        _save(options)
        return 0
    if options.file is None:
        raise CourseError(say("submit-no-file"))
    url, token = _known(options.url)
    try:
        data = options.file.read_bytes()
    except OSError as error:
        raise CourseError(say("cannot-read", path=options.file, problem=error.strerror)) from error
    lab = options.assignment or options.file.name.partition(".")[0]
    body, kind = _form(options.file.name, data)
    address = f"{url}/labs/{quote(lab, safe='')}"
    sent = _ask(address, token, body, kind)
    sha = str(sent.get("sha256", ""))[:12]
    print(printable(say("submit-arrived", lab=lab, attempt=sent.get("attempt"), sha=sha)))
    where = f"{url}/submissions/{quote(str(sent.get('id', '')), safe='')}"
    for _ in range(int(SECONDS / EACH)):
        found = _ask(f"{where}/state", token)
        if found.get("ended"):
            break
        time.sleep(EACH)
    print(printable(str(found.get("said", ""))))
    if isinstance(found.get("score"), (int, float)):
        print(say("submit-points", score=found["score"], max_score=found.get("max_score")))
    print(where)
    return 0


def _place() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "autograder" / "portal.json"


def _save(options: argparse.Namespace) -> None:
    """Keep the address and the token: in the keyring, else in a file that only its owner reads."""
    url = _address(options.url)
    token = getpass.getpass(say("submit-token")).strip()
    if not token:
        raise CourseError(say("submit-no-token"))
    kept: dict[str, str] = {"url": url}
    if not _to_keyring(url, token):
        kept["token"] = token
    path = _place()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:  # noqa: PTH123
        json.dump(kept, stream)
    print(say("submit-saved", path=path), file=sys.stderr)


def _to_keyring(url: str, token: str) -> bool:
    try:
        import keyring
    except ImportError:
        return False
    try:
        keyring.set_password(SERVICE, url, token)
    except keyring.errors.KeyringError:
        return False
    return True


def _known(given: str) -> tuple[str, str]:
    """Return the portal's address and the token. Raises CourseError where one is not known."""
    path = _place()
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            kept = json.load(stream)
        url, token = str(kept["url"]), str(kept.get("token", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(say("submit-no-token")) from error
    if token and stat.S_IMODE(mode) & 0o077:
        raise CourseError(say("submit-open-file", path=path))
    if given and _address(given) != url:
        raise CourseError(say("submit-other-portal", url=url))
    if not token:
        try:
            import keyring

            token = keyring.get_password(SERVICE, url) or ""
        except ImportError:
            pass
    if not token:
        raise CourseError(say("submit-no-token"))
    return url, token


def _address(url: str) -> str:
    """Return the portal's address; a token travels only over TLS, or on this machine."""
    parts = urlsplit(url)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise CourseError(say("portal-no-url", url=url))
    return url.rstrip("/")


def _form(name: str, data: bytes) -> tuple[bytes, str]:
    """Return a form with a file as it is sent."""
    mark = f"autograder-{os.urandom(16).hex()}"
    shown = name.replace('"', "_").replace("\r", "_").replace("\n", "_")
    once = os.urandom(16).hex()
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="once"\r\n\r\n{once}\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{shown}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = head.encode() + data + f"\r\n--{mark}--\r\n".encode()
    return body, f"multipart/form-data; boundary={mark}"


def _ask(address: str, token: str, body: bytes | None = None, kind: str = "") -> dict[str, Any]:
    """Return what the portal answers. Raises CourseError with what it says."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    headers |= {"Content-Type": kind} if kind else {}
    request = urllib.request.Request(address, data=body, headers=headers)  # noqa: S310  # checked
    opener = urllib.request.build_opener(_Stays)
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            found = json.loads(answer.read(LARGEST))
    except urllib.error.HTTPError as error:
        said = _said(error.read(LARGEST))
        raise CourseError(printable(said or say("submit-status", status=error.code))) from error
    except (OSError, ValueError) as error:
        raise CourseError(say("submit-unreachable", url=address)) from error
    return found if isinstance(found, dict) else {}


def _said(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, LookupError, TypeError):
        return ""


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows nowhere: the token is for this portal alone."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Refuse."""
        return
