"""Judge the parts of a lab besides training: a script's records beside the reference's."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import msgspec

from autograder.exercise.measure import Measure
from autograder.exercise.part import INPUTS, PartCheck
from autograder.exercise.scripts import PlannedScript
from autograder.exercise.spec import Tolerance
from autograder.judge import messages
from autograder.judge.guard import BROKEN, guarded
from autograder.judge.own_names import culprit_of
from autograder.judge.result import PASSED, Finding, worst
from autograder.judge.shown import shown
from autograder.judge.tree import compare_trees, deviation_of
from autograder.protocol.script import SELF, Step
from autograder.protocol.trace import Failure, ScriptRecord, StepRecord, Trace
from autograder.words.text import Text, text, verbatim

MAKING = ("construct", "load")
"""Steps that every check of a part needs."""
WAITS = "step-before"
"""The worker's code of a step that needs what an earlier one did not leave."""


class Parts:
    """Holds the scripts of a lab and what the reference did in them."""

    def __init__(self, plan: Measure, reference: Trace, unobserved: Finding | None) -> None:
        self._plan = plan
        self._reference = reference
        self._unobserved = unobserved
        self.checks: Mapping[str, PartCheck] = plan.exercise.part_checks
        self._names = {one.names[0]: one.names for one in plan.sought}
        own: dict[str, set[str]] = {}
        for check in self.checks.values():
            own.setdefault(check.part, set()).update(check.labels)
        self._labels = {part: frozenset(labels) for part, labels in own.items()}

    def examine(self, name: str, trace: Trace) -> Finding:
        """Return what decides a check: all scripts of its part must pass it.

        A process check is looked at where the values of the part are right.
        """
        check = self.checks[name]
        finding = worst(list(self.findings(name, trace).values()))
        if check.kind != INPUTS:
            return finding
        values = [
            worst(list(self.findings(one.id, trace).values()))
            for one in self.checks.values()
            if one.part == check.part and one.kind != INPUTS
        ]
        if any(one.outcome != "passed" for one in values):
            message = text("values-first", role=check.shown)
            return Finding(outcome="skipped", message=message, hint=messages.MEND_FIRST)
        return finding

    def findings(self, name: str, trace: Trace) -> dict[str, Finding]:
        """Return what a check found in each script of its part."""
        check = self.checks[name]
        found = {}
        for planned in self._plan.scripts:
            if planned.script.part != check.part:
                continue
            script = planned.script.id
            record = trace.scripts.get(script)
            if record is None:
                found[script] = self._unobserved or _unobserved(trace)
                continue
            look = functools.partial(self._examine, check, planned, record, trace)
            found[script] = guarded(f"{name} in {script}", look, BROKEN)
        return found

    def _examine(
        self, check: PartCheck, planned: PlannedScript, record: ScriptRecord, trace: Trace
    ) -> Finding:
        expected = self._reference.scripts[record.id]
        looked = 0
        deviations: list[float] = []
        steps = planned.script.steps
        for at, step in enumerate(steps):
            own = not check.labels or step.label in check.labels
            if not own and (step.do not in MAKING or step.label in self._labels[check.part]):
                continue  # it costs another check, or none
            last = at == len(steps) - 1
            wanted = expected.steps[at].failure
            raises = planned.raises if last else ""
            found = self._step(check, planned, record, at, trace)
            if found is None and (raises or wanted is not None):
                found = _raised(self._role(check, step), planned, record.steps[at], wanted, raises)
            elif found is None:
                found = _compared(check, self._role(check, step), planned, at, record, expected)
            if found.outcome != "passed":
                return found
            looked += 1
            deviations += [] if found.deviation is None else [found.deviation]
        if not looked:
            return Finding(outcome="absent")
        return msgspec.structs.replace(
            PASSED, deviation=max(deviations, default=None), evidence="values"
        )

    def _step(
        self, check: PartCheck, planned: PlannedScript, record: ScriptRecord, at: int, trace: Trace
    ) -> Finding | None:
        """Return what is to be said of a step that failed, None where it did not.

        Of one that waits for another that failed, that one is told, or it is skipped where that
        one costs a check of its own.
        """
        failure = record.steps[at].failure
        if failure is None or (planned.raises and at == len(record.steps) - 1):
            return None
        if failure.cause == WAITS:
            first = next(n for n, one in enumerate(record.steps) if one.failure is not None)
            before = planned.script.steps[first]
            if first != at and before.label in self._labels[check.part] - set(check.labels):
                role = self._role(check, planned.script.steps[at])
                message = text("step-before-failed", role=role, before=self._role(check, before))
                return Finding(outcome="skipped", message=message, hint=messages.MEND_FIRST)
            at, failure = first, record.steps[first].failure or failure
        role = self._role(check, planned.script.steps[at])
        if failure.kind == "missing" and not failure.name:
            return self._missing(planned.script.steps[at], trace)
        message, hint = messages.failure(failure, role, public=planned.public)
        return Finding(outcome="failed", message=_in_case(planned, message), hint=hint)

    def _missing(self, step: Step, trace: Trace) -> Finding:
        """Say that a name is not there, and which cell that did not run is to blame."""
        name = step.name.partition(".")[0]
        names = self._names.get(name, (name,))
        culprit = culprit_of(trace.loading, names)
        if culprit is not None:
            cause = messages.cell_failure(culprit)
            reason = text("not-run-because", cause=cause)
            message = text("not-defined-because", wanted=names[0], reason=reason)
            return Finding(outcome="failed", message=message, hint=messages.MEND_FIRST)
        failure = Failure(kind="missing", text="")
        message, hint = messages.failure(failure, names[0], public=True)
        return Finding(outcome="failed", message=message, hint=hint)

    def _role(self, check: PartCheck, step: Step) -> str:
        """Return what a step's function is called to students."""
        if step.on == SELF and step.name:
            return f"{check.shown}.{step.name}"
        return step.name or check.shown


