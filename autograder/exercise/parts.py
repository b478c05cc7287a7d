"""The parts of a spec: checks, tolerances, variations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import torch

Start = float | Sequence[Any] | torch.Tensor
"""A start value: a number, or an array of the parameter's shape."""

Says = Literal["where", "what", "mistake"]
"""How much ``check`` says of what is wrong: in which function, also what and a hint, also the known
mistake's name."""
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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """Processor time that a submission may take, in seconds: it is the same on a busy machine.

    ``cell_seconds`` is for each cell of a notebook (a script is one), ``call_seconds`` for each
    call of a student's function, ``total_seconds`` for all of it. ``autograder verify`` refuses
    limits that the reference or an accepted file needs more than a twentieth of.
    """

    cell_seconds: float = 5.0
    call_seconds: float = 2.0
    total_seconds: float = 20.0

    def scaled(self, total_seconds: float) -> Limits:
        """Return limits of this shape whose total is another."""
        factor = total_seconds / self.total_seconds
        return Limits(
            cell_seconds=factor * self.cell_seconds,
            call_seconds=factor * self.call_seconds,
            total_seconds=total_seconds,
        )


DEFAULT_TOLERANCES: Mapping[str, Tolerance] = {
    "forward": Tolerance(rtol=1e-4, atol=1e-5),
    "criterion": Tolerance(rtol=1e-4, atol=1e-5),
    "loss_recorded": Tolerance(rtol=1e-3, atol=1e-4),
    "loss_decreases": Tolerance(rtol=0.9, atol=0.0),
    "final_parameters": Tolerance(rtol=1e-3, atol=1e-3),
    "gradient_zeroing": Tolerance(rtol=1e-3, atol=0.0),
}
