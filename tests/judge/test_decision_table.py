"""The decision table of docs/adr/0010: what decides a check, row by row, on whole traces."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from autograder.exercise import Variation
from autograder.exercise.plan import Plan, make_plan
from autograder.exercise.spec import CHECKS
from autograder.judge.compare import Values
from autograder.judge.judge import Judge
from autograder.judge.objective import Landscape
from autograder.judge.result import EVIDENCE, CheckResult
from autograder.protocol.array import pack
from autograder.protocol.job import Scenario
from autograder.protocol.trace import Failure, ProbeRecord, ScenarioRecord, Trace
from autograder.worker import standin

from . import runs

ADR = Path(__file__).resolve().parents[2] / "docs" / "adr" / "0010-decision-table.md"

# The four tables, as the ADR has them; a test below compares the two.
SCENARIO = [
    # training, evidence: loss_recorded, loss_decreases, final_parameters, gradient_zeroing
    ("right", "calls", "passed, calls", "passed, calls", "passed, ends", "passed, calls"),
    (
        *("right", "backwards"),
        *("passed, backwards", "passed, backwards", "passed, ends", "passed, backwards"),
    ),
    (
        *("right", "prefixes"),
        *("passed, prefixes", "passed, prefixes", "passed, ends", "passed, prefixes"),
    ),
    (
        *("right", "missing, reached"),
        *("passed, ends", "passed, ends", "passed, ends", "passed, ends"),
    ),
    ("right", "missing", "absent", "absent", "passed, ends", "absent"),
    ("right, in two calls", "missing", "absent", "passed, ends", "passed, ends", "absent"),
    ("one move", "calls", "passed, calls", "skipped, calls", "failed, ends", "skipped, calls"),
    (
        *("one move", "backwards"),
        *("passed, backwards", "skipped, backwards", "failed, ends", "skipped, backwards"),
    ),
    (
        *("one move", "prefixes"),
        *("passed, prefixes", "skipped, prefixes", "failed, ends", "skipped, prefixes"),
    ),
    ("one move", "missing", "absent", "absent", "failed, ends", "absent"),
    ("wrong", "calls", "failed, calls", "failed, calls", "failed, ends", "failed, calls"),
    (
        *("wrong", "backwards"),
        *("failed, backwards", "failed, backwards", "failed, ends", "failed, backwards"),
    ),
    (
        *("wrong", "prefixes"),
        *("failed, prefixes", "failed, prefixes", "failed, ends", "failed, prefixes"),
    ),
    ("wrong", "missing", "failed, ends", "absent", "failed, ends", "absent"),
    ("raises", "none", "failed, none", "failed, none", "failed, none", "failed, none"),
    ("not observed", "none", "failed, none", "failed, none", "failed, none", "failed, none"),
]
KIND = [
    # public, hidden, together
    ("failed", "any", "failed"),
    ("passed or skipped or absent", "failed", "failed"),
    ("skipped", "passed or skipped or absent", "skipped"),
    ("passed or absent", "skipped", "skipped"),
    ("passed or absent", "passed", "passed"),
    ("passed or absent", "absent", "absent"),
]
DECISION = [
    # own, functions right, isolated, outcome, decided by
    ("passed", "yes or no", "any", "passed", "own"),
    ("failed", "yes", "any", "failed", "own"),
    ("skipped or absent", "yes", "any", "skipped", "own"),
    ("failed or skipped or absent", "no", "passed", "passed", "isolated"),
    ("failed or skipped or absent", "no", "failed", "failed", "isolated"),
    ("failed or skipped or absent", "no", "skipped", "skipped", "isolated"),
    ("failed", "no", "absent", "failed", "own"),
    ("skipped or absent", "no", "absent", "skipped", "own"),
]
PROBE = [
    # value, gradient, outcome, evidence
    ("right", "right", "passed", "values"),
    ("right", "wrong or cut off", "failed", "values"),
    ("wrong", "right or wrong or cut off", "failed", "values"),
    ("none: it raises", "none", "failed", "none"),
    ("none: not observed", "none", "failed", "none"),
]
TABLES = {
    "One scenario": SCENARIO,
    "The scenarios of one kind": KIND,
    "Own or isolated": DECISION,
    "forward and criterion": PROBE,
}
TRAINING = ("loss_recorded", "loss_decreases", "final_parameters", "gradient_zeroing")
OUTCOMES = ("passed", "failed", "skipped", "absent")
Way = tuple[str, str]
WAYS: list[Way] = [row[:2] for row in SCENARIO]
FAR = 60  # so many iterations end at the goal, where an end says nothing of the way


def alternatives(cell: str) -> tuple[str, ...]:
    """Return what a cell of a table stands for."""
    return OUTCOMES if cell == "any" else tuple(cell.split(" or "))


def expanded(rows: list[tuple[str, ...]], keys: int) -> Iterator[tuple[tuple[str, ...], ...]]:
    """Yield ``(keys, values)`` for each case that the rows stand for."""
    for row in rows:
        for key in itertools.product(*map(alternatives, row[:keys])):
            yield key, row[keys:]


def looked(way: Way, check: str) -> tuple[str, str]:
    """Return outcome and evidence that the first table has for one scenario."""
    row = next(row for row in SCENARIO if row[:2] == way)
    outcome, _, evidence = row[2 + TRAINING.index(check)].partition(", ")
    return outcome, evidence or "none"


def ways_to(check: str, outcome: str) -> list[Way]:
    """Return the ways of training in which a check finds that."""
    return [way for way in WAYS if looked(way, check)[0] == outcome]


# Traces: every way of training, as the worker would have recorded it.


def once(gradients: list[Values], rate: float) -> Values:
    """Move in the first step only."""
    return runs.right(gradients, rate) * (len(gradients) == 1)


def astray(gradients: list[Values], rate: float) -> Values:
    """Climb, by the sum of all gradients."""
    return -runs.accumulated(gradients, rate)


RULES = {
    "right": runs.right,
    "right, in two calls": runs.right,
    "one move": once,
    "wrong": astray,
}


def calls_of(way: Way, usual: int) -> tuple[int, ...]:
    """Return the calls of a scenario in which a way shows what its row says."""
    if way == ("right", "missing"):
        return (FAR,)
    return (1, FAR - 1) if way[0] == "right, in two calls" else (usual,)


@functools.cache
def lab_of(
    public: int = 4, own: tuple[int, ...] = (7,), isolated: tuple[int, ...] = (4,)
) -> tuple[Judge, Plan, Trace]:
    """Return judge, plan and right trace of the line lab with these calls in its scenarios."""
    variations = (
        Variation(name="own", start={"w": 6.53}, learning_rate=0.0971, calls=own),
        Variation(
            name="isolated", start={"w": 30.0}, learning_rate=0.03, isolated=True, calls=isolated
        ),
    )
    exercise = runs.lab_plan().exercise
    changed = dataclasses.replace(exercise, iterations=public, variations=variations)
    plan = make_plan(changed, b"salt")
    trace = runs.right_trace(plan)
    return Judge(plan, trace), plan, trace


@functools.cache
def run_of(name: str, calls: tuple[int, ...], training: str) -> runs.Run:
    """Return a run in the scenario of that name."""
    _, plan, _ = lab_of(calls[0] if name == "public-1" else 4, calls, calls)
    (scenario,) = (p.scenario for p in plan.scenarios if p.scenario.id == name)
    objective = runs.objective if scenario.kind == "own" else standin.objective
    return runs.descend(scenario, Landscape(objective, scenario), RULES[training])


def record_of(scenario: Scenario, way: Way) -> ScenarioRecord | None:
    """Return what one scenario leaves, None where it was not reached."""
    training, evidence = way
    if training == "not observed":
        return None
    if training == "raises":
        return ScenarioRecord(id=scenario.id, failure=Failure(kind="exception", text="E", line=3))
    run = run_of(scenario.id, scenario.calls, training)
    record = run.record(visited=evidence == "calls", id=scenario.id)
    if evidence != "prefixes":
        record = msgspec.structs.replace(record, prefixes=None)
    calls, done = [], 0
    for call, count in zip(record.calls, scenario.calls, strict=True):
        changes: dict[str, object] = {}
        if evidence == "backwards":
            changes["held"] = pack(run.path[done : done + count])
        if training == "wrong" and call.losses is not None:
            kinds = call.losses.kinds[1:]
            changes["losses"] = msgspec.structs.replace(call.losses, kinds=kinds)
        calls.append(msgspec.structs.replace(call, **changes))
        done += count
    return msgspec.structs.replace(record, calls=tuple(calls))


@functools.cache
def judged(
    own: Way, isolated: Way, *, right: bool = True, public: Way | None = None
) -> dict[str, CheckResult]:
    """Return the checks of a trace with these ways, and forward and criterion right or not."""
    public = public or own
    (first, *_) = calls_of(public, 4) if public[0] != "right, in two calls" else (FAR,)
    judge, plan, trace = lab_of(first, calls_of(own, 7), calls_of(isolated, 4))
    scenarios = {}
    for planned in plan.scenarios:
        hidden = own if planned.scenario.kind == "own" else isolated
        record = record_of(planned.scenario, public if planned.public else hidden)
        if record is not None:
            scenarios[record.id] = record
    trace = msgspec.structs.replace(trace, scenarios=scenarios)
    if not right:
        trace = with_probe(trace, ProbeRecord(id="criterion-hidden-13"))
    return {check.id: check for check in judge.judge(trace).checks}


def with_probe(trace: Trace, record: ProbeRecord) -> Trace:
    """Return the trace with another record of one probe."""
    return msgspec.structs.replace(trace, probes={**trace.probes, record.id: record})


# The tables hold.


@pytest.mark.parametrize("heading", TABLES)
def test_the_adr_has_the_rows_that_are_tested(heading: str) -> None:
    section = ADR.read_text("utf-8").split(f"\n### {heading}\n")[1].split("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    assert rows[2:] == TABLES[heading]


@pytest.mark.parametrize(
    ("rows", "keys"),
    [
        (KIND, list(itertools.product(OUTCOMES, OUTCOMES))),
        (DECISION, list(itertools.product(OUTCOMES, ("yes", "no"), OUTCOMES))),
    ],
)
def test_a_table_has_each_case_once(
    rows: list[tuple[str, ...]], keys: list[tuple[str, ...]]
) -> None:
    assert sorted(key for key, _ in expanded(rows, len(keys[0]))) == sorted(keys)


CASES = [
    pytest.param(name, *key, *values, id="-".join((name, *key)))
    for key, values in expanded(DECISION, 3)
    for name in TRAINING
    if ways_to(name, key[0]) and ways_to(name, key[2])
]


@pytest.mark.parametrize(("name", "own", "functions", "isolated", "outcome", "decider"), CASES)
def test_a_training_check_is_decided_as_the_table_says(
    name: str,
    own: str,
    functions: str,
    isolated: str,
    outcome: str,  # a row of the table
    decider: str,
) -> None:
    for ways in itertools.product(ways_to(name, own), ways_to(name, isolated)):
        found = judged(*ways, right=functions == "yes")[name]
        evidence = looked(ways[decider == "isolated"], name)[1]
        said = (found.outcome, found.scenarios, found.evidence)
        assert said == (outcome, decider, evidence), ways
        assert found.passed is (outcome == "passed")
        assert found.points == (found.max_points if found.passed else 0.0)


def test_every_row_is_met_by_some_check() -> None:
    """A check cannot find everything: the end of training is always seen, say."""
    met = {tuple(case.values[1:4]) for case in CASES}
    assert met == {key for key, _ in expanded(DECISION, 3)}


def test_training_costs_nothing_of_forward_and_criterion() -> None:
    for ways in itertools.product(WAYS, WAYS):
        checks = judged(*ways)
        assert all(checks[name].passed for name in ("forward", "criterion"))


@pytest.mark.parametrize(("public", "hidden", "together"), [(*k, *v) for k, v in expanded(KIND, 2)])
def test_the_worst_decides_within_a_kind_and_the_public_alone_earns_nothing(
    public: str, hidden: str, together: str
) -> None:
    ways = itertools.product(
        ways_to("gradient_zeroing", public), ways_to("gradient_zeroing", hidden)
    )
    for one, other in ways:
        found = judged(other, ("right", "calls"), public=one)["gradient_zeroing"]
        if (public, hidden) == ("skipped", "passed"):  # too few moves do not outweigh evidence
            assert found.passed, (one, other)
            continue
        assert found.outcome == ("skipped" if together == "absent" else together), (one, other)


@pytest.mark.parametrize("probe", ["forward-public-5", "forward-hidden-31", "criterion-hidden-13"])
@pytest.mark.parametrize(
    ("value", "gradient", "outcome", "evidence"),
    [(*key, *values) for key, values in expanded(PROBE, 2)],
)
def test_forward_and_criterion_are_decided_by_every_probe(
    probe: str, value: str, gradient: str, outcome: str, evidence: str
) -> None:
    judge, _, trace = lab_of()
    record = trace.probes[probe]
    assert record.value is not None
    assert record.gradients
    if value == "wrong":
        record = msgspec.structs.replace(record, value=pack(np.full(record.value.shape, 6.53)))
    if gradient == "wrong":
        wrong = {name: pack(np.full(array.shape, 6.53)) for name, array in record.gradients.items()}
        record = msgspec.structs.replace(record, gradients=wrong)
    if gradient == "cut off":
        record = msgspec.structs.replace(record, gradients=None)
    if value == "none: it raises":
        record = ProbeRecord(id=probe, failure=Failure(kind="exception", text="E", line=3))
    trace = with_probe(trace, record)
    if value == "none: not observed":
        probes = {name: kept for name, kept in trace.probes.items() if name != probe}
        trace = msgspec.structs.replace(trace, probes=probes)
    name = probe.partition("-")[0]
    (found,) = (check for check in judge.judge(trace).checks if check.id == name)
    assert (found.outcome, found.scenarios, found.evidence) == (outcome, "", evidence)


# What the tables promise.


@pytest.mark.parametrize("own", WAYS, ids="-".join)
def test_isolated_scenarios_rescue_and_never_punish(own: Way) -> None:
    alone = {right: judged(own, ("not observed", "none"), right=right) for right in (True, False)}
    for isolated in WAYS:
        assert judged(own, isolated) == alone[True]
        rescued = judged(own, isolated, right=False)
        for name in CHECKS:
            assert rescued[name].points >= alone[False][name].points, isolated


def test_a_wrong_criterion_costs_right_training_nothing() -> None:
    """Its own scenarios fail, whatever of it can be seen; the isolated ones show it."""
    for own in WAYS:
        checks = judged(own, ("right", "calls"), right=False)
        assert [name for name in CHECKS if not checks[name].passed] == ["criterion"]


@pytest.mark.parametrize("right", [True, False])
def test_nothing_passes_without_evidence(right: bool) -> None:
    for own, isolated in itertools.product(WAYS, WAYS):
        for name in TRAINING:
            kinds = [looked(way, name)[0] for way in (own, isolated)]
            if "passed" not in kinds:
                assert not judged(own, isolated, right=right)[name].passed, (own, isolated)


def test_public_scenarios_and_probes_alone_earn_nothing() -> None:
    judge, plan, trace = lab_of()
    public = [planned.scenario.id for planned in plan.scenarios if planned.public]
    alone = msgspec.structs.replace(
        trace,
        scenarios={name: trace.scenarios[name] for name in public},
        probes={name: trace.probes[name] for name in plan.public_probes},
    )
    assert (judge.judge(trace).score, judge.judge(alone).score) == (10.0, 0.0)


SEEN = ("calls", "backwards", "prefixes", "missing, reached")


@pytest.mark.parametrize(("public", "hidden"), list(itertools.product(SEEN, SEEN)))
def test_a_pass_rests_on_the_weakest_evidence(public: str, hidden: str) -> None:
    checks = judged(("right", hidden), ("right", "calls"), public=("right", public))
    for name in TRAINING:
        weaker = max(
            (looked(("right", evidence), name)[1] for evidence in (public, hidden)),
            key=[str(evidence) for evidence in EVIDENCE].index,
        )
        assert (checks[name].outcome, checks[name].evidence) == ("passed", weaker)
