"""Prove the checks: every mistake planted into right code is caught, and named.

Each known mistake is planted into a file that has the construct for it. One that behaves as the
file did, but for rounding, is none.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Collection, Iterator

import numpy as np

from autograder.exercise.plan import Plan
from autograder.grading.mutants import mutant_job, part_of, planted_in, read_script
from autograder.grading.observe import budget_for
from autograder.judge.diagnosis.alike import lists_of, modes_of
from autograder.judge.diagnosis.mutants import near, same_probes
from autograder.judge.diagnosis.part_mutants import PartMutant, same_records
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.result import Verdict
from autograder.judge.steps import end_of
from autograder.protocol.array import unpack
from autograder.protocol.job import Budget, Job
from autograder.protocol.trace import CallRecord, LossRecord, ScenarioRecord, Trace
from autograder.verification import examples
from autograder.verification.context import Ready, unrescued
from autograder.verification.item import Group, Item, ItemOutcome
from autograder.words.catalogue import say
from autograder.words.text import NOTHING, Text, text


def same_behaviour(observed: Trace, other: Trace, plan: Plan) -> bool:
    """Return whether functions gave the same, and training left the same parameters and lists."""
    ids = tuple(probe.id for probe in plan.probes)
    if observed.ending != other.ending or not same_probes(observed.probes, other.probes, ids):
        return False
    return all(
        _same_scenario(observed.scenarios.get(i), other.scenarios.get(i))
        for i in (planned.scenario.id for planned in plan.scenarios)
    )


def _same_scenario(observed: ScenarioRecord | None, other: ScenarioRecord | None) -> bool:
    if observed is None or other is None:
        return observed is other
    if observed.failure is not None or other.failure is not None:
        ours, theirs = observed.failure, other.failure
        return ours is not None and theirs is not None and ours.kind == theirs.kind
    if len(observed.calls) != len(other.calls):
        return False
    pairs = zip(observed.calls, other.calls, strict=True)
    return all(_same_call(ours, theirs) for ours, theirs in pairs)


def _same_call(observed: CallRecord, other: CallRecord) -> bool:
    if not near(end_of(observed), end_of(other)) or modes_of(observed) != modes_of(other):
        return False
    ours, theirs = lists_of(observed), lists_of(other)
    return ours.keys() == theirs.keys() and all(_same_list(ours[n], theirs[n]) for n in ours)


def _same_list(ours: LossRecord | None, theirs: LossRecord | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    if ours.kinds != theirs.kinds:
        return False
    values, others = unpack(ours.values), unpack(theirs.values)
    return near(np.asarray(values), np.asarray(others))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Planted:
    """A file with one mistake in it."""

    name: str
    mistake: Mistake
    source: bytes


def plant_all(plan: Plan, source: bytes) -> Iterator[Planted]:
    """Yield every variant of every mistake. Raises SyntaxError where the file does not parse."""
    for mistake, variants in itertools.groupby(planted_in(plan, source), lambda one: one[0]):
        for number, (_, variant) in enumerate(variants, start=1):
            name = f"{mistake.function}:{mistake.id}-{number}"
            yield Planted(name=name, mistake=mistake, source=variant.encode())


def unplanted(plan: Plan, source: bytes) -> bytes:
    """Return the file as mistakes are planted into it: parsed, without what it merely runs."""
    return read_script(plan, source).source().encode()


BASE = "unplanted"
SURVIVES = "proof-survives"
_EQUIVALENT: tuple[ItemOutcome, Text] = ("equivalent", text("proof-changes-nothing"))


def prove_mutants(ready: Ready) -> Iterator[Item]:
    """Plant every mistake into the reference. What is caught by a number counts for margins."""
    yield from _prove(ready, "mutant", "reference", ready.lab.reference_source)
    declared = {part.key: part.equivalent for part in ready.lab.plan.exercise.parts}
    for mutant in ready.part_mutants:
        yield _prove_part(ready, mutant, declared[mutant.part])


def prove_planted(ready: Ready) -> Iterator[Item]:
    """Plant every mistake into every accepted script that has the construct for it."""
    for path in examples.accepted(ready.course, ready.name):
        if path.suffix == ".py":
            yield from _prove(ready, "planted", path.name, path.read_bytes())


def _prove(ready: Ready, group: Group, file: str, source: bytes) -> Iterator[Item]:
    try:
        planted = {one.name: one for one in plant_all(ready.short, source)}
        base_source = unplanted(ready.short, source)
    except SyntaxError as error:
        problem = say("does-not-parse-here", problem=error.msg)
        yield Item(lab=ready.name, group=group, name=file, outcome="unnamed", message=problem)
        return
    budget = budget_for(ready.lab.plan.exercise.limits)
    lacking = functools.cache(lambda: unrescued(ready.short_judge, ready.short, base))
    jobs = {name: _job(ready, one, group, budget) for name, one in planted.items()}
    (base,) = _observed(ready, file, {BASE: _short_job(ready, base_source, budget)}).values()
    for name, trace in _observed(ready, f"{group}: {file}", jobs).items():
        if same_behaviour(trace, base, ready.short):
            outcome, why = _EQUIVALENT
        else:
            outcome, why = _verdict(ready, planted[name], trace, lacking, group)
        place = name if group == "mutant" else f"{file}/{name}"
        yield Item(
            lab=ready.name,
            group=group,
            name=place,
            outcome=outcome,
            code=why.code,
            message=say(why),
        )


def _job(ready: Ready, planted: Planted, group: Group, budget: Budget) -> Job:
    """Return a job; the reference's mutants are those that diagnosis has had observed."""
    if group == "mutant":
        return mutant_job(ready.lab, (planted.mistake,), planted.source, budget)
    return _short_job(ready, planted.source, budget)


