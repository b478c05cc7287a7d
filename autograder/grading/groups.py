"""Groups of submissions that behave the same and have no named mistake yet.

Who was graded with the same hidden data is compared in all of it; who had others, in what is public
and in what was told of the checks that were lost.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from autograder.errors import CourseError
from autograder.exercise.plan import Plan
from autograder.grading.cache import Store
from autograder.grading.mutants import part_of
from autograder.grading.record import Grade
from autograder.grading.results import Standing
from autograder.judge.diagnosis.alike import alike, extent_of, fingerprint
from autograder.judge.result import CheckResult, explains
from autograder.protocol.trace import Trace
from autograder.words.catalogue import say
from autograder.words.text import Text

APART = 1e-3  # of the larger: those whose parameters go so much further are not alike
SHORTEST = 4  # characters of a digest


@dataclasses.dataclass(frozen=True, kw_only=True)
class Group:
    """Submissions of one behaviour. ``id`` is a digest of the commonest form of it.

    ``ids`` has those of all forms, which differ by rounding alone. ``fails`` are the checks that
    they lose, in the lab's order, ``named`` the mistakes that are told already. ``trace`` is that
    of one of them, with the hidden data of ``variant``, and ``bare`` its code without what is only
    for people.
    """

    id: str
    ids: tuple[str, ...]
    students: tuple[str, ...]
    fails: tuple[str, ...]
    score: float
    max_score: float
    departure: Text
    named: tuple[str, ...]
    trace: Trace
    bare: str
    variant: int = 0


@dataclasses.dataclass(kw_only=True)
class _Form:
    """Submissions whose traces are equal to the last bit, with one variant's hidden data."""

    id: str
    variant: int
    trace: Trace
    grades: list[Grade]

    @property
    def order(self) -> tuple[int, str]:
        return -len(self.grades), self.id

    @property
    def told(self) -> tuple[str, ...]:
        """What is shown of the checks that were lost, without numbers."""
        grade = self.grades[0]
        lost = (check.message.code for check in grade.checks if not check.passed)
        return (grade.departure.code, *lost)


def unexplained(grade: Grade) -> bool:
    """Return whether something is wrong in a function in which no mistake was named.

    What was not written yet says enough itself.
    """
    failed = (one for one in grade.checks if one.outcome == "failed" and not _not_written(one))
    return any(not explains(grade.diagnosis, check.function) for check in failed)


def _not_written(check: CheckResult) -> bool:
    said = check.message.values.get("said", check.message)
    return isinstance(said, Text) and said.code == "failed-not-written"


def lost(grade: Grade) -> tuple[str, ...]:
    """Return the checks that were not passed."""
    return tuple(check.id for check in grade.checks if not check.passed)


def groups_of(
    standings: Iterable[Standing], plan_of: Callable[[int], Plan], store: Store
) -> list[Group]:
    """Return the groups, the largest first. What ended early, or has no trace, is in none.

    ``plan_of`` is asked for the plan of each variant.
    """
    kinds: dict[tuple[str, ...], dict[tuple[int, str], _Form]] = {}
    for grade, trace in _observed(standings, store):
        forms = kinds.setdefault(lost(grade), {})
        name, variant = fingerprint(trace, lost(grade)), grade.variant
        form = _Form(id=name, variant=variant, trace=trace, grades=[])
        forms.setdefault((variant, name), form).grades.append(grade)
    likeness = _Likeness(plan_of)
    groups = [
        _group(members)
        for forms in kinds.values()
        for members in likeness.joined(sorted(forms.values(), key=lambda form: form.order))
    ]
    return sorted(groups, key=lambda group: (-len(group.students), group.id))


def _observed(standings: Iterable[Standing], store: Store) -> Iterator[tuple[Grade, Trace]]:
    for one in standings:
        grade = one.grade
        if grade is None or one.missing or grade.status != "graded" or grade.undecided:
            continue
        if unexplained(grade) and grade.trace:
            trace = store.read_trace(grade.trace)
            if trace is not None and trace.ending == "done":
                yield grade, trace


class _Likeness:
    """Says which forms differ by rounding alone. Plans are made as they are needed."""

    def __init__(self, plan_of: Callable[[int], Plan]) -> None:
        self._plan_of = functools.cache(plan_of)

    def joined(self, forms: Sequence[_Form]) -> list[list[_Form]]:
        """Put forms together that are alike; the commonest is the first of each."""
        found: list[list[_Form]] = []
        for form in forms:
            for members in found:
                if self._fits(form, members):
                    members.append(form)
                    break
            else:
                found.append([form])
        return found

    def _fits(self, form: _Form, members: Sequence[_Form]) -> bool:
        same = next((one for one in members if one.variant == form.variant), None)
        if same is not None:
            return _alike(form.trace, same.trace, self._plan_of(form.variant))
        if form.told != members[0].told:
            return False
        public = _public(self._plan_of(0))
        return _alike(_seen(form.trace, public), _seen(members[0].trace, public), public)


def _alike(one: Trace, other: Trace, plan: Plan) -> bool:
    ours, theirs = extent_of(one), extent_of(other)
    near = ours.shape == theirs.shape and np.allclose(ours, theirs, rtol=APART, atol=APART)
    return near and alike(one, other, plan)


def _public(plan: Plan) -> Plan:
    """Return what is the same for everybody."""
    return dataclasses.replace(
        plan,
        probes=tuple(one for one in plan.probes if one.id in plan.public_probes),
        scenarios=tuple(one for one in plan.scenarios if one.public),
        scripts=tuple(one for one in plan.scripts if one.public),
    )


def _seen(trace: Trace, plan: Plan) -> Trace:
    """Return what a trace has of a plan."""
    scenarios = {one.scenario.id for one in plan.scenarios}
    return part_of(trace, {one.id for one in plan.probes}, scenarios)


def _group(forms: Sequence[_Form]) -> Group:
    grades = [grade for form in forms for grade in form.grades]
    first = min(forms[0].grades, key=lambda grade: grade.student)
    return Group(
        id=forms[0].id,
        ids=tuple(form.id for form in forms),
        students=tuple(sorted(grade.student for grade in grades)),
        fails=lost(first),
        score=first.score or 0.0,
        max_score=first.max_score,
        departure=first.departure,
        named=tuple(dict.fromkeys(one.id for one in first.diagnosis)),
        trace=forms[0].trace,
        bare=bare_code(forms[0].trace),
        variant=forms[0].variant,
    )


def bare_code(trace: Trace) -> str:
    """Return a submission's code without comments, docstrings and magics; "" where none is known.

    It says nothing of who wrote it, but for names and texts that the code itself uses.
    """
    texts = trace.listing.bare if trace.listing is not None else ()
    return "\n\n".join(text for text in texts if text.strip())


def find_group(groups: Sequence[Group], name: str) -> Group:
    """Return the group of a digest, or of the beginning of one. Raises CourseError."""
    found = [group for group in groups if any(one.startswith(name) for one in group.ids)]
    if len(name) < SHORTEST:
        raise CourseError(say("group-short", name=name, least=SHORTEST))
    if not found:
        raise CourseError(say("no-such-group", name=name))
    if len(found) > 1:
        several = ", ".join(group.id for group in found)
        raise CourseError(say("group-several", name=name, groups=several))
    return found[0]
