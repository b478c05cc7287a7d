"""The bank of a lab's known mistakes: mutants of its reference, observed once and stored."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import msgspec

from autograder.engines.engine import Engine
from autograder.grading.lab import Lab
from autograder.grading.observation import trace_key, trace_of
from autograder.grading.store import Store
from autograder.judge.diagnosis.diagnosis import Mutant
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.mistakes.script import Script
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget, Job, Scenario, steps_per_iteration
from autograder.sandbox.policy import Policy

MOST_STEPS = 150


def planted(lab: Lab) -> Iterator[tuple[Mistake, str]]:
    """Yield every mistake that the reference has the construct for, and the script with it."""
    tree = ast.parse(lab.reference_source)
    script = Script(tree, lab.plan.exercise.contract, lab.plan.preset)
    for mistake in MISTAKES:
        if mistake.plant is not None:
            for variant in mistake.plant(script):
                yield mistake, variant.source()


def observe_mutants(
    lab: Lab, engine: Engine, policy: Policy, store: Store, budget: Budget
) -> tuple[Mutant, ...]:
    """Return the lab's mutants with their traces; those stored already are not run again."""
    mistakes = list(planted(lab))
    jobs = [_short(lab, source, budget) for _, source in mistakes]
    keys = [trace_key(encode(job), policy, engine.level) for job in jobs]
    traces = {number: store.read_trace(key) for number, key in enumerate(keys)}
    missing = [(number, encode(jobs[number])) for number, found in traces.items() if found is None]
    for number, report in engine.run(missing):
        trace = trace_of(jobs[number], report, policy)
        traces[number] = trace
        store.write_trace(keys[number], trace)
    return tuple(
        Mutant(mistakes=(mistake,), trace=trace)
        for (mistake, _), trace in zip(mistakes, traces.values(), strict=True)
        if trace is not None and trace.ending == "done"
    )


def _short(lab: Lab, source: str, budget: Budget) -> Job:
    """Return a mutant's job: all probes, and the scenarios that take few steps."""
    job = lab.plan.job("mutant.py", source.encode(), budget)
    kept = tuple(s for s in job.scenarios if _steps(lab, s) <= MOST_STEPS)
    return msgspec.structs.replace(job, scenarios=kept)


def _steps(lab: Lab, scenario: Scenario) -> int:
    each = steps_per_iteration(lab.plan.exercise.contract, scenario.situation)
    return each * sum(scenario.calls)
