"""Look at one record of a part beside the reference's: its value, its exception, its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from autograder.exercise.part import VALUES, PartCheck, Random
from autograder.exercise.scripts import PlannedScript
from autograder.exercise.spec import Tolerance
from autograder.judge import messages, part_messages
from autograder.judge.chance import ClaimRaised, broken_claim, claims_raise, given_in
from autograder.judge.effects import holds
from autograder.judge.result import PASSED, Finding
from autograder.judge.shown import shown
from autograder.judge.ties import tied
from autograder.judge.tree import compare_trees, deviation_of, other_form
from autograder.protocol.script import Step
from autograder.protocol.trace import Failure, ScriptRecord, StepRecord
from autograder.protocol.value import Value
from autograder.words.text import Text, text, verbatim

LEAST_SHARE = 0.5  # events a row; a loop makes one a row at least, halving makes a few in all


def of_form(role: str, observed: Value, expected: Value) -> Finding | None:
    """Say that a random result has another kind or shape."""
    other = other_form(observed, expected)
    if other is None:
        return None
    message = messages.differs(role, other, public=True, read=False)
    return Finding(outcome="failed", message=message, hint=messages.differs_hint(other, role))


def of_claims(
    part: Random,
    steps: Sequence[Step],
    drawn: Sequence[Value],
    expected: ScriptRecord,
    alpha: float,
) -> Finding:
    """Hold results, each of a round of steps, to what the author claims of them."""
    role, given = part.names[0], given_in(steps)
    right = [one.value for one in expected.steps if one.value is not None]
    if all(one == drawn[0] for one in drawn) and any(one != right[0] for one in right):
        message, hint = part_messages.same_each_time(role)
        return Finding(outcome="failed", message=message, hint=hint)
    try:
        broken = broken_claim(part.claims, drawn, given, alpha)
    except ClaimRaised as error:
        if not claims_raise(part.claims, right, given):
            return Finding(outcome="failed", message=text("other-form-at-random", role=role))
        message = part_messages.claim_raised(error.file, error.line, str(error))
        return Finding(outcome="error", message=message)
    if broken is None:
        return msgspec.structs.replace(PASSED, evidence="values")
    message, hint = part_messages.chance(broken, role)
    return Finding(outcome="failed", message=message, hint=hint)


def raising(planned: PlannedScript, at: int, wanted: Failure | None) -> str:
    """Return the exception that a step should raise: the last one, as the spec has it.

    Where something neutral stands for a helper it may come to a value all the same.
    """
    if at != len(planned.script.steps) - 1 or (planned.script.bound and wanted is None):
        return ""
    return planned.raises


def of_counts(role: str, counts: Mapping[int, int]) -> Finding:
    """Say whether more lines run for more data: a loop makes an event a row."""
    smallest, largest = min(counts), max(counts)
    if counts[largest] - counts[smallest] <= LEAST_SHARE * (largest - smallest):
        return PASSED
    message, hint = part_messages.process("no_loops", role)
    return Finding(outcome="failed", message=message, hint=hint)


def raised(
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
    return Finding(outcome="failed", message=in_case(planned, message))


def compared(  # both records, and who asks
    check: PartCheck,
    role: str,
    planned: PlannedScript,
    at: int,
    record: ScriptRecord,
    expected: ScriptRecord,
) -> Finding:
    """Compare what a step gave and did with what the reference's did."""
    mine, right, step = record.steps[at], expected.steps[at], planned.script.steps[at]
    if check.kind != VALUES:
        if holds(check.kind, mine, right):
            return PASSED
        message, hint = part_messages.process(check.kind, role, mine.called)
        return Finding(outcome="failed", message=message, hint=hint)
    if right.value is None:
        return _gradients(check, role, step, mine, right, None)
    if mine.value is None:
        return Finding(outcome="failed", message=text("returned-nothing-comparable", role=role))
    tolerance = Tolerance(rtol=check.rtol, atol=check.atol)
    apart = deviation_of(mine.value, right.value, tolerance)
    difference = compare_trees(mine.value, right.value, check)
    if check.up_to == "ties" and tied(mine.value, right.value, next(iter(step.arguments), None)):
        difference = None
    if difference is None:
        return _gradients(check, role, step, mine, right, apart)
    told = _called(role, step) if planned.public else role
    message = messages.differs(told, difference, public=planned.public, read=step.do == "read")
    numeric = apart if difference.what == "values" else None
    return Finding(
        outcome="failed",
        message=in_case(planned, message),
        hint=messages.differs_hint(difference, role),
        deviation=numeric,
        evidence="values",
    )


def _gradients(
    check: PartCheck,
    role: str,
    step: Step,
    observed: StepRecord,
    expected: StepRecord,
    apart: float | None,
) -> Finding:
    """Compare the gradients of values that are right."""
    passed = msgspec.structs.replace(PASSED, deviation=apart)
    if expected.gradients is None:
        return passed
    if observed.gradients is None:
        message = messages.cut_off(role)
        return Finding(outcome="failed", message=message, hint=messages.CUT_HINT)
    frozen = expected.gradients.keys() ^ observed.gradients.keys()
    if frozen:
        message = text("gradient-of-frozen", role=role, names=messages.listed(sorted(frozen)))
        return Finding(outcome="failed", message=message)
    for name, gradient in expected.gradients.items():
        found = observed.gradients[name]
        if compare_trees(found, gradient, check) is not None:
            message = messages.wrong_gradient(role)
            if step.wrt:
                message = text("gradient-of-parameter-wrong", role=role, name=name)
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


def in_case(planned: PlannedScript, message: Text) -> Text:
    """Say with a message in which of the listed cases it was seen."""
    if not planned.name:
        return message
    return text("in-case", case=messages.clean(planned.name), said=message)
