"""The systems there are; the one that an archive or a table is from reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from autograder.errors import CourseError
from autograder.lms.blackboard import Blackboard
from autograder.lms.brightspace import Brightspace
from autograder.lms.canvas import Canvas
from autograder.lms.entry import Known, Member, Read, Reading
from autograder.lms.gradescope import Gradescope
from autograder.lms.moodle import Moodle
from autograder.lms.plain import Plain
from autograder.lms.sheet import Named, Sheet, Target
from autograder.lms.table import Table
from autograder.words.catalogue import say


class System(Protocol):
    """How one system lays out its archives and its tables."""

    @property
    def name(self) -> str:
        """What ``--format`` calls it."""

    def fits(self, members: Sequence[Member]) -> bool:
        """Return whether an archive looks like one of this system."""

    def looks(self, name: str) -> bool:
        """Return whether a file or folder is named as this system names them."""

    def read(self, members: Sequence[Member], read: Read, lab: str, known: Known) -> Reading:
        """Return whose file each member is. Raises CourseError."""

    def sheet(self, table: Table, named: Named) -> Sheet | None:
        """Return a table of this system, understood; None where it is none. Raises CourseError."""

    def target(self, sheet: Sheet, lab: str, title: str) -> Target:
        """Return where a lab's scores go. Raises CourseError where they cannot."""


SYSTEMS: tuple[System, ...] = (
    Canvas(),
    Gradescope(),
    Blackboard(),
    Brightspace(),
    Moodle(),
    Plain(),
)
NAMES = tuple(system.name for system in SYSTEMS)
SAKAI = "Submission attachment(s)"  # the folder in each student's
_SIGNS = re.compile(
    r"_\d{3,}_|\d{4}-\d\d-\d\d|_attempt_|_assignsubmission|\d{4,}-\d{4,} ?-|Abgaben$|"
    r"Submission attachment\(s\)$"
)
"""What stands in names that a system gave, and hardly in those of students."""


def system_of(name: str) -> System:
    """Return the system of a name. Raises CourseError with those there are."""
    for system in SYSTEMS:
        if system.name == name:
            return system
    raise CourseError(say("unknown-system", name=name, names=", ".join(NAMES)))


def choose_layout(name: str, members: Sequence[Member]) -> System:
    """Return the system of that name, or the one that fits for ``auto``; plain where none does.

    Raises CourseError where several fit, or where none does and the names are no students': a wrong
    one would mix up students.
    """
    if name != "auto":
        return system_of(name)
    *marked, plain = SYSTEMS
    fitting = [system for system in marked if system.fits(members)]
    if len(fitting) > 1:
        names = f" {say('and')} ".join(system.name for system in fitting)
        raise CourseError(say("archive-several", names=names))
    if fitting:
        return fitting[0]
    _require_plain(members, marked)
    return plain


def _require_plain(members: Sequence[Member], marked: Sequence[System]) -> None:
    """Raise CourseError where what would be taken for students' names is some system's."""
    depth = 2 if len({member.parts[0] for member in members}) == 1 else 1
    tops = dict.fromkeys(part for member in members for part in member.parts[:depth])
    tops |= dict.fromkeys(SAKAI for member in members if SAKAI in member.parts[:-1])
    own = [(top, [system.name for system in marked if system.looks(top)]) for top in tops]
    odd = [(top, names) for top, names in own if names or _SIGNS.search(top)]
    if odd:
        top, names = odd[0]
        code = "archive-looks-like" if names else "archive-unknown"
        system = names[0] if names else ""
        raise CourseError(say(code, n=len(odd), total=len(tops), top=top, system=system))


def understood(table: Table, named: Named) -> tuple[System, Sheet]:
    """Return whose table it is, and what it says. Raises CourseError where nobody's is known."""
    for system in SYSTEMS if not named.system else (system_of(named.system),):
        sheet = system.sheet(table, named)
        if sheet is not None:
            return system, sheet
    raise CourseError(_not_understood(table, named))


def _not_understood(table: Table, named: Named) -> str:
    """Return what to say of a table that is not known, or not the one that was said."""
    seen = [s.name for s in SYSTEMS if s.sheet(table, Named(fields=named.fields)) is not None]
    head = next(row for row in table.rows if not row.blank)
    there = ", ".join(value.strip() for value in head.values if value.strip())
    if named.system and seen and seen[0] not in ("plain", named.system):
        return say("table-of-another", name=table.name, seen=seen[0], system=named.system)
    code = "table-not-of" if named.system else "table-nobody"
    return say(code, name=table.name, table=table.says(), system=named.system, there=there)
