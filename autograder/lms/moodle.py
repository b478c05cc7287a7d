"""Moodle: *Download all submissions*; *Download grading worksheet* and *Upload grading worksheet*.

**Archive.** ``[<group>-]<full name>_<number>_assignsubmission_file/<file>`` in folders (before 4.1
with ``_`` at the end), and ``<full name>_<number>_assignsubmission_file_<file>`` without. The
number is that of "Participant <number>" in the grading worksheet: **another one in each
assignment**. No times.

**Worksheet.** Identifier, full name (unless marking is blind), identity fields, status, [group],
[marker], grade, maximum grade or scale, [workflow state], "Grade can be changed", last modified
(submission), [text], last modified (grade), feedback texts. Titles, "Participant ", yes and no are
in the language of whoever downloads it; Moodle wants them back as they are. So columns are known by
their place and by the shape of what is in them, too.

**Feedback files.** The folders of the archive again, with a file for each student.

Source: ``mod/assign/locallib.php``, ``mod/assign/gradingtable.php``,
``mod/assign/feedback/offline/importgradeslib.php`` and
``mod/assign/feedback/file/importziplib.php`` of moodle/moodle.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from autograder.errors import CourseError
from autograder.lms.entry import Entry, Known, Member, Read, Reading
from autograder.lms.number import parse_number
from autograder.lms.person import Person
from autograder.lms.sheet import (
    Named,
    Sheet,
    Target,
    columns_by_word,
    constant_number,
    heads,
    kinds_in,
)
from autograder.lms.table import Row, Table
from autograder.lms.words import NO, YES, folded
from autograder.words.catalogue import say

PEOPLE = ("participant", "login", "email", "number", "name", "first", "last")
GRADES = ("score", "max", "scale", "locked", "modified", "comment")
FEEDBACK = "feedback.html"
OWN = frozenset({"max", "scale", "locked", "modified"})  # titles that no other table has
_FOLDER = re.compile(
    r"(?P<label>.+)_(?P<number>\d+)_assignsubmission_(?P<plugin>[a-z]+)_?", re.DOTALL
)
_FLAT = re.compile(
    r"(?P<label>.+?)_(?P<number>\d+)_assignsubmission_(?P<plugin>[a-z]+)_(?P<file>.+)", re.DOTALL
)
_MARK = re.compile(r"_assign(submission|feedback)_")
_PARTICIPANT = re.compile(r"(?P<word>\D*[^\W\d]\D*?)[ \u00a0]?(?P<number>\d+)")
_TIME = re.compile(r"-|.*\d.*\d.*", re.DOTALL)
Found = re.Match[str]


class Moodle:
    """See the module's docstring."""

    name = "moodle"

    def fits(self, members: Sequence[Member]) -> bool:
        """Return whether most files have Moodle's mark where Moodle puts it."""
        around = _around(members)
        named = sum(_owner(member, around) is not None for member in members)
        return named > len(members) / 2

    def looks(self, name: str) -> bool:
        """Return whether a name has Moodle's mark in it."""
        return _MARK.search(name) is not None

    def read(
        self,
        members: Sequence[Member],
        read: Read,  # noqa: ARG002
        lab: str,
        known: Known,  # noqa: ARG002
    ) -> Reading:
        """Return the uploaded files; texts typed into Moodle are nobody's."""
        entries, unmatched = [], []
        around = _around(members)
        owners = {member: _owner(member, around) for member in members}
        group = _group({found["label"] for found in owners.values() if found})
        for member, found in owners.items():
            if found is None:
                unmatched.append((member.path, say("moodle-other-name")))
            elif found["plugin"] != "file":
                unmatched.append((member.path, say("moodle-no-file", found=found["plugin"])))
            else:
                person = Person(
                    system=self.name,
                    ids={"participant": found["number"]},
                    name=found["label"].removeprefix(group).replace("_", " "),
                    scope=lab,
                    where=member.path,
                )
                inside = "/".join(member.parts[around + 1 :])
                filename = found.groupdict().get("file") or inside
                entries.append(Entry(person=person, filename=filename, member=member))
        return Reading(entries=tuple(entries), unmatched=tuple(unmatched))

    def sheet(self, table: Table, named: Named) -> Sheet | None:
        """Return a grading worksheet, understood; None where this is another table."""
        for head, below in heads(table, named):
            columns = _columns(head, below, named)
            if columns is not None:
                return Sheet(
                    system=self.name,
                    table=table,
                    head=head,
                    columns=columns,
                    kinds=kinds_in(columns, ("participant", "login", "email", "number")),
                    people=tuple(below),
                    clean=_clean,
                )
        return None

    def target(self, sheet: Sheet, lab: str, title: str) -> Target:  # noqa: ARG002
        """Return the worksheet's column of grades. Raises CourseError where it has none."""
        name = sheet.table.name
        if "scale" in sheet.columns and "max" not in sheet.columns:
            problem = say("moodle-scale", title=sheet.title("scale"))
            raise CourseError(f"{name}: {problem}")
        if "score" not in sheet.columns:
            there = ", ".join(sheet.head.values)
            raise CourseError(say("moodle-which-column", name=name, there=there))
        return Target(
            column=sheet.columns["score"],
            most_column=sheet.columns.get("max"),
            locked=sheet.columns.get("locked"),
            comment=sheet.columns.get("comment"),
        )


