"""What an optimizer of torch's makes of gradients, step by step, from the places that were seen.

The only place where the judge runs an optimizer: torch's own class, given trusted gradients at
recorded parameters. Each step begins where the recorded one did, so one wrong step spoils no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from autograder.judge.compare import Values

Maker = Callable[[torch.Tensor, float], torch.optim.Optimizer]
"""Makes an optimizer of flat parameters ``[P]`` and a rate."""
OPTIMIZERS: Mapping[str, Maker] = {
    "Adam": lambda p, lr: torch.optim.Adam([p], lr=lr),
    "AdamW": lambda p, lr: torch.optim.AdamW([p], lr=lr),
    "Adam(amsgrad=True)": lambda p, lr: torch.optim.Adam([p], lr=lr, amsgrad=True),
    "RMSprop": lambda p, lr: torch.optim.RMSprop([p], lr=lr),
    "Adagrad": lambda p, lr: torch.optim.Adagrad([p], lr=lr),
    "Adadelta": lambda p, lr: torch.optim.Adadelta([p], lr=lr),
    "Adamax": lambda p, lr: torch.optim.Adamax([p], lr=lr),
    "NAdam": lambda p, lr: torch.optim.NAdam([p], lr=lr),
    "RAdam": lambda p, lr: torch.optim.RAdam([p], lr=lr),
    "Rprop": lambda p, lr: torch.optim.Rprop([p], lr=lr),
}
"""Those of torch that adapt their steps, with their own settings."""


def replayed(
    make: Maker, before: Values, gradients: Values, rate: float, begins: NDArray[np.bool_]
) -> Iterator[Values]:
    """Yield the move ``[P]`` that is made of each row of ``gradients`` ``[N, P]``, one by one.

    A new optimizer, with nothing carried over, takes over in each step that ``begins`` one, and
    in the first. Nothing is computed before it is asked for.
    """
    place = torch.zeros(before.shape[1], dtype=torch.float64, requires_grad=True)
    optimizer = None
    for at, gradient, anew in zip(before, gradients, begins, strict=True):
        if optimizer is None or anew:
            optimizer = make(place, rate)
        place.data.copy_(torch.from_numpy(at.copy()))
        place.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
        move: Values = place.detach().numpy() - at
        yield move
