"""What is named: one mistake, several that coincide, a pair within one function, or nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pytest

from autograder.judge.checks import role_of
from autograder.judge.compare import Values
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.diagnosis.mutants import Mutant
from autograder.judge.judge import Judge
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.objective import Landscape
from autograder.judge.result import Diagnosis
from autograder.protocol.array import pack, unpack
from autograder.protocol.job import Role
from autograder.protocol.trace import Loading, ProbeRecord, Trace
from autograder.words.catalogue import say
from autograder.worker import standin
from tests.judge import runs

PLAN = runs.lab_plan()
RIGHT = runs.right_trace(PLAN)
Change = Callable[[Values], Values]


def mistakes(*ids: str, function: Role = "criterion") -> tuple[object, ...]:
    found = [next(m for m in MISTAKES if (m.id, m.function) == (i, function)) for i in ids]
    return tuple(found)


def changed(role: Role, change: Change) -> Trace:
    """Return the right trace with other values and gradients in one function's probes."""

    def record(probe: ProbeRecord) -> ProbeRecord:
        if probe.value is None or probe.gradients is None or not probe.id.startswith(role):
            return probe
        return msgspec.structs.replace(
            probe,
            value=pack(change(unpack(probe.value))),
            gradients={n: pack(change(unpack(g))) for n, g in probe.gradients.items()},
        )

    return msgspec.structs.replace(RIGHT, probes={i: record(p) for i, p in RIGHT.probes.items()})


def trained(rule: runs.Rule, *, shadowed: tuple[str, ...] = (), hooks: str = "clean") -> Trace:
    """Return the right trace with training by another rule."""
    scenarios = {}
    for planned in PLAN.scenarios:
        target = runs.objective if planned.scenario.kind == "own" else standin.objective
        run = runs.descend(planned.scenario, Landscape(target, planned.scenario), rule)
        scenarios[planned.scenario.id] = run.record(hooks=hooks, id=planned.scenario.id)
    assert RIGHT.loading is not None
    loading = Loading(defined=RIGHT.loading.defined, shadowed=shadowed)
    return msgspec.structs.replace(RIGHT, scenarios=scenarios, loading=loading)


def mutant(trace: Trace, *ids: str, function: Role = "criterion") -> Mutant:
    return Mutant(mistakes=mistakes(*ids, function=function), trace=trace)  # type: ignore[arg-type]


def named(trace: Trace, *mutants: Mutant) -> tuple[Diagnosis, ...]:
    return Judge(PLAN, RIGHT, Diagnoser(PLAN, RIGHT, mutants)).judge(trace).diagnosis


def ids(found: Sequence[Diagnosis]) -> list[str]:
    return [diagnosis.id for diagnosis in found]


DOUBLE = changed("criterion", lambda values: 2 * values)
ROOT = changed("criterion", np.cbrt)
BOTH = changed("criterion", lambda values: np.cbrt(2 * values))
SINGLES = (mutant(DOUBLE, "loss-sum-not-mean"), mutant(ROOT, "loss-root"))
PAIR = mutant(BOTH, "loss-sum-not-mean", "loss-root")


def test_a_pair_is_named_by_both_ids() -> None:
    found = named(BOTH, *SINGLES, PAIR)
    assert ids(found) == ["loss-sum-not-mean", "loss-root"]
    assert "together with loss-root explains" in say(found[0].message)
    assert "together with loss-sum-not-mean explains" in say(found[1].message)


@pytest.mark.parametrize(("trace", "single"), [(DOUBLE, "loss-sum-not-mean"), (ROOT, "loss-root")])
def test_a_single_is_never_reported_as_a_pair(trace: Trace, single: str) -> None:
    same = mutant(trace, "loss-halved", "graph-broken")
    assert ids(named(trace, same, *SINGLES, PAIR)) == [single]


def test_two_pairs_that_fit_are_said_to_be_two() -> None:
    other = mutant(BOTH, "loss-absolute", "loss-halved")
    found = named(BOTH, PAIR, other)
    assert ids(found) == ["loss-sum-not-mean", "loss-root", "loss-absolute", "loss-halved"]
    assert all("so does the other pair" in say(diagnosis.message) for diagnosis in found)


def test_three_pairs_that_fit_name_nothing() -> None:
    others = [
        mutant(BOTH, *pair)
        for pair in itertools.pairwise(("loss-absolute", "loss-halved", "graph-broken"))
    ]
    assert named(BOTH, PAIR, *others) == ()


