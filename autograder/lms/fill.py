"""Put scores into a system's own table: one id column for all lines, no score twice."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from autograder.errors import CourseError
from autograder.grading.results import Standing
from autograder.lms.number import (
    decimal_mark,
    decimals_of,
    is_ambiguous,
    parse_number,
    scaled,
    written,
)
from autograder.lms.person import Person
from autograder.lms.sheet import Sheet, Target
from autograder.lms.table import Row
from autograder.lms.words import folded, is_no
from autograder.words.catalogue import say

Owner = Callable[[Person, str], str]
"""Returns whose line it is by one kind of id alone; nothing where that is not known."""
FULL_WIDTH = ("\uff1d", "\uff0b", "\uff0d", "\uff20")  # of =, +, -, @
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *FULL_WIDTH)


@dataclasses.dataclass(frozen=True)
class Whose:
    """How to find out whose a line is: who owns ids, and of which assignment the table is."""

    owner: Owner
    lab: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Filled:
    """A table with scores in it, and what became of each of its lines and of each score.

    ``by`` is the title of the column that says who is who.
    ``filled`` and ``blank`` are students, ``skipped`` students with why, ``doubled`` those with
    more than one line; ``strangers`` are lines of nobody here; ``missing`` have a score and no
    line.
    """

    data: bytes
    by: str
    lines: int
    scale: str
    filled: tuple[str, ...]
    blank: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    doubled: tuple[str, ...]
    strangers: tuple[str, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...] = ()


def fill(
    sheet: Sheet,
    target: Target,
    standings: Sequence[Standing],
    whose: Whose,
    *,
    by: str = "",
    out_of: float | None = None,
) -> Filled:
    """Fill in the column of ``target`` and say what became of it.

    The place of a score on which nobody has decided, and of one who is excused, is made blank; who
    has none keeps theirs.
    ``by`` is the kind of id that decides who is who, by default the one that fits most scores.
    ``out_of`` is the column's maximum where the table does not say. Raises CourseError where two
    columns of ids fit equally and differ, or where a maximum is not known.
    """
    by_id = {one.student: one for one in standings}
    scored = {one.student for one in standings if one.score is not None}
    chosen, lines_of = assigned(sheet, whose, by_id.keys(), scored, by)
    lines = Counter(lines_of.values())
    most = _Most(sheet, target, out_of)
    cells = [value for row in sheet.table.rows for value in row.values]
    mark = decimal_mark(cells, sheet.table.delimiter)
    filled, blank, skipped, strangers, notes = [], [], [], [], _notes(sheet, target)
    for place, row in enumerate(sheet.people):
        student = lines_of.get(place, "")
        if not student:
            strangers.append(sheet.person(row).says())
        elif student not in scored:
            blank.append(student)
            one = by_id[student]
            if (one.undecided or one.account.excused) and not _untouched(row, target):
                sheet.table.set(row, target.column, "")
            if one.account.excused:
                notes.append(say("fill-excused", student=student))
        elif lines[student] == 1:
            reason = _untouched(row, target)
            if reason:
                skipped.append((student, reason))
                continue
            notes.append(_write(sheet, target, row, by_id[student], most, mark))
            filled.append(student)
    return Filled(
        data=sheet.table.data(),
        by=sheet.title(chosen),
        lines=len(sheet.people),
        scale=most.says({one.max_score for one in standings}),
        filled=tuple(filled),
        blank=tuple(sorted(set(blank))),
        skipped=tuple(skipped),
        doubled=tuple(sorted(s for s, count in lines.items() if count > 1 and s in scored)),
        strangers=tuple(strangers),
        missing=tuple(sorted(scored - set(lines))),
        notes=tuple(note for note in notes if note),
    )


def assigned(
    sheet: Sheet, whose: Whose, known: Collection[str], wanted: Collection[str], by: str = ""
) -> tuple[str, Mapping[int, str]]:
    """Return the kind of id that decides, and whose each line is by it: place → student.

    It is the one that fits the most students of ``wanted``, then of all that are ``known``. Raises
    CourseError where two fit equally and name different people.
    """
    persons = [sheet.person(row, whose.lab) for row in sheet.people]
    owners: dict[str, dict[int, str]] = {
        kind: {
            place: student
            for place, person in enumerate(persons)
            if kind in person.ids and (student := whose.owner(person, kind)) in known
        }
        for kind in sheet.kinds
    }
    chosen = _chosen(sheet, owners, wanted, by)
    return chosen, owners[chosen]


def _chosen(
    sheet: Sheet, owners: Mapping[str, Mapping[int, str]], wanted: Collection[str], by: str
) -> str:
    name = sheet.table.name
    if by:
        if by not in owners:
            there = ", ".join(f"{kind} ({sheet.title(kind)})" for kind in sheet.kinds)
            raise CourseError(say("fill-no-column", by=by, name=name, there=there or say("none")))
        return by
    if not owners:
        raise CourseError(say("fill-no-ids", name=name))

    def fit(kind: str) -> tuple[int, int]:
        whose = set(owners[kind].values())
        return len(whose.intersection(wanted)), len(whose)

    best = max(owners, key=fit)
    rivals = [k for k in owners if fit(k) == fit(best) and owners[k] != owners[best]]
    if rivals and any(fit(best)):
        raise CourseError(
            say(
                "fill-rivals",
                best=best,
                first=sheet.title(best),
                name=name,
                rivals=rivals[0],
                second=sheet.title(rivals[0]),
            )
        )
    return best


class _Most:
    """The maximum of a column, or of each line. Raises CourseError where it is not known."""

    def __init__(self, sheet: Sheet, target: Target, out_of: float | None) -> None:
        self._sheet, self._target, self._out_of = sheet, target, out_of
        self._seen: set[float] = set()
        self.decimals = 0  # as the last maximum was written

    def of(self, row: Row) -> float:
        """Return what full marks are in a line."""
        target, title = self._target, self._sheet.head.value(self._target.column).strip()
        where = f"{self._sheet.table.name}: {title}"
        column = target.most_column
        text = (target.most if column is None else row.value(column)).strip()
        if self._out_of is None and is_ambiguous(text):
            raise CourseError(say("fill-ambiguous", text=text, where=where))
        said = None if is_ambiguous(text) else parse_number(text)
        if said and self._out_of is not None and said != self._out_of:
            raise CourseError(
                say("fill-out-of-differs", out_of=self._out_of, said=said, where=where)
            )
        most = said or self._out_of
        if not most:
            raise CourseError(say("fill-no-maximum", where=where))
        self._seen.add(most)
        self.decimals = decimals_of(text)
        return most

    def says(self, of: set[float]) -> str:
        """Return how scores were scaled, nothing where they were not."""
        if not self._seen or self._seen == of:
            return ""
        return say("fill-scale", ours=_list(of), theirs=_list(self._seen))


def _list(values: set[float]) -> str:
    return ", ".join(f"{value:g}" for value in sorted(values))


def _untouched(row: Row, target: Target) -> str:
    """Return why a line is left as it is, nothing where it takes a score."""
    if target.locked is not None and is_no(row.value(target.locked)):
        return say("fill-locked")
    code = target.keeps.get(folded(row.value(target.column)), "")
    return say(code) if code else ""


def _write(sheet: Sheet, target: Target, row: Row, one: Standing, most: _Most, mark: str) -> str:
    """Put a score and its comment into a line, and return what is to be said of it."""
    score, full = one.score or 0.0, most.of(row)
    value = scaled(score, one.max_score, full) if one.max_score else score
    sheet.table.set(row, target.column, written(value, most.decimals, mark))
    if target.comment is not None and one.comment:
        sheet.table.set(row, target.comment, safe(one.comment))
    return say("fill-above", student=one.student, system=sheet.system) * (value > full)


def _notes(sheet: Sheet, target: Target) -> list[str]:
    """Return what of a table could not be read."""
    notes = [say("id-shortened", what=what) for what in sheet.shortened()]
    if target.locked is not None:
        answers = {row.value(target.locked).strip() for row in sheet.people}
        odd = ", ".join(sorted(repr(text) for text in answers if is_no(text) is None))
        title = sheet.head.value(target.locked).strip()
        notes += [say("fill-neither", odd=odd, title=title)] if odd else []
    return notes


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    Source: OWASP, CSV Injection.
    """
    return f"'{text}" if text.startswith(FORMULA) else text
