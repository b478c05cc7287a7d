"""A profiler finds what it always finds; where none runs, steps are not noted for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch.profiler import ProfilerActivity, profile, record_function

from autograder.worker.patch import Patches
from autograder.worker.unprofiled import note_for_profilers_alone


@pytest.fixture(autouse=True)
def patches() -> Iterator[None]:
    made = Patches()
    note_for_profilers_alone(made)
    yield
    made.undo()


def step() -> None:
    """Make a step by an optimizer."""
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model(torch.ones(1, 1)).sum().backward()
    optimizer.step()


def test_a_profiler_is_told_of_steps_and_of_notes_of_one_s_own() -> None:
    with profile(activities=[ProfilerActivity.CPU]) as seen, record_function("mine"):
        step()
    names = {event.key for event in seen.key_averages()}
    assert {"mine", "Optimizer.step#SGD.step"} <= names


def test_without_a_profiler_nothing_is_noted() -> None:
    with record_function("mine") as note:
        step()
    assert note.record is None


def test_an_error_goes_through_a_note() -> None:
    with pytest.raises(ZeroDivisionError), record_function("mine"):
        1 / 0  # noqa: B018  # it raises
