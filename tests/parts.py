"""Labs of parts, and what a file of one comes to: observed in this process, judged as always."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from autograder.exercise import Exercise
from autograder.exercise.part import Part
from autograder.exercise.plan import Plan, make_plan
from autograder.judge.judge import Judge
from autograder.judge.result import CheckResult, Verdict
from autograder.protocol.assembly import assemble
from autograder.protocol.codec import encode_frame
from autograder.protocol.job import Budget, File, Job
from autograder.protocol.steps import Share, opening_of, shares_of
from autograder.protocol.trace import Trace
from autograder.protocol.value import Value
from autograder.words.catalogue import say
from autograder.worker.observe import observe

BUDGET = Budget(cells_seconds=20.0, call_seconds=2.0)
TOP = "import numpy as np\nimport torch\nfrom torch import nn\n"


def lab(*parts: Part, **fields: Any) -> Exercise:
    """Return a lab of parts that trains nothing."""
    usual = {"lab": "parts", "title": "Parts", "public_seeds": (1,), "hidden_seeds": (20,)}
    return Exercise(parts=parts, **{**usual, **fields})


def trace_of(exercise: Exercise, source: str, budget: Budget = BUDGET) -> Trace:
    """Return what a file does."""
    return trace_of_plan(make_plan(exercise), TOP + source, budget)


def trace_of_plan(plan: Plan, source: str, budget: Budget = BUDGET) -> Trace:
    """Return what a file does in what is planned."""
    return trace_of_job(plan.job("lab.py", source.encode(), budget))


def trace_of_job(job: Job) -> Trace:
    """Return what a job comes to in this process, hidden things handed over one by one."""
    left, ends = bytearray(), list[int]()

    def further() -> Iterator[Share]:
        for share in shares_of(job):
            ends.append(len(left))
            yield share

    observe(opening_of(job), lambda frame: left.extend(encode_frame(frame)), further=further())
    return assemble(job, bytes(left), ends=ends, ending="done")


Grade = Callable[[str], Verdict]


def grader(exercise: Exercise, reference: str) -> Grade:
    """Return what judges files by a reference, which must earn full marks."""
    right = trace_of(exercise, reference)
    judge = Judge(make_plan(exercise), right)
    own = judge.judge(right)
    assert own.score == own.max_score, [say(check.message) for check in own.checks]
    return lambda source: judge.judge(trace_of(exercise, source))


def settled_plan(plan: Plan, reference: str) -> Plan:
    """Return a plan with what the reference gives, as ``settled`` does it in a child."""
    while plan.dues:
        job = plan.due_job(File(name="lab.py", data=(TOP + reference).encode()), BUDGET)
        trace = trace_of_job(job)
        values: dict[str, Value] = {}
        for due in plan.dues:
            value = trace.scripts[due.name].steps[0].value
            assert value is not None
            values[due.name] = value
        plan = plan.given(values)
    return plan


def settled_grader(exercise: Exercise, reference: str) -> Grade:
    """Return what judges files, where arguments are results of the reference's, too."""
    plan = settled_plan(make_plan(exercise), reference)
    right = trace_of_plan(plan, TOP + reference, BUDGET)
    judge = Judge(plan, right)
    own = judge.judge(right)
    assert own.score == own.max_score, [say(one.message) for one in own.checks]
    return lambda source: judge.judge(trace_of_plan(plan, TOP + source, BUDGET))


def check(verdict: Verdict, name: str) -> CheckResult:
    """Return one check's result."""
    return next(one for one in verdict.checks if one.id == name)


def lost(verdict: Verdict) -> set[str]:
    """Return the checks that did not pass."""
    return {one.id for one in verdict.checks if not one.passed}
