"""The spec's records. Wrong values raise SpecError naming the key; the loader adds the file."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping

import torch

from autograder.errors import SpecError
from autograder.protocol.job import Functions

CHECKS = (
    "forward",
    "criterion",
    "loss_recorded",
    "loss_decreases",
    "final_parameters",
    "gradient_zeroing",
)
Data = Mapping[str, torch.Tensor]
_SLUG = re.compile(r"[a-z][a-z0-9_]*")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tolerance:
    """``|observed - expected| <= atol + rtol * |expected|``, as numpy.allclose has it."""

    rtol: float
    atol: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Variation:
    """How one training scenario differs from the lab's own situation; None keeps the lab's value.

    ``calls`` are the iteration counts of successive calls. ``isolated`` hands the training
    function neutral stand-ins for forward and criterion.
    """

    name: str
    start: Mapping[str, float] | None = None
    learning_rate: float | None = None
    calls: tuple[int, ...] | None = None
    isolated: bool = False


DEFAULT_TOLERANCES: Mapping[str, Tolerance] = {
    "forward": Tolerance(rtol=1e-4, atol=1e-5),
    "criterion": Tolerance(rtol=1e-4, atol=1e-5),
    "loss_recorded": Tolerance(rtol=1e-3, atol=1e-4),
    "loss_decreases": Tolerance(rtol=0.9, atol=0.0),
    "final_parameters": Tolerance(rtol=1e-3, atol=1e-3),
    "gradient_zeroing": Tolerance(rtol=1e-2, atol=0.0),
}


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
        _require(bool(_SLUG.fullmatch(str(self.lab))), "lab", "must be a slug such as 'slope'")
        _require(callable(self.data), "data", "must be a function of a torch.Generator")
        _require(callable(self.objective), "objective", "must be a function (parameters, data)")
        _require(bool(self.start), "start", "names no parameter; give a start value for each")
        _positive(self.learning_rate, "learning_rate")
        _require(_whole(self.iterations), "iterations", "must be a whole number of at least 1")
        self._check_seeds()
        self._check_variations()
        self._check_points()
        for name, tolerance in self.tolerances.items():
            _check_tolerance(name, tolerance)

    @property
    def max_score(self) -> float:
        """The sum of all points."""
        return float(sum(self.points.values()))

    def tolerance(self, check: str) -> Tolerance:
        """Return the tolerance of a check."""
        return self.tolerances.get(check, DEFAULT_TOLERANCES[check])

    def _check_seeds(self) -> None:
        for key in ("public_seeds", "hidden_seeds"):
            seeds = getattr(self, key)
            sound = isinstance(seeds, tuple) and seeds and all(type(s) is int for s in seeds)
            _require(bool(sound), key, "must be a tuple of at least one whole number")
        both = sorted(set(self.public_seeds) & set(self.hidden_seeds))
        _require(not both, "hidden_seeds", f"{both} also occur in public_seeds")

    def _check_variations(self) -> None:
        names = [variation.name for variation in self.variations]
        double = sorted({name for name in names if names.count(name) > 1})
        _require(not double, "variations", f"names must differ: {double} occur twice")
        for kind, wanted in (("own", False), ("isolated", True)):
            found = any(variation.isolated is wanted for variation in self.variations)
            _require(found, "variations", f"needs at least one {kind} scenario")
        for variation in self.variations:
            key = f"variations[{variation.name!r}]"
            unknown = sorted(set(variation.start or {}) - set(self.start))
            _require(not unknown, f"{key}.start", f"{unknown} are not among the lab's parameters")
            if variation.learning_rate is not None:
                _positive(variation.learning_rate, f"{key}.learning_rate")
            if variation.calls is not None:
                sound = bool(variation.calls) and all(_whole(n) for n in variation.calls)
                _require(sound, f"{key}.calls", "must be whole numbers of at least 1")

    def _check_points(self) -> None:
        unknown = sorted(set(self.points) - set(CHECKS))
        _require(not unknown, "points", f"{unknown} are no checks; there are {', '.join(CHECKS)}")
        _require(bool(self.points), "points", "names no check")
        for name, value in self.points.items():
            _positive(value, f"points[{name!r}]")


def _check_tolerance(name: str, tolerance: object) -> None:
    key = f"tolerances[{name!r}]"
    _require(name in CHECKS, key, f"is no check; there are {', '.join(CHECKS)}")
    if not isinstance(tolerance, Tolerance):
        raise SpecError(key, "must be Tolerance(rtol=…, atol=…)")
    for part in ("rtol", "atol"):
        value = getattr(tolerance, part)
        sound = isinstance(value, (int, float)) and math.isfinite(value) and value >= 0
        _require(sound, f"{key}.{part}", "must be a number of at least 0")


def _whole(value: object) -> bool:
    return type(value) is int and value >= 1


def _positive(value: object, key: str) -> None:
    sound = isinstance(value, (int, float)) and math.isfinite(value) and value > 0
    _require(sound, key, f"must be a positive number, not {value!r}")


def _require(sound: bool, key: str, problem: str) -> None:  # noqa: FBT001  # reads as a claim
    if not sound:
        raise SpecError(key, problem)
