"""Blackboard: *Assignment File Download*; *Work Offline*, both ways.

**Archive.** ``<column>_<user>_attempt_<YYYY-MM-DD-HH-MM-SS>[_<file>]``, all in one folder; the one
without a file's name is a ``.txt`` note of Blackboard's, whose first line ends in the user's name
in brackets. A student may have several attempts. The times have no zone. Column and user may have
``_`` in them: which part is the user is seen from the notes, from who the course knows, or from
what all names begin with.

**Table.** Names, ``Username``, ``Student ID``, …, and for each column ``Title [Total Pts: 10 Score]
|<id>``; "up to" marks one that is computed. Tab and UTF-16 as ``.xls``, or quoted ``.csv``.
Blackboard knows lines by ``Username`` and columns by the id behind ``|``.

Source: kwurst/bb-file-cleanup, Zohair-coder/CS270-grading-assistant, nbeaver/offline-grades-upload.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator, Sequence

from autograder.errors import CourseError
from autograder.lms.entry import Entry, Known, Member, Read, Reading
from autograder.lms.number import parse_number
from autograder.lms.person import Person
from autograder.lms.sheet import Named, Sheet, Target, columns_by_word, heads, kinds_in
from autograder.lms.table import Table
from autograder.lms.words import folded
from autograder.words.catalogue import say

FIELDS = ("login", "number", "email", "name", "first", "last")
POSITIONS = {"last": 0, "first": 1, "login": 2, "number": 3}  # in a language that is not known
NOTE_BYTES = 100_000
_NAME = re.compile(
    r"(?P<owner>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<note>\.txt))"
)
_NOTE = re.compile(r"[^\n]*?: *(?P<name>.*?) *\((?P<user>[^()\n]+)\) *\r?(?:\n|$)")
_ITEM = re.compile(
    r"(?P<title>.*?) *\[[^\]:]*: *(?P<most>[^\]]*?)(?: +\D+)?\] *\|(?P<id>\d+)\s*", re.DOTALL
)


class Blackboard:
    """See the module's docstring."""

    name = "blackboard"

    def fits(self, members: Sequence[Member]) -> bool:
        """Return whether most files are named as Blackboard names them."""
        named = sum(self.looks(member.name) for member in members)
        return named > len(members) / 2

    def looks(self, name: str) -> bool:
        """Return whether a name is one that Blackboard gives."""
        return _NAME.match(name) is not None

    def read(
        self,
        members: Sequence[Member],
        read: Read,
        lab: str,  # noqa: ARG002
        known: Known,
    ) -> Reading:
        """Return the files, each with its attempt; notes of Blackboard's are nobody's."""
        entries, unmatched = [], []
        named = {member: _NAME.fullmatch(member.name) for member in members}
        notes = dict(_notes(named, read))
        owners = {found["owner"] for found in named.values() if found}
        users = _users(owners, notes, known)
        for member, found in named.items():
            if found is None:
                unmatched.append((member.path, say("blackboard-other-name")))
            elif found["note"] is None:
                user = users[found["owner"]]
                person = Person(
                    system=self.name,
                    ids={"login": user},
                    name=notes.get(found["owner"], ("", ""))[1],
                    where=member.path,
                )
                entries.append(
                    Entry(
                        person=person,
                        filename=found["file"],
                        member=member,
                        submitted=_moment(found["time"]),
                        attempt=found["time"],
                    )
                )
        column = next(iter(owners), "")[: -len(next(iter(users.values()), "")) - 1]
        said = (f"column {column!r}",) if column else ()
        return Reading(entries=tuple(entries), unmatched=tuple(unmatched), notes=said)

    def sheet(self, table: Table, named: Named) -> Sheet | None:
        """Return a grade center's table, understood; None where this is another one."""
        for head, below in heads(table, named):
            items = [place for place, title in enumerate(head.values) if _ITEM.fullmatch(title)]
            if items:
                columns = columns_by_word(head, FIELDS, named)
                for field, place in POSITIONS.items():
                    if place < items[0] and place not in columns.values():
                        columns.setdefault(field, place)
                return Sheet(
                    system=self.name,
                    table=table,
                    head=head,
                    columns=columns,
                    kinds=kinds_in(columns, ("login", "number", "email")),
                    people=tuple(below),
                )
        return None

    def target(self, sheet: Sheet, lab: str, title: str) -> Target:
        """Return the column of a title. Raises CourseError where it is none, or computed."""
        items = {
            place: found
            for place, known in enumerate(sheet.head.values)
            if (found := _ITEM.fullmatch(known))
        }
        wanted = folded(title or lab)
        places = [
            place
            for place, found in items.items()
            if wanted in (folded(found["title"]), folded(found[0]), found["id"])
        ]
        if not title and not places:
            bare = lab.replace("_", "")
            places = [
                place
                for place, found in items.items()
                if re.sub(r"[\W_]+", "", folded(found["title"])) == bare
            ]
        if len(places) != 1:
            problem = say("several-columns") if places else say("no-such-column")
            there = ", ".join(found["title"] for found in items.values())
            raise CourseError(
                say(
                    "column-problem",
                    name=sheet.table.name,
                    problem=problem,
                    there=there,
                    title=title or lab,
                )
            )
        (place,) = places
        most = items[place]["most"]
        if parse_number(most) is None:
            problem = say("blackboard-computes", most=most)
            raise CourseError(f"{sheet.table.name}: {items[place]['title']}: {problem}")
        return Target(column=place, most=most)


