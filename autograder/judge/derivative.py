"""Whether a backward is the derivative of the same student's forward, be that right or wrong.

Values of the forward a little to both sides of its arguments are all that is needed. What the
reference's backward is the derivative of, and how it comes (a gradient, a product with what was
handed back, one slope an entry, a whole Jacobian), is read off the reference's own numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from autograder.exercise.part import PartCheck
from autograder.exercise.scripts import PlannedScript
from autograder.exercise.slopes import numbers_in, place_of, way_to
from autograder.judge.tree import compare_trees
from autograder.protocol.trace import ScriptRecord, StepRecord
from autograder.protocol.value import Numbers, array_of, nodes_of

Arrays = NDArray[np.float64]
Records = Mapping[str, ScriptRecord]
Both = tuple[Arrays, Arrays]
"""What a student gave, and what the reference did."""
Place = tuple[int, int]
"""A step, and the number of an array in what it gave."""
NEAR = 1e-4
"""Of the largest possible rise; a forward in float64 allows ten digits, a backward seven."""
TINY = 1e-6  # of the largest number of an array: counts as zero, or as the same


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rise:
    """By how much the result of forward differs where one of its arguments was moved."""

    place: int
    moved: Arrays
    rise: Arrays


Law = Callable[[Arrays, Rise], bool]
"""Whether an array is the derivative that explains a rise."""


def is_own_derivative(
    check: PartCheck,
    pairs: Iterable[tuple[PlannedScript, PlannedScript]],
    observed: Records,
    expected: Records,
) -> bool:
    """Say whether forward is wrong, and backward its derivative in all scripts.

    ``pairs`` are scripts, each with the one that calls forward beside its arguments. Where the
    reference's derivative is not zero, the student's must not be; where it differs from draw to
    draw, so must the student's.
    """
    wrong, found = False, dict[Place, list[Both]]()
    for base, beside in pairs:
        arrays = _derived(check, base, beside, observed, expected)
        if not arrays:
            return False
        wrong |= _differ(check, observed[beside.script.id], expected[beside.script.id])
        for place, both in arrays.items():
            found.setdefault(place, []).append(both)
    return wrong and all(map(_as_lively, found.values()))


def _derived(
    check: PartCheck,
    base: PlannedScript,
    beside: PlannedScript,
    observed: Records,
    expected: Records,
) -> dict[Place, Both]:
    """Return the derivatives in a script, nothing where one is not that of the student's forward.

    What is no derivative has to be as in the reference, but for what forward gives itself.
    """
    if not {base.script.id, beside.script.id} <= observed.keys():
        return {}
    mine, right = observed[base.script.id], expected[base.script.id]
    rises = _rises(check, base, beside, observed[beside.script.id]) or []
    laws = laws_of(check, base, beside, right, expected[beside.script.id])
    nodes = dict(_arrays(check, base, mine))
    found = {}
    for place, node in _arrays(check, base, right):
        own = nodes.get(place)
        if own is None or own.shape != node.shape:
            return {}
        pair = _array(own), _array(node)
        if place not in laws:
            given = place[0] == place_of(base.script.steps, check.derivative_of)
            if not given and compare_trees(own, node, check) is not None:
                return {}
        elif any(_holds(law, pair[0], rises, at) for at, law in laws[place]):
            found[place] = pair
        else:
            return {}
    return found


def laws_of(
    check: PartCheck,
    base: PlannedScript,
    beside: PlannedScript,
    record: ScriptRecord,
    record_beside: ScriptRecord,
) -> dict[Place, list[tuple[int, Law]]]:
    """Return of which argument each array is the derivative, and how, by the reference's numbers.

    Arrays that are no derivative, and those that are zero, are not in it.
    """
    rises = _rises(check, base, beside, record_beside)
    if not rises:
        return {}
    handed = [np.ones(())] if rises[0].rise.size == 1 else []
    handed += numbers_in(base.script.steps)
    laws = [_jacobian, _diagonal, *(_product(one) for one in handed)]
    found = {}
    for place, node in _arrays(check, base, record):
        array = _array(node)
        places = dict.fromkeys(one.place for one in rises)
        fitting = [(at, law) for at in places for law in laws if _holds(law, array, rises, at)]
        if fitting and array.any():
            found[place] = fitting
    return found


def _holds(law: Law, array: Arrays, rises: Iterable[Rise], place: int) -> bool:
    with np.errstate(all="ignore"):
        own = [one for one in rises if one.place == place]
        return bool(own) and all(law(array, one) for one in own)


def _product(handed: Arrays) -> Law:
    def law(array: Arrays, one: Rise) -> bool:
        if array.shape != one.moved.shape or handed.size != one.rise.size:
            return False
        most = float(np.linalg.norm(array) * np.linalg.norm(one.moved))
        left, right = (array * one.moved).sum(), (handed.ravel() * one.rise.ravel()).sum()
        return bool(abs(left - right) <= NEAR * most)

    return law


def _diagonal(array: Arrays, one: Rise) -> bool:
    if not array.shape == one.moved.shape == one.rise.shape:
        return False
    return _close(array * one.moved, one.rise)


def _jacobian(array: Arrays, one: Rise) -> bool:
    if array.shape != one.rise.shape + one.moved.shape:
        return False
    return _close(np.tensordot(array, one.moved, one.moved.ndim), one.rise)


def _close(left: Arrays, right: Arrays) -> bool:
    return bool((np.abs(left - right) <= NEAR * np.abs(left).max(initial=0.0)).all())


def _as_lively(pairs: list[Both]) -> bool:
    """Say whether an array is not zero, and not the same in all draws, where the right is not."""
    for own, right in pairs:
        most = np.abs(right).max(initial=0.0)
        if not own[np.abs(right) > TINY * most].all():
            return False
    if len({own.shape for own, _ in pairs}) > 1:
        return True
    mine, right = (np.stack(one) for one in zip(*pairs, strict=True))
    differs = np.ptp(right, axis=0) > TINY * np.abs(right).max(initial=0.0)
    return len(pairs) == 1 or bool((np.ptp(mine, axis=0) > 0.0)[differs].all())


def _rises(
    check: PartCheck, base: PlannedScript, beside: PlannedScript, record: ScriptRecord
) -> list[Rise] | None:
    """Return how forward changes along each direction, None where it gives no numbers."""
    steps = beside.script.steps
    length = len(way_to(base.script.steps, check.derivative_of))
    found = []
    for first in range(0, len(steps), 2 * length):
        forth, back = (steps[at : at + length] for at in (first, first + length))
        ends = [_result(record.steps[at + length - 1]) for at in (first, first + length)]
        if ends[0] is None or ends[1] is None or ends[0].shape != ends[1].shape:
            return None
        pairs = zip(numbers_in(forth), numbers_in(back), strict=True)
        place, moved = next((n, a - b) for n, (a, b) in enumerate(pairs) if (a != b).any())
        found.append(Rise(place=place, moved=moved, rise=ends[0] - ends[1]))
    return found


def _result(step: StepRecord) -> Arrays | None:
    """Return what forward gave: the first array of fractions in it."""
    return next((_array(one) for one in _fractions(step)), None)


def _differ(check: PartCheck, observed: ScriptRecord, expected: ScriptRecord) -> bool:
    """Say whether forward gave something else than the reference's anywhere."""
    pairs = zip(observed.steps, expected.steps, strict=True)
    firsts = [(next(_fractions(one), None), next(_fractions(two), None)) for one, two in pairs]
    return any(
        one is None or compare_trees(one, two, check) is not None
        for one, two in firsts
        if two is not None
    )


def _arrays(
    check: PartCheck, base: PlannedScript, record: ScriptRecord
) -> Iterator[tuple[Place, Numbers]]:
    """Yield the arrays that may be derivatives: of forward's own step all but its result."""
    steps = base.script.steps
    forward = place_of(steps, check.derivative_of)
    for at, step in enumerate(steps):
        own = not check.labels or step.label in check.labels
        if not own or at < (forward or 0):
            continue
        for number, node in enumerate(_fractions(record.steps[at])):
            if at != forward or number:
                yield (at, number), node


def _array(node: Numbers) -> Arrays:
    return array_of(node).astype(np.float64)


def _fractions(step: StepRecord) -> Iterator[Numbers]:
    for node in nodes_of(step.value) if step.value is not None else ():
        if isinstance(node, Numbers) and node.dtype in ("f4", "f8"):
            yield node
