"""What a layout makes of an archive: whose file each member is."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Protocol

from autograder.collect.archive import Member

Read = Callable[[Member], bytes]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """One file of one student.

    ``filename`` is the name that the student gave it. ``submitted`` is when it was handed in,
    with a zone, or None where the archive does not say. ``label`` is the person's name, as the
    archive has it: shown in the report, never written.
    """

    student: str
    filename: str
    member: Member
    submitted: dt.datetime | None = None
    late: bool = False
    label: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reading:
    """All entries, and the members that are nobody's, each with a reason."""

    entries: tuple[Entry, ...]
    unmatched: tuple[tuple[str, str], ...] = ()


class Layout(Protocol):
    """How one LMS lays out its archives."""

    @property
    def name(self) -> str:
        """What ``--format`` calls it."""

    def fits(self, members: Sequence[Member]) -> bool:
        """Say whether an archive looks like one of this LMS."""

    def read(self, members: Sequence[Member], read: Read, lab: str) -> Reading:
        """Return whose file each of the scripts and notebooks is. Raises CourseError."""
