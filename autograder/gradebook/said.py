"""Scores as exported, and what differs now; gradings that changed a score.

Each export leaves a snapshot for each student it was about, each grading that changes points one of
before and one of after. They hold figures and ids, no words of a student's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from autograder.gradebook.book import Book, now
from autograder.gradebook.tables import SAID
from autograder.grading.account import clock, lasting
from autograder.grading.results import OURS, Changed, Standing
from autograder.words.catalogue import ENGLISH, say, speaking
from autograder.words.text import Text


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A standing as it was: the score, and what it was made of."""

    score: float | None = None
    raw: float | None = None
    penalty: float = 0.0
    seconds_late: float = 0.0
    checks: dict[str, float] = {}
    by_hand: tuple[Text | str, ...] = ()
    submitted: dt.datetime | None = None
    due: dt.datetime | None = None
    submission: str = ""
    exercise: str = ""
    undecided: bool = False


def snapshot_of(one: Standing) -> Snapshot:
    """Return a standing as it is now."""
    grade = one.grade
    return Snapshot(
        score=one.score,
        raw=one.raw_score,
        penalty=one.penalty,
        seconds_late=one.account.seconds_late,
        checks={check.id: check.points for check in grade.checks} if grade else {},
        by_hand=tuple(change.text for change in one.account.changes),
        submitted=one.submitted,
        due=one.due,
        submission=grade.submission_sha256 if grade else "",
        exercise=grade.exercise_sha256 if grade else "",
        undecided=one.undecided,
    )


def same(before: Snapshot, after: Snapshot) -> bool:
    """Return whether two scores are the same."""
    if before.score is None or after.score is None:
        return before.score is after.score
    return abs(before.score - after.score) < 1e-9


def why(before: Snapshot, after: Snapshot) -> tuple[str, ...]:
    """Return why a score is another now, a cause each; none where nothing that is known differs."""
    return tuple(_causes(before, after))


def _causes(before: Snapshot, after: Snapshot) -> Iterator[str]:
    if before.submission != after.submission:
        yield say("cause-other-submission") if before.submission else say("cause-submitted-since")
    elif before.exercise != after.exercise:
        yield say("cause-lab-changed")
    for check in dict.fromkeys((*before.checks, *after.checks)):
        was, is_ = before.checks.get(check), after.checks.get(check)
        if was != is_ and before.checks:
            yield f"{check} {_points(was)} → {_points(is_)}"
    yield from (
        say("cause-by-hand", words=words) for words in _beyond(after.by_hand, before.by_hand)
    )
    gone = _beyond(before.by_hand, after.by_hand)
    yield from (say("cause-no-longer-by-hand", words=words) for words in gone)
    if before.undecided != after.undecided:
        yield say("cause-undecided") if after.undecided else say("cause-decided")
    if before.due != after.due:
        yield say("cause-due", before=_time(before.due), after=_time(after.due))
    if before.submitted != after.submitted and before.submission == after.submission:
        yield say("cause-submitted", time=_time(before.submitted), time2=_time(after.submitted))
    if abs(before.penalty - after.penalty) > 1e-9:
        yield say(
            "cause-late", penalty=before.penalty, penalty2=after.penalty, rule=_rule(before, after)
        )


def _rule(before: Snapshot, after: Snapshot) -> str:
    late = (
        say("cause-lasting", lasting=lasting(after.seconds_late))
        if after.seconds_late
        else say("cause-in-time")
    )
    unchanged = before.seconds_late == after.seconds_late and before.raw == after.raw
    return say("cause-rule-changed", late=late) if unchanged else late


def _beyond(changes: Sequence[Text | str], others: Sequence[Text | str]) -> Iterator[str]:
    """Yield those changes, in words, that are not among the others."""
    for one in changes:
        if one not in others and not any(_same_words(one, other) for other in others):
            yield one if isinstance(one, str) else say(one)


def _same_words(one: Text | str, other: Text | str) -> bool:
    """Return whether a change is one of which an earlier version stored its English words alone."""
    if isinstance(one, str) is isinstance(other, str):
        return False
    with speaking(ENGLISH):
        first, second = (each if isinstance(each, str) else say(each) for each in (one, other))
    return first == second


