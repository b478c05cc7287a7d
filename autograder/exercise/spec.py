"""The spec's record. Wrong values raise SpecError naming the key; the loader adds the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import torch

from autograder.exercise.parts import CHECKS, DEFAULT_TOLERANCES, Tolerance, Variation
from autograder.exercise.validation import (
    check_names,
    check_points,
    check_seeds,
    check_values,
    check_variations,
)
from autograder.protocol.job import Functions

__all__ = ["CHECKS", "DEFAULT_TOLERANCES", "Data", "Exercise", "Tolerance", "Variation"]

Data = Mapping[str, torch.Tensor]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exercise:
    """One lab.

    ``data`` draws the arrays from a seeded generator; ``objective`` is the full-data loss that
    right training minimises, written in torch, run by the judge alone. Every training scenario
    draws fresh data: the public ones from ``public_seeds``, those of ``variations`` from
    ``hidden_seeds`` in turn. ``points`` maps checks to points; a check left out is not made.
    ``tolerances`` override the defaults; that of loss_decreases says which share of the
    reference's drop may be missing, that of gradient_zeroing bounds the residual of the fit.
    """

    lab: str
    title: str
    data: Callable[[torch.Generator], Data]
    objective: Callable[[Data, Data], torch.Tensor]
    start: Mapping[str, float]
    learning_rate: float
    iterations: int
    public_seeds: tuple[int, ...]
    hidden_seeds: tuple[int, ...]
    variations: tuple[Variation, ...]
    points: Mapping[str, float]
    tolerances: Mapping[str, Tolerance] = dataclasses.field(default_factory=dict)
    contract: Functions = dataclasses.field(default_factory=Functions)
    inert: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_names(self)
        check_values(self)
        check_seeds(self)
        check_variations(self)
        check_points(self)

    @property
    def max_score(self) -> float:
        """The sum of all points."""
        return float(sum(self.points.values()))

    def tolerance(self, check: str) -> Tolerance:
        """Return the tolerance of a check."""
        return self.tolerances.get(check, DEFAULT_TOLERANCES[check])
