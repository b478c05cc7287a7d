"""The course's own mistakes: files of the instructor's, and which submissions behave like one."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence

from autograder.exercise.measure import Measure
from autograder.exercise.spec import CHECKS, function_of
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
    """A lab's own mistakes. One that behaves as the reference does is never shown."""

    def __init__(
        self, plan: Measure, reference: Trace, mistakes: Sequence[CourseMistake] = ()
    ) -> None:
        self._plan = plan
        self._mistakes = [
            one for one in mistakes if not alike(one.trace, reference, plan, one.fails)
        ]

    def fitting(self, trace: Trace, checks: Iterable[CheckResult]) -> list[CourseMistake]:
        """Return those of which exactly the checks are lost, and whose whole behaviour it is.

        Of a mistake in parts this is asked of these parts alone: others may be wrong as well. A
        check that broke on our side was not lost: then nothing is told.
        """
        lost = {check.id: check.outcome for check in checks if not check.passed}
        if "error" in lost.values():
            return []
        return [
            one
            for one in self._mistakes
            if one.fails == _beside(one.fails, lost)
            and alike(trace, one.trace, self._plan, one.fails)
        ]


def _beside(fails: Collection[str], lost: Iterable[str]) -> set[str]:
    """Return what is lost where a mistake costs something: of training as a whole, of parts."""
    places = {_place(check) for check in fails}
    return {check for check in lost if _place(check) in places}


def _place(check: str) -> str:
    return "" if check in CHECKS else function_of(check)


def with_course(
    found: Sequence[Diagnosis], fitting: Sequence[CourseMistake], checks: Iterable[CheckResult]
) -> tuple[Diagnosis, ...]:
    """Return what is shown where the course has its own words for what was lost.

    They stand for the functions in which nothing is named; where something is named in each, for
    all: whoever wrote them saw that. What is named in other functions stays.
    """
    lost = [check.id for check in checks if not check.passed]
    named = {one.function for one in found}
    own: list[Diagnosis] = []
    replaced: set[str] = set()
    for one in fitting:
        beside = _beside(one.fails, lost)
        roles = [function_of(check) for check in lost if check in beside]
        unnamed = [role for role in roles if role not in named]
        replaced |= set() if unnamed else set(roles)
        several = any(_meet(one.fails, other.fails) for other in fitting if other is not one)
        remarks: tuple[Remark, ...] = ("course", "several") if several else ("course",)
        own.append(
            Diagnosis(
                id=one.id,
                function=(unnamed or roles)[0],
                message=verbatim(one.says),
                hint=verbatim(one.hint),
                remarks=remarks,
            )
        )
    return (*own, *(one for one in found if one.function not in replaced))


def _meet(fails: Collection[str], others: Collection[str]) -> bool:
    return bool({_place(check) for check in fails} & {_place(check) for check in others})
