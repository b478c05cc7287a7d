"""How far a training came that raised is kept, for the picture alone."""

from __future__ import annotations

import pytest

from autograder.protocol.array import unpack
from autograder.protocol.job import Budget

from .conftest import Run
from .observation import script
from .test_observe import training

MIDWAY = training(record="LOSS.append(loss.item()); assert len(LOSS) < 3")


def test_a_training_that_raises_midway_has_its_way_up_to_there(run: Run) -> None:
    record = run(MIDWAY).scenarios["public-1"]
    assert record.failure is not None
    assert record.calls == ()
    partial = record.partial
    assert partial is not None
    assert unpack(partial.visited).shape == (3, 1)
    assert partial.losses is not None
    assert len(partial.losses.kinds) == 3


@pytest.mark.parametrize(
    "source",
    [script(), training(first="raise ValueError"), training(record="raise ValueError")],
    ids=["right", "at once", "in the first iteration"],
)
def test_what_ran_through_or_never_trained_has_none(run: Run, source: str) -> None:
    assert all(record.partial is None for record in run(source).scenarios.values())


def test_what_a_limit_ended_has_none(run: Run) -> None:
    """A limit strikes by chance: the same submission would leave other bytes."""
    endless = training(
        update="w.data = w.data - lr * w.grad.data\n        while len(LOSS) > 2: pass"
    )
    short = Budget(cells_seconds=0.5, call_seconds=0.2)
    record = run(endless, budget=short).scenarios["public-1"]
    assert record.failure is not None
    assert record.failure.kind == "time"
    assert record.partial is None
