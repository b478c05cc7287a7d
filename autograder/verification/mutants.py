"""Prove the checks: every mistake planted into right code is caught, and named.

Each known mistake is planted into a file that has the construct for it. One that behaves as the
file did, but for rounding, is none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from autograder.exercise.plan import Plan
from autograder.grading.mutants import read_script
from autograder.grading.observe import Source
from autograder.judge.diagnosis.mutants import near, same_probes
from autograder.judge.judge import Judge
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.result import Verdict
from autograder.judge.steps import end_of
from autograder.protocol.array import unpack
from autograder.protocol.trace import CallRecord, ScenarioRecord, Trace
from autograder.verification import examples
from autograder.verification.context import Ready, unrescued
from autograder.verification.item import Group, Item, ItemOutcome
from autograder.words.catalogue import say
from autograder.words.text import NOTHING, Text, text


def same_behaviour(observed: Trace, other: Trace, plan: Plan) -> bool:
    """Say whether functions gave the same, and training left the same parameters and losses."""
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
    if not near(end_of(observed), end_of(other)):
        return False
    ours, theirs = observed.losses, other.losses
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
    script = read_script(plan, source)
    for mistake in MISTAKES:
        if mistake.plant is None:
            continue
        for number, variant in enumerate(mistake.plant(script), start=1):
            name = f"{mistake.function}:{mistake.id}-{number}"
            yield Planted(name=name, mistake=mistake, source=variant.source().encode())


def unplanted(plan: Plan, source: bytes) -> bytes:
    """Return the file as mistakes are planted into it: parsed, without what it merely runs."""
    return read_script(plan, source).source().encode()


BASE = "unplanted"
SURVIVES = "proof-survives"


def prove_mutants(ready: Ready) -> Iterator[Item]:
    """Plant every mistake into the reference. What is caught by a number counts for margins."""
    yield from _prove(ready, "mutant", "reference", ready.lab.reference_source)


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
    (base,) = _observed(ready, file, {BASE: base_source}).values()
    sources = {name: one.source for name, one in planted.items()}
    for name, trace in _observed(ready, f"{group}: {file}", sources).items():
        outcome, why = _verdict(ready, planted[name], trace, base, group)
        place = name if group == "mutant" else f"{file}/{name}"
        yield Item(
            lab=ready.name,
            group=group,
            name=place,
            outcome=outcome,
            code=why.code,
            message=say(why),
        )


def _observed(ready: Ready, label: str, sources: dict[str, bytes]) -> dict[str, Trace]:
    jobs = [Source(name=n, filename=f"{ready.name}.py", data=data) for n, data in sources.items()]
    found = dict(ready.observatory.observe(label, ready.short, jobs))
    return {name: found[name].trace for name in sources}


def _verdict(
    ready: Ready, planted: Planted, trace: Trace, base: Trace, group: Group
) -> tuple[ItemOutcome, Text]:
    if same_behaviour(trace, base, ready.short):
        return "equivalent", text("proof-changes-nothing")
    verdict = ready.short_judge.judge(trace)
    failed = [check for check in verdict.checks if not check.passed]
    if not failed and verdict.status == "graded":
        return "refuted", text(SURVIVES)
    others = {c.id for c in failed if c.function != planted.mistake.function}
    if others - unrescued(ready.short_judge, ready.short, base):
        return "refuted", text("proof-costs-other", checks=", ".join(sorted(others)))
    if others:
        return "unnamed", text("proof-no-rescue", checks=", ".join(sorted(others)))
    if group == "mutant":
        _count_margins(ready, ready.short_judge, planted, verdict, trace)
    return _named(planted, verdict)


def _count_margins(
    ready: Ready, judge: Judge, planted: Planted, verdict: Verdict, trace: Trace
) -> None:
    failed = [check for check in verdict.checks if check.outcome == "failed"]
    ready.book.add_mutant(planted.name, failed, judge.findings(trace))


def _named(planted: Planted, verdict: Verdict) -> tuple[ItemOutcome, Text]:
    named = {d.id for d in verdict.diagnosis if d.function == planted.mistake.function}
    if planted.mistake.id in named:
        return "proved", NOTHING
    if not named:
        return "unnamed", text("proof-not-named")
    return "refuted", text("proof-named-other", mistakes=", ".join(sorted(named)))
