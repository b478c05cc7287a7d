"""The parts of a spec: checks, tolerances, variations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import torch

from autograder.protocol.job import Role

Start = float | Sequence[Any] | torch.Tensor
"""A start value: a number, or an array of the parameter's shape."""

Says = Literal["where", "what", "mistake"]
"""How much ``check`` says of what is wrong: in which function, also what and a hint, also the known
mistake's name."""


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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Check:
    """What is fixed of a check: id, the function that a mistake must be in to cost it, tolerance.

    ``of_way``: it speaks of the way that the parameters go. What it looks at is a function of its
    own, in ``judge/checks``.
    """

    id: str
    function: Role
    tolerance: Tolerance
    of_way: bool = False


KNOWN_CHECKS: tuple[Check, ...] = (
    Check(id="forward", function="forward", tolerance=Tolerance(rtol=1e-4, atol=1e-5)),
    Check(id="criterion", function="criterion", tolerance=Tolerance(rtol=1e-4, atol=1e-5)),
    Check(id="loss_recorded", function="train_model", tolerance=Tolerance(rtol=1e-3, atol=1e-4)),
    Check(
        id="loss_decreases",
        function="train_model",
        tolerance=Tolerance(rtol=0.9, atol=0.0),
        of_way=True,
    ),
    Check(
        id="final_parameters",
        function="train_model",
        tolerance=Tolerance(rtol=1e-3, atol=1e-3),
        of_way=True,
    ),
    Check(
        id="gradient_zeroing",
        function="train_model",
        tolerance=Tolerance(rtol=1e-3, atol=0.0),
        of_way=True,
    ),
)
CHECKS = tuple(check.id for check in KNOWN_CHECKS)
WAY_CHECKS = frozenset(check.id for check in KNOWN_CHECKS if check.of_way)
DEFAULT_TOLERANCES: Mapping[str, Tolerance] = {check.id: check.tolerance for check in KNOWN_CHECKS}
