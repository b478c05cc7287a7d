"""The bank of a lab's known mistakes: mutants of its reference, observed once and stored."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence

import msgspec

from autograder.exercise.plan import Plan
from autograder.grading.lab import Lab
from autograder.grading.observe import Observatory
from autograder.grading.parsing import parse_script
from autograder.judge.diagnosis.mutants import Mutant
from autograder.judge.diagnosis.part_mutants import PartMutant
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.operators import Planted as OperatorPlanted
from autograder.judge.mistakes.operators import planted_by_operators
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.mistakes.script import Script
from autograder.protocol.job import (
    Budget,
    CriterionProbe,
    File,
    ForwardProbe,
    Job,
    Role,
    Scenario,
    steps_per_iteration,
)

CHANGED = "argument-changed"  # shows only where the author asks for it
MOST_STEPS = {"own": 4_000, "isolated": 1_000}  # of all scenarios of a kind together
Planted = tuple[tuple[Mistake, ...], str]


def planted(lab: Lab) -> Iterator[Planted]:
    """Yield every mistake that the reference has the construct for, and the script with it."""
    for mistake, source in planted_in(lab.plan, lab.reference_source):
        yield (mistake,), source


def planted_in(plan: Plan, source: bytes) -> Iterator[tuple[Mistake, str]]:
    """Yield every mistake in training that a script has the construct for, with that script."""
    if not plan.exercise.trains:
        return
    script = read_script(plan, source)
    for mistake in MISTAKES:
        if mistake.plant is not None:
            for variant in mistake.plant(script):
                yield mistake, variant.source()


def planted_pairs(lab: Lab) -> Iterator[Planted]:
    """Yield every pair of mistakes in one function that can be there together, both planted.

    In training functions one of the two is about the data: the others are read from the steps,
    alone and together, so no mutant is needed for them.
    """
    if not lab.plan.exercise.trains:
        return
    script = read_script(lab.plan, lab.reference_source)
    paired = sorted((m for m in MISTAKES if m.layer), key=lambda mistake: mistake.layer)
    first_of = functools.cache(lambda mistake: _first(mistake, script))
    for one, other in itertools.combinations(paired, 2):
        if one.function != other.function or one.layer == other.layer:
            continue
        if one.function == "train_model" and one.layer > 1:
            continue
        first = first_of(one)
        both = first and _first(other, first)
        if both:
            yield (one, other), both.source()


def read_script(plan: Plan, source: bytes) -> Script:
    """Return a file as something to plant into. Raises SyntaxError where it does not parse."""
    return Script(parse_script(source), plan.exercise.contract, plan.preset)


def _first(mistake: Mistake, script: Script) -> Script | None:
    return next(mistake.plant(script), None) if mistake.plant else None


def observe_mutants(lab: Lab, observatory: Observatory, budget: Budget) -> tuple[Mutant, ...]:
    """Return the lab's mutants with their traces; those stored already are not run again."""
    mutants = [*planted(lab), *planted_pairs(lab)]
    jobs = (_short(lab, mistakes, source, budget) for mistakes, source in mutants)
    traces = {n: result[-1].trace for n, result in observatory.observe(enumerate(jobs))}
    return tuple(
        Mutant(mistakes=mistakes, trace=traces[number])
        for number, (mistakes, _) in enumerate(mutants)
        if traces[number].ending == "done"
    )


def _short(lab: Lab, mistakes: tuple[Mistake, ...], source: str, budget: Budget) -> Job:
    """Return a mutant's job: its function's probes, or the scenarios."""
    job = lab.plan.job("mutant.py", source.encode(), budget)
    job = msgspec.structs.replace(job, scripts=())
    role: Role = mistakes[0].function
    if role != "train_model":
        kind = ForwardProbe if role == "forward" else CriterionProbe
        probes = tuple(probe for probe in job.probes if isinstance(probe, kind))
        return msgspec.structs.replace(job, probes=probes, scenarios=())
    kept = {id(s) for kind in MOST_STEPS for s in _telling(lab, job.scenarios, kind)}
    scenarios = tuple(scenario for scenario in job.scenarios if id(scenario) in kept)
    return msgspec.structs.replace(job, probes=(), scenarios=scenarios)


def _telling(lab: Lab, scenarios: Sequence[Scenario], kind: str) -> Sequence[Scenario]:
    """Return all scenarios of a kind, or none: a mutant says nothing of what it was not seen in."""
    found = [scenario for scenario in scenarios if scenario.kind == kind]
    total = sum(_steps(lab, scenario) for scenario in found)
    return found if total <= MOST_STEPS[kind] else ()


def _steps(lab: Lab, scenario: Scenario) -> int:
    each = steps_per_iteration(lab.plan.exercise.contract, scenario.situation)
    return each * sum(scenario.calls)


def planted_in_parts(lab: Lab) -> Iterator[tuple[str, OperatorPlanted]]:
    """Yield every mistake that fits anywhere, with its part: in all names that its steps use."""
    parts = lab.plan.exercise.parts
    if not parts:
        return
    script = read_script(lab.plan, lab.reference_source)
    for part in parts:
        scripts = (p.script for p in lab.plan.scripts if p.script.part == part.key)
        steps = [step for one in scripts for step in one.steps if not step.on]
        names = {*part.sought().names, *(step.name.partition(".")[0] for step in steps)}
        for planted in planted_by_operators(script, names):
            if planted.operator.id != CHANGED or part.leaves_inputs:
                yield part.key, planted


def observe_part_mutants(
    lab: Lab, observatory: Observatory, budget: Budget
) -> tuple[PartMutant, ...]:
    """Return the reference with each mistake that fits anywhere in a part, observed there."""
    whole = lab.plan.job("mutant.py", b"", budget)
    mutants = list(planted_in_parts(lab))
    jobs = (
        msgspec.structs.replace(
            whole,
            files=(File(name="mutant.py", data=planted.source.encode()),),
            scripts=tuple(one for one in whole.scripts if one.part == part),
            probes=(),
            scenarios=(),
        )
        for part, planted in mutants
    )
    traces = {n: result[-1].trace for n, result in observatory.observe(enumerate(jobs))}
    return tuple(
        PartMutant(
            part=part,
            operator=planted.operator,
            name=f"{planted.operator.id}-{planted.number}",
            line=planted.line,
            trace=traces[number],
        )
        for number, (part, planted) in enumerate(mutants)
    )
