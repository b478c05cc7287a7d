"""What forward or criterion returned in a probe, and its gradients, as they travel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import numpy as np
import torch

from autograder.protocol.array import Array, pack
from autograder.protocol.trace import Cause
from autograder.worker.absent import missing_in
from autograder.worker.cause import known_type
from autograder.worker.subject import refuse, refuse_missing

MOST_VALUES = 100  # for each number given; (n, n) from broadcasting stays below


def packed(value: torch.Tensor) -> Array:
    """Return a tensor's numbers as they travel, in float64."""
    return pack(value.detach().double().numpy())


def tensor_result(value: object, given: int) -> torch.Tensor:
    """Return the value where it is a tensor of sensible size for ``given`` input numbers."""
    if isinstance(value, torch.Tensor):
        require_few(value.numel(), given)
        return value
    missing = missing_in(value)
    if missing is not None:
        return refuse_missing(missing.module)
    if value is None:
        return refuse("nothing-returned")
    number = isinstance(value, (float, int, np.ndarray, np.floating))
    number = number and not isinstance(value, bool)
    cause: Cause = "number-returned" if number else "object-returned"
    return refuse(cause, type=known_type(value))


def require_few(count: int, given: int) -> None:
    """Refuse more numbers than broadcasting makes of those put in."""
    if count > MOST_VALUES * given:
        refuse("too-many-returned", count=str(count), given=str(given))


def gradients_for(total: torch.Tensor, leaves: Mapping[str, object]) -> dict[str, Array] | None:
    """Return the gradient of ``total`` for each leaf, zeros where it does not depend on it."""
    wanted = {n: v for n, v in leaves.items() if isinstance(v, torch.Tensor) and v.requires_grad}
    with suppress(RuntimeError):
        found = torch.autograd.grad(total, list(wanted.values()), allow_unused=True)
        return {
            name: packed(torch.zeros_like(leaf) if gradient is None else gradient)
            for (name, leaf), gradient in zip(wanted.items(), found, strict=True)
        }
    return None


def changed(before: Sequence[torch.Tensor], now: Sequence[torch.Tensor]) -> bool:
    """Return whether inputs of the same shapes have other numbers than before."""
    pairs = zip(before, now, strict=True)
    return any(one.shape == other.shape and not one.equal(other.detach()) for one, other in pairs)
