"""What students and instructors read of an outcome, wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.judge.grouping import further, heads, paragraphs
from autograder.judge.review import reason_of
from autograder.package.run import Outcome
from autograder.words.catalogue import say


def paragraphs_of(outcome: Outcome) -> Iterator[str]:
    """Yield what the student reads of the whole submission, a paragraph each.

    Causes come first, then what they cost; where there is no score, why, without details.
    """
    grade = outcome.grade
    yield from outcome.remarks
    if outcome.score is None:
        yield say("package-no-score")
    if grade is None or grade.score is None:
        return
    yield say(grade.message)
    for group in grade.groups:
        head = group.head(group.causes[0]) if group.causes else ""
        first, *others = paragraphs(group)
        yield say("of-functions", functions=head, said=first) if head else first
        yield from others
    if outcome.score is None:
        yield heads(check for check in grade.checks if check.passed)
    for note in further(grade.notes, grade.groups):
        yield say("note", note=note)


def lines_for_instructor(outcome: Outcome) -> Iterator[str]:
    """Yield what the place's log should have: students do not see it."""
    level = outcome.isolation or say("none")
    yield say("package-log", lab=outcome.lab, level=level)
    if outcome.problem:
        yield say("package-log-problem", problem=outcome.problem)
    if outcome.grade is not None:
        for code in outcome.grade.review:
            yield say("package-log-review", reason=reason_of(code))
