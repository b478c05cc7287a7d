"""A university's own provider of sign-ins, as the course's settings describe it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from autograder.errors import CourseError
from autograder.lti.launch import Role
from autograder.lti.platform import is_safe
from autograder.words.catalogue import say

EMAIL = "email"


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider. ``claim`` is what people are known by, as an id of this kind in the ``roster``.

    ``instructors`` and ``assistants`` are values, by claim, that give a role in this course; all
    others are students. A claim within another is named with a dot.
    """

    issuer: str
    client_id: str
    label: str = ""
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    algorithm: Literal["RS256", "PS256", "ES256"] = "RS256"
    claim: str = EMAIL
    roster: Literal["id", "email", "login", "number", "user"] = "email"
    instructors: dict[str, tuple[str, ...]] = {}
    assistants: dict[str, tuple[str, ...]] = {}

    def __post_init__(self) -> None:
        """Check the record. Raises ValueError, which msgspec turns into a ValidationError."""
        if not (self.issuer and self.client_id and self.claim):
            raise ValueError("issuer, client_id and claim must not be empty")
        if not is_safe(self.issuer) or "?" in self.issuer or "#" in self.issuer:
            raise ValueError("issuer must be an https address without a query")
        if "openid" not in self.scopes:
            raise ValueError("scopes must have openid")

    @property
    def name(self) -> str:
        """What people call it."""
        return self.label or str(urlsplit(self.issuer).hostname)

    def role_of(self, claims: Mapping[str, Any]) -> Role:
        """Return what claims make of somebody in this course: the most that one of them gives."""
        return role_by(claims, self.instructors, self.assistants)


def role_by(
    claims: Mapping[str, Any],
    instructors: Mapping[str, tuple[str, ...]],
    assistants: Mapping[str, tuple[str, ...]],
) -> Role:
    """Return the most that one of the claims gives, where these values of them give a role."""
    for role, wanted in ((Role.INSTRUCTOR, instructors), (Role.ASSISTANT, assistants)):
        for claim, values in wanted.items():
            allowed = {_alike(claim, value) for value in values}
            if allowed.intersection(_alike(claim, one) for one in values_of(claims, claim)):
                return role
    return Role.STUDENT


def values_of(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the texts of a claim, none where it is missing or an address nobody has verified."""
    found: Any = claims.get(name)
    if found is None and "." in name:  # a claim in a claim, as Keycloak's realm_access.roles
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if name == EMAIL and not is_verified(claims):
        return ()
    values = found if isinstance(found, list) else [found]
    return tuple(str(one) for one in values if _is_id(one))


def is_verified(claims: Mapping[str, Any]) -> bool:
    """Return whether the e-mail address is the person's, as far as the provider says."""
    return claims.get("email_verified") not in (False, "false")


def _is_id(value: object) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""


def _alike(claim: str, value: str) -> str:
    return value.casefold() if claim == EMAIL else value


def load_provider(path: Path) -> Provider | None:
    """Read a provider's settings; no file means none. Raises CourseError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Provider)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise _unreadable(path, error) from None


def load_secret(path: Path) -> str:
    """Return the text of a file that only its owner can read, nothing where there is none.

    Raises CourseError.
    """
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(opened, encoding="utf-8") as file:
            if stat.S_IMODE(os.fstat(opened).st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
                raise CourseError(say("openid-secret-open", file=str(path)))
            return file.read().strip()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> CourseError:
    return CourseError(say("openid-unreadable", file=str(path), reason=str(error)))
