"""Groups of submissions that behave the same and have no named mistake yet."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from autograder.errors import CourseError
from autograder.exercise.plan import Plan
from autograder.grading.cache import Store
from autograder.grading.record import Grade
from autograder.grading.results import Standing
from autograder.judge.compare import Values
from autograder.judge.diagnosis.alike import alike, extent_of, fingerprint
from autograder.judge.result import explains
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
    of one of them, and ``bare`` its code without what is only for people.
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


@dataclasses.dataclass(kw_only=True)
class _Form:
    """Submissions whose traces are equal to the last bit."""

    id: str
    trace: Trace
    grades: list[Grade]

    @property
    def order(self) -> tuple[int, str]:
        return -len(self.grades), self.id


def unexplained(grade: Grade) -> bool:
    """Return whether something is wrong in a function in which no mistake was named."""
    failed = (check for check in grade.checks if check.outcome == "failed")
    return any(not explains(grade.diagnosis, check.function) for check in failed)


def lost(grade: Grade) -> tuple[str, ...]:
    """Return the checks that were not passed."""
    return tuple(check.id for check in grade.checks if not check.passed)


def groups_of(standings: Iterable[Standing], plan: Plan, store: Store) -> list[Group]:
    """Return the groups, the largest first. What ended early, or has no trace, is in none."""
    kinds: dict[tuple[str, ...], dict[str, _Form]] = {}
    for grade, trace in _observed(standings, store):
        forms = kinds.setdefault(lost(grade), {})
        name = fingerprint(trace, lost(grade))
        forms.setdefault(name, _Form(id=name, trace=trace, grades=[])).grades.append(grade)
    groups = [
        _group(members)
        for forms in kinds.values()
        for members in _joined(sorted(forms.values(), key=lambda form: form.order), plan)
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


def _joined(forms: Sequence[_Form], plan: Plan) -> list[list[_Form]]:
    """Put forms together that differ by rounding alone; the commonest is the first of each."""
    found: list[tuple[Values, list[_Form]]] = []
    for form in forms:
        extent = extent_of(form.trace)
        for known, members in found:
            near = extent.shape == known.shape and np.allclose(
                extent, known, rtol=APART, atol=APART
            )
            if near and alike(form.trace, members[0].trace, plan):
                members.append(form)
                break
        else:
            found.append((extent, [form]))
    return [members for _, members in found]


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
