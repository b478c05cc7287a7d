"""What a student may know now: of a lab, of an attempt, and of what changed since the last one."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from autograder.gradebook.book import shown
from autograder.gradebook.dates import late_rule_of
from autograder.gradebook.lateness import LabRule, LateRule
from autograder.gradebook.reckoning import seconds_late
from autograder.gradebook.said import regraded
from autograder.grading.account import duration
from autograder.grading.record import Grade
from autograder.grading.results import DATES, Changed, Standing
from autograder.portal.intake import Receipt, receipts
from autograder.portal.policy import (
    WITH_POINTS,
    Policy,
    Told,
    load_policy,
    refusal,
    taken_until,
    told_now,
)
from autograder.portal.queue import State, state_of
from autograder.portal.site import Site
from autograder.words.text import NOTHING, Text, text


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tried:
    """One attempt. ``grade`` is there when it was graded, whether it may be shown or not."""

    receipt: Receipt
    state: State
    grade: Grade | None
    counts: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class LabView:
    """A lab as one student finds it now. ``tried`` has the newest attempt first."""

    lab: str
    title: str
    policy: Policy
    due: dt.datetime | None
    until: dt.datetime | None
    late: LabRule | None
    told: Told
    why_not: Text
    tried: tuple[Tried, ...]
    standing: Standing | None

    @property
    def left(self) -> int | None:
        """How many attempts are left; None if as many as one likes."""
        if not self.policy.attempts:
            return None
        return max(0, self.policy.attempts - len(self.tried))

    @property
    def score(self) -> float | None:
        """What counts, if that may be shown."""
        return self.standing.score if self.standing and self.told in WITH_POINTS else None

    def of(self, submission: str) -> Tried | None:
        """Return the attempt of a submission."""
        return next((one for one in self.tried if one.receipt.id == submission), None)

    def before(self, tried: Tried) -> Tried | None:
        """Return the newest graded attempt before another one."""
        earlier = [one for one in self.tried if one.receipt.attempt < tried.receipt.attempt]
        return next((one for one in earlier if one.grade is not None), None)


def look_at(site: Site, lab: str, student: str) -> LabView:
    """Return a lab as a student finds it. Raises CourseError."""
    now = site.clock()
    with site.database.read() as connection:
        policy = load_policy(connection, lab)
        theirs = receipts(connection, lab, student)
        states = {one.id: state_of(connection, one.id) for one in theirs}
    found = site.shelf.standings(lab, student)
    standing = found[0] if found else None
    due = standing.due if standing is not None else due_date(site, lab)
    grades = {one.submission_sha256: one.grade for one in site.shelf.attempts(student, lab)}
    with site.shelf.book() as book:
        late = late_rule_of(book, lab)
    until = taken_until(policy, due, late)
    exercise = site.shelf.exercise(lab)
    return LabView(
        lab=lab,
        title=exercise.title if exercise is not None else lab,
        policy=policy,
        due=due,
        until=until,
        late=late,
        told=told_now(policy, due, now),
        why_not=refusal(policy, [one.received for one in theirs], until, now),
        tried=tuple(_tried(theirs, states, grades, standing))[::-1],
        standing=standing,
    )


def _tried(
    theirs: Sequence[Receipt],
    states: Mapping[str, State],
    grades: Mapping[str, Grade],
    standing: Standing | None,
) -> list[Tried]:
    counting = standing.grade.submission_sha256 if standing and standing.grade else ""
    last = {one.sha256: one.id for one in theirs}  # a file sent twice counts once
    return [
        Tried(
            receipt=one,
            state=states[one.id],
            grade=grades.get(one.sha256) if states[one.id].state == "done" else None,
            counts=one.sha256 == counting and last[one.sha256] == one.id,
        )
        for one in theirs
    ]


def due_date(site: Site, lab: str) -> dt.datetime | None:
    """Return when a lab is due for all, None if never."""
    with site.shelf.book() as book:
        known = {one.name: one for one in book.nbgrader.assignments}
        return shown(known[lab].duedate) if lab in known else None


def price_now(site: Site, view: LabView, student: str) -> Text:
    """Return what full marks are worth that are submitted now, no text where it is not late."""
    late = seconds_late(dt.datetime.fromtimestamp(site.clock(), dt.UTC), view.due)
    exercise = site.shelf.exercise(view.lab)
    if not late or view.why_not or exercise is None:
        return NOTHING
    most = exercise.max_score
    left = most - (view.late or LateRule(site.course)).cost(student, most, late)
    return text("portal-late-now", late=duration(late), points=f"{left:g}", most=most)


def changed_by_dates(site: Site, lab: str, student: str | None = None) -> list[Changed]:
    """Return whose score another due date or late rule has changed, the last change first."""
    with site.shelf.book() as book:
        return regraded(book, lab, student, occasions=[DATES])[::-1]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Since:
    """What is other than in the attempt before: points, and the checks that turned."""

    attempt: int
    before: float | None
    now: float | None
    better: tuple[str, ...]
    worse: tuple[str, ...]
    same_file: bool


def since(earlier: Tried, tried: Tried) -> Since | None:
    """Return what changed between two attempts that were graded."""
    if earlier.grade is None or tried.grade is None:
        return None
    was = {check.id for check in earlier.grade.checks if check.passed}
    is_ = {check.id for check in tried.grade.checks if check.passed}
    return Since(
        attempt=earlier.receipt.attempt,
        before=earlier.grade.score,
        now=tried.grade.score,
        better=tuple(sorted(is_ - was)),
        worse=tuple(sorted(was - is_)),
        same_file=earlier.receipt.sha256 == tried.receipt.sha256,
    )
