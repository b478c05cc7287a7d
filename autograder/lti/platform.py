"""A learning platform that the instructor has registered, and this tool's own key."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from autograder.errors import CourseError
from autograder.words.catalogue import say

ALGORITHM = "RS256"
_BITS = 2048
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Platform(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What both sides agreed on at registration; all addresses are the platform's.

    ``audience`` is what the token endpoint wants in ``aud``, where that is not its own address.
    """

    issuer: str
    client_id: str
    deployments: tuple[str, ...]
    login_url: str
    token_url: str
    keys_url: str
    audience: str = ""

    def __post_init__(self) -> None:
        """Check the record. Raises ValueError, which msgspec turns into a ValidationError."""
        if not (self.issuer and self.client_id and self.deployments):
            raise ValueError("issuer, client_id and deployments must not be empty")
        for name in ("login_url", "token_url", "keys_url"):
            if not is_safe(getattr(self, name)):
                raise ValueError(f"{name} must be an https address")


def is_safe(address: str) -> bool:
    """Return whether an address uses TLS, or stays on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL))


def load_platforms(path: Path) -> tuple[Platform, ...]:
    """Read a JSON list of platforms; no file means none. Raises CourseError."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=tuple[Platform, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.DecodeError) as error:
        raise CourseError(
            say("lti-platforms-unreadable", file=str(path), reason=str(error))
        ) from None
    names = [(one.issuer, one.client_id) for one in found]
    if len(set(names)) < len(names):
        raise CourseError(say("lti-platforms-twice", file=str(path)))
    return found


def choose(platforms: Iterable[Platform], issuer: str, client_id: str = "") -> Platform | None:
    """Return the platform of an issuer; ``client_id`` decides where an issuer has several."""
    found = [one for one in platforms if one.issuer == issuer]
    if client_id:
        found = [one for one in found if one.client_id == client_id]
    return found[0] if len(found) == 1 else None


def own_key(path: Path) -> RSAKey:
    """Return this tool's private key; the first call makes it, mode 600. Raises CourseError."""
    try:
        key = RSAKey.import_key(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return _new_key(path)
    except (OSError, ValueError, JoseError) as error:
        raise CourseError(say("lti-key-unreadable", file=str(path), reason=str(error))) from None
    if not key.is_private:
        raise CourseError(say("lti-key-unreadable", file=str(path), reason="not a private key"))
    return key


def _new_key(path: Path) -> RSAKey:
    key = RSAKey.generate_key(_BITS, auto_kid=True)
    written = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        opened = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(opened, json.dumps(key.as_dict(private=True)).encode())
            os.fsync(opened)
        finally:
            os.close(opened)
        try:
            os.link(written, path)  # fails where another process was quicker, whose key counts
        except FileExistsError:
            return own_key(path)
        finally:
            written.unlink()
    except OSError as error:
        raise CourseError(say("lti-key-unreadable", file=str(path), reason=str(error))) from None
    return key


def public_keys(*keys: RSAKey) -> dict[str, list[dict[str, object]]]:
    """Return the JSON Web Key Set that platforms read. The private numbers are not in it."""
    return {
        "keys": [{**key.as_dict(private=False), "use": "sig", "alg": ALGORITHM} for key in keys]
    }
