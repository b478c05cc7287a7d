"""The spec's records, and their rules.

Wrong values raise SpecError, which names the key and says what to give; the loader adds the file.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import torch
from msgspec.structs import replace

from autograder.errors import SpecError
from autograder.exercise.argument import Calls, stand_ins
from autograder.exercise.contract import check_contract, check_numpy, require, whole
from autograder.exercise.part import (
    SEPARATOR,
    Part,
    PartCheck,
    Random,
    check_calls,
    check_parts,
)
from autograder.exercise.recorded import (
    Evaluation,
    Measured,
    Recorded,
    RecordedCheck,
    check_recorded,
    recorded_checks,
    recorded_worths,
)
from autograder.protocol.job import (
    NO_TRAINING,
    Contract,
    Functions,
    Module,
    Role,
    validation_of,
)
from autograder.words.catalogue import say

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
_FUNCTIONS: Mapping[str, Role] = {check.id: check.function for check in KNOWN_CHECKS}


def function_of(check: str) -> str:
    """Return whose a check is, a mistake in which costs it: a function of training's, or a part."""
    return _FUNCTIONS.get(check) or check.partition(SEPARATOR)[0]


def not_drawn(*_: object) -> Any:
    """Stand where a lab that trains nothing has no data and no objective."""
    raise SpecError("data", say("spec-trains-nothing"))


_ROLES = ("forward", "criterion", "train_model")
CELLS_IN_A_ROW, CALLS_IN_A_ROW = 4 / 3, 5.0
_SLUG = re.compile(r"[a-z][a-z0-9_]*")


def check_names(exercise: Exercise) -> None:
    """Check the slug, the title, the contract and the inert names."""
    slug = isinstance(exercise.lab, str) and _SLUG.fullmatch(exercise.lab)
    require(bool(slug), "lab", "spec-slug")
    require(isinstance(exercise.title, str), "title", "spec-text")
    if exercise.trains:
        check_contract(exercise.contract)
    named = isinstance(exercise.inert, tuple) and all(isinstance(n, str) for n in exercise.inert)
    require(named, "inert", "spec-names")


def check_values(exercise: Exercise) -> None:
    """Check functions, start values, rate and number of iterations."""
    if not exercise.trains:
        return
    for key in ("data", "objective"):
        require(getattr(exercise, key) is not not_drawn, key, "spec-needed-to-train")
    require(callable(exercise.data), "data", "spec-of-generator")
    require(callable(exercise.objective), "objective", "spec-of-parameters")
    for key in ("forward_inputs", "criterion_inputs"):
        draw = getattr(exercise, key)
        require(draw is None or callable(draw), key, "spec-of-rows")
    if not callable(exercise.start):
        _check_start(exercise.start, "start")
    _positive(exercise.learning_rate, "learning_rate")
    require(whole(exercise.iterations), "iterations", "spec-whole")


def check_seeds(exercise: Exercise) -> None:
    """Check that there are seeds of both kinds, none twice and none of both."""
    for key in ("public_seeds", "hidden_seeds"):
        seeds = getattr(exercise, key)
        sound = isinstance(seeds, tuple) and seeds and all(type(s) is int for s in seeds)
        require(bool(sound), key, "spec-seeds")
    _require_different(exercise.public_seeds, "public_seeds")
    both = sorted(set(exercise.public_seeds) & set(exercise.hidden_seeds))
    require(not both, "hidden_seeds", "spec-both-seeds", both=both)


def check_variations(exercise: Exercise) -> None:
    """Check each variation, that names differ, and that there is one of each kind."""
    sound = isinstance(exercise.variations, tuple) and all(
        isinstance(variation, Variation) for variation in exercise.variations
    )
    require(sound, "variations", "spec-variations")
    if not exercise.trains:
        return
    names = [f"public-{seed}" for seed in exercise.public_seeds]
    names += [variation.name for variation in exercise.variations]
    _require_different(names, "variations")
    for kind, wanted in (("own", False), ("isolated", True)):
        found = any(variation.isolated is wanted for variation in exercise.variations)
        require(found, "variations", "spec-kind", kind=kind)
    for variation in exercise.variations:
        _check_variation(variation, exercise)


def check_points(exercise: Exercise) -> None:
    """Check points and tolerances: known checks, sensible numbers."""
    known = [*CHECKS, *exercise.part_checks, *exercise.recorded_checks]
    listed = ", ".join(known)
    sound = isinstance(exercise.points, Mapping) and bool(exercise.points)
    require(sound, "points", "spec-points", listed=listed)
    unknown = sorted(set(exercise.points) - set(known))
    require(not unknown, "points", "spec-no-checks", listed=listed, unknown=unknown)
    for name, value in exercise.points.items():
        _positive(value, f"points[{name!r}]")
    several = exercise.batch_size is not None and "loss_recorded" in exercise.points
    require(not several, "points['loss_recorded']", "spec-batches")
    mapping = isinstance(exercise.tolerances, Mapping)
    require(mapping, "tolerances", "spec-tolerances")
    for name, tolerance in exercise.tolerances.items():
        _check_tolerance(name, tolerance)


