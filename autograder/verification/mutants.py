"""Prove the checks: every mistake planted into right code is caught, and named."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.judge.judge import Judge
from autograder.judge.result import Verdict
from autograder.protocol.trace import Trace
from autograder.verification import corpus
from autograder.verification.equivalence import same_behaviour
from autograder.verification.item import Group, Item, ItemOutcome
from autograder.verification.observatory import Source
from autograder.verification.planting import Planted, plant_all, unplanted
from autograder.verification.ready import Ready, unrescued

BASE = "unplanted"
CANNOT_BE_TRIED = "the training does not run with other functions put in, so nothing can rescue it"


def prove_mutants(ready: Ready) -> Iterator[Item]:
    """Plant every mistake into the reference. What is caught by a number counts for margins."""
    yield from _prove(ready, "mutant", "reference", ready.lab.reference_source)


def prove_planted(ready: Ready) -> Iterator[Item]:
    """Plant every mistake into every accepted script that has the construct for it."""
    for path in corpus.accepted(ready.course, ready.name):
        if path.suffix == ".py":
            yield from _prove(ready, "planted", path.name, path.read_bytes())


def _prove(ready: Ready, group: Group, file: str, source: bytes) -> Iterator[Item]:
    try:
        planted = {one.name: one for one in plant_all(ready.short, source)}
        base_source = unplanted(ready.short, source)
    except SyntaxError as error:
        problem = f"does not parse: {error.msg}"
        yield Item(lab=ready.name, group=group, name=file, outcome="unnamed", message=problem)
        return
    (base,) = _observed(ready, file, {BASE: base_source}).values()
    sources = {name: one.source for name, one in planted.items()}
    for name, trace in _observed(ready, f"{group}: {file}", sources).items():
        outcome, message = _verdict(ready, planted[name], trace, base, group)
        place = name if group == "mutant" else f"{file}/{name}"
        yield Item(lab=ready.name, group=group, name=place, outcome=outcome, message=message)


def _observed(ready: Ready, label: str, sources: dict[str, bytes]) -> dict[str, Trace]:
    jobs = [Source(name=n, filename=f"{ready.name}.py", data=data) for n, data in sources.items()]
    found = dict(ready.observatory.observe(label, ready.short, jobs))
    return {name: found[name].trace for name in sources}


def _verdict(
    ready: Ready, planted: Planted, trace: Trace, base: Trace, group: Group
) -> tuple[ItemOutcome, str]:
    if same_behaviour(trace, base, ready.short):
        return "equivalent", "changes nothing here"
    verdict = ready.short_judge.judge(trace)
    failed = [check for check in verdict.checks if not check.passed]
    if not failed and verdict.status == "graded":
        return "refuted", "survives: it behaves otherwise and gets full marks"
    others = {c.id for c in failed if c.function != planted.mistake.function}
    if others - unrescued(ready.short_judge, ready.short, base):
        return "refuted", f"also costs {', '.join(sorted(others))}, of another function"
    if others:
        return "unnamed", f"also costs {', '.join(sorted(others))}: {CANNOT_BE_TRIED}"
    if group == "mutant":
        _count_margins(ready, ready.short_judge, planted, verdict, trace)
    return _named(planted, verdict)


def _count_margins(
    ready: Ready, judge: Judge, planted: Planted, verdict: Verdict, trace: Trace
) -> None:
    failed = [check for check in verdict.checks if check.outcome == "failed"]
    ready.book.add_mutant(planted.name, failed, judge.findings(trace))


def _named(planted: Planted, verdict: Verdict) -> tuple[ItemOutcome, str]:
    named = {d.id for d in verdict.diagnosis if d.function == planted.mistake.function}
    if planted.mistake.id in named:
        return "proved", ""
    if not named:
        return "unnamed", "caught, but not named"
    return "refuted", f"named {', '.join(sorted(named))}"
