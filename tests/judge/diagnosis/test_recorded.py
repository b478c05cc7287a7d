"""The loss list is read beside the way that training went, not by its numbers alone."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from autograder.judge.compare import Values
from autograder.judge.diagnosis.loss_list import read_losses
from autograder.judge.evidence import ScenarioView
from autograder.protocol.array import pack, unpack
from autograder.protocol.trace import LossRecord
from autograder.words.catalogue import say
from tests.judge import runs


def two_views() -> list[ScenarioView]:
    return [
        runs.view_of(runs.right, start={"w": 3.0, "b": -9.0}, calls=(5,)),
        runs.view_of(runs.right, start={"w": -4.0, "b": 2.0}, calls=(3, 2), rate=0.05),
    ]


def recording(view: ScenarioView, values: Values, kind: str = "n") -> ScenarioView:
    """Return the view with these entries in the list, as each call leaves them."""
    calls, done = [], 0
    for call, count in zip(view.observed.calls, view.counts, strict=True):
        done += count
        entries = values[:done] if len(values) == sum(view.counts) else values
        losses = LossRecord(values=pack(entries), kinds=kind * len(entries))
        calls.append(msgspec.structs.replace(call, losses=losses))
    return runs.with_calls(view, calls)


def losses(view: ScenarioView, *, moved: tuple[bool, bool] = (False, False)) -> Values:
    """Return the losses with each parameter before its move, or after it."""
    assert view.steps is not None
    points = np.where(np.array(moved), view.steps.after, view.steps.before)
    return view.landscape.evaluate(points)[0]


def found(views: list[ScenarioView]) -> str | None:
    reading = read_losses(views)
    return reading.id if reading else None


def test_right_losses_are_no_mistake() -> None:
    assert found([recording(view, losses(view)) for view in two_views()]) is None


def test_a_list_that_is_empty_after_every_call_is_not_recorded() -> None:
    assert found([recording(v, np.zeros(0)) for v in two_views()]) == "loss-not-recorded"


def test_a_list_that_is_empty_after_one_call_alone_lacks_losses() -> None:
    first, second = two_views()
    assert found([recording(first, np.zeros(0)), recording(second, losses(second))]) == (
        "losses-missing"
    )


@pytest.mark.parametrize(
    ("kind", "mistake"), [("x", "loss-recorded-as-object"), ("g", "loss-recorded-as-tensor")]
)
def test_entries_that_are_no_numbers_are_told_by_their_kind(kind: str, mistake: str) -> None:
    assert found([recording(v, losses(v), kind) for v in two_views()]) == mistake


@pytest.mark.parametrize(
    ("moved", "detail"),
    [
        ((True, True), ""),
        ((True, False), "By then w moved already, but not yet b."),
        ((False, True), "By then b moved already, but not yet w."),
    ],
)
def test_losses_taken_when_something_moved_are_late(moved: tuple[bool, bool], detail: str) -> None:
    reading = read_losses([recording(v, losses(v, moved=moved)) for v in two_views()])
    assert reading is not None
    assert (reading.id, say(reading.detail)) == ("loss-recorded-after-update", detail)


def test_late_in_one_scenario_alone_is_not_late() -> None:
    first, second = two_views()
    views = [recording(first, losses(first, moved=(True, True))), recording(second, losses(second))]
    assert found(views) is None


@pytest.mark.parametrize("cut", [np.floor, np.rint])
def test_losses_without_their_fractions_are_whole_numbers(cut: np.ufunc) -> None:
    assert found([recording(v, cut(losses(v))) for v in two_views()]) == "wrong-dtype"


def test_losses_rounded_to_tens_are_not_the_whole_numbers() -> None:
    assert found([recording(v, 10 * np.rint(losses(v) / 10)) for v in two_views()]) is None


@pytest.mark.parametrize("kept", [1, 2])
def test_fewer_losses_than_iterations_are_missing(kept: int) -> None:
    assert found([recording(v, losses(v)[:kept]) for v in two_views()]) == "losses-missing"


def test_losses_that_come_twice_are_counted() -> None:
    twice = read_losses([recording(v, np.repeat(losses(v), 2)) for v in two_views()])
    assert twice is not None
    assert (twice.id, say(twice.detail)) == ("loss-recorded-twice", "It stores it 2 times.")
    assert found([recording(v, np.tile(losses(v), 2)) for v in two_views()]) is None


def test_a_loop_that_stops_early_is_not_one_that_forgets_losses() -> None:
    view = runs.view_of(runs.right, start={"w": 3.0}, calls=(5,), hooks="clean")
    (call,) = view.observed.calls
    fresh = {name: pack(unpack(rows)[:3]) for name, rows in call.fresh.items()}
    short = msgspec.structs.replace(call, visited=pack(unpack(call.visited)[:3]), fresh=fresh)
    stopped = recording(runs.with_calls(view, [short]), losses(view)[:3])
    assert stopped.steps is not None
    assert len(stopped.steps.after) == 3
    assert found([stopped]) is None


def test_without_steps_nothing_is_said_of_the_values() -> None:
    unseen = runs.view_of(runs.right, start={"w": 3.0}, calls=(3, 2), visited=False)
    assert unseen.steps is None
    assert found([recording(unseen, np.ones(1))]) is None


def test_tensors_in_one_call_alone_are_not_the_habit() -> None:
    first, second = two_views()
    views = [recording(first, losses(first), "g"), recording(second, losses(second))]
    assert found(views) is None


def test_losses_so_large_that_they_have_no_fraction_are_right() -> None:
    far = runs.view_of(runs.right, start={"w": 1e6, "b": 1e6}, calls=(5,))
    assert found([recording(far, np.rint(losses(far)))]) is None


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [
        (lambda v: losses(v) / 10, "Each entry is 0.1 times the loss."),
        (lambda v: losses(v) + 5, "Each entry is 5 more than the loss."),
        (lambda v: np.sqrt(losses(v)), "Each entry is the root of the loss."),
        (lambda v: v.steps.before[:, 0], "Each entry is w, not the loss."),
        (lambda v: np.round(losses(v), 1), "The losses are rounded to 1 decimal."),
    ],
)
def test_what_is_stored_in_place_of_losses_is_told(
    entries: Callable[[ScenarioView], Values], wanted: str
) -> None:
    reading = read_losses([recording(view, entries(view)) for view in two_views()])
    assert reading is not None
    assert (reading.id, say(reading.detail)) == ("loss-recorded-otherwise", wanted)


def test_numbers_that_are_nothing_known_are_not_told() -> None:
    source = np.random.default_rng(1)
    views = [recording(view, source.uniform(1, 2, len(losses(view)))) for view in two_views()]
    assert read_losses(views) is None


def test_zeros_of_training_that_never_moves_are_not_told_as_a_change_of_the_loss() -> None:
    views = [
        runs.view_of(lambda seen, rate: 0.0 * seen[-1], start=start)
        for start in ({"w": 3.0, "b": -9.0}, {"w": -4.0, "b": 2.0})
    ]
    assert read_losses([recording(view, np.zeros(sum(view.counts))) for view in views]) is None


def test_the_loss_of_the_start_is_counted_among_those_after_the_updates() -> None:
    views = [
        recording(v, np.append(losses(v)[:1], losses(v, moved=(True, True))))
        for v in (
            runs.view_of(runs.right, start={"w": 3.0, "b": b}, calls=(5,)) for b in (-9.0, 2.0)
        )
    ]
    reading = read_losses(views)
    assert reading is not None
    assert reading.id == "loss-recorded-otherwise"
    assert "the loss before the first update" in say(reading.detail)
