"""Any other zip: ``<student>/<lab>/<file>``, ``<student>/<file>`` or ``<student>.ipynb``.

Also nbgrader's ``submitted/`` folder. One folder around all is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from autograder.collect.archive import Member
from autograder.collect.entry import Entry, Read, Reading
from autograder.course.submission import is_code_name, stem_of

NOBODYS = "neither a script nor a notebook, and in no student's folder"


class Plain:
    """See the module's docstring."""

    name = "plain"

    def fits(self, members: Sequence[Member]) -> bool:  # noqa: ARG002
        """Take whatever no other layout took."""
        return True

    def read(self, members: Sequence[Member], read: Read, lab: str) -> Reading:  # noqa: ARG002
        """Return each file; the first folder, or the file's stem, is the student."""
        code = [member for member in members if is_code_name(member.name)]
        around = _around(code or members, lab)
        inside = [member for member in members if len(member.parts) > around]
        alone = [m for m in inside if len(m.parts) == around + 1 and not is_code_name(m.name)]
        entries = (_entry(m, m.parts[around:], lab) for m in inside if m not in alone)
        return Reading(entries=tuple(entries), unmatched=tuple((m.path, NOBODYS) for m in alone))


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


def _entry(member: Member, parts: tuple[str, ...], lab: str) -> Entry:
    if len(parts) == 1:
        return Entry(student=stem_of(parts[0]), filename=parts[0], member=member)
    inside = parts[2:] if len(parts) > 2 and parts[1].lower() == lab else parts[1:]
    return Entry(student=parts[0], filename="/".join(inside), member=member)
