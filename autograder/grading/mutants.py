"""The bank of a lab's known mistakes: mutants of its reference, observed once and stored."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Container, Iterator, Sequence

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
from autograder.protocol.trace import Trace

CHANGED = "argument-changed"  # shows only where the author asks for it
MOST_STEPS = {"own": 4_000, "isolated": 1_000}  # of all scenarios of a kind together
SHORT_STEPS = 150  # of a scenario that mistakes are proved in
Planted = tuple[tuple[Mistake, ...], str]


def planted(lab: Lab) -> Iterator[Planted]:
    """Yield every mistake that the reference has the construct for, and the script with it."""
    for mistake, source in planted_in(lab.plan, lab.reference_source):
        yield (mistake,), source


@dataclasses.dataclass(frozen=True)
class _Ground:
    """What mistakes are planted into; equal where the same comes of it."""

    key: bytes
    plan: Plan = dataclasses.field(compare=False)
    source: bytes = dataclasses.field(compare=False)


def _ground(plan: Plan, source: bytes) -> _Ground:
    made_of = (plan.exercise.contract, plan.preset, source)
    return _Ground(msgspec.msgpack.encode(made_of), plan, source)


def planted_in(plan: Plan, source: bytes) -> tuple[tuple[Mistake, str], ...]:
    """Return every mistake in training that a script can have, and the script with it."""
    return _planted(_ground(plan, source)) if plan.exercise.trains else ()


@functools.lru_cache(maxsize=16)
def _planted(ground: _Ground) -> tuple[tuple[Mistake, str], ...]:
    """Plant once for diagnosis, proof and publication: it takes most of a second."""
    script = read_script(ground.plan, ground.source)
    return tuple(
        (mistake, variant.source())
        for mistake in MISTAKES
        if mistake.plant is not None
        for variant in mistake.plant(script)
    )


def planted_pairs(lab: Lab) -> tuple[Planted, ...]:
    """Return every pair of mistakes in one function that can be there together, both planted.

    In training functions one of the two is about the data: the others are read from the steps,
    alone and together, so no mutant is needed for them.
    """
    return _pairs(_ground(lab.plan, lab.reference_source)) if lab.plan.exercise.trains else ()


@functools.lru_cache(maxsize=16)
def _pairs(ground: _Ground) -> tuple[Planted, ...]:
    return tuple(_each_pair(read_script(ground.plan, ground.source)))


def _each_pair(script: Script) -> Iterator[Planted]:
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
    jobs = (mutant_job(lab, mistakes, source.encode(), budget) for mistakes, source in mutants)
    traces = {n: result[-1].trace for n, result in observatory.observe(enumerate(jobs))}
    return tuple(
        Mutant(mistakes=mistakes, trace=part_of(traces[number], *_compared(lab, mistakes)))
        for number, (mistakes, _) in enumerate(mutants)
        if traces[number].ending == "done"
    )


def mutant_job(lab: Lab, mistakes: Sequence[Mistake], source: bytes, budget: Budget) -> Job:
    """Return a mutant's job: what diagnosis compares.

    With one mistake it is also what a proof asks for, so that one run serves both.
    """
    job = lab.plan.job(f"{lab.name}.py", source, budget)
    probes, scenarios = _compared(lab, mistakes)
    if len(mistakes) == 1:
        probes = {probe.id for probe in job.probes}
        scenarios |= {planned.scenario.id for planned in short_plan(lab.plan).scenarios}
    return msgspec.structs.replace(
        job,
        scripts=(),
        probes=tuple(probe for probe in job.probes if probe.id in probes),
        scenarios=tuple(scenario for scenario in job.scenarios if scenario.id in scenarios),
    )


def short_plan(plan: Plan) -> Plan:
    """Return the plan of training alone, without scenarios of many steps: mutants are many.

    Mistakes in other parts have runs of their own.
    """
    kept = tuple(one for one in plan.scenarios if _steps(plan, one.scenario) <= SHORT_STEPS)
    exercise = plan.exercise
    if exercise.trains and exercise.parts:
        points = {c: worth for c, worth in exercise.points.items() if c not in exercise.part_checks}
        exercise = dataclasses.replace(exercise, parts=(), calls=(), points=points)
    return dataclasses.replace(plan, exercise=exercise, scenarios=kept, scripts=())


def part_of(trace: Trace, probes: Container[str], scenarios: Container[str]) -> Trace:
    """Return a trace as if only these probes and scenarios had been asked for."""
    return msgspec.structs.replace(
        trace,
        probes={name: one for name, one in trace.probes.items() if name in probes},
        scenarios={name: one for name, one in trace.scenarios.items() if name in scenarios},
    )


def _compared(lab: Lab, mistakes: Sequence[Mistake]) -> tuple[set[str], set[str]]:
    """Return what shows a mistake: ids of its function's probes, or of scenarios."""
    role: Role = mistakes[0].function
    if role == "train_model":
        scenarios = [planned.scenario for planned in lab.plan.scenarios]
        return set(), {s.id for kind in MOST_STEPS for s in _telling(lab.plan, scenarios, kind)}
    kind = ForwardProbe if role == "forward" else CriterionProbe
    return {probe.id for probe in lab.plan.probes if isinstance(probe, kind)}, set()


def _telling(plan: Plan, scenarios: Sequence[Scenario], kind: str) -> Sequence[Scenario]:
    """Return all scenarios of a kind, or none: a mutant says nothing of what it was not seen in."""
    found = [scenario for scenario in scenarios if scenario.kind == kind]
    total = sum(_steps(plan, scenario) for scenario in found)
    return found if total <= MOST_STEPS[kind] else ()


def _steps(plan: Plan, scenario: Scenario) -> int:
    each = steps_per_iteration(plan.exercise.contract, scenario.situation)
    return each * sum(scenario.calls)


def planted_in_parts(lab: Lab) -> Iterator[tuple[str, OperatorPlanted]]:
    """Yield every mistake that fits anywhere, with its part: in all names that its steps use."""
    parts = lab.plan.exercise.parts
    if not parts:
        return
    script = read_script(lab.plan, lab.reference_source)
    for part in parts:
        own = (p for p in lab.plan.scripts if p.script.part == part.key)
        scripts = (one.script for one in own if not one.beside)
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
            scripts=tuple(s for s in whole.scripts if s.part == part and s.kind == "own"),
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