def check_help(exercise: Exercise) -> None:
    """Check how much ``check`` is to say."""
    known = get_args(Says)
    require(exercise.check_says in known, "check_says", "spec-one-of", known=", ".join(known))


def check_limits(exercise: Exercise) -> None:
    """Check that limits are positive, and that the parts reach theirs before the whole does.

    A cell that runs into its limit leaves a quarter of it to the next one; four functions are
    called, and the model is made.
    """
    limits = exercise.limits
    require(isinstance(limits, Limits), "limits", "spec-is-limits")
    for name in ("cell_seconds", "call_seconds", "total_seconds"):
        _positive(getattr(limits, name), f"limits.{name}")
    least = CELLS_IN_A_ROW * limits.cell_seconds + CALLS_IN_A_ROW * limits.call_seconds
    cells, calls = CELLS_IN_A_ROW, CALLS_IN_A_ROW
    key, enough = "limits.total_seconds", limits.total_seconds >= least
    require(enough, key, "spec-total-seconds", least=least, cells=cells, calls=calls)


def _check_variation(variation: Variation, exercise: Exercise) -> None:
    key = f"variations[{variation.name!r}]"
    if variation.start is not None:
        _check_start(variation.start, f"{key}.start")
        known = variation.start if callable(exercise.start) else exercise.start
        unknown = sorted(set(variation.start) - set(known))
        require(not unknown, f"{key}.start", "spec-no-parameters", unknown=unknown)
    if variation.learning_rate is not None:
        _positive(variation.learning_rate, f"{key}.learning_rate")
    drawn = variation.data is None or callable(variation.data)
    require(drawn, f"{key}.data", "spec-of-generator")
    if variation.calls is not None:
        calls = variation.calls
        sound = isinstance(calls, tuple) and bool(calls) and all(whole(n) for n in calls)
        require(sound, f"{key}.calls", "spec-wholes")


def _check_start(start: object, key: str) -> None:
    if not isinstance(start, Mapping):
        raise SpecError(key, say("spec-start"))
    require(bool(start), key, "spec-no-start")
    for name, value in start.items():
        try:
            finite = bool(torch.isfinite(torch.as_tensor(value, dtype=torch.float32)).all())
        except (TypeError, ValueError, RuntimeError):
            finite = False
        finite = finite and not isinstance(value, str)
        require(finite, f"{key}[{name!r}]", "spec-number-or-array", value=repr(value))


def _check_tolerance(name: str, tolerance: object) -> None:
    key = f"tolerances[{name!r}]"
    require(name in CHECKS, key, "spec-no-check", checks=", ".join(CHECKS))
    if not isinstance(tolerance, Tolerance):
        raise SpecError(key, say("spec-tolerance"))
    for part in ("rtol", "atol"):
        value = getattr(tolerance, part)
        sound = _finite(value) and value >= 0
        require(sound, f"{key}.{part}", "spec-not-negative")


def _require_different(values: object, key: str) -> None:
    listed = list(values) if isinstance(values, (list, tuple)) else []
    double = sorted({value for value in listed if listed.count(value) > 1})
    require(not double, key, "spec-differ", double=double)


