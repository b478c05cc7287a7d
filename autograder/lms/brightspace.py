"""Brightspace (D2L): *Download* of an assignment's submissions; *Grades → Export* and *Import*.

**Archive.** A folder ``<n>-<n> - <name> - Sep 20, 2023 1159 PM`` for each attempt, and an
``index.html``. One of the two numbers is the same in all folders: the assignment's; the other is
the person's. It stands in no table, so that people are joined by their names. The times have no
zone.

**Table.** ``OrgDefinedId,Username,…,<Item> Points Grade <Numeric MaxPoints:10 …>,End-of-Line
Indicator``; ids begin and lines end with ``#``. Comma or tab. The import knows lines by either id
and caps grades at the maximum.

Source: https://community.d2l.com (Brightspace knowledge base 3538), and parsers that people
published; which of the two numbers is whose is documented nowhere.
"""

from __future__ import annotations

import collections
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence

from autograder.errors import CourseError
from autograder.lms.entry import Entry, Known, Member, Read, Reading
from autograder.lms.person import Person
from autograder.lms.sheet import Named, Sheet, Target, columns_by_word, heads, kinds_in
from autograder.lms.table import Table
from autograder.lms.words import folded, name_key
from autograder.words.catalogue import say

FIELDS = ("number", "login", "email", "name", "first", "last")
LAST = "end-of-line indicator"
_FOLDER = re.compile(
    r"(?P<first>\d+)-(?P<second>\d+) *- +(?P<name>.+) *- +(?P<time>[^-]*\d{4}[^-]*)"
)
_ITEM = re.compile(
    r"(?P<title>.+?) +(?P<kind>Points Grade|[^<>]*?)? *<(?P<about>[^<>]*)>", re.IGNORECASE
)
_POINTS = re.compile(r"(?P<title>.+?) +Points Grade", re.IGNORECASE)
_MOST = re.compile(r"\w*max\w*: *(?P<most>[\d.,]+)", re.IGNORECASE)
_TIME = re.compile(
    r"(?:(?P<month>[^\W\d]+)\.? +(?P<day>\d{1,2})|(?P<day2>\d{1,2})\.? +(?P<month2>[^\W\d]+)\.?),?"
    r" +(?P<year>\d{4}),? +(?P<hour>\d{1,2})[:.h]?(?P<minute>\d\d) *(?P<half>[AaPp]\.?[Mm]\.?)?"
)
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar enero ene janvier janv januari gennaio gen janeiro",
            "feb february februar febrero février févr febbraio fevereiro fev februari",
            "mar march märz mär marzo mars março maart mrt",
            "apr april abril abr avril avr aprile",
            "may mai mayo maggio maio mei mag",
            "jun june juni junio juin giugno junho giu",
            "jul july juli julio juillet juil luglio julho lug",
            "aug august agosto août agosto ago augustus",
            "sep sept september septiembre septembre settembre setembro set",
            "oct october oktober okt octubre octobre ottobre outubro ott out",
            "nov november noviembre novembre novembro",
            "dec december dezember dez diciembre dic décembre déc dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
Found = re.Match[str]