def _short_job(ready: Ready, source: bytes, budget: Budget) -> Job:
    return ready.short.job(f"{ready.name}.py", source, budget)


def _observed(ready: Ready, label: str, jobs: dict[str, Job]) -> dict[str, Trace]:
    probes = {probe.id for probe in ready.short.probes}
    scenarios = {planned.scenario.id for planned in ready.short.scenarios}
    found = ready.observatory.observe(label, jobs)
    return {name: part_of(one.trace, probes, scenarios) for name, one in found.items()}


def _verdict(
    ready: Ready, planted: Planted, trace: Trace, lacking: Callable[[], set[str]], group: Group
) -> tuple[ItemOutcome, Text]:
    """Judge what behaves otherwise; ``lacking`` are checks that the file itself cannot rescue."""
    verdict = ready.short_judge.judge(trace)
    failed = [check for check in verdict.checks if not check.passed]
    if not failed and verdict.status == "graded":
        return "refuted", text(SURVIVES)
    others = {c.id for c in failed if c.function != planted.mistake.function}
    if others and others - lacking():
        return "refuted", text("proof-costs-other", checks=", ".join(sorted(others)))
    if others:
        return "unnamed", text("proof-no-rescue", checks=", ".join(sorted(others)))
    if group == "mutant":
        _count_margins(ready, planted, verdict, trace)
    return _named(planted, verdict)


def _count_margins(ready: Ready, planted: Planted, verdict: Verdict, trace: Trace) -> None:
    failed = [check for check in verdict.checks if check.outcome == "failed"]
    findings = ready.short_judge.findings(trace, names=[check.id for check in failed])
    ready.book.add_mutant(planted.name, failed, findings)


def _named(planted: Planted, verdict: Verdict) -> tuple[ItemOutcome, Text]:
    named = {d.id for d in verdict.diagnosis if d.function == planted.mistake.function}
    if planted.mistake.id in named:
        return "proved", NOTHING
    if not named:
        return "unnamed", text("proof-not-named")
    return "refuted", text("proof-named-other", mistakes=", ".join(sorted(named)))


def _prove_part(ready: Ready, mutant: PartMutant, declared: Collection[str]) -> Item:
    """Require that a mistake in a part costs a check of that part."""
    place = f"{mutant.part}:{mutant.name}"
    trace, judge = mutant.trace, ready.judge
    names = [one.id for one in judge.parts.checks.values() if one.part == mutant.part]
    scripts = [
        one.script.id
        for one in ready.lab.plan.scripts
        if one.script.part == mutant.part and one.script.kind == "own"
    ]
    outcome: ItemOutcome = "proved"
    why = NOTHING
    checks, explained = judge.examine(trace, names)
    failed = [check for check in checks if not check.passed]
    if same_records(trace.scripts, ready.reference.scripts, scripts):
        outcome, why = "equivalent", text("proof-part-changes-nothing", line=mutant.line)
    elif not failed and mutant.name in declared:
        outcome, why = "equivalent", text("proof-declared-equivalent", line=mutant.line)
    elif not failed:
        change = text(f"operator-{mutant.operator.id}")
        outcome, why = "refuted", text("proof-part-survives", line=mutant.line, change=change)
    else:
        findings = {one: judge.parts.findings(one, trace, isolated=False) for one in names}
        ready.book.add_mutant(place, [c for c in failed if c.outcome == "failed"], findings)
        told = explained[0] if explained else ()
        is_named = any(o.id == mutant.operator.id or "course" in o.remarks for o in told)
        values = [step.failure for one in trace.scripts.values() for step in one.steps]
        if not is_named and not any(values):
            outcome, why = "unnamed", text("proof-not-named")
    return Item(
        lab=ready.name,
        group="mutant",
        name=place,
        outcome=outcome,
        code=why.code,
        message=say(why),
    )