def _points(value: float | None) -> str:
    return say("none") if value is None else f"{value:g}"


def _time(moment: dt.datetime | None) -> str:
    return clock(moment) if moment else say("not-known")


def note_export(book: Book, lab: str, occasion: str, told: Iterable[Standing]) -> None:
    """Store what an export said of whom."""
    rows = [
        {
            "assignment": lab,
            "student": one.student,
            "occasion": occasion,
            "recorded": now(),
            "snapshot": msgspec.json.encode(snapshot_of(one)).decode(),
        }
        for one in told
    ]
    if rows:
        with book.transaction() as session:
            session.execute(insert(SAID), rows)


def note_change(
    session: Session, occasion: str, before: Iterable[Standing], after: Iterable[Standing]
) -> None:
    """Store whose score a grading or other dates changed, given the standings around it."""
    was, at = {one.student: one for one in before}, now()
    rows = []
    for one in after:
        first = was.get(one.student)
        if first is None or first.grade is None:
            continue
        old, new = snapshot_of(first), snapshot_of(one)
        if not same(old, new) or old.checks != new.checks:
            rows.append(
                {
                    "assignment": one.assignment,
                    "student": one.student,
                    "occasion": occasion,
                    "recorded": at,
                    "snapshot": msgspec.json.encode(old).decode(),
                    "after": msgspec.json.encode(new).decode(),
                }
            )
    if rows:
        session.execute(insert(SAID), rows)


def since_exports(book: Book, lab: str, standings: Sequence[Standing]) -> list[Changed]:
    """Return whose score is not what the last export in each format said, by format and student."""
    by_student = {one.student: one for one in standings}
    last = (
        select(func.max(SAID.c.id))
        .where(SAID.c.assignment == lab, SAID.c.occasion.not_in(OURS))
        .group_by(SAID.c.student, SAID.c.occasion)
    )
    wanted = select(SAID).where(SAID.c.id.in_(last)).order_by(SAID.c.occasion, SAID.c.student)
    with book.transaction() as session:
        rows = list(session.execute(wanted))
    found = []
    for row in rows:
        one = by_student.get(row.student)
        if one is None:
            continue
        before, after = msgspec.json.decode(row.snapshot, type=Snapshot), snapshot_of(one)
        if not same(before, after):
            found.append(_changed(row.student, row.occasion, row.recorded, before, after))
    return found


def latest(book: Book) -> int:
    """Return the number of the last note, 0 where there is none."""
    with book.transaction() as session:
        return session.scalar(select(func.max(SAID.c.id))) or 0


def regraded(
    book: Book,
    lab: str,
    student: str | None = None,
    since: dt.datetime | None = None,
    after: int = 0,
    occasions: Sequence[str] = OURS,
) -> list[Changed]:
    """Return whose points a grading, or other dates, changed, oldest first.

    ``after`` is a note's number.
    """
    wanted = select(SAID).where(
        SAID.c.assignment == lab, SAID.c.occasion.in_(occasions), SAID.c.id > after
    )
    if student is not None:
        wanted = wanted.where(SAID.c.student == student)
    if since is not None:
        wanted = wanted.where(SAID.c.recorded >= since.astimezone(dt.UTC).replace(tzinfo=None))
    with book.transaction() as session:
        rows = list(session.execute(wanted.order_by(SAID.c.id)))
    return [
        _changed(
            row.student,
            row.occasion,
            row.recorded,
            msgspec.json.decode(row.snapshot, type=Snapshot),
            msgspec.json.decode(row.after, type=Snapshot),
        )
        for row in rows
    ]


def _changed(
    student: str, occasion: str, recorded: dt.datetime, before: Snapshot, after: Snapshot
) -> Changed:
    return Changed(
        student=student,
        occasion=occasion,
        when=recorded.replace(tzinfo=dt.UTC),
        before=before.score,
        after=after.score,
        why=why(before, after),
    )