def _raised(
    role: str,
    planned: PlannedScript,
    observed: StepRecord,
    expected: Failure | None,
    raises: str,
) -> Finding:
    """Judge a step that should raise: the class of an exception is an outcome."""
    if expected is None or expected.raised != raises or not raises:
        known = f"raises {expected.raised or expected.kind}" if expected else "raises nothing"
        problem = f"the reference {known} in {planned.script.id}, where the spec expects "
        problem += f"{raises or 'a value'}"
        return Finding(outcome="failed", message=verbatim(problem))
    if observed.failure is not None and observed.failure.raised == raises:
        return PASSED
    message = text("not-raised", role=role, raises=raises)
    return Finding(outcome="failed", message=_in_case(planned, message))


def _compared(  # both records, and who asks
    check: PartCheck,
    role: str,
    planned: PlannedScript,
    at: int,
    record: ScriptRecord,
    expected: ScriptRecord,
) -> Finding:
    mine, right = record.steps[at], expected.steps[at]
    if check.kind == INPUTS:
        if set(mine.changed) == set(right.changed):
            return PASSED
        message = text("changes-argument", role=role)
        return Finding(outcome="failed", message=message, hint=messages.CHANGES_HINT)
    if right.value is None:
        return PASSED
    if mine.value is None:
        return Finding(outcome="failed", message=text("returned-nothing-comparable", role=role))
    tolerance = Tolerance(rtol=check.rtol, atol=check.atol)
    apart = deviation_of(mine.value, right.value, tolerance)
    difference = compare_trees(mine.value, right.value, check)
    if difference is None:
        return _gradients(check, role, mine, right, apart)
    step = planned.script.steps[at]
    told = _called(role, step) if planned.public else role
    message = messages.differs(told, difference, public=planned.public, read=step.do == "read")
    numeric = apart if difference.what == "values" else None
    return Finding(
        outcome="failed",
        message=_in_case(planned, message),
        hint=messages.differs_hint(difference, role),
        deviation=numeric,
        evidence="values",
    )


def _gradients(
    check: PartCheck, role: str, observed: StepRecord, expected: StepRecord, apart: float | None
) -> Finding:
    """Compare the gradients of values that are right."""
    passed = msgspec.structs.replace(PASSED, deviation=apart)
    if expected.gradients is None:
        return passed
    if observed.gradients is None:
        message = messages.cut_off(role)
        return Finding(outcome="failed", message=message, hint=messages.CUT_HINT)
    for name, gradient in expected.gradients.items():
        found = observed.gradients.get(name)
        if found is None or compare_trees(found, gradient, check) is not None:
            message = messages.wrong_gradient(role)
            return Finding(outcome="failed", message=message, hint=messages.CUT_HINT)
    return passed


def _called(role: str, step: Step) -> str:
    """Return a call as Python writes it, where that is short."""
    if step.do == "read":
        return role
    given = [shown(value) for value in step.arguments]
    given += [f"{name}={shown(value)}" for name, value in step.named.items()]
    called = f"{role}({', '.join(given)})"
    return role if len(called) > messages.LONGEST_CALL or "…" in called else called


def _in_case(planned: PlannedScript, message: Text) -> Text:
    if not planned.name:
        return message
    return text("in-case", case=messages.clean(planned.name), said=message)


def _unobserved(trace: Trace) -> Finding:
    message, hint = messages.not_observed(trace.ending)
    return Finding(outcome="failed", message=message, hint=hint)
