"""What the benchmarks' figures are made of; nothing is timed here."""

import importlib.util
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "figures.py"


@pytest.fixture(scope="module")
def figures():
    spec = importlib.util.spec_from_file_location("benchmark_figures", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    yield spec.loader.exec_module(module) or module
    del sys.modules[spec.name]


def record(number, grader, seconds, kind="scripts"):
    return {"round": number, "grader": grader, "kind": kind, "seconds": seconds}


@pytest.fixture
def results():
    slow = [record(1, "nbgrader", 4.0), record(2, "nbgrader", 9.0), record(3, "nbgrader", 5.0)]
    fast = [record(1, "namespaces", 0.04), record(2, "namespaces", 0.03)]
    fast += [record(1, "namespaces, one at a time", 0.08), record(1, "none", 0.02, "plots")]
    return {"parts": {"nbgrader": {"records": slow}, "ours": {"records": fast}}}


def test_a_ratio_compares_within_a_round_and_leaves_out_what_one_side_lacks(figures, results):
    found = figures.ratio(results, "nbgrader", "namespaces", "scripts")
    assert (found.least, found.most) == (pytest.approx(100), pytest.approx(300))
    assert found.median == pytest.approx(200)


def test_there_is_no_ratio_to_what_was_not_measured(figures, results):
    assert figures.ratio(results, "otter", "namespaces", "scripts") is None


def test_one_at_a_time_is_no_level_of_isolation(figures, results):
    assert figures.levels(results) == ["namespaces", "none"]


def test_graders_stand_in_the_order_of_their_first_measurement(figures, results):
    assert figures.graders(results)[:2] == ["nbgrader", "namespaces"]


def test_one_more_submission_costs_what_the_two_largest_classes_say(figures):
    assert figures.slope_seconds([10, 100, 1100], [5.0, 6.0, 26.0]) == pytest.approx(0.02)
    assert figures.slope_seconds([10], [5.0]) is None


def test_a_stage_that_comes_again_in_a_submission_is_added_up(figures):
    first = [("", 1.0), ("probes", 1.001), ("scenarios", 1.003), ("probes", 1.004)]
    second = [("", 2.0), ("probes", 2.004), ("scenarios", 2.008)]
    assert figures.median_stages([first, second]) == {"probes": 3.0, "scenarios": 3.0}
