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


class System(Protocol):
    """How one system lays out its archives and its tables."""

    @property
    def name(self) -> str:
        """What ``--format`` calls it."""

    def fits(self, members: Sequence[Member]) -> bool:
        """Say whether an archive looks like one of this system."""

    def looks(self, name: str) -> bool:
        """Say whether a file or folder is named as this system names them."""

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
    raise CourseError(f"--format {name}: there is no such system; auto, {', '.join(NAMES)}")


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
        names = " and ".join(system.name for system in fitting)
        raise CourseError(f"the archive looks like {names}; say which by --format")
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
        whose = f"{names[0]}'s" if names else "a system's, but none that is known here"
        advice = f"--format {names[0]} or plain" if names else "--format says whose it is, or plain"
        problem = f"{len(odd)} of {len(tops)} names look like {whose}: {top!r}"
        raise CourseError(f"{problem}; {advice} takes them as they are")


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
        return f"{table.name}: looks like {seen[0]}'s table, not {named.system}'s"
    whose = f"not {named.system}'s table" if named.system else "no column says who the people are"
    return (
        f"{table.name} ({table.says()}): {whose}, as far as can be seen; name its columns by "
        f"--column FIELD=TITLE, such as email=TITLE; there: {there}"
    )
