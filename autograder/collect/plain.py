"""Any other zip: ``<student>/<lab>/<file>``, ``<student>/<file>`` or ``<student>.ipynb``.

Also nbgrader's ``submitted/`` folder. One folder around all is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from autograder.collect.archive import Member
from autograder.collect.entry import Entry, Read, Reading
from autograder.course.submission import SUFFIXES


class Plain:
    """See the module's docstring."""

    name = "plain"

    def fits(self, members: Sequence[Member]) -> bool:  # noqa: ARG002
        """Take whatever no other layout took."""
        return True

    def read(self, members: Sequence[Member], read: Read, lab: str) -> Reading:  # noqa: ARG002
        """Return each file; the first folder, or the file's stem, is the student."""
        code = [m for m in members if PurePosixPath(m.name).suffix.lower() in SUFFIXES]
        around = _around(code or members, lab)
        inside = [member for member in members if len(member.parts) > around]
        return Reading(entries=tuple(_entry(member, member.parts[around:]) for member in inside))


def _around(members: Sequence[Member], lab: str) -> int:
    """Return 1 where one folder is around all students', else 0."""
    if len({member.parts[0] for member in members}) != 1:
        return 0
    if any(len(member.parts) == 1 for member in members):
        return 0
    if {member.parts[1] for member in members if len(member.parts) > 2} - {lab}:
        return 1
    stems = {PurePosixPath(member.parts[1]).stem for member in members}
    return int(len(stems) > 1 and lab not in stems)


def _entry(member: Member, parts: tuple[str, ...]) -> Entry:
    student = parts[0] if len(parts) > 1 else PurePosixPath(parts[0]).stem
    return Entry(student=student, filename=parts[-1], member=member)
