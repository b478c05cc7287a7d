"""Settle a plan: the reference gives what draws ask of it, before anything is sent to anybody."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec

from autograder.errors import CourseError, SandboxError, SpecError
from autograder.exercise.argument import Due
from autograder.exercise.fixtures import ALTERNATIVES
from autograder.exercise.part import Part
from autograder.exercise.plan import Plan
from autograder.grading.observe import Observatory
from autograder.judge import messages
from autograder.judge.judge import require_whole
from autograder.protocol.job import Budget, File
from autograder.protocol.trace import ScriptRecord, Trace
from autograder.protocol.value import Value
from autograder.words.catalogue import say
from autograder.words.text import text


def settled(
    plan: Plan, path: Path, source: bytes, observatory: Observatory, budget: Budget
) -> Plan:
    """Return the plan with what the reference at ``path`` gives, in a child that does only this.

    A result that is made of results takes a child for each of them. What the lab's alternatives
    give in the parts that accept them is observed as well. Raises CourseError where the reference
    does not give a value, or an alternative does not come to its end.
    """
    while plan.dues:
        job = plan.due_job(File(name=path.name, data=source), budget)
        trace = observatory.observe_one(job).trace
        if trace.ending == "sandbox":
            raise SandboxError(say("reference-not-observed", path=path, detail=trace.detail))
        require_whole(trace, str(path))
        ready = [due for due in plan.dues if not due.waits]
        plan = plan.given({due.name: _value(due, trace, path) for due in ready})
    accepted = {
        part.key: tuple(
            _records(plan, part, name, path, observatory, budget) for name in part.accept
        )
        for part in plan.exercise.parts
        if part.accept
    }
    return dataclasses.replace(plan, accepted=accepted) if accepted else plan


def _records(  # what, of which file, and who observes
    plan: Plan, part: Part, name: str, path: Path, observatory: Observatory, budget: Budget
) -> dict[str, ScriptRecord]:
    """Return what an alternative gives in a part."""
    source = plan.exercise.alternatives[name].encode()
    job = plan.job(name, source, budget)
    scripts = tuple(one for one in job.scripts if one.part == part.key)
    job = msgspec.structs.replace(job, scripts=scripts, probes=(), scenarios=())
    trace = observatory.observe_one(job).trace
    require_whole(trace, str(path.parent / ALTERNATIVES / name))
    return dict(trace.scripts)


def _value(due: Due, trace: Trace, path: Path) -> Value:
    """Return what the reference gave. Raises CourseError where it is no value."""
    (record,) = trace.scripts[due.name].steps
    if record.failure is not None or record.value is None:
        name = due.step.name
        reason = text("returned-nothing-comparable", role=name)
        if record.failure is not None:
            reason, _ = messages.failure(record.failure, name, public=True)
        raise CourseError(say("result-not-given", path=path, name=name, reason=reason))
    try:
        return due.item_of(record.value)
    except SpecError as error:
        raise CourseError(f"{path}: {error}") from error
