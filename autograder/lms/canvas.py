"""Canvas: *Download Submissions* of an assignment; *Gradebook → Export* and *Import*.

**Archive.** ``<sortable name>_[LATE_]<user id>_<attachment id>_<file>``, all in one folder. The
user id is the column "ID" of the exported gradebook. Canvas adds ``-1``, ``-2`` to the name of a
file that was submitted again; the archive has the last attempt only, and no times. Anonymous ones
have ``anon`` and an id that is good for one assignment.

**Table.** ``Student`` (or ``LastName,FirstName``), ``ID``, ``SIS User ID``, ``SIS Login ID``, …,
``Section``, custom columns, ``Title (id)`` for each assignment, and totals that are read only. A
row "Points Possible" has each column's maximum, or "(read only)" in the site's language. ``EX``
excuses, ``N/A`` is not assigned. Comma or semicolon, point or comma in numbers, as the user set it.

Source: ``lib/content_zipper.rb``, ``lib/gradebook_exporter.rb``, ``lib/gradebook_importer.rb`` and
``lib/csv_with_i18n.rb`` of instructure/canvas-lms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.errors import CourseError
from autograder.lms.entry import Entry, Known, Member, Read, Reading
from autograder.lms.number import parse_number
from autograder.lms.person import Person
from autograder.lms.sheet import Named, Sheet, Target, column_of, heads, kinds_in
from autograder.lms.table import Row, Table
from autograder.lms.words import folded, name_key
from autograder.words.catalogue import say

FIXED = {
    "student": "name",
    "lastname": "last",
    "firstname": "first",
    "id": "user",
    "sis user id": "number",
    "sis login id": "login",
}
IDS = ("user", "number", "login")
KEEPS = {"ex": "canvas-excused", "n/a": "canvas-not-assigned"}
POINTS = "points possible"
TEST_STUDENT = "student test"
_NAME = re.compile(
    r"(?P<label>[^_/]+)_(?P<late>LATE_)?(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>.+)"
)
_ANONYMOUS = re.compile(r"(?:LATE_)?anon_(?:LATE_)?\w+?_\d+_.+")
_AGAIN = re.compile(r"(?P<stem>.+?)-\d+(?P<suffix>(?:\.[A-Za-z]+)+)")
_TITLE = re.compile(r"(?P<bare>.+?) *\(\d+\)")
_HASH = re.compile(r"[0-9a-f]{32,64}")


class Canvas:
    """See the module's docstring."""

    name = "canvas"

    def fits(self, members: Sequence[Member]) -> bool:
        """Return whether most files are named as Canvas names them."""
        named = sum(self.looks(member.name) for member in members)
        return named > len(members) / 2

    def looks(self, name: str) -> bool:
        """Return whether a name is one that Canvas gives."""
        return any(pattern.fullmatch(name) for pattern in (_NAME, _ANONYMOUS))

    def read(
        self,
        members: Sequence[Member],
        read: Read,  # noqa: ARG002
        lab: str,  # noqa: ARG002
        known: Known,  # noqa: ARG002
    ) -> Reading:
        """Return the files."""
        entries, unmatched = [], []
        for member in members:
            found = _NAME.fullmatch(member.name)
            if _ANONYMOUS.fullmatch(member.name):
                problem = say("canvas-anonymous")
                unmatched.append((member.path, problem))
            elif found is None:
                problem = say("canvas-other-name")
                unmatched.append((member.path, problem))
            else:
                again = _AGAIN.fullmatch(found["file"])
                person = Person(system=self.name, ids={"user": found["user"]}, where=member.path)
                entries.append(
                    Entry(
                        person=person,
                        filename=again["stem"] + again["suffix"] if again else found["file"],
                        member=member,
                        late=found["late"] is not None,
                        label=found["label"],
                    )
                )
        return Reading(entries=tuple(entries), unmatched=tuple(unmatched))

    def sheet(self, table: Table, named: Named) -> Sheet | None:
        """Return an exported gradebook, understood; None where this is another table."""
        for head, below in heads(table, named):
            titles = [folded(value) for value in head.values]
            columns = {FIXED[title]: i for i, title in enumerate(titles) if title in FIXED}
            named_people = "name" in columns or "last" in columns
            own = named.system == self.name or not {"section", "sis login id"}.isdisjoint(titles)
            if "user" in columns and named_people and own:
                for field in FIXED.values():
                    if field in named.fields:
                        option = f"--column {field}={named.fields[field]}"
                        columns[field] = column_of(head.values, named.fields[field], option)
                return _understood(table, head, below, columns)
        return None

    def target(self, sheet: Sheet, lab: str, title: str) -> Target:
        """Return the assignment's column. Raises CourseError where it is none, or read only."""
        points = next((row for row, what in sheet.aside if what == POINTS), None)
        last = max(sheet.columns.values())
        found = [
            place
            for place, known in enumerate(sheet.head.values)
            if place > last and folded(title or lab) in _titles(known)
        ]
        if not title and not found:
            found = [i for i, known in enumerate(sheet.head.values) if _same(known, lab)]
        if len(found) != 1:
            problem = say("several-columns") if found else say("no-such-column")
            there = ", ".join(sheet.head.values[i] for i in _fillable(sheet.head, points))
            where = f"{sheet.table.name}: --column {title or lab}"
            raise CourseError(
                say("canvas-column-problem", problem=problem, there=there, where=where)
            )
        (place,) = found
        text = points.value(place).strip() if points else ""
        if text and parse_number(text) is None:
            problem = say("canvas-read-only", text=text)
            raise CourseError(f"{sheet.table.name}: {sheet.head.values[place]}: {problem}")
        return Target(column=place, most=text, keeps=KEEPS)


