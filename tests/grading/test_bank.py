"""The bank of mutants: which pairs there are, and what each mutant is run with."""

from __future__ import annotations

import pytest

from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine
from autograder.grading.lab import Lab, load_lab
from autograder.grading.mutants import (
    mutant_job,
    observe_mutants,
    planted,
    planted_pairs,
    read_script,
    short_plan,
)
from autograder.grading.observe import Observatory, budget_for
from autograder.grading.setup import Settings
from autograder.judge.diagnosis.mutants import Mutant
from autograder.judge.mistakes.row import LAYERS
from autograder.protocol.array import unpack
from autograder.protocol.job import ROLES, Budget
from tests.shared import ROOT, TRAINED, Known


@pytest.fixture(scope="module")
def mutants(
    slope: Lab, standard: LocalEngine, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Mutant, ...]:
    store = Known(tmp_path_factory.mktemp("bank"), "slope")
    policy = Settings(submitted=ROOT, assignment="").policy()
    budget = budget_for(slope.plan.exercise.limits)
    found = observe_mutants(slope, Observatory(standard, policy, store), budget)
    stored = {path.stat().st_mtime_ns for path in store.folder.rglob("*.trace")}
    again = observe_mutants(slope, Observatory(standard, policy, store), budget)
    assert {path.stat().st_mtime_ns for path in store.folder.rglob("*.trace")} == stored
    assert again == found
    return found


@pytest.mark.parametrize("lab", TRAINED)
def test_pairs_are_within_one_function_and_of_different_layers(lab: str) -> None:
    pairs = [mistakes for mistakes, _ in planted_pairs(load_lab(Course(ROOT), lab))]
    assert pairs
    for one, other in pairs:
        assert one.function == other.function
        assert 0 < one.layer < other.layer


def test_each_layered_mistake_is_one_that_can_be_planted(course: Course) -> None:
    singles = {
        (mistake.function, mistake.id)
        for lab in TRAINED
        for (mistake,), _ in planted(load_lab(course, lab))
    }
    layered = {(role, id_) for role in ROLES for ids in LAYERS[role] for id_ in ids}
    assert layered <= singles


def test_a_mutant_is_compared_only_in_what_its_function_needs(mutants: tuple[Mutant, ...]) -> None:
    for mutant in mutants:
        probed = {probe.split("-")[0] for probe in mutant.trace.probes}
        if mutant.role == "train_model":
            assert not probed
            assert len(mutant.trace.scenarios) > 2
        else:
            assert probed == {mutant.role}
            assert not mutant.trace.scenarios


@pytest.mark.parametrize("lab", TRAINED)
def test_one_run_of_a_mutant_serves_diagnosis_and_proof(lab: str) -> None:
    loaded = load_lab(Course(ROOT), lab)
    short = short_plan(loaded.plan)
    assert not short.scripts, "mistakes in training are proved by training alone"
    assert not short.exercise.part_checks.keys() & short.exercise.points.keys()
    asked = {planned.scenario.id for planned in short.scenarios}
    for mistakes, source in planted(loaded):
        job = mutant_job(loaded, mistakes, source.encode(), Budget())
        assert job.probes == loaded.plan.probes
        assert {scenario.id for scenario in job.scenarios} >= asked
    mistakes, source = planted_pairs(loaded)[0]
    job = mutant_job(loaded, mistakes, source.encode(), Budget())
    assert len(job.probes) < len(loaded.plan.probes), "no proof asks for a pair"


def test_the_code_of_a_mutant_is_listed_for_nobody(mutants: tuple[Mutant, ...]) -> None:
    assert not any(mutant.trace.listing for mutant in mutants)


def test_both_mistakes_of_a_pair_are_there(mutants: tuple[Mutant, ...]) -> None:
    def losses(*ids: str) -> list[float]:
        (found,) = [
            mutant.trace.probes
            for mutant in mutants
            if mutant.role == "criterion" and tuple(m.id for m in mutant.mistakes) == ids
        ]
        return [unpack(probe.value).item() for probe in found.values() if probe.value is not None]

    absolute, both = losses("loss-absolute"), losses("loss-absolute", "loss-halved")
    assert absolute
    assert both == pytest.approx([value / 2 for value in absolute])


def test_no_script_is_planted_twice(slope: Lab) -> None:
    sources = [source for _, source in (*planted(slope), *planted_pairs(slope))]
    assert len(set(sources)) == len(sources)


def test_a_reference_with_notebook_magics_is_planted_into_as_well() -> None:
    lab = load_lab(Course(ROOT), "slope")
    plain = read_script(lab.plan, lab.reference_source)
    magic = read_script(lab.plan, b"%matplotlib inline\n" + lab.reference_source)
    assert magic.source() == plain.source()
