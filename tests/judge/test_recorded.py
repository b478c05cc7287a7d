"""Values of further lists, between what float32 and float64 give; best models; hostile records."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import torch
from torch import nn

from autograder.exercise.spec import Tolerance
from autograder.judge.checks.recorded import apart
from autograder.judge.steps import read_steps
from autograder.protocol.array import pack
from autograder.protocol.assembly import _fits_records
from autograder.protocol.job import Functions
from autograder.protocol.trace import CallRecord, LossRecord, ScenarioRecord
from autograder.worker.mode import without_dropout
from autograder.worker.recorder import Recorder
from autograder.worker.schedule import begin_schedules

TOLERANCE = Tolerance(rtol=1e-3, atol=1e-4)


def test_an_entry_is_right_between_what_both_precisions_give() -> None:
    low, high = np.array([0.5, 0.25]), np.array([0.55, 0.25])
    assert apart(np.array([0.52, 0.25]), (low, high), TOLERANCE) == 0.0
    assert apart(np.array([0.52, 0.25]), (high, low), TOLERANCE) == 0.0
    assert apart(np.array([0.56, 0.25]), (low, high), TOLERANCE) > 1.0
    assert apart(np.array([np.nan, 0.25]), (low, high), TOLERANCE) == np.inf
    assert apart(np.array([0.52]), (low, high), TOLERANCE) == np.inf


def call(visited: list[float], end: float) -> CallRecord:
    none = {"w": pack(np.zeros((0, 0)))}
    return CallRecord(
        parameters={"w": pack([end])},
        losses=None,
        visited=pack(np.array(visited)[:, None]),
        fresh=none,
        buffers=none,
        steps_seen=len(visited),
        held=pack(np.zeros((0, 0))),
    )


def test_a_training_that_goes_back_to_its_best_ends_its_last_step_where_it_was_seen_last() -> None:
    record = ScenarioRecord(id="s", calls=(call([5.0, 4.0, 4.0, 3.0], 4.0),))
    steps = read_steps(record, np.array([5.0]), (2,), keeps_best=True)
    assert steps is not None
    assert (steps.before[:, 0].tolist(), steps.after[:, 0].tolist()) == ([5.0, 4.0], [4.0, 3.0])
    plain = ScenarioRecord(id="s", calls=(call([5.0, 4.0], 3.0),))
    steps = read_steps(plain, np.array([5.0]), (2,), keeps_best=True)
    assert steps is not None
    assert steps.after[:, 0].tolist() == [4.0, 3.0]


@pytest.mark.parametrize("names", [[], ["VAL", "MORE"], ["ACC"]])
def test_lists_that_the_contract_does_not_have_are_refused(names: list[str]) -> None:
    contract = Functions(records=(("VAL",),))
    found = dict.fromkeys(names, LossRecord(values=pack([1.0]), kinds="n"))
    one = call([1.0], 1.0)
    assert not _fits_records(msgspec.structs.replace(one, recorded=found), contract)
    right = {"VAL": LossRecord(values=pack([1.0]), kinds="n")}
    assert _fits_records(msgspec.structs.replace(one, recorded=right), contract)
    assert not _fits_records(msgspec.structs.replace(one, recorded=right), Functions())


def test_forward_on_validation_data_is_told_from_training_and_from_anything_else() -> None:
    trained, evaluated = torch.randn(6, 2), torch.randn(4, 2)
    recorder = Recorder(dict, (), 10, (evaluated, trained))
    recorder.look(trained[2:4], training=True)
    recorder.look(torch.randn(3, 2), training=True)
    recorder.look(evaluated[1:], training=True)
    with torch.no_grad():
        recorder.look(evaluated[0], training=False)
        recorder.look(trained, training=False)
    found = recorder.evaluated
    assert found is not msgspec.UNSET
    assert (found.calls, found.training, found.graphs, found.still) == (2, 1, 1, 0)
    recorder.look(trained, training=False)
    assert recorder.evaluated.still == 1  # type: ignore[union-attr]


def test_dropout_keeps_every_value_for_a_while() -> None:
    ones, layer = torch.ones(100), nn.Dropout(0.5)
    with without_dropout():
        assert torch.equal(layer(ones), ones)
        assert torch.equal(nn.functional.dropout(ones, 0.9), ones)
    assert not torch.equal(layer(ones), ones)


def test_a_schedule_begins_again() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.8)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    optimizer.step()
    for _ in range(3):
        schedule.step()
    begin_schedules({"any": schedule, "other": 3}, 0.2)
    rates = [optimizer.param_groups[0]["lr"]]
    for _ in range(2):
        optimizer.step()
        schedule.step()
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == [0.2, 0.1, 0.05]
