"""A mistake of the course's own is told to whoever behaves as its file does, and to nobody else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from autograder.exercise.plan import Plan
from autograder.judge.diagnosis.alike import alike, extent_of, fingerprint
from autograder.judge.diagnosis.course import CourseMistake, with_course
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.judge import Judge
from autograder.judge.objective import Landscape
from autograder.judge.result import CheckResult, Diagnosis, Verdict
from autograder.protocol.array import pack, unpack
from autograder.protocol.trace import Evaluated, Failure, LossRecord, ScenarioRecord, Trace
from autograder.verification.mutants import same_behaviour
from autograder.words.catalogue import say
from autograder.words.text import NOTHING, verbatim
from autograder.worker import standin
from tests.judge.runs import Rule, descend, growing, lab_plan, objective, right_trace, wrong_rate

FAILS = frozenset({"final_parameters"})


@pytest.fixture(scope="module")
def plan() -> Plan:
    return lab_plan()


@pytest.fixture(scope="module")
def right(plan: Plan) -> Trace:
    return right_trace(plan)


def trained(plan: Plan, rule: Rule) -> Trace:
    """Return the trace of code whose forward and criterion are right, and that trains by a rule."""
    scenarios = {}
    for planned in plan.scenarios:
        scenario = planned.scenario
        target = objective if scenario.kind == "own" else standin.objective
        run = descend(scenario, Landscape(target, scenario), rule)
        scenarios[scenario.id] = run.record(hooks="clean", id=scenario.id)
    return msgspec.structs.replace(right_trace(plan), scenarios=scenarios)


@pytest.fixture(scope="module")
def odd(plan: Plan) -> Trace:
    return trained(plan, growing)


def with_scenario(trace: Trace, number: int, change: Callable[..., ScenarioRecord]) -> Trace:
    name = list(trace.scenarios)[number]
    changed = {name: change(trace.scenarios[name])}
    return msgspec.structs.replace(trace, scenarios=trace.scenarios | changed)


def with_probe(trace: Trace, number: int, **changes: object) -> Trace:
    name = list(trace.probes)[number]
    probe = msgspec.structs.replace(trace.probes[name], **changes)
    return msgspec.structs.replace(trace, probes=trace.probes | {name: probe})


def other_end(record: ScenarioRecord, by: float = 1.01) -> ScenarioRecord:
    *calls, last = record.calls
    parameters = {name: pack(by * unpack(array)) for name, array in last.parameters.items()}
    changed = msgspec.structs.replace(last, parameters=parameters)
    return msgspec.structs.replace(record, calls=(*calls, changed))


def other_losses(record: ScenarioRecord) -> ScenarioRecord:
    *calls, last = record.calls
    assert last.losses is not None
    losses = msgspec.structs.replace(last.losses, values=pack(unpack(last.losses.values) + 1.0))
    return msgspec.structs.replace(
        record, calls=(*calls, msgspec.structs.replace(last, losses=losses))
    )


def evaluated(record: ScenarioRecord, *, value: float = 0.5, calls: int = 3) -> ScenarioRecord:
    *calls_before, last = record.calls
    further = LossRecord(kinds="n", values=pack([value]))
    last = msgspec.structs.replace(
        last, recorded={"VAL": further}, evaluated=Evaluated(calls=calls, training=calls - 1)
    )
    return msgspec.structs.replace(record, calls=(*calls_before, last))


def test_further_lists_and_modes_must_coincide_too(plan: Plan, odd: Trace) -> None:
    ours = with_scenario(odd, 1, evaluated)
    more = with_scenario(odd, 1, lambda record: evaluated(record, calls=7))
    assert alike(ours, more, plan)
    assert fingerprint(ours, FAILS) == fingerprint(more, FAILS)
    for other in (
        odd,
        with_scenario(odd, 1, lambda record: evaluated(record, value=0.7)),
        with_scenario(odd, 1, lambda record: evaluated(record, calls=1)),
    ):
        assert not alike(ours, other, plan)
        assert not same_behaviour(ours, other, plan)
        assert fingerprint(ours, FAILS) != fingerprint(other, FAILS)


def stored_as(kinds: str) -> Callable[[ScenarioRecord], ScenarioRecord]:
    def change(record: ScenarioRecord) -> ScenarioRecord:
        *calls, last = record.calls
        assert last.losses is not None
        losses = msgspec.structs.replace(last.losses, kinds=kinds * len(last.losses.kinds))
        return msgspec.structs.replace(
            record, calls=(*calls, msgspec.structs.replace(last, losses=losses))
        )

    return change


def raising(text: str, backwards: int = 2) -> Callable[[ScenarioRecord], ScenarioRecord]:
    failure = Failure(kind="exception", text=text, raised="RuntimeError", cell=3, line=7)
    return lambda record: ScenarioRecord(id=record.id, failure=failure, backwards=backwards)


def told(plan: Plan, right: Trace, trace: Trace, *mistakes: CourseMistake) -> Verdict:
    return Judge(plan, right, Diagnoser(plan, right, (), mistakes)).judge(trace)


def mistake(trace: Trace, id_: str = "my-id", **changes: object) -> CourseMistake:
    made = CourseMistake(id=id_, says="You do that.", hint="", fails=FAILS, trace=trace)
    return dataclasses.replace(made, **changes)


def ids(verdict: Verdict) -> list[str]:
    return [one.id for one in verdict.diagnosis]


def test_who_behaves_so_is_told_the_course_s_words(plan: Plan, right: Trace, odd: Trace) -> None:
    verdict = told(plan, right, odd, mistake(odd, hint="Why?"))
    assert {check.id for check in verdict.checks if not check.passed} == FAILS
    (found,) = verdict.diagnosis
    assert (found.id, found.function) == ("my-id", "train_model")
    assert (say(found.message), say(found.hint)) == ("You do that.", "Why?")
    assert verdict.departure == NOTHING, "it is explained"
    assert told(plan, right, odd).departure


def test_a_hint_may_be_missing(plan: Plan, right: Trace, odd: Trace) -> None:
    (found,) = told(plan, right, odd, mistake(odd)).diagnosis
    assert (say(found.message), say(found.hint)) == ("You do that.", "")


def test_rounding_makes_no_difference(plan: Plan, right: Trace, odd: Trace) -> None:
    rounded = with_scenario(odd, 0, lambda record: other_end(record, 1 + 1e-7))
    assert ids(told(plan, right, rounded, mistake(odd))) == ["my-id"]


@pytest.mark.parametrize("fails", [set(), {"criterion"}, {*FAILS, "gradient_zeroing"}])
def test_exactly_these_checks_must_be_lost(
    fails: set[str], plan: Plan, right: Trace, odd: Trace
) -> None:
    assert ids(told(plan, right, odd, mistake(odd, fails=frozenset(fails)))) == []


def test_what_behaves_as_the_reference_is_told_to_nobody(
    plan: Plan, right: Trace, odd: Trace
) -> None:
    assert ids(told(plan, right, odd, mistake(right))) == []
    assert ids(told(plan, right, right, mistake(right, fails=frozenset()))) == []


def scenarios_of(plan: Plan) -> range:
    return range(len(plan.scenarios))


@pytest.mark.parametrize("number", scenarios_of(lab_plan()))
@pytest.mark.parametrize("change", [other_end, other_losses, stored_as("g"), raising("no")])
def test_every_scenario_must_coincide(
    change: Callable[[ScenarioRecord], ScenarioRecord], number: int, plan: Plan, odd: Trace
) -> None:
    assert alike(odd, odd, plan)
    assert not alike(with_scenario(odd, number, change), odd, plan)
    assert not alike(odd, with_scenario(odd, number, change), plan)


@pytest.mark.parametrize("number", range(len(lab_plan().probes)))
@pytest.mark.parametrize(
    "changes",
    [
        {"value": pack(np.float64(123.0))},
        {"gradients": None},
        {"value": None, "gradients": None, "failure": Failure(kind="result", text="none")},
    ],
)
def test_every_probe_must_coincide(
    changes: dict[str, object], number: int, plan: Plan, odd: Trace
) -> None:
    assert not alike(with_probe(odd, number, **changes), odd, plan)


def test_who_was_not_seen_everywhere_is_like_nobody(plan: Plan, odd: Trace) -> None:
    first = dict(list(odd.scenarios.items())[:-1])
    cut = msgspec.structs.replace(odd, scenarios=first)
    assert not alike(cut, odd, plan)
    assert not alike(odd, cut, plan)
    ended = msgspec.structs.replace(odd, ending="time")
    assert not alike(ended, ended, plan)
    nothing = msgspec.structs.replace(odd, scenarios={}, probes={})
    assert not alike(nothing, nothing, plan)


def test_numbers_in_tensors_are_numbers(plan: Plan, odd: Trace) -> None:
    assert alike(with_scenario(odd, 0, stored_as("t")), odd, plan)


def test_errors_are_alike_wherever_they_stand(plan: Plan, odd: Trace) -> None:
    moved = Failure(kind="exception", text="sizes differ", raised="RuntimeError", line=40)
    first = with_scenario(odd, 1, raising("sizes differ"))
    other = with_scenario(
        odd, 1, lambda record: ScenarioRecord(id=record.id, failure=moved, backwards=2)
    )
    assert alike(first, other, plan)
    assert not alike(with_scenario(odd, 1, raising("another")), first, plan)
    assert not alike(with_scenario(odd, 1, raising("sizes differ", backwards=3)), first, plan)


def test_two_ways_with_one_end_are_two(plan: Plan, right: Trace) -> None:
    """The ends are equal where a way is walked in half as many steps of twice the length."""
    slower = trained(plan, lambda gradients, rate: -rate * gradients[len(gradients) // 2])
    assert not alike(slower, right, plan)


def lost(*names: tuple[str, str]) -> list[CheckResult]:
    return [
        CheckResult(
            id=name,
            function=function,
            outcome="failed",
            passed=False,
            points=0.0,
            max_points=1.0,
            message=NOTHING,
            hint=NOTHING,
        )
        for name, function in names
    ]


CRITERION, TRAINING = ("criterion", "criterion"), ("final_parameters", "train_model")


def known(function: str) -> Diagnosis:
    return Diagnosis(id="loss-halved", function=function, message=verbatim("Half."))


def test_what_is_named_in_another_function_stays(odd: Trace) -> None:
    found = with_course([known("criterion")], [mistake(odd)], lost(CRITERION, TRAINING))
    assert [(one.id, one.function) for one in found] == [
        ("my-id", "train_model"),
        ("loss-halved", "criterion"),
    ]


def test_the_course_s_words_stand_for_ours(odd: Trace) -> None:
    found = with_course([known("criterion")], [mistake(odd)], lost(CRITERION))
    assert [(one.id, one.function) for one in found] == [("my-id", "criterion")]


def test_two_that_coincide_are_said_to_be_two(plan: Plan, right: Trace, odd: Trace) -> None:
    verdict = told(plan, right, odd, mistake(odd), mistake(odd, "your-id"))
    assert ids(verdict) == ["my-id", "your-id"]
    assert all("several" in one.remarks for one in verdict.diagnosis)


def test_a_broken_check_is_no_lost_one(plan: Plan, right: Trace, odd: Trace) -> None:
    diagnoser = Diagnoser(plan, right, (), [mistake(odd)])
    (check,) = lost(TRAINING)
    broken = msgspec.structs.replace(check, id="criterion", function="criterion", outcome="error")
    assert diagnoser._course.fitting(odd, [check]) != []
    assert diagnoser._course.fitting(odd, [check, broken]) == []


def test_a_fingerprint_is_of_the_behaviour_and_of_what_it_costs(
    plan: Plan, odd: Trace, right: Trace
) -> None:
    name = fingerprint(odd, FAILS)
    assert fingerprint(trained(plan, growing), FAILS) == name
    assert fingerprint(msgspec.structs.replace(odd, output="hello", loading=None), FAILS) == name
    assert fingerprint(odd, {"criterion"}) != name
    assert fingerprint(right, FAILS) != name
    assert fingerprint(with_scenario(odd, 1, other_losses), FAILS) != name


def test_extents_of_what_is_alike_are_near(plan: Plan, odd: Trace) -> None:
    assert np.array_equal(extent_of(odd), extent_of(trained(plan, growing)))
    assert not np.allclose(extent_of(odd), extent_of(trained(plan, wrong_rate)), rtol=1e-3)


def test_a_probe_that_failed_alike_is_alike(plan: Plan, odd: Trace) -> None:
    def failing(line: int, text: str = "no") -> Trace:
        failure = Failure(kind="exception", text=text, raised="RuntimeError", line=line)
        return with_probe(odd, 0, value=None, gradients=None, failure=failure)

    assert alike(failing(3), failing(9), plan)
    assert not alike(failing(3), failing(3, "other"), plan)
