"""Which mistake in a part gives exactly what a submission gives, in every script of the part."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from autograder.exercise.measure import Measure
from autograder.exercise.part import PartCheck
from autograder.judge import messages
from autograder.judge.mistakes.operators import Operator
from autograder.judge.result import CheckResult, Diagnosis
from autograder.judge.tree import compare_trees
from autograder.protocol.trace import ScriptRecord, StepRecord, Trace
from autograder.protocol.value import Value
from autograder.words.text import NOTHING, text

LEAST_SCRIPTS = 2  # what one alone shows may be so there by chance
MOST_NAMED = 3  # more would be a guess
_SAME = PartCheck(id="", part="", shown="", rtol=1e-5, atol=1e-8, nan=True)


@dataclasses.dataclass(frozen=True, kw_only=True)
class PartMutant:
    """The reference with one mistake in one part, and what it did there."""

    part: str
    operator: Operator
    name: str
    line: int
    trace: Trace


def same_records(
    observed: Mapping[str, ScriptRecord], other: Mapping[str, ScriptRecord], ids: Iterable[str]
) -> bool:
    """Return whether two runs gave the same in these scripts, but for rounding."""
    return all(
        one in observed and one in other and _same_script(observed[one], other[one]) for one in ids
    )


def _same_script(observed: ScriptRecord, other: ScriptRecord) -> bool:
    if len(observed.steps) != len(other.steps):
        return False
    return all(_same_step(*pair) for pair in zip(observed.steps, other.steps, strict=True))


def _same_step(observed: StepRecord, other: StepRecord) -> bool:
    if observed.failure is not None or other.failure is not None:
        ours, theirs = observed.failure, other.failure
        return ours is not None and theirs is not None and _kind(ours) == _kind(theirs)
    if set(observed.changed) != set(other.changed) or {*observed.modes} != {*other.modes}:
        return False
    slopes, others = _beside(observed), _beside(other)
    if slopes.keys() != others.keys() or (observed.value is None) != (other.value is None):
        return False
    pairs = [(slopes[name], others[name]) for name in slopes]
    if observed.value is not None and other.value is not None:
        pairs.append((observed.value, other.value))
    return all(compare_trees(*pair, _SAME) is None for pair in pairs)


def _beside(record: StepRecord) -> dict[str, Value]:
    """Return what was recorded of a step besides its value."""
    state = {f"state {place}": sums for place, sums in record.state.items()}
    return {**(record.gradients or {}), **state}


def _kind(failure: msgspec.Struct) -> tuple[object, ...]:
    return tuple(getattr(failure, name) for name in ("kind", "raised", "cause"))


class PartMutants:
    """All mutants of a lab's parts; names what coincides with one of them."""

    def __init__(self, plan: Measure, reference: Trace, mutants: Sequence[PartMutant]) -> None:
        self._reference = reference
        self._shown = {check.part: check.shown for check in plan.exercise.part_checks.values()}
        self._scripts: dict[str, list[str]] = {}
        for planned in plan.scripts:
            if planned.script.kind != "own":
                continue
            self._scripts.setdefault(planned.script.part, []).append(planned.script.id)
        self._mutants: dict[str, list[PartMutant]] = {}
        for mutant in mutants:
            if not self.is_equivalent(mutant):
                self._mutants.setdefault(mutant.part, []).append(mutant)

    def is_equivalent(self, mutant: PartMutant) -> bool:
        """Return whether a mistake changes nothing in any script of its part."""
        ids = self._scripts[mutant.part]
        return same_records(mutant.trace.scripts, self._reference.scripts, ids)

    def name(self, trace: Trace, checks: Iterable[CheckResult]) -> list[Diagnosis]:
        """Return what explains the checks of parts that did not pass."""
        lost = {check.function: None for check in checks if check.outcome == "failed"}
        return [one for part in lost if part in self._mutants for one in self._named(trace, part)]

    def _named(self, trace: Trace, part: str) -> list[Diagnosis]:
        ids = self._scripts[part]
        if len(ids) < LEAST_SCRIPTS or self._fails(trace, ids):
            return []
        fitting = [
            m for m in self._mutants[part] if same_records(trace.scripts, m.trace.scripts, ids)
        ]
        operators = {mutant.operator.id: mutant.operator for mutant in fitting}
        if len(operators) > MOST_NAMED:
            return []
        several = len(operators) > 1
        return [self._diagnosis(part, operator, several=several) for operator in operators.values()]

    def _fails(self, trace: Trace, ids: Iterable[str]) -> bool:
        """Return whether something failed where the reference has a value: that says more."""
        for one in ids:
            if one not in trace.scripts:
                return True
            pairs = zip(trace.scripts[one].steps, self._reference.scripts[one].steps, strict=True)
            if any(mine.failure is not None and right.failure is None for mine, right in pairs):
                return True
        return False

    def _diagnosis(self, part: str, operator: Operator, *, several: bool) -> Diagnosis:
        told = text("would-return", role=self._shown[part], condition=operator.condition)
        message = messages.sentences(told, text("several-fit") if several else NOTHING)
        return Diagnosis(
            id=operator.id,
            function=part,
            message=message,
            remarks=("several",) if several else (),
        )
