"""What a student may know now: of a lab, of an attempt, and of what changed since the last one."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from autograder.gradebook.book import shown
from autograder.grading.record import Grade
from autograder.grading.results import Standing
from autograder.portal.intake import Receipt, receipts
from autograder.portal.policy import Policy, Told, load_policy, refusal, told_now
from autograder.portal.queue import State, state_of
from autograder.portal.site import Site
from autograder.words.text import Text


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
        return self.standing.score if self.standing and self.told != "received" else None

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
    due = standing.due if standing is not None else _due(site, lab)
    grades = {one.submission_sha256: one.grade for one in site.shelf.attempts(student, lab)}
    exercise = site.shelf.exercise(lab)
    return LabView(
        lab=lab,
        title=exercise.title if exercise is not None else lab,
        policy=policy,
        due=due,
        told=told_now(policy, due, now),
        why_not=refusal(policy, [one.received for one in theirs], due, now),
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


def _due(site: Site, lab: str) -> dt.datetime | None:
    with site.shelf.book() as book:
        known = {one.name: one for one in book.nbgrader.assignments}
        return shown(known[lab].duedate) if lab in known else None


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