class Brightspace:
    """See the module's docstring."""

    name = "brightspace"

    def fits(self, members: Sequence[Member]) -> bool:
        """Return whether most files lie in folders that are named as Brightspace names them."""
        named = sum(_owner(member) is not None for member in members)
        return named > len(members) / 2

    def looks(self, name: str) -> bool:
        """Return whether a name is one that Brightspace gives."""
        return _FOLDER.fullmatch(name) is not None

    def read(
        self,
        members: Sequence[Member],
        read: Read,  # noqa: ARG002
        lab: str,  # noqa: ARG002
        known: Known,  # noqa: ARG002
    ) -> Reading:
        """Return the files, each with its attempt."""
        entries, unmatched, unread = [], [], set[str]()
        owners = {member: _owner(member) for member in members}
        folders = {found[0]: found for found in owners.values() if found}
        users = _users(folders.values())
        for member, found in owners.items():
            if found is None:
                if member.name != "index.html":
                    unmatched.append((member.path, say("brightspace-other-folder")))
                continue
            moment = _moment(found["time"])
            if moment is None:
                unread.add(found["time"])
            ids: dict[str, str] = {"user": users[found[0]]} if found[0] in users else {}
            person = Person(
                system=self.name, ids=ids, name=found["name"].strip(), where=member.path
            )
            entries.append(
                Entry(
                    person=person,
                    filename=member.path.partition(f"{found[0]}/")[2],
                    member=member,
                    submitted=moment,
                    attempt=found[0],
                )
            )
        notes = tuple(say("brightspace-no-time", text=text) for text in sorted(unread))
        return Reading(entries=tuple(entries), unmatched=tuple(unmatched), notes=notes)

    def sheet(self, table: Table, named: Named) -> Sheet | None:
        """Return exported grades, understood; None where this is another table."""
        for head, below in heads(table, named):
            titles = [folded(value) for value in head.values]
            if "orgdefinedid" in titles or (LAST in titles and "username" in titles):
                columns = columns_by_word(head, FIELDS, named)
                return Sheet(
                    system=self.name,
                    table=table,
                    head=head,
                    columns=columns,
                    kinds=kinds_in(columns, ("number", "login", "email")),
                    people=tuple(below),
                    clean=lambda _, value: value.strip().removeprefix("#"),
                )
        return None

    def target(self, sheet: Sheet, lab: str, title: str) -> Target:
        """Return the item's column of points. Raises CourseError where it has none."""
        items = dict(_items(sheet.head.values))
        wanted = folded(title or lab)
        places = [
            place
            for place, (name, _) in items.items()
            if wanted in (folded(name), folded(sheet.head.value(place)))
        ]
        if not title and not places:
            bare = lab.replace("_", "")
            places = [
                place
                for place, (name, _) in items.items()
                if re.sub(r"[\W_]+", "", folded(name)) == bare
            ]
        if len(places) != 1:
            problem = say("brightspace-several") if places else say("brightspace-none")
            there = ", ".join(name for name, _ in items.values())
            raise CourseError(
                say(
                    "column-problem",
                    name=sheet.table.name,
                    problem=problem,
                    there=there,
                    title=title or lab,
                )
            )
        return Target(column=places[0], most=items[places[0]][1])


def _items(titles: Sequence[str]) -> Iterable[tuple[int, tuple[str, str]]]:
    """Yield the columns that take points, each with its item's title and its maximum."""
    for place, title in enumerate(titles):
        plain = _POINTS.fullmatch(title.strip())
        found = _ITEM.fullmatch(title.strip())
        if plain:
            yield place, (plain["title"], "")
        elif found:
            most = _MOST.search(found["about"])
            points = _POINTS.match(f"{title.partition('<')[0].strip()}")
            name = points["title"] if points else title.partition("<")[0].strip()
            if most:
                yield place, (name, most["most"])


def _owner(member: Member) -> Found | None:
    """Return whose a file is: the first folder in its path that Brightspace named."""
    found = (_FOLDER.fullmatch(part) for part in member.parts[:2][: len(member.parts) - 1])
    return next((match for match in found if match), None)


def _users(folders: Iterable[Found]) -> Mapping[str, str]:
    """Return each folder's number that is the person's; none where it is unclear.

    It is one number for each name and more than one among all, where the other one is the same in
    all folders.
    """
    found = list(folders)
    for person, other in (("first", "second"), ("second", "first")):
        alone = len({match[other] for match in found}) == 1
        names = collections.defaultdict(set)
        for match in found:
            names[match[person]].add(name_key(match["name"]))
        if alone and len(names) > 1 and all(len(same) == 1 for same in names.values()):
            return {match[0]: match[person] for match in found}
    return {}


def _moment(text: str) -> dt.datetime | None:
    """Return the time in a folder's name, None where its month or order is not known."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    month = MONTHS.get(folded(found["month"] or found["month2"]))
    hour, minute = int(found["hour"]), int(found["minute"])
    half = (found["half"] or "").casefold()[:1]
    if half:
        hour = hour % 12 + 12 * (half == "p")
    try:
        day = int(found["day"] or found["day2"])
        return dt.datetime(int(found["year"]), month or 0, day, hour, minute)  # noqa: DTZ001  # no zone
    except ValueError:
        return None
