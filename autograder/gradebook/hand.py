"""What instructors change by hand: a log that only grows, and what of it applies now.

A later entry of a kind and part replaces the one before it; comments add up. An entry may undo
another, and be undone itself. Points of a cell are nbgrader's manual score, which its formgrader
may change as well: the log says where they came from.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from autograder.errors import CourseError
from autograder.gradebook.book import Book, now
from autograder.gradebook.tables import OVERRIDE
from autograder.grading.account import Comment, clock, in_points
from autograder.words.catalogue import say

Kind = Literal["check", "cell", "total", "bonus", "excused", "comment", "extension", "undo"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the log. Times have a zone.

    ``points`` is None where an earlier entry of the kind and part is taken back. ``submission`` is
    what counted then, empty where that is not known; ``previous`` the points by hand that a cell
    had before, or the seconds of nbgrader's extension; ``undoes`` the entry that this one undoes.
    """

    number: int = 0
    lab: str
    student: str
    kind: Kind
    part: str = ""
    points: float | None = None
    late: bool = False
    text: str = ""
    reason: str = ""
    who: str = ""
    submission: str = ""
    previous: float | None = None
    undoes: int | None = None
    recorded: dt.datetime | None = None

    @property
    def until(self) -> dt.datetime:
        """Until when an extension lasts."""
        return dt.datetime.fromisoformat(self.text)

    @property
    def words(self) -> str:
        """What was changed."""
        taken = self.points is None
        match self.kind:
            case "undo":
                return say("hand-undoes", number=self.undoes)
            case "comment":
                return say("hand-comment", text=self.text)
            case "extension":
                return (
                    say("hand-extension-back")
                    if taken
                    else say("hand-extension", until=clock(self.until))
                )
            case "excused":
                return say("hand-not-excused") if taken else say("hand-excused")
        name = self.part or self.kind
        if taken:
            return say("hand-automatic", name=name) if self.part else say("hand-back", name=name)
        late = say("hand-late") if self.late else ""
        code = "hand-cell" if self.kind == "cell" else "hand-points"
        return say(code, name=name, points=in_points(self.points or 0.0), late=late)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Hand:
    """Which of a student's entries in a lab are in force."""

    checks: Mapping[str, Entry] = dataclasses.field(default_factory=dict)
    cells: Mapping[str, Entry] = dataclasses.field(default_factory=dict)
    total: Entry | None = None
    bonus: Entry | None = None
    excused: Entry | None = None
    extension: Entry | None = None
    comments: tuple[Entry, ...] = ()

    @property
    def told(self) -> tuple[Comment, ...]:
        """The comments, as the student reads them."""
        return tuple(Comment(text=e.text, who=e.who, when=e.recorded) for e in self.comments)


EMPTY = Hand()


def standing_entries(entries: Sequence[Entry]) -> list[Entry]:
    """Return those that nothing undoes, oldest first, without what only undoes others."""
    undone: set[int | None] = set()
    kept = []
    for one in sorted(entries, key=lambda entry: entry.number, reverse=True):
        if one.number in undone:
            continue
        if one.kind == "undo":
            undone.add(one.undoes)
        else:
            kept.append(one)
    return kept[::-1]


def hand_of(entries: Sequence[Entry]) -> Hand:
    """Return which of a student's entries in one lab are in force."""
    newest: dict[tuple[str, str], Entry] = {}
    comments = []
    for one in standing_entries(entries):
        if one.kind == "comment":
            comments.append(one)
        elif one.points is None:
            newest.pop((one.kind, one.part), None)
        else:
            newest[one.kind, one.part] = one
    return Hand(
        checks={part: one for (kind, part), one in newest.items() if kind == "check"},
        cells={part: one for (kind, part), one in newest.items() if kind == "cell"},
        total=newest.get(("total", "")),
        bonus=newest.get(("bonus", "")),
        excused=newest.get(("excused", "")),
        extension=newest.get(("extension", "")),
        comments=tuple(comments),
    )


def hands(session: Session, lab: str, students: Iterable[str] | None = None) -> dict[str, Hand]:
    """Return which entries of a lab are in force, by student, for those who have any."""
    wanted = select(OVERRIDE).where(OVERRIDE.c.assignment == lab).order_by(OVERRIDE.c.id)
    if students is not None:
        wanted = wanted.where(OVERRIDE.c.student.in_(list(students)))
    by_student: dict[str, list[Entry]] = {}
    for row in session.execute(wanted):
        by_student.setdefault(row.student, []).append(_entry(row))
    return {student: hand_of(entries) for student, entries in by_student.items()}


def entries_of(session: Session, student: str, lab: str | None = None) -> list[Entry]:
    """Return a student's entries, oldest first."""
    wanted = select(OVERRIDE).where(OVERRIDE.c.student == student).order_by(OVERRIDE.c.id)
    if lab is not None:
        wanted = wanted.where(OVERRIDE.c.assignment == lab)
    return [_entry(row) for row in session.execute(wanted)]


def log_of(book: Book, student: str, lab: str | None = None) -> list[Entry]:
    """Return the same in a transaction of its own."""
    with book.transaction() as session:
        return entries_of(session, student, lab)


def add_entry(session: Session, entry: Entry) -> Entry:
    """Store an entry as of now and return it with its number."""
    moment = now()
    number = session.scalar(
        insert(OVERRIDE)
        .values(
            assignment=entry.lab,
            student=entry.student,
            cell=entry.part,
            points=entry.points,
            reason=entry.reason,
            recorded=moment,
            kind=entry.kind,
            late=int(entry.late),
            text=entry.text,
            who=entry.who[:128],
            submission=entry.submission,
            previous=entry.previous,
            undoes=entry.undoes,
        )
        .returning(OVERRIDE.c.id)
    )
    return dataclasses.replace(entry, number=number or 0, recorded=moment.replace(tzinfo=dt.UTC))


def to_undo(entries: Sequence[Entry], number: int | None) -> Entry:
    """Return the entry of that number, or the last one in force. Raises CourseError."""
    alive = standing_entries(entries)
    if number is None:
        if not alive:
            raise CourseError(say("hand-nothing"))
        return alive[-1]
    undone = {one.undoes for one in entries if one.kind == "undo"}
    for one in entries:
        if one.number == number and (one in alive or (one.kind == "undo" and number not in undone)):
            return one
    known = ", ".join(str(one.number) for one in alive) or say("none")
    raise CourseError(say("hand-no-number", known=known, number=number))


def _entry(row: Any) -> Entry:
    return Entry(
        number=row.id,
        lab=row.assignment,
        student=row.student,
        kind=row.kind or "cell",
        part=row.cell,
        points=row.points,
        late=bool(row.late),
        text=row.text or "",
        reason=row.reason,
        who=row.who or "",
        submission=row.submission or "",
        previous=row.previous,
        undoes=row.undoes,
        recorded=row.recorded.replace(tzinfo=dt.UTC),
    )
