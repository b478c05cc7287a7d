"""Any other zip, ``<student>/<lab>/<file>``, ``<student>/<file>``, ``<student>.py``; any roster.

Also nbgrader's ``submitted/`` folder, and the columns of ``nbgrader db student import``: ``id``,
``first_name``, ``last_name``, ``email``, ``lms_user_id``. One folder around all is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograder.course.submission import is_code_name, stem_of
from autograder.errors import CourseError
from autograder.lms.entry import Entry, Known, Member, Read, Reading
from autograder.lms.person import Person
from autograder.lms.sheet import Named, Sheet, Target, columns_by_word, heads, kinds_in
from autograder.lms.table import Table
from autograder.lms.words import is_staff
from autograder.words.catalogue import say

FIELDS = ("id", "user", "login", "email", "number", "github", "name", "first", "last", "role")


class Plain:
    """See the module's docstring."""

    name = "plain"

    def fits(self, members: Sequence[Member]) -> bool:  # noqa: ARG002
        """Take whatever no other system took."""
        return True

    def looks(self, name: str) -> bool:  # noqa: ARG002
        """Say that no name is its own."""
        return False

    def read(
        self,
        members: Sequence[Member],
        read: Read,  # noqa: ARG002
        lab: str,
        known: Known,  # noqa: ARG002
    ) -> Reading:
        """Return each file; the first folder, or the file's stem, is the student."""
        code = [member for member in members if is_code_name(member.name)]
        around = _around(code or members, lab)
        inside = [member for member in members if len(member.parts) > around]
        alone = [m for m in inside if len(m.parts) == around + 1 and not is_code_name(m.name)]
        entries = (_entry(m, m.parts[around:], lab) for m in inside if m not in alone)
        return Reading(
            entries=tuple(entries), unmatched=tuple((m.path, say("plain-no-file")) for m in alone)
        )

    def sheet(self, table: Table, named: Named) -> Sheet | None:
        """Return a list of people, understood; None where no column says who they are."""
        for head, below in heads(table, named):
            columns = columns_by_word(head, FIELDS, named)
            if "id" in columns or kinds_in(columns):
                roles = {row.line: row.value(columns.get("role", len(row.raw))) for row in below}
                staff = [row for row in below if is_staff(roles[row.line])]
                return Sheet(
                    system=self.name,
                    table=table,
                    head=head,
                    columns=columns,
                    kinds=kinds_in(columns, ("user", "login", "email", "number", "github")),
                    people=tuple(row for row in below if row not in staff),
                    aside=tuple((row, roles[row.line].strip()) for row in staff),
                )
        return None

    def target(self, sheet: Sheet, lab: str, title: str) -> Target:  # noqa: ARG002
        """Refuse: nobody takes such a table back. Raises CourseError."""
        raise CourseError(say("plain-no-target", name=sheet.table.name))


def _around(members: Sequence[Member], lab: str) -> int:
    """Return 1 where one folder is around all students', else 0."""
    if len({member.parts[0] for member in members}) != 1:
        return 0
    if any(len(member.parts) == 1 for member in members):
        return 0
    if {member.parts[1] for member in members if len(member.parts) > 2} - {lab}:
        return 1
    stems = {stem_of(member.parts[1]) for member in members}
    return int(len(stems) > 1 and lab not in stems)


def _entry(member: Member, parts: tuple[str, ...], lab: str) -> Entry:
    student = parts[0] if len(parts) > 1 else stem_of(parts[0])
    inside = parts[2:] if len(parts) > 2 and parts[1].lower() == lab else parts[1:]
    person = Person(system=Plain.name, ids={}, student=student, where=member.path)
    return Entry(person=person, filename="/".join(inside) or parts[0], member=member)
