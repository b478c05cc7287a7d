"""Where no mistake was named: the first step that departs from the reference, and how."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
import numpy as np
import pytest

from autograder.exercise import Variation
from autograder.judge.compare import Values
from autograder.judge.diagnosis import departure
from autograder.judge.diagnosis.departure import is_unexplained, part_at_fault
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.evidence import ScenarioView
from autograder.judge.judge import Judge
from autograder.judge.objective import Landscape
from autograder.judge.result import CheckResult, Diagnosis, Verdict
from autograder.protocol.array import pack, unpack
from autograder.protocol.trace import Failure, ProbeRecord, ScenarioRecord, Trace
from autograder.words.catalogue import say
from autograder.words.text import verbatim
from tests.judge import runs
from tests.judge.runs import Rule

LINE = {"w": -4.0, "b": 3.0}
SLOPE = {"w": -4.0}


def first_departure(view: ScenarioView) -> str:
    return say(departure.first_departure(view))


def departure_of(views: Sequence[ScenarioView], failed: Iterable[str]) -> str:
    return say(departure.departure_of(views, failed))


def view_of(rule: Rule, start: dict[str, float] = LINE, **changes: object) -> ScenarioView:
    """Return a public run of six steps by that rule."""
    return runs.view_of(rule, start=start, public=True, **changes)  # type: ignore[arg-type]


def told(rule: Rule, start: dict[str, float] = LINE, **changes: object) -> str:
    """Return the sentence on a run by that rule."""
    return first_departure(view_of(rule, start, **changes))


def from_step(number: int, rule: Rule) -> Rule:
    """Return a rule that is right before a step, counted from 1, and then another."""
    return lambda g, rate: (rule if len(g) >= number else runs.right)(g, rate)


def at_step(number: int, rule: Rule) -> Rule:
    """Return a rule that is right but for one step."""
    return lambda g, rate: (rule if len(g) == number else runs.right)(g, rate)


def scaled(*ratios: float) -> Rule:
    """Return a rule that moves each parameter so many times as far as is right."""
    return lambda g, rate: runs.right(g, rate) * np.array(ratios)


def drifts(gradients: list[Values], rate: float) -> Values:
    """A rate that grows from step to step."""
    return runs.right(gradients, rate) * (1.5 + 0.1 * len(gradients))


def averaged(gradients: list[Values], rate: float) -> Values:
    """A running mean of all gradients, of which each new one is a tenth."""
    ages = np.arange(len(gradients))[::-1, None]
    return np.asarray(-rate * 0.1 * np.sum(0.9**ages * np.array(gradients), axis=0))


def breaks(gradients: list[Values], rate: float) -> Values:
    """Not a number."""
    return runs.right(gradients, rate) * np.nan


SENTENCES = {
    "half": (scaled(0.5, 0.5), "In every step, w and b go 0.5 times as far as they should."),
    "one": (
        scaled(1.0, 0.5),
        "In every step, b goes 0.5 times as far as it should; w moves as it should.",
    ),
    "two": (
        scaled(3.0, 0.5),
        "In every step, w goes 3 times as far as it should; b goes 0.5 times as far as it should.",
    ),
    "turned": (
        runs.wrong_sign,
        "In every step, w and b go as far as they should, but in the opposite direction.",
    ),
    "against": (
        scaled(-0.25, 1.0),
        (
            "In every step, w goes in the opposite direction, 0.25 times as far as it should; "
            "b moves as it should."
        ),
    ),
    "rests": (runs.last_only, "In every step, w does not move; b moves as it should."),
    "still": (runs.still, "In every step, w and b do not move."),
    "once": (
        at_step(3, scaled(2.0, 2.0)),
        "Your first 2 steps are right. In step 3, w and b go 2 times as far as they should.",
    ),
    "later": (
        from_step(2, scaled(0.5, 1.0)),
        (
            "Step 1 is right. From step 2 on, w goes 0.5 times as far as it should; "
            "b moves as it should."
        ),
    ),
    "last": (
        from_step(6, runs.still),
        "Your first 5 steps are right. In step 6, w and b do not move.",
    ),
    "drifts": (drifts, "In every step, w and b go 1.6, 1.7, 1.8, … times as far as they should."),
    "sums": (
        runs.accumulated,
        (
            "Step 1 is right. From step 2 on, w and b move by all gradients so far together, "
            "not by the newest alone."
        ),
    ),
    "sums of one": (
        runs.first_accumulated,
        (
            "Step 1 is right. From step 2 on, w moves by all gradients so far together, "
            "not by the newest alone; b moves as it should."
        ),
    ),
    "lags": (
        from_step(2, runs.lagged),
        (
            "Step 1 is right. From step 2 on, w and b go as far as the previous step should "
            "have gone."
        ),
    ),
    "momentum": (
        runs.momentum,
        (
            "Step 1 is right. From step 2 on, each step is the right one, plus 0.9 times your "
            "previous step."
        ),
    ),
    "averaged": (
        averaged,
        ("In every step, each step is 0.1 times the right one, plus 0.9 times your previous step."),
    ),
    "breaks": (
        from_step(3, breaks),
        "Your first 2 steps are right. In step 3, your parameters stop being finite numbers.",
    ),
}


@pytest.mark.parametrize(("rule", "sentence"), SENTENCES.values(), ids=SENTENCES.keys())
def test_a_departure_is_told(rule: Rule, sentence: str) -> None:
    assert told(rule) == sentence


@pytest.mark.parametrize("start", [LINE, SLOPE])
@pytest.mark.parametrize("calls", [(1,), (6,), (60,)])
def test_right_steps_depart_nowhere(start: dict[str, float], calls: tuple[int, ...]) -> None:
    """Sixty steps get to the goal, where steps are as small as rounding."""
    assert told(runs.right, start, calls=calls) == ""


def test_a_manner_that_changes_is_told_of_the_first_step_alone() -> None:
    assert told(lambda g, rate: (drifts if len(g) != 3 else runs.wrong_sign)(g, rate)) == (
        "In your very first step, w and b go 1.6 times as far as they should."
    )


def test_one_step_is_no_every_step() -> None:
    assert told(scaled(0.5), SLOPE, calls=(1,)) == (
        "In your very first step, w goes 0.5 times as far as it should."
    )


def test_steps_that_are_not_seen_are_not_told() -> None:
    view = view_of(runs.wrong_sign, visited=False)
    observed = msgspec.structs.replace(view.observed, prefixes=None)
    assert first_departure(dataclasses.replace(view, observed=observed)) == ""


@pytest.mark.parametrize("evidence", ["backwards", "prefixes"])
def test_other_evidence_of_the_steps_is_as_good(evidence: str) -> None:
    view = view_of(runs.wrong_sign, visited=False)
    if evidence == "backwards":
        (call,) = view.observed.calls
        rows = unpack(view.observed.prefixes) if view.observed.prefixes else np.zeros((0, 2))
        held = np.vstack([view.landscape.start, rows[:-1]])
        view = runs.with_calls(view, [msgspec.structs.replace(call, held=pack(held))])
    assert view.steps is not None
    assert view.steps.evidence == evidence
    assert first_departure(view).startswith("In every step, w and b go as far as they should, but")


def moves_at_rest(gradients: list[Values], rate: float) -> Values:
    """Move b by a constant, whatever its gradient."""
    return runs.right(gradients, rate) + np.array([0.0, 0.5])


def test_a_parameter_that_should_rest_is_told() -> None:
    """The gradient of b is zero where b has no part in the loss."""
    view = view_of(runs.right)
    without_bias = Landscape(
        lambda p, data: ((p["w"] * data["X"] - data["Y"]) ** 2).mean() + 0.0 * p["b"].sum(),
        view.planned.scenario,
    )
    scenario = view.planned.scenario
    view = dataclasses.replace(
        view,
        landscape=without_bias,
        expected=runs.descend(scenario, without_bias, runs.right).record(),
        observed=runs.descend(scenario, without_bias, moves_at_rest).record(),
    )
    assert first_departure(view) == (
        "In every step, b moves where it should rest; w moves as it should."
    )


def test_a_matrix_may_go_elsewhere() -> None:
    """Of a parameter with several numbers only what holds for all of them is told."""
    view = view_of(scaled(3.0, 0.5))
    situation = view.planned.scenario.situation
    start = {"weight": pack(np.array([-4.0, 3.0]), dtype="f4")}
    scenario = msgspec.structs.replace(
        view.planned.scenario, situation=msgspec.structs.replace(situation, start=start)
    )
    view = dataclasses.replace(view, planned=dataclasses.replace(view.planned, scenario=scenario))
    assert (
        first_departure(view)
        == "In every step, weight goes in a different direction than it should."
    )


def ending_after(rule: Rule, taken: int, asked: int) -> ScenarioView:
    """Return a run of another number of steps than were asked for, seen by its backwards."""
    view = view_of(runs.right, calls=(asked,))
    run = runs.descend(
        msgspec.structs.replace(view.planned.scenario, calls=(taken,)), view.landscape, rule
    )
    return dataclasses.replace(view, observed=run.record(hooks="clean"))


@pytest.mark.parametrize("taken", [3, 5])
def test_right_steps_are_counted(taken: int) -> None:
    assert first_departure(ending_after(runs.right, taken, 4)) == (
        f"Every step is right, but your loop takes {taken} steps where 4 were asked for."
    )


def test_a_single_step_is_counted_in_the_singular() -> None:
    assert first_departure(ending_after(runs.right, 1, 4)) == (
        "Every step is right, but your loop takes 1 step where 4 were asked for."
    )


@pytest.mark.parametrize(("calls", "carries"), [((3,), False), ((4,), True)])
def test_dependence_on_the_step_before_needs_some_steps_to_show(
    calls: tuple[int, ...], carries: bool
) -> None:
    text = told(runs.momentum, SLOPE, calls=calls)
    assert ("plus 0.9 times your previous step" in text) is carries


def test_weight_decay_is_told_with_its_share() -> None:
    place = [-4.0]

    def decayed(gradients: list[Values], rate: float) -> Values:
        if len(gradients) == 1:
            place[0] = -4.0
        move = -rate * (gradients[-1] + 0.2 * place[0])
        place[0] += float(move[0])
        return move

    text = told(decayed, SLOPE, calls=(8,))
    assert f"subtracts {0.2 * runs.RATE:.3g} times the parameter itself" in text


def test_further_steps_that_are_wrong_are_not_called_right() -> None:
    view = ending_after(from_step(5, runs.wrong_sign), 6, 4)
    assert first_departure(view) == (
        "Your first 4 steps are right. But your loop takes 6 steps where 4 were asked for."
    )


def test_a_wrong_step_is_told_before_the_count() -> None:
    view = ending_after(at_step(2, scaled(2.0, 2.0)), 6, 4)
    assert first_departure(view).startswith("Step 1 is right. In step 2, w and b go 2 times")


def test_other_values_at_the_start_are_told() -> None:
    view = view_of(runs.right)
    (call,) = view.observed.calls
    visited = unpack(call.visited).copy()
    visited[0, 1] = 0.0
    call = msgspec.structs.replace(call, visited=pack(visited))
    assert first_departure(runs.with_calls(view, [call])) == (
        "Your training does not start from the given values: it sets b first."
    )


def test_a_reference_that_goes_its_own_way_is_what_counts() -> None:
    """Where it does not descend by the rate, only the first departure is known."""
    view = view_of(runs.right)
    scenario = view.planned.scenario
    expected = runs.descend(scenario, view.landscape, runs.momentum).record()
    view = dataclasses.replace(view, expected=expected)
    same = dataclasses.replace(view, observed=expected)
    assert first_departure(same) == ""
    assert first_departure(view).startswith("Step 1 is right. In step 2, ")


# Hidden scenarios.

OTHER = Variation(name="other", learning_rate=0.0371, start={"w": 6.53})
COUNT = Variation(name="count", calls=(7,))


def hidden(rule: Rule, variation: Variation) -> ScenarioView:
    """Return a hidden run, whose numbers are unmistakable."""
    view = runs.view_of(rule, start={"w": 6.53, "b": 1.0}, rate=0.0371, calls=(7,))
    planned = dataclasses.replace(view.planned, variation=variation)
    observed = msgspec.structs.replace(view.observed, id=variation.name)
    return dataclasses.replace(view, planned=planned, observed=observed)


def test_departure_in_hidden_scenarios_is_told_in_general_words() -> None:
    views = [view_of(runs.right), hidden(runs.wrong_rate, OTHER), hidden(runs.right, COUNT)]
    assert departure_of(views, ["other"]) == (
        "On the example data every step is right, but not when tested "
        "from another start and with another learning rate."
    )
    assert departure_of(views, ["other", "count"]).endswith(
        ", but not, for instance, when tested with another number of iterations."
    )


def test_steps_of_the_public_scenario_that_are_not_seen_are_not_called_right() -> None:
    view = view_of(runs.right, visited=False)
    unseen = dataclasses.replace(
        view, observed=msgspec.structs.replace(view.observed, prefixes=None)
    )
    assert departure_of([unseen, hidden(runs.wrong_rate, OTHER)], ["other"]).startswith(
        "On the example data your training ends where it should, but not"
    )


def test_nothing_is_said_where_no_public_step_departs_but_its_end_does() -> None:
    """Many small differences may add up; no step is to blame."""
    views = [view_of(runs.right), hidden(runs.wrong_rate, OTHER)]
    assert departure_of(views, ["s", "other"]) == ""
    assert departure_of(views, []) == ""
    assert departure_of(views[1:], ["other"]) == ""


@pytest.mark.parametrize("rule", [rule for rule, _ in SENTENCES.values()], ids=SENTENCES.keys())
def test_no_number_of_a_hidden_scenario_is_told(rule: Rule) -> None:
    views = [view_of(runs.right), hidden(rule, OTHER), hidden(rule, COUNT)]
    text = departure_of(views, ["other", "count"])
    assert text
    assert not [character for character in text if character.isdigit()]
    public = [view_of(rule), hidden(runs.wrong_rate, OTHER)]
    assert departure_of(public, ["s", "other"]) == told(rule)


# When it is asked for.


def checks_with(
    outcome: Literal["passed", "failed", "skipped"],
    name: str = "final_parameters",
    function: str = "train_model",
) -> list[CheckResult]:
    """Return a failed check of the way, and another."""
    usual = [("forward", "forward", "passed"), ("final_parameters", "train_model", "failed")]
    rows = [row for row in usual if row[0] != name] + [(name, function, outcome)]
    return [
        CheckResult(
            id=id_,
            function=role,
            outcome=found,  # type: ignore[arg-type]
            passed=found == "passed",
            points=0.0,
            max_points=1.0,
            message=verbatim(""),
            hint=verbatim(""),
        )
        for id_, role, found in rows
    ]


@pytest.mark.parametrize(
    ("checks", "diagnosis", "expected"),
    [
        (checks_with("failed"), (), True),
        (checks_with("passed"), (), False),
        (checks_with("skipped"), (), False),
        (checks_with("failed", "gradient_zeroing"), (), True),
        (checks_with("failed", "forward", "forward"), (), False),
        (checks_with("failed"), ("train_model",), False),
        (checks_with("failed"), ("forward",), True),
    ],
)
def test_departure_is_for_ways_that_nothing_explains(
    checks: list[CheckResult],
    diagnosis: tuple[str, ...],
    expected: bool,  # a row
) -> None:
    found = [Diagnosis(id="id", function=function, message=verbatim("")) for function in diagnosis]
    assert is_unexplained(checks, found) is expected


PLAN = runs.lab_plan()
RIGHT = runs.right_trace(PLAN)
JUDGE = Judge(PLAN, RIGHT, Diagnoser(PLAN, RIGHT, ()))


def trained(rule: Rule, *names: str) -> Trace:
    """Return the right trace, but for training by a rule in some own scenarios, or in all."""
    scenarios = dict(RIGHT.scenarios)
    for planned in PLAN.scenarios:
        scenario = planned.scenario
        if scenario.kind == "own" and (not names or scenario.id in names):
            run = runs.descend(scenario, Landscape(runs.objective, scenario), rule)
            scenarios[scenario.id] = run.record(id=scenario.id)
    return msgspec.structs.replace(RIGHT, scenarios=scenarios)


def judged(trace: Trace) -> Verdict:
    """Return the verdict of a judge that knows no mutants, only laws."""
    return JUDGE.judge(trace)


def test_a_verdict_tells_what_no_mistake_explains() -> None:
    verdict = judged(trained(drifts))
    assert verdict.diagnosis == ()
    assert (
        say(verdict.departure)
        == "In every step, w goes 1.6, 1.7, 1.8, … times as far as it should."
    )


def test_a_verdict_tells_of_hidden_scenarios_without_numbers() -> None:
    verdict = judged(trained(drifts, "own"))
    assert verdict.diagnosis == ()
    assert say(verdict.departure) == (
        "On the example data every step is right, but not when tested "
        "from another start, with another learning rate and with another number of "
        "iterations."
    )


def test_a_named_mistake_needs_no_departure() -> None:
    verdict = judged(trained(runs.wrong_sign))
    assert [found.id for found in verdict.diagnosis] == ["wrong-update-sign"]
    assert say(verdict.departure) == ""


def test_right_training_has_no_departure() -> None:
    assert say(judged(RIGHT).departure) == ""


@pytest.mark.parametrize("probe", ["forward-hidden-13", "criterion-hidden-13"])
def test_departure_is_not_told_where_forward_or_criterion_is_wrong(probe: str) -> None:
    trace = trained(drifts)
    probes = {**trace.probes, probe: ProbeRecord(id=probe)}
    assert say(judged(msgspec.structs.replace(trace, probes=probes)).departure) == ""


@pytest.mark.parametrize("name", ["public-1", "own"])
def test_departure_is_not_told_where_training_raised(name: str) -> None:
    failure = Failure(kind="exception", text="ZeroDivisionError: division by zero")
    trace = trained(drifts)
    broken = {**trace.scenarios, name: ScenarioRecord(id=name, failure=failure)}
    assert say(judged(msgspec.structs.replace(trace, scenarios=broken)).departure) == ""
    missing = {id_: record for id_, record in trace.scenarios.items() if id_ != name}
    assert say(judged(msgspec.structs.replace(trace, scenarios=missing)).departure) == ""


def test_a_ratio_that_is_nearly_one_is_not_told_as_one() -> None:
    assert " 1 times" not in told(scaled(1.003, 1.003))
    assert "1.003" in told(scaled(1.003, 1.003))


def test_right_gradients_that_are_used_wrongly_are_the_updates_fault() -> None:
    view = view_of(runs.uneven, hooks="clean")
    assert part_at_fault([view]) == "update"
    assert "backward() computes the right gradients" in departure_of([view], [view.observed.id])
    assert part_at_fault([view_of(runs.right, hooks="clean")]) == ""
    assert part_at_fault([view_of(runs.uneven)]) == ""  # no hook saw them


def test_wrong_gradients_that_are_used_rightly_are_the_gradients_fault() -> None:
    view = view_of(runs.uneven, hooks="clean")
    assert view.steps is not None
    taken = -view.steps.moves / runs.RATE
    (call,) = view.observed.calls
    fresh = {name: pack(taken[:, [i]]) for i, name in enumerate(call.fresh)}
    changed = runs.with_calls(view, [msgspec.structs.replace(call, fresh=fresh)])
    assert part_at_fault([changed]) == "gradient"
    assert "not the gradient of the lab's loss" in departure_of([changed], [view.observed.id])
