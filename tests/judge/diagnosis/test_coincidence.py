"""Two traces coincide, or do not."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from autograder.judge.diagnosis.mutants import (
    fails_alike,
    near,
    path_of,
    places_of,
    same_probes,
    same_way,
)
from autograder.judge.steps import Steps
from autograder.protocol.array import pack
from autograder.protocol.trace import FailureKind, ProbeRecord, ScenarioRecord
from tests.judge.failures import failed

NAN, INF = float("nan"), float("inf")
WAY = np.array([[1.0, 2.0], [3.0, -4.0], [9.0, 30.0]])


def rows(*values: tuple[float, float]) -> np.ndarray:
    return np.array(values)


def same(observed: np.ndarray, other: np.ndarray) -> bool:
    return same_way(observed, other, (None, None))


def test_the_same_way_but_for_rounding() -> None:
    assert same(WAY * (1 + 1e-6), WAY)
    assert not same(WAY * (1 + 1e-3), WAY)


def test_an_early_difference_is_not_drowned_by_what_diverges_later() -> None:
    large = np.vstack([WAY, [[1e9, 1e9]]])
    other = large.copy()
    other[0, 0] = 1.1
    assert not same(other, large)


@pytest.mark.parametrize("broken", [NAN, INF])
def test_ways_are_compared_up_to_the_first_step_that_is_not_finite(broken: float) -> None:
    ours = rows((1.0, 2.0), (broken, 5.0), (8.0, 8.0))
    theirs = rows((1.0, 2.0), (NAN, -7.0), (0.0, 1.0))
    assert same(ours, theirs)
    assert not same(rows((1.5, 2.0), (broken, 5.0), (8.0, 8.0)), theirs)


def test_the_first_step_that_is_not_finite_must_be_the_same() -> None:
    ours = rows((1.0, 2.0), (3.0, 4.0), (NAN, 0.0))
    theirs = rows((1.0, 2.0), (NAN, 0.0), (NAN, 0.0))
    assert not same(ours, theirs)
    assert not same(ours, np.vstack([ours[:2], [[5.0, 6.0]]]))


def test_steps_count_only_where_both_were_seen_in_the_same_number() -> None:
    other = WAY * [1, -1]
    assert not same_way(WAY, WAY, (WAY, other))
    assert same_way(WAY, WAY, (WAY, None))
    assert same_way(WAY, WAY, (WAY, other[:2]))


def test_turns_of_the_loop_that_move_nothing_are_no_places() -> None:
    before = rows((0.0, 0.0), (0.0, 0.0), (1.0, 0.0))
    after = rows((0.0, 0.0), (1.0, 0.0), (2.0, 0.0))
    steps = Steps(before=before, after=after, call_of=np.zeros(3, np.int64), evidence="calls")
    assert np.array_equal(places_of(steps), rows((1.0, 0.0), (2.0, 0.0)))


def test_arrays_of_other_shapes_or_without_numbers_alike_are_not_near() -> None:
    assert not near(np.ones(2), np.ones(3))
    assert near(np.array([NAN, 1.0]), np.array([NAN, 1.0]))
    assert not near(np.array([NAN, 1.0]), np.array([1.0, NAN]))


def probe(value: float, slope: float, bias: float) -> dict[str, ProbeRecord]:
    gradients = {"w": pack(slope), "b": pack(bias)}
    return {"p": ProbeRecord(id="p", value=pack(np.array([value])), gradients=gradients)}


def test_probes_coincide_in_value_and_gradients() -> None:
    assert same_probes(probe(1, 50, 3), probe(1, 50, 3), ("p",))
    assert not same_probes(probe(1.1, 50, 3), probe(1, 50, 3), ("p",))
    assert not same_probes(probe(1, 50, 3.1), probe(1, 50, 3), ("p",))


def test_a_gradient_that_cancels_out_keeps_rounding() -> None:
    assert same_probes(probe(1, 50, 4e-6), probe(1, 50, 0), ("p",))
    assert not same_probes(probe(1, 50, 1e-2), probe(1, 50, 0), ("p",))


def test_no_probe_at_all_coincides_with_nothing() -> None:
    assert not same_probes({}, {}, ())
    assert not same_probes({}, probe(1, 1, 1), ("p",))


def test_a_cut_graph_coincides_with_a_cut_graph_alone() -> None:
    cut = {"p": msgspec.structs.replace(probe(1, 1, 1)["p"], gradients=None)}
    assert same_probes(cut, cut, ("p",))
    assert not same_probes(cut, probe(1, 1, 1), ("p",))


def failing(text: str, *, backwards: int = 0, kind: FailureKind = "exception") -> ScenarioRecord:
    return ScenarioRecord(id="s", failure=failed(text, kind), backwards=backwards)


def test_failing_alike_is_the_same_error_as_early() -> None:
    one = failing("ValueError: sizes differ")
    assert fails_alike([one], {"s": one})
    assert not fails_alike([one], {"s": failing("ValueError: other")})
    assert not fails_alike([one], {"s": failing("ValueError: sizes differ", backwards=1)})
    assert not fails_alike([one], {"s": ScenarioRecord(id="s")})
    assert not fails_alike([one], {})


def test_a_missing_name_is_not_failing_alike() -> None:
    one = failing("NameError: name 'p' is not defined")
    assert not fails_alike([one], {"s": one})


def test_a_run_that_failed_has_no_path() -> None:
    assert path_of(failing("ValueError"), np.zeros(1), (3,)) is None
