"""An optimizer is replayed from the places that were seen, as if each step were the next one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autograder.judge.compare import Values
from autograder.judge.diagnosis.update_formulas import OPTIMIZERS
from autograder.judge.replay import Maker, replayed

RATE = 0.05
SOURCE = np.random.default_rng(3)
GRADIENTS: Values = SOURCE.normal(size=(6, 3))
MAKERS: dict[str, Maker] = {
    **OPTIMIZERS,
    "SGD": lambda p, lr: torch.optim.SGD([p], lr=lr, momentum=0.9, weight_decay=0.1),
}


def trained(make: Maker, restarts: frozenset[int] = frozenset()) -> Values:
    """Return the places that an optimizer goes through with these gradients, ``[N + 1, P]``."""
    place = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64, requires_grad=True)
    optimizer, found = make(place, RATE), [place.detach().numpy().copy()]
    for row, gradient in enumerate(GRADIENTS):
        if row in restarts:
            optimizer = make(place, RATE)
        place.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
        found.append(place.detach().numpy().copy())
    return np.stack(found)


@pytest.mark.parametrize("restarts", [frozenset[int](), frozenset({3})], ids=["once", "anew"])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_replay_takes_the_steps_that_were_taken(make: Maker, restarts: frozenset[int]) -> None:
    path = trained(make, restarts)
    begins = np.isin(np.arange(len(GRADIENTS)), list(restarts))
    moves = list(replayed(make, path[:-1], GRADIENTS, RATE, begins))
    assert np.allclose(moves, np.diff(path, axis=0), rtol=1e-9, atol=1e-12)


def test_one_wrong_step_spoils_no_other() -> None:
    path = trained(OPTIMIZERS["AdamW"])
    begins = np.zeros(len(GRADIENTS), dtype=np.bool_)
    astray = path[:-1].copy()
    astray[2] += 10.0
    right = list(replayed(OPTIMIZERS["AdamW"], path[:-1], GRADIENTS, RATE, begins))
    other = list(replayed(OPTIMIZERS["AdamW"], astray, GRADIENTS, RATE, begins))
    assert [bool(np.allclose(a, b)) for a, b in zip(right, other, strict=True)].count(False) == 1


def test_nothing_is_computed_before_it_is_asked_for() -> None:
    made = []

    def make(place: torch.Tensor, rate: float) -> torch.optim.Optimizer:
        made.append(rate)
        return torch.optim.SGD([place], lr=rate)

    steps = replayed(make, GRADIENTS, GRADIENTS, RATE, np.ones(len(GRADIENTS), dtype=np.bool_))
    assert not made
    next(steps)
    assert len(made) == 1
