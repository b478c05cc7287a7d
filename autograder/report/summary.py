"""Summarize a class's grades: the counts that the class report shows."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections import Counter
from collections.abc import Sequence

from autograder.grading.groups import Group, unexplained
from autograder.grading.record import Grade
from autograder.grading.results import Changed, Standing, status_word
from autograder.judge.review import reason_of
from autograder.words.catalogue import say

ROUNDING = 1e-9
BINS = 10
ATTENTION = frozenset(
    {"sandbox_error", "not_gradable", "crashed", "time_limit", "memory_limit", "output_limit"}
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class CheckRate:
    """How many of those graded passed a check."""

    id: str
    function: str
    passed: int
    failed: int
    skipped: int

    @property
    def share(self) -> float:
        """The share that passed, 0 to 1."""
        whole = self.passed + self.failed + self.skipped
        return self.passed / whole if whole else 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Misconception:
    """A mistake that was named, by its id, and who share it."""

    id: str
    function: str
    message: str
    students: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Review:
    """A reason for review, and the students concerned."""

    reason: str
    students: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attention:
    """A submission that is worth a look besides, and why."""

    student: str
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Alike:
    """A group as it is shown: one submission's bare code, and SVG of its training, or nothing."""

    group: Group
    code: str = ""
    picture: str = ""

    @property
    def several(self) -> bool:
        """Whether more than one student is in it."""
        return len(self.group.students) > 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Summary:
    """All counts of one lab.

    ``histogram`` has ten counts, of scores from 0 to 10 %, to 20 %, … to 100 % of the points.
    ``to_review`` counts those at whose submission a person must look. ``changed`` are scores that
    are not what was exported, or was before grading again. ``groups`` behave alike, and no mistake
    says why; some are of one student.
    """

    total: int
    graded: int
    missing: tuple[str, ...]
    mean: float | None
    median: float | None
    max_score: float
    histogram: tuple[int, ...]
    checks: tuple[CheckRate, ...]
    misconceptions: tuple[Misconception, ...]
    to_review: int
    review: tuple[Review, ...]
    attention: tuple[Attention, ...]
    statuses: tuple[tuple[str, int], ...]
    isolation: tuple[tuple[str, int], ...]
    seconds: float
    exercises: tuple[str, ...]
    versions: tuple[str, ...]
    changed: tuple[Changed, ...] = ()
    groups: tuple[Alike, ...] = ()


def summarise(standings: Sequence[Standing]) -> Summary:
    """Return the counts. Students without a submission count as missing and in nothing else."""
    there = [one for one in standings if not one.missing]
    grades = [one.grade for one in there if one.grade is not None]
    scores = [one.score for one in there if one.score is not None]
    return Summary(
        total=len(standings),
        graded=len(scores),
        missing=tuple(one.student for one in standings if one.missing),
        mean=statistics.fmean(scores) if scores else None,
        median=statistics.median(scores) if scores else None,
        max_score=max((one.max_score for one in standings), default=0.0),
        histogram=_histogram(there),
        checks=_rates(grades),
        misconceptions=_misconceptions(grades),
        to_review=sum(bool(one.review) for one in there),
        review=_review(there),
        attention=tuple(_attention(there)),
        statuses=tuple(Counter(grade.status for grade in grades).most_common()),
        isolation=tuple(Counter(grade.isolation for grade in grades).most_common()),
        seconds=sum(grade.seconds for grade in grades),
        exercises=tuple(sorted({grade.exercise_sha256 for grade in grades})),
        versions=tuple(sorted({_versions(grade) for grade in grades})),
    )


def _histogram(standings: Sequence[Standing]) -> tuple[int, ...]:
    counts = [0] * BINS
    for one in standings:
        if one.score is not None and one.max_score > 0:
            bars = one.score / one.max_score * BINS - ROUNDING  # a bar has its upper end, too
            counts[min(BINS - 1, max(0, math.ceil(bars) - 1))] += 1
    return tuple(counts)


def _rates(grades: Sequence[Grade]) -> tuple[CheckRate, ...]:
    outcomes: dict[str, Counter[str]] = {}
    functions: dict[str, str] = {}
    for grade in grades:
        for check in grade.checks:
            outcomes.setdefault(check.id, Counter())[check.outcome] += 1
            functions[check.id] = check.function
    return tuple(
        CheckRate(
            id=name,
            function=functions[name],
            passed=counts["passed"],
            failed=counts["failed"],
            skipped=counts["skipped"],
        )
        for name, counts in outcomes.items()
    )


def _misconceptions(grades: Sequence[Grade]) -> tuple[Misconception, ...]:
    """Return the mistakes named, the most frequent first."""
    students: dict[tuple[str, str], list[str]] = {}
    messages: dict[tuple[str, str], str] = {}
    for grade in grades:
        for found in grade.diagnosis:
            key = (found.id, found.function)
            students.setdefault(key, []).append(grade.student)
            messages.setdefault(key, say(found.message))
    ordered = sorted(students, key=lambda key: (-len(students[key]), key))
    return tuple(
        Misconception(
            id=key[0], function=key[1], message=messages[key], students=tuple(students[key])
        )
        for key in ordered
    )


def _review(standings: Sequence[Standing]) -> tuple[Review, ...]:
    """Return the reasons for review, the most frequent first."""
    students: dict[str, list[str]] = {}
    for one in standings:
        for code in one.review:
            students.setdefault(reason_of(code), []).append(one.student)
    ordered = sorted(students, key=lambda reason: (-len(students[reason]), reason))
    return tuple(Review(reason=reason, students=tuple(students[reason])) for reason in ordered)


def _attention(standings: Sequence[Standing]) -> list[Attention]:
    found = []
    for one in standings:
        grade = one.grade
        if grade is None or one.review:
            continue
        if grade.status in ATTENTION:
            status = status_word(grade.status)
            reason = f"{status}: {say(grade.message)}" if grade.message else status
            found.append(Attention(student=one.student, reason=reason))
        elif grade.undecided:
            found.append(Attention(student=one.student, reason=say("class-check-broke")))
        elif unexplained(grade):
            found.append(Attention(student=one.student, reason=say("class-unexplained")))
    return found


def _versions(grade: Grade) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(grade.versions.items()))
