"""What is understood of a table: what each column contains, which lines are people."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from autograder.errors import CourseError
from autograder.lms.number import parse_number, shortened
from autograder.lms.person import KINDS, Person
from autograder.lms.table import Row, Table
from autograder.lms.words import FIELDS, field_of, folded
from autograder.words.catalogue import say

HEAD_LINES = 15  # what may stand above the header: titles, merged cells
NAMES = ("name", "first", "last")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Named:
    """What ``--column`` says: the score's column by its title, other columns by their field.

    ``system`` is whose table it is, where that was said and need not be seen.
    """

    title: str = ""
    fields: Mapping[str, str] = dataclasses.field(default_factory=dict)
    system: str = ""

    @classmethod
    def of(cls, options: Iterable[str], system: str = "") -> Named:
        """Read ``TITLE`` or ``FIELD=TITLE``. Raises CourseError for a second title."""
        title, fields = "", dict[str, str]()
        for option in options:
            field, equals, rest = option.partition("=")
            if equals and field in FIELDS:
                fields[field] = rest
            elif title:
                raise CourseError(say("column-is-scores", option=option, title=title))
            else:
                title = option
        return cls(title=title or fields.get("score", ""), fields=fields, system=system)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table of one system, understood.

    ``columns`` has the place of each field that is there, ``kinds`` the ids among them, in the
    order in which this system trusts them. ``aside`` are lines that are nobody's, each with what
    they are. ``clean`` takes off what the system puts around an id.
    """

    system: str
    table: Table
    head: Row
    columns: Mapping[str, int]
    kinds: tuple[str, ...]
    people: tuple[Row, ...]
    aside: tuple[tuple[Row, str], ...] = ()
    clean: Callable[[str, str], str] = lambda _, value: value.strip()

    def cell(self, row: Row, field: str) -> str:
        """Return what a line says of a field, nothing where the table has no such column."""
        return row.value(self.columns[field]).strip() if field in self.columns else ""

    def id_of(self, row: Row, kind: str) -> str:
        """Return a line's id of a kind; nothing for one that a spreadsheet made unreadable."""
        value = self.clean(kind, self.cell(row, kind))
        return "" if shortened(value) else value

    def person(self, row: Row, scope: str = "") -> Person:
        """Return whom a line speaks of."""
        ids = {kind: self.id_of(row, kind) for kind in self.kinds}
        return Person(
            system=self.system,
            ids={kind: value for kind, value in ids.items() if value},
            name=self.cell(row, "name"),
            first=self.cell(row, "first"),
            last=self.cell(row, "last"),
            scope=scope,
            student=self.cell(row, "id"),
            where=f"line {row.line}",
        )

    def shortened(self) -> list[str]:
        """Return ids that a spreadsheet has shortened, such as ``1.23E+08``, with their lines."""
        found = []
        for row in self.people:
            for kind in self.kinds:
                text = self.clean(kind, self.cell(row, kind))
                if shortened(text):
                    found.append(f"{say('line-number', line=row.line)}: {text}")
        return found

    def title(self, field: str) -> str:
        """Return a column's own title."""
        return self.head.value(self.columns[field]).strip()

    def says(self) -> list[str]:
        """Return in words which column is taken for what."""
        return [say("column-is", title=self.title(field), field=field) for field in self.columns]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Target:
    """Where a score goes: its column, and its maximum, for all or line by line.

    ``most`` is as it is written, empty where the table does not say, or says it in ``most_column``.
    ``keeps`` are words that are never written over, each with the code of what it means.
    """

    column: int
    most: str = ""
    most_column: int | None = None
    locked: int | None = None
    comment: int | None = None
    keeps: Mapping[str, str] = dataclasses.field(default_factory=dict)


def heads(table: Table, named: Named) -> Iterator[tuple[Row, list[Row]]]:
    """Yield each line that could be the header, and the lines that are below it.

    Where columns were named, it is the line that has these. Raises CourseError where none does.
    """
    rows = [
        (row, [below for below in table.rows[place + 1 :] if not below.blank])
        for place, row in enumerate(table.rows[:HEAD_LINES])
        if sum(bool(value.strip()) for value in row.values) > 1 or len(row.raw) == 1
    ]
    wanted = {folded(title) for title in named.fields.values()}
    having = [pair for pair in rows if wanted <= {folded(value) for value in pair[0].values}]
    if rows and not having:
        for field, title in named.fields.items():
            column_of(rows[0][0].values, title, f"--column {field}={title}")
    yield from having


def columns_by_word(head: Row, fields: Sequence[str], named: Named) -> dict[str, int]:
    """Return where each field is, by its title in any language, or as ``--column`` says.

    Raises CourseError where a column that was named is not there.
    """
    found: dict[str, int] = {}
    titles = head.values
    for place, title in enumerate(titles):
        field = field_of(title)
        if field in fields and field not in found and field not in named.fields:
            found[field] = place
    for field, title in named.fields.items():
        if field in fields:
            found[field] = column_of(titles, title, f"--column {field}={title}")
    if "last" in fields and {"name", "first"} <= found.keys() and "last" not in found:
        found["last"] = found.pop("name")  # a list with "Name" and "Vorname"
    return {field: found[field] for field in fields if field in found}


def column_of(titles: Sequence[str], title: str, option: str) -> int:
    """Return the one column of a title. Raises CourseError with the titles there are."""
    exact = [place for place, known in enumerate(titles) if known.strip() == title.strip()]
    loose = [place for place, known in enumerate(titles) if folded(known) == folded(title)]
    found = exact or loose
    if len(found) != 1:
        problem = say("no-such-column") if not found else say("several-columns")
        there = ", ".join(known.strip() for known in titles if known.strip())
        raise CourseError(say("option-column-problem", option=option, problem=problem, there=there))
    return found[0]


def kinds_in(columns: Mapping[str, int], order: Sequence[str] = KINDS) -> tuple[str, ...]:
    """Return the kinds of ids among some columns, in the order given."""
    return tuple(kind for kind in order if kind in columns)


def constant_number(rows: Sequence[Row], column: int) -> float | None:
    """Return the number that all lines have in a column, None where they do not."""
    texts = {row.value(column).strip() for row in rows}
    found = parse_number(texts.pop()) if len(texts) == 1 else None
    return found if found and found > 0 else None