def test_a_pair_is_sought_in_its_own_function_alone() -> None:
    assert named(changed("forward", lambda values: np.cbrt(2 * values)), PAIR) == ()


def test_several_singles_that_coincide_are_said_to_be_several() -> None:
    found = named(DOUBLE, SINGLES[0], mutant(DOUBLE, "loss-halved"))
    assert ids(found) == ["loss-sum-not-mean", "loss-halved"]
    assert all("more than one known mistake" in say(diagnosis.message) for diagnosis in found)


def test_a_mutant_that_does_as_the_reference_names_nothing() -> None:
    assert named(BOTH, mutant(RIGHT, "loss-root")) == ()


def test_what_fits_nothing_is_not_named() -> None:
    assert named(changed("criterion", lambda values: values + 0.5), *SINGLES, PAIR) == ()


def test_a_mistake_in_each_function_is_named_in_each() -> None:
    trace = msgspec.structs.replace(DOUBLE, scenarios=trained(runs.wrong_sign).scenarios)
    uphill = mutant(trained(runs.wrong_sign), "wrong-update-sign", function="train_model")
    found = named(trace, *SINGLES, uphill)
    assert [(d.id, d.function) for d in found] == [
        ("loss-sum-not-mean", "criterion"),
        ("wrong-update-sign", "train_model"),
    ]


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (runs.wrong_sign, ["wrong-update-sign"]),
        (runs.accumulated, ["gradient-not-zeroed"]),
        (runs.lagged, ["step-before-backward"]),
        (lambda seen, rate: -runs.accumulated(seen, rate), None),
        (runs.momentum, []),
    ],
)
def test_steps_are_named_by_their_law(rule: runs.Rule, wanted: list[str] | None) -> None:
    both = ["gradient-not-zeroed", "wrong-update-sign"]
    assert ids(named(trained(rule))) == (both if wanted is None else wanted)


def test_a_law_goes_before_a_pair() -> None:
    trace = trained(runs.wrong_sign)
    pair = mutant(trace, "one-sample-only", "wrong-gradient", function="train_model")
    assert ids(named(trace, pair)) == ["wrong-update-sign"]


def test_a_training_that_coincides_with_a_pair_alone_is_named_by_it() -> None:
    trace = trained(runs.momentum)
    pair = mutant(trace, "one-sample-only", "wrong-gradient", function="train_model")
    assert ids(named(trace, pair)) == ["one-sample-only", "wrong-gradient"]


def test_resting_parameters_are_told_apart_by_side_evidence() -> None:
    assert ids(named(trained(runs.still))) == ["gradient-zeroed-before-update"]
    assert ids(named(trained(runs.still, hooks="none"))) == ["backward-missing"]
    assert ids(named(trained(runs.still, shadowed=("w",)))) == ["shadowed-parameter"]


def test_one_scenario_is_too_few_for_a_law() -> None:
    isolated = [p for p in PLAN.scenarios if p.scenario.kind == "isolated"]
    trace = msgspec.structs.replace(DOUBLE, scenarios=trained(runs.wrong_sign).scenarios)
    assert len(isolated) == 1, "forward and criterion being wrong, these alone are looked at"
    assert ids(named(trace, *SINGLES)) == ["loss-sum-not-mean"]


def test_training_that_was_not_observed_is_not_named() -> None:
    assert named(msgspec.structs.replace(RIGHT, scenarios={})) == ()


def test_right_code_is_given_no_diagnosis() -> None:
    assert named(RIGHT, *SINGLES, PAIR) == ()


def test_no_mistake_is_about_another_function_than_the_check_that_it_costs() -> None:
    for trace in (DOUBLE, trained(runs.wrong_sign)):
        verdict = Judge(PLAN, RIGHT, Diagnoser(PLAN, RIGHT, SINGLES)).judge(trace)
        lost = {role_of(check.id) for check in verdict.checks if not check.passed}
        assert {diagnosis.function for diagnosis in verdict.diagnosis} == lost


def test_a_mutant_fits_only_where_it_was_seen_in_every_scenario() -> None:
    trace = trained(runs.momentum)
    whole = mutant(trace, "no-update", function="train_model")
    assert ids(named(trace, whole)) == ["no-update"]
    (first, *_) = trace.scenarios
    seen_once = msgspec.structs.replace(trace, scenarios={first: trace.scenarios[first]})
    assert ids(named(trace, mutant(seen_once, "no-update", function="train_model"))) == []