def _finite(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _positive(value: object, key: str) -> None:
    sound = isinstance(value, (int, float)) and math.isfinite(value) and value > 0
    require(sound, key, "spec-positive", value=repr(value))


__all__ = ["CHECKS", "DEFAULT_TOLERANCES", "Data", "Exercise", "Limits", "Tolerance", "Variation"]

Data = Mapping[str, torch.Tensor]
Pair = tuple[torch.Tensor, torch.Tensor]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Exercise:
    """One lab: a list of parts, of which training is one that is written as fields of this record.

    ``parts`` are the others (see ``exercise/part.py``); each states its own points, which come
    first among ``points``. A lab without ``data`` and ``objective`` trains nothing. ``fixtures``
    and ``alternatives`` are the files in the folders of these names; they are read with the spec.

    ``data`` draws the arrays from a seeded generator; ``objective`` is the full-data loss that
    right training minimizes, written in torch, run by the judge alone. Every training scenario
    draws fresh data: the public ones from ``public_seeds``, those of ``variations`` from
    ``hidden_seeds`` in turn. ``points`` maps checks to points; a check left out is not made.
    ``start`` gives a value for each parameter, or draws them from a seeded generator; with the
    Module contract its keys are the names of the model's parameters. ``forward_inputs`` draws the
    x of a probe of forward with that many rows, ``criterion_inputs`` the pair (yhat, y) of one of
    criterion; both default to normal numbers in the shapes of the data.
    ``tolerances`` override the defaults; that of loss_decreases says which share of the
    reference's drop may be missing, that of gradient_zeroing bounds the residual of the fit.
    ``recorded`` are further lists that training fills, ``evaluation`` points for how it evaluates
    (see ``exercise/recorded.py``). ``calls`` are functions of other parts that training calls.
    ``limits`` say how much processor time a submission may take, and ``check_says`` how much
    ``check`` tells a student before the deadline: ``where``, ``what`` or the ``mistake``'s name.
    """

    lab: str
    title: str
    public_seeds: tuple[int, ...]
    hidden_seeds: tuple[int, ...]
    parts: tuple[Part, ...] = ()
    fixtures: Mapping[str, str] = dataclasses.field(default_factory=dict)
    alternatives: Mapping[str, str] = dataclasses.field(default_factory=dict)
    data: Callable[[torch.Generator], Data] = not_drawn
    objective: Callable[[Data, Data], torch.Tensor] = not_drawn
    start: Mapping[str, Start] | Callable[[torch.Generator], Mapping[str, Start]] = (
        dataclasses.field(default_factory=dict)
    )
    learning_rate: float = 0.0
    iterations: int = 0
    variations: tuple[Variation, ...] = ()
    points: Mapping[str, float] = dataclasses.field(default_factory=dict)
    tolerances: Mapping[str, Tolerance] = dataclasses.field(default_factory=dict)
    limits: Limits = dataclasses.field(default_factory=Limits)
    check_says: Says = "mistake"
    contract: Contract = dataclasses.field(default_factory=Functions)
    inert: tuple[str, ...] = ()
    forward_inputs: Callable[[torch.Generator, int], torch.Tensor] | None = None
    criterion_inputs: Callable[[torch.Generator, int], Pair] | None = None
    recorded: tuple[Recorded, ...] = ()
    evaluation: Evaluation | None = None
    calls: Calls = ()

    def __post_init__(self) -> None:
        check_parts(self.parts, (*CHECKS, *_ROLES))
        given = isinstance(self.contract, (Functions, Module))
        validated = given and validation_of(self.contract) is not None
        check_calls(stand_ins(self.calls, "calls"), self.parts, "calls")
        check_recorded(self.recorded, self.evaluation, validated=validated)
        if self.recorded and given:
            names = tuple(one.names for one in self.recorded)
            object.__setattr__(self, "contract", replace(self.contract, records=names))
        worths = {name: worth for part in self.parts for name, worth in part.worths().items()}
        worths |= recorded_worths(self.recorded, self.evaluation)
        if worths and isinstance(self.points, Mapping):
            object.__setattr__(self, "points", {**worths, **self.points, **worths})
        if not self.trains:
            object.__setattr__(self, "contract", NO_TRAINING)
        check_names(self)
        check_values(self)
        evaluates = self.evaluation is not None
        check_numpy(self.contract, self.start, self.points, evaluates=evaluates)
        check_seeds(self)
        check_variations(self)
        check_points(self)
        check_limits(self)
        check_help(self)

    @property
    def trains(self) -> bool:
        """Whether training is among the parts: a lab without parts does nothing else."""
        given = (value is not not_drawn for value in (self.data, self.objective))
        return not self.parts or any(given) or bool(self.start or self.variations)

    @functools.cached_property
    def part_checks(self) -> Mapping[str, PartCheck]:
        """The checks of all parts but training, by their ids."""
        return {check.id: check for part in self.parts for check in part.checks()}

    @functools.cached_property
    def random_parts(self) -> Mapping[str, Random]:
        """The parts whose results are random, by what their checks are called."""
        return {part.key: part for part in self.parts if isinstance(part, Random)}

    @functools.cached_property
    def recorded_checks(self) -> Mapping[str, RecordedCheck]:
        """The checks of further lists, and of how training evaluates, by their ids."""
        return recorded_checks(self.recorded, self.evaluation)

    @functools.cached_property
    def measured(self) -> Mapping[str, Measured]:
        """What computes the values of further lists, by the ids of their checks."""
        return {one.check: one.value for one in self.recorded}

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
        if check in self.part_checks:
            own = self.part_checks[check]
            return Tolerance(rtol=own.rtol, atol=own.atol)
        if check in self.recorded_checks:
            further = self.recorded_checks[check]
            return Tolerance(rtol=further.rtol, atol=further.atol)
        return self.tolerances.get(check, DEFAULT_TOLERANCES[check])
