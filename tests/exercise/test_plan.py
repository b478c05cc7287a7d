"""A plan is a pure function of spec and salt; only hidden scenarios depend on the salt."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.errors import SpecError
from autograder.exercise import Variation
from autograder.exercise.plan import HIDDEN_ROWS, PUBLIC_ROWS, Plan, make_plan
from autograder.protocol.array import unpack
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget, CriterionProbe, ForwardProbe, Probe, Scenario

from .specs import line


def job_bytes(plan: Plan) -> bytes:
    """Return the bytes that a worker is given for an empty file."""
    return encode(plan.job("line.py", b"", Budget()))


def scenarios(plan: Plan, *, public: bool) -> dict[str, Scenario]:
    """Return the public or the hidden scenarios by id."""
    found = (planned for planned in plan.scenarios if planned.public is public)
    return {planned.scenario.id: planned.scenario for planned in found}


def probes(plan: Plan, *, public: bool) -> dict[str, Probe]:
    """Return the public or the hidden probes by id."""
    return {p.id: p for p in plan.probes if (p.id in plan.public_probes) is public}


def drawn(scenario: Scenario) -> bytes:
    """Return what differs between two draws of the data."""
    return scenario.situation.data["Y"].data


PLAIN, SALTED = make_plan(line()), make_plan(line(), b"salt")


def test_the_same_spec_and_salt_give_the_same_bytes() -> None:
    assert job_bytes(make_plan(line(), b"salt")) == job_bytes(SALTED)
    assert make_plan(line(), b"salt").sha256() == SALTED.sha256()


def test_the_digest_covers_what_is_run() -> None:
    assert make_plan(line(iterations=5)).sha256() != PLAIN.sha256()
    assert SALTED.sha256() != PLAIN.sha256()


def test_a_salt_changes_no_public_scenario_or_probe() -> None:
    assert scenarios(PLAIN, public=True) == scenarios(SALTED, public=True)
    assert probes(PLAIN, public=True) == probes(SALTED, public=True)
    assert PLAIN.preset == SALTED.preset


def test_a_salt_changes_every_hidden_scenario_and_probe() -> None:
    plain, salted = scenarios(PLAIN, public=False), scenarios(SALTED, public=False)
    assert plain.keys() == salted.keys()
    assert not [name for name in plain if drawn(plain[name]) == drawn(salted[name])]
    before, after = probes(PLAIN, public=False), probes(SALTED, public=False)
    assert before.keys() == after.keys()
    assert not [name for name in before if before[name] == after[name]]


@pytest.mark.parametrize("plan", [PLAIN, SALTED], ids=["no salt", "salt"])
def test_no_two_scenarios_draw_the_same_data(plan: Plan) -> None:
    draws = [drawn(planned.scenario) for planned in plan.scenarios]
    assert len(set(draws)) == len(draws)


def test_variations_that_share_a_seed_still_draw_different_data() -> None:
    plan = make_plan(line(hidden_seeds=(20,)))
    draws = {drawn(scenario) for scenario in scenarios(plan, public=False).values()}
    assert len(draws) == 2


def test_no_hidden_seed_is_public() -> None:
    with pytest.raises(SpecError, match=r"hidden_seeds: \[2\] also occur"):
        line(hidden_seeds=(2, 20))


def test_no_hidden_probe_repeats_a_public_one() -> None:
    shown = {p.x.data if isinstance(p, ForwardProbe) else p.yhat.data for p in PLAIN.probes}
    assert len(shown) == len(PLAIN.probes)


def test_public_scenarios_are_named_after_their_seeds() -> None:
    assert set(scenarios(PLAIN, public=True)) == {"public-1", "public-2"}
    assert set(scenarios(PLAIN, public=False)) == {"own", "isolated"}


def test_public_probes_are_those_of_the_public_sizes() -> None:
    wanted = {f"{role}-public-{n}" for role in ("forward", "criterion") for n in PUBLIC_ROWS}
    assert wanted == PLAIN.public_probes
    assert set(probes(PLAIN, public=True)) == wanted


def test_hidden_probes_come_in_the_hidden_sizes() -> None:
    sizes = [unpack(p.yhat).shape[0] for p in PLAIN.probes if isinstance(p, CriterionProbe)]
    assert sorted(sizes) == sorted(PUBLIC_ROWS + HIDDEN_ROWS)


def test_forward_is_probed_at_a_value_for_every_parameter() -> None:
    forward = [p for p in PLAIN.probes if isinstance(p, ForwardProbe)]
    assert all(p.parameters.keys() == {"w", "b"} for p in forward)
    assert len({p.parameters["w"].data for p in forward}) == len(forward)


def test_own_scenarios_run_before_isolated_ones_and_forward_before_criterion() -> None:
    kinds = [planned.scenario.kind for planned in PLAIN.scenarios]
    assert kinds == ["own", "own", "own", "isolated"]
    order = [(p.phase, isinstance(p, CriterionProbe)) for p in PLAIN.probes]
    public, hidden = [("public", False), ("public", True)], [("hidden", False), ("hidden", True)]
    assert order == [*public, hidden[0], hidden[0], hidden[1], hidden[1]]


def test_a_variation_keeps_the_lab_s_values_but_for_those_it_names() -> None:
    scenario = scenarios(PLAIN, public=False)["own"]
    start = {name: float(unpack(value)) for name, value in scenario.situation.start.items()}
    assert start == {"w": -2.0, "b": 5.0}
    assert (scenario.situation.learning_rate, scenario.calls) == (0.05, (2, 3))


def test_a_public_scenario_is_the_lab_s_own_situation() -> None:
    scenario = scenarios(PLAIN, public=True)["public-1"]
    assert scenario.situation == PLAIN.preset
    assert (scenario.kind, scenario.calls) == ("own", (4,))
    assert scenario.situation.learning_rate == 0.1


def test_what_is_hidden_is_marked_so() -> None:
    hidden = {one.scenario.id: one.scenario.phase == "hidden" for one in PLAIN.scenarios}
    assert hidden == {one.scenario.id: not one.public for one in PLAIN.scenarios}
    public = {probe.id for probe in PLAIN.probes if probe.phase == "public"}
    assert public == PLAIN.public_probes


def test_a_job_tells_the_worker_neither_tolerance_nor_points() -> None:
    plan = make_plan(line(points={"forward": 7.25, "criterion": 7.25}))
    assert job_bytes(plan) == job_bytes(PLAIN)
    job = plan.job("line.py", b"", Budget())
    assert not {"public", "points", "tolerances", "objective"} & set(job.__struct_fields__)
    told = {"id", "kind", "situation", "calls", "phase", "bound"}
    assert all(set(scenario.__struct_fields__) <= told for scenario in job.scenarios)


@pytest.mark.parametrize(
    ("size", "iterations", "said"),
    [(101_770, 2, "101770 numbers.*at most 10000"), (9_000, 12, "12 steps.*at most 9 steps")],
)
def test_what_cannot_be_recorded_at_every_step_is_refused_by_name(
    size: int, iterations: int, said: str
) -> None:
    """Else the process would end on too large a message, and no student would know why."""

    def objective(parameters: dict[str, Any], data: dict[str, Any]) -> Any:
        return ((data["X"] * parameters["w"].mean() - data["Y"]) ** 2).mean()

    with pytest.raises(SpecError, match=said):
        make_plan(
            line(
                start={"w": [0.5] * size},
                objective=objective,
                iterations=iterations,
                variations=(
                    Variation(name="own", start={"w": [0.25] * size}, calls=(2,)),
                    Variation(name="isolated", calls=(2,), isolated=True),
                ),
            )
        )
