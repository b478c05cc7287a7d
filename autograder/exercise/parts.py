"""The parts of a spec: checks, tolerances, variations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

Start = float | Sequence[Any] | torch.Tensor
"""A start value: a number, or an array of the parameter's shape."""

CHECKS = (
    "forward",
    "criterion",
    "loss_recorded",
    "loss_decreases",
    "final_parameters",
    "gradient_zeroing",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tolerance:
    """``|observed - expected| <= atol + rtol * |expected|``, as numpy.allclose has it."""

    rtol: float
    atol: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Variation:
    """How one training scenario differs from the lab's own situation; None keeps the lab's value.

    ``start`` replaces some of the lab's start values. ``data`` draws other data, for which the
    lab's well-known answer is wrong. ``calls`` are the iteration counts of successive calls.
    ``isolated`` hands the training function neutral
    stand-ins for forward and criterion.
    """

    name: str
    start: Mapping[str, Start] | None = None
    learning_rate: float | None = None
    calls: tuple[int, ...] | None = None
    isolated: bool = False
    data: Callable[[torch.Generator], Mapping[str, torch.Tensor]] | None = None


DEFAULT_TOLERANCES: Mapping[str, Tolerance] = {
    "forward": Tolerance(rtol=1e-4, atol=1e-5),
    "criterion": Tolerance(rtol=1e-4, atol=1e-5),
    "loss_recorded": Tolerance(rtol=1e-3, atol=1e-4),
    "loss_decreases": Tolerance(rtol=0.9, atol=0.0),
    "final_parameters": Tolerance(rtol=1e-3, atol=1e-3),
    "gradient_zeroing": Tolerance(rtol=1e-3, atol=0.0),
}