def feedback_zip(sheet: Sheet, pages: Mapping[int, bytes]) -> bytes:
    """Return a zip for *Upload multiple feedback files*: a page for some of the worksheet's lines.

    Moodle goes by the number in a folder's name, which ends at the first ``_``. The same pages make
    the same bytes.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, page in sorted(pages.items()):
            row = sheet.people[place]
            name = re.sub(r"[^\w .'-]|_", " ", sheet.cell(row, "name")).strip(" .") or "x"
            folder = f"{name}_{sheet.id_of(row, 'participant')}_assignsubmission_file"
            archive.writestr(zipfile.ZipInfo(f"{folder}/{FEEDBACK}"), page)
    return packed.getvalue()


def _clean(kind: str, value: str) -> str:
    found = _PARTICIPANT.fullmatch(value.strip()) if kind == "participant" else None
    return found["number"] if found else value.strip()


def _columns(head: Row, below: Sequence[Row], named: Named) -> dict[str, int] | None:
    """Return where a worksheet's columns are, None where this is no worksheet's header.

    What looks like "Participant 4711" may be a name that a course gave. So a title must be known as
    well, or the answers yes and no be where Moodle puts them.
    """
    given = {**({"score": named.title} if named.title else {}), **named.fields}
    words = columns_by_word(head, (*PEOPLE, *GRADES), Named(fields=given))
    first = words.setdefault("participant", 0)
    if not below or not _numbered([row.value(first).strip() for row in below]):
        return None
    shaped = _by_shape(below, len(head.raw), words)
    sure = named.system == Moodle.name or bool(OWN & words.keys())
    graded = "max" in shaped or {"score", "scale"} <= shaped.keys()
    if not (sure and (graded or "score" in shaped)) and not {"max", "locked"} <= shaped.keys():
        return None
    return {field: shaped[field] for field in (*PEOPLE, *GRADES) if field in shaped}


def _numbered(cells: Sequence[str]) -> bool:
    """Return whether all are one word and a number, such as "Participant 4711"."""
    found = [_PARTICIPANT.fullmatch(cell) for cell in cells if cell]
    words = {match["word"].casefold() for match in found if match}
    return len(words) == 1 and all(found)


def _by_shape(below: Sequence[Row], width: int, words: dict[str, int]) -> dict[str, int]:
    """Return the columns that words give, and those that the values in them show."""
    found = dict(words)
    cells = {place: [row.value(place).strip() for row in below] for place in range(width)}
    found.setdefault("email", _first(p for p in range(width) if all("@" in c for c in cells[p])))
    if "scale" not in found:
        grades = [p for p in range(2, width) if _is_maximum(below, cells[p - 1], p)]
        found.setdefault("max", grades[-1] if grades else -1)
    if found.get("max", -1) > 0:
        found.setdefault("score", found["max"] - 1)
    behind = found.get("max", found.get("scale", -1)) + 1
    answers = (p for p in range(behind, width) if {folded(c) for c in cells[p]} <= YES | NO)
    found.setdefault("locked", _first(answers) if behind else -1)
    if found["locked"] > 0:
        times = [p for p in range(found["locked"] + 1, width) if _times(cells[p])]
        found.setdefault("modified", times[-1] if times else -1)
        after = found["modified"] + 1
        found.setdefault("comment", after if 0 < after < width else -1)
    distinct = len(set(cells.get(1, ()))) > len(below) / 2
    if distinct and 1 not in found.values():
        found.setdefault("name", 1)
    return {field: place for field, place in found.items() if place >= 0}


def _first(places: Iterable[int]) -> int:
    return next(iter(places), -1)


def _is_maximum(below: Sequence[Row], before: Sequence[str], place: int) -> bool:
    """Return whether a column has one number in all lines, and the one before only smaller ones."""
    most = constant_number(below, place)
    grades = [parse_number(cell) for cell in before if cell]
    return most is not None and all(g is not None and g <= most for g in grades)


def _times(cells: Sequence[str]) -> bool:
    return all(cell and _TIME.fullmatch(cell) for cell in cells)


def _around(members: Sequence[Member]) -> int:
    """Return 1 where one folder that is no student's is around all, else 0."""
    tops = {member.parts[0] for member in members}
    alone = len(tops) == 1 and all(len(member.parts) > 1 for member in members)
    return int(alone and _FOLDER.fullmatch(next(iter(tops))) is None)


def _group(labels: set[str]) -> str:
    """Return the group's name that stands before all names of a group's download."""
    heads = {label.partition("-")[0] for label in labels}
    alone = len(labels) > 1 and len(heads) == 1 and all("-" in label for label in labels)
    return f"{heads.pop()}-" if alone else ""


def _owner(member: Member, around: int) -> Found | None:
    """Return whose a file is. A file's own name, which students choose, says nothing of it.

    Moodle ends a folder's name with the number, and begins a file's name with it.
    """
    parts = member.parts[around:]
    return _FLAT.fullmatch(parts[0]) if len(parts) == 1 else _FOLDER.fullmatch(parts[0])
