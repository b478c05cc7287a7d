"""A person, as one system knows them."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Mapping

from autograder.lms.words import folded
from autograder.words.catalogue import say

KINDS = ("participant", "user", "login", "email", "number", "github")
NAME = "name"  # what people are joined by where no id is known
FOLDED = frozenset({"login", "email", "github"})  # of these, systems do not mind the case
SCOPED = frozenset({"participant"})  # given anew for each assignment


@dataclasses.dataclass(frozen=True, kw_only=True)
class Person:
    """What one line of a table, or one name in an archive, says of a person.

    ``ids`` has at most one id of each kind: ``user`` is the system's own number of the person,
    ``participant`` its number of them in one assignment, the ``scope``; ``number`` is what the
    institution gave. ``student`` is the course's own id, where a roster says that. ``where`` is the
    line or path, to be shown.
    """

    system: str
    ids: Mapping[str, str]
    name: str = ""
    first: str = ""
    last: str = ""
    scope: str = ""
    student: str = ""
    where: str = ""

    @property
    def full(self) -> str:
        """The whole name, as far as it is known."""
        return self.name or f"{self.first} {self.last}".strip()

    def says(self) -> str:
        """Return who is meant, to be shown."""
        ids = ", ".join(f"{kind} {value}" for kind, value in self.ids.items())
        return f"{self.full} ({ids})" if self.full and ids else self.full or ids or say("nobody")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Match:
    """Whose id it is: a student of the course, by what, or a new one, or a ``problem``.

    ``candidates`` are the students who could be meant where that is the problem.
    """

    student: str = ""
    by: str = ""
    new: bool = False
    problem: str = ""
    candidates: tuple[str, ...] = ()


def id_key(kind: str, value: str) -> str:
    """Return what spellings of one id have in common."""
    bare = unicodedata.normalize("NFC", value).strip()
    return folded(bare) if kind in FOLDED else bare
