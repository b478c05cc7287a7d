"""What a system makes of an archive: whose file each member is."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import PurePosixPath

from autograder.lms.person import Person


@dataclasses.dataclass(frozen=True, kw_only=True)
class Member:
    """A file in an archive: its path there, with forward slashes, its size and its time.

    A zip file gives the time without a zone; it is None where it gives none.
    """

    path: str
    size_bytes: int
    modified: dt.datetime | None
    index: int

    @property
    def parts(self) -> tuple[str, ...]:
        """The path's parts."""
        return PurePosixPath(self.path).parts

    @property
    def name(self) -> str:
        """The path's last part."""
        return self.parts[-1]


Read = Callable[[Member], bytes]
Known = Callable[[Person], bool]
"""Says whether the course knows a person."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """One file of one student.

    ``person`` is whose it is, as the archive says it. ``filename`` is the name that the student
    gave the file. ``submitted`` is when it was submitted, without a zone where the archive gives
    none, or None where it does not say. ``attempt`` parts several attempts of one student.
    ``label`` is what the archive makes of a name, where that is none: to be shown only.
    """

    person: Person
    filename: str
    member: Member
    submitted: dt.datetime | None = None
    late: bool = False
    attempt: str = ""
    label: str = ""

    @property
    def student(self) -> str:
        """What they are called where nothing else is known of them: the course's or first id."""
        return self.person.student or next(iter(self.person.ids.values()), "")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reading:
    """All entries, the members that are nobody's, each with a reason, and what is to be said."""

    entries: tuple[Entry, ...]
    unmatched: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
