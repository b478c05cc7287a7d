"""The course's own mistakes: files of the instructor's, and which submissions behave like one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from autograder.exercise.measure import Measure
from autograder.judge.checks import role_of
from autograder.judge.diagnosis.alike import alike
from autograder.judge.result import CheckResult, Diagnosis, Remark
from autograder.protocol.trace import Trace
from autograder.words.text import verbatim


@dataclasses.dataclass(frozen=True, kw_only=True)
class CourseMistake:
    """What a file in ``rejected/`` brings: what to say, what it costs, how it behaves."""

    id: str
    says: str
    hint: str
    fails: frozenset[str]
    trace: Trace


class CourseMistakes:
    """A lab's own mistakes. One that behaves as the reference does is told to nobody."""

    def __init__(
        self, plan: Measure, reference: Trace, mistakes: Sequence[CourseMistake] = ()
    ) -> None:
        self._plan = plan
        self._mistakes = [one for one in mistakes if not alike(one.trace, reference, plan)]

    def fitting(self, trace: Trace, checks: Iterable[CheckResult]) -> list[CourseMistake]:
        """Return those of which exactly the checks are lost, and whose whole behaviour it is.

        A check that broke on our side was not lost: then nothing is told.
        """
        lost = {check.id: check.outcome for check in checks if not check.passed}
        if "error" in lost.values():
            return []
        return [
            one
            for one in self._mistakes
            if one.fails == set(lost) and alike(trace, one.trace, self._plan)
        ]


def with_course(
    found: Sequence[Diagnosis], fitting: Sequence[CourseMistake], checks: Iterable[CheckResult]
) -> tuple[Diagnosis, ...]:
    """Return what is told where the course has its own words for all that was lost.

    They stand for the functions in which nothing is named; where something is named in each, for
    all: whoever wrote them saw that. What is named in other functions stays.
    """
    if not fitting:
        return tuple(found)
    lost = dict.fromkeys(role_of(check.id) for check in checks if not check.passed)
    named = {one.function for one in found}
    unnamed = [role for role in lost if role not in named]
    role = (unnamed or list(lost))[0]
    several: tuple[Remark, ...] = ("several",) if len(fitting) > 1 else ()
    own = [
        Diagnosis(
            id=one.id,
            function=role,
            message=verbatim(one.says),
            hint=verbatim(one.hint),
            remarks=("course", *several),
        )
        for one in fitting
    ]
    return (*own, *(found if unnamed else ()))