def _understood(table: Table, head: Row, below: Sequence[Row], columns: dict[str, int]) -> Sheet:
    people, aside = [], []
    for row in below:
        first = folded(row.value(0))
        ids = [row.value(columns[field]).strip() for field in IDS if field in columns]
        if POINTS in first:
            aside.append((row, POINTS))
        elif not any(ids) and not first.strip():
            aside.append((row, say("canvas-settings")))
        elif _test_student(row, columns):
            aside.append((row, say("canvas-test-student")))
        else:
            people.append(row)
    return Sheet(
        system=Canvas.name,
        table=table,
        head=head,
        columns=columns,
        kinds=kinds_in(columns, IDS),
        people=tuple(people),
        aside=tuple(aside),
    )


def _test_student(row: Row, columns: dict[str, int]) -> bool:
    """Return whether a line is the student that each course has to be tried as.

    It has no SIS id, and a name of Canvas's or a login that is a digest.
    """
    login = row.value(columns["login"]).strip() if "login" in columns else ""
    number = row.value(columns["number"]).strip() if "number" in columns else ""
    names = (row.value(columns[field]) for field in ("name", "last", "first") if field in columns)
    name = name_key(" ".join(names))
    return not number and (name == TEST_STUDENT or _HASH.fullmatch(login) is not None)


def _titles(title: str) -> tuple[str, ...]:
    """Return what a title may be given as: whole, or without the number behind it."""
    bare = _TITLE.fullmatch(title.strip())
    return (folded(title), folded(bare["bare"])) if bare else (folded(title),)


def _same(title: str, lab: str) -> bool:
    """Return whether a title is a lab's name in other letters, such as "Wide slope (7)"."""
    bare = _TITLE.fullmatch(title.strip())
    return bare is not None and re.sub(r"[\W_]+", "", folded(bare["bare"])) == lab.replace("_", "")


def _fillable(head: Row, points: Row | None) -> list[int]:
    """Return the columns of assignments."""
    return [
        place
        for place, title in enumerate(head.values)
        if _TITLE.fullmatch(title.strip())
        and (points is None or parse_number(points.value(place)) is not None)
    ]
