"""The spec's record. Wrong values raise SpecError naming the key; the loader adds the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import torch

from autograder.exercise.parts import (
    CHECKS,
    DEFAULT_TOLERANCES,
    Limits,
    Says,
    Start,
    Tolerance,
    Variation,
)
from autograder.exercise.validation import (
    check_help,
    check_limits,
    check_names,
    check_points,
    check_seeds,
    check_values,
    check_variations,
)
from autograder.protocol.job import Contract, Functions, Module

__all__ = ["CHECKS", "DEFAULT_TOLERANCES", "Data", "Exercise", "Limits", "Tolerance", "Variation"]

Data = Mapping[str, torch.Tensor]
Pair = tuple[torch.Tensor, torch.Tensor]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exercise:
    """One lab.

    ``data`` draws the arrays from a seeded generator; ``objective`` is the full-data loss that
    right training minimises, written in torch, run by the judge alone. Every training scenario
    draws fresh data: the public ones from ``public_seeds``, those of ``variations`` from
    ``hidden_seeds`` in turn. ``points`` maps checks to points; a check left out is not made.
    ``start`` gives a value for each parameter, or draws them from a seeded generator; with the
    Module contract its keys are the names of the model's parameters. ``forward_inputs`` draws the
    x of a probe of forward with that many rows, ``criterion_inputs`` the pair (yhat, y) of one of
    criterion; both default to normal numbers in the shapes of the data.
    ``tolerances`` override the defaults; that of loss_decreases says which share of the
    reference's drop may be missing, that of gradient_zeroing bounds the residual of the fit.
    ``limits`` say how much processor time a submission may take, and ``check_says`` how much
    ``check`` tells a student before the deadline: ``where``, ``what`` or the ``mistake``'s name.
    """

    lab: str
    title: str
    data: Callable[[torch.Generator], Data]
    objective: Callable[[Data, Data], torch.Tensor]
    start: Mapping[str, Start] | Callable[[torch.Generator], Mapping[str, Start]]
    learning_rate: float
    iterations: int
    public_seeds: tuple[int, ...]
    hidden_seeds: tuple[int, ...]
    variations: tuple[Variation, ...]
    points: Mapping[str, float]
    tolerances: Mapping[str, Tolerance] = dataclasses.field(default_factory=dict)
    limits: Limits = dataclasses.field(default_factory=Limits)
    check_says: Says = "mistake"
    contract: Contract = dataclasses.field(default_factory=Functions)
    inert: tuple[str, ...] = ()
    forward_inputs: Callable[[torch.Generator, int], torch.Tensor] | None = None
    criterion_inputs: Callable[[torch.Generator, int], Pair] | None = None

    def __post_init__(self) -> None:
        check_names(self)
        check_values(self)
        check_seeds(self)
        check_variations(self)
        check_points(self)
        check_limits(self)
        check_help(self)

    @property
    def max_score(self) -> float:
        """The sum of all points."""
        return float(sum(self.points.values()))

    @property
    def batch_size(self) -> int | None:
        """Samples of one step; None where each step takes all."""
        return self.contract.batch_size if isinstance(self.contract, Module) else None

    def tolerance(self, check: str) -> Tolerance:
        """Return the tolerance of a check."""
        return self.tolerances.get(check, DEFAULT_TOLERANCES[check])