Found = re.Match[str]


def _notes(named: dict[Member, Found | None], read: Read) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the user and the name that Blackboard's own notes give, by the owner's part."""
    for member, found in named.items():
        if found and found["note"] and member.size_bytes <= NOTE_BYTES:
            try:
                text = read(member).decode("utf-8-sig", "replace")
            except CourseError:
                continue
            said = _NOTE.match(text)
            if said and found["owner"].endswith(f"_{said['user']}"):
                yield found["owner"], (said["user"], said["name"])


def _users(owners: set[str], notes: dict[str, tuple[str, str]], known: Known) -> dict[str, str]:
    """Return the user of each ``<column>_<user>``. Raises CourseError where it is unclear."""
    columns = {owner[: -len(user) - 1] for owner, (user, _) in notes.items()}
    columns = columns or _known_columns(owners, known)
    if not columns:
        columns = {_shared(owners)}
    found: dict[str, str] = {}
    for owner in owners:
        if owner in notes:
            found[owner] = notes[owner][0]
            continue
        fitting = {c for c in columns if owner.startswith(f"{c}_")}
        if len(fitting) != 1:
            first = min(owners)
            problem = say("blackboard-which-part", first=first)
            raise CourseError(problem)
        (column,) = fitting
        found[owner] = owner[len(column) + 1 :]
    return found


def _known_columns(owners: set[str], known: Known) -> set[str]:
    """Return the column with which the most users are known to the course."""
    counts: dict[str, int] = {}
    for owner in owners:
        for cut in (match.start() for match in re.finditer("_", owner)):
            if known(Person(system=Blackboard.name, ids={"login": owner[cut + 1 :]})):
                counts[owner[:cut]] = counts.get(owner[:cut], 0) + 1
    most = max(counts.values(), default=0)
    return {column for column, count in counts.items() if count == most}


def _shared(owners: set[str]) -> str:
    """Return the parts that all have in common, or the one part before the only ``_``."""
    parts = [owner.split("_") for owner in owners]
    if all(len(one) == 2 for one in parts):
        return parts[0][0]
    first, last = min(parts), max(parts)  # what these have in common, all have
    same = [one for one, other in itertools.takewhile(_equal, zip(first, last, strict=False))]
    return "_".join(same) if len(owners) > 1 else ""


def _equal(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d-%H-%M-%S")  # noqa: DTZ007  # it has no zone
    except ValueError:
        return None
