"""A student's own model and class are after a check what they were before it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from autograder.notebook.preserve import preserved
from autograder.worker.observe import Observer, make_subject
from tests.worker.module_labs import BATCHES, BUDGET, script


def live() -> dict[str, Any]:
    """Return the globals of a notebook in which a right submission has been run."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(script(), "<cell>", "exec"), namespace)
    return namespace


def test_a_parameter_put_in_anew_is_taken_out_again() -> None:
    namespace = live()
    layer = namespace["model"].linear
    weight, value = layer.weight, layer.weight.item()
    with preserved(namespace):
        layer.weight = nn.Parameter(torch.full((1, 1), 50.0))
    assert layer.weight is weight
    assert layer.weight.item() == value


def test_tensors_that_show_one_number_many_times_are_put_back() -> None:
    row = torch.arange(3.0)
    across, _ = torch.meshgrid(row, torch.arange(2.0), indexing="ij")
    with preserved({"across": across, "empty": torch.zeros(0, 3).expand(2, 0, 3)}):
        row += 1
    assert across.tolist() == [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]


def test_what_nobody_can_write_to_stays_as_it_is() -> None:
    with torch.inference_mode():
        fixed = torch.ones(2)
    shown = np.broadcast_to(np.ones(3), (2, 3))
    with preserved({"fixed": fixed, "shown": shown}):
        pass
    assert fixed.tolist() == [1.0, 1.0]
    assert shown.sum() == 6.0


@pytest.mark.parametrize("scenario", ["public-1", "isolated"])
def test_the_class_predicts_as_before_after_a_run(scenario: str) -> None:
    """Recording changes the class; the notebook goes on with it."""
    namespace = live()
    model, own = namespace["model"], namespace["Line"].forward
    before = model(torch.ones(1, 1)).item()
    job = BATCHES.job("small.py", b"", BUDGET)
    defined = {"forward": "Line", "criterion": "criterion", "train_model": "train_model"}
    (found,) = [s for s in job.scenarios if s.id == scenario]
    with preserved(namespace):
        observer = Observer(job, make_subject(job, namespace, defined, []))
        assert observer.train(found).failure is None
    assert namespace["Line"].forward is own
    assert model(torch.ones(1, 1)).item() == before
