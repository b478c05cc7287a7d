"""Draw what a spec describes: data, start values, inputs of probes. Its code may do anything.

All of it is handed to the labs as float32, or as whole numbers where a prediction has a shape of
its own (``contract.outputs``), as for indices of classes. What cannot be is a SpecError that names
the key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from autograder.errors import SpecError
from autograder.exercise.spec import Exercise, Variation
from autograder.protocol.array import Array, natural, pack
from autograder.protocol.job import Situation, inputs_of, validation_of
from autograder.words.catalogue import say

POINTS = 2


def generator_of(seed: int) -> torch.Generator:
    """Return a generator of that seed."""
    return torch.Generator().manual_seed(seed)


def draw_data(
    exercise: Exercise, seed: int, variation: Variation | None = None
) -> dict[str, torch.Tensor]:
    """Return a scenario's data; raises SpecError where it is none."""
    own = variation is not None and variation.data is not None
    key = f"variations[{variation.name!r}].data" if variation and own else "data"
    draw = (variation and variation.data) or exercise.data
    try:
        data = dict(draw(generator_of(seed)))
    except Exception as error:  # the spec's code, not ours
        raise SpecError(key, say("spec-raised", error=error, name=type(error).__name__)) from error
    for name, values in data.items():
        problem = wrong_numbers(values)
        if problem:
            raise SpecError(key, f"{name!r} {problem}")
    _require_rows(exercise, data, key)
    return data


def _require_rows(exercise: Exercise, data: Mapping[str, torch.Tensor], key: str) -> None:
    """Raise SpecError where data are not one row a sample."""
    names: tuple[str, ...] = (*inputs_of(exercise.contract), exercise.contract.targets)
    validation = validation_of(exercise.contract)
    if validation is not None:
        _require_pairs((validation.inputs, validation.targets), data, key)
    elif exercise.batch_size:
        names = tuple(dict.fromkeys((*names, *data)))
    _require_pairs(names, data, key)


def _require_pairs(names: tuple[str, ...], data: Mapping[str, torch.Tensor], key: str) -> None:
    """Raise SpecError where these are not all there, with as many rows."""
    for name in names:
        if name not in data:
            raise SpecError(key, say("spec-no-tensor", name=name))
    for name in names:
        if data[name].ndim == 0 or not len(data[name]):
            shape = tuple(data[name].shape)
            raise SpecError(key, say("spec-shape", name=name, shape=shape))
        if len(data[name]) != len(data[names[0]]):
            rows, others = len(data[name]), len(data[names[0]])
            said = say("spec-rows", name=name, rows=rows, other=names[0], others=others)
            raise SpecError(key, said)


def wrong_numbers(values: object) -> str:
    """Return why something cannot be handed to a lab as float32, nothing where it can."""
    if not isinstance(values, torch.Tensor):
        return say("spec-not-a-tensor", kind=type(values).__name__)
    if values.layout is not torch.strided or values.is_quantized:
        return say("spec-not-dense")
    if values.is_complex():
        return say("spec-complex")
    if not torch.isfinite(values.detach().float()).all():
        return say("spec-not-finite")
    return ""


def draw_start(exercise: Exercise, seed: int, variation: Variation) -> dict[str, torch.Tensor]:
    """Return the start values as float32 tensors; raises SpecError where they cannot be drawn."""
    given = exercise.start
    try:
        values = dict(given(generator_of(seed + 3))) if callable(given) else dict(given)
        drawn = set(values)
        values |= variation.start or {}
        found = {n: torch.as_tensor(v, dtype=torch.float32).detach() for n, v in values.items()}
    except Exception as error:  # the spec's code, not ours
        raise SpecError(
            "start", say("spec-raised", error=error, name=type(error).__name__)
        ) from error
    unknown = sorted(set(found) - drawn)
    if unknown or not found:
        problem = say("spec-no-parameters", unknown=unknown) if unknown else say("spec-empty")
        raise SpecError(f"variations[{variation.name!r}].start", problem)
    for name, value in found.items():
        problem = wrong_numbers(value) or ("" if value.numel() else say("spec-no-value"))
        if problem:
            raise SpecError("start", f"{name!r} {problem}")
    return found


def draw_rows(
    key: str, draw: Callable[..., object], source: torch.Generator, rows: int, *, count: int
) -> tuple[torch.Tensor, ...]:
    """Return what the spec draws for a probe; raises SpecError where it is not ``rows`` long."""
    try:
        drawn = draw(source, rows)
        values = drawn if isinstance(drawn, tuple) else (drawn,)
        tensors = tuple(value for value in values if isinstance(value, torch.Tensor))
        sizes = {len(value) for value in tensors}
    except Exception as error:  # the spec's code, not ours
        raise SpecError(key, say("spec-raised", error=error, name=type(error).__name__)) from error
    if sizes != {rows} or not len(tensors) == len(values) == count:
        kind = say("a-tensor", n=count)
        raise SpecError(key, say("spec-rows-asked", kind=kind, rows=rows))
    for value in tensors:
        problem = wrong_numbers(value)
        if problem:
            raise SpecError(key, say("spec-returns", problem=problem))
    return tensors


def require_objective(exercise: Exercise, preset: Situation) -> None:
    """Raise SpecError where the objective gives no number in the lab's own situation.

    The judge computes it, and its gradient, at many parameters at once.
    """
    parameters = {name: _tensor(array) for name, array in preset.start.items()}
    data = {name: _tensor(array) for name, array in preset.data.items()}
    try:
        loss = exercise.objective(parameters, data)
    except Exception as error:  # the spec's code, not ours
        raise SpecError(
            "objective", say("spec-raised", error=error, name=type(error).__name__)
        ) from error
    if not isinstance(loss, torch.Tensor) or loss.ndim:
        found = (
            say("shape", shape=tuple(loss.shape)) if isinstance(loss, torch.Tensor) else repr(loss)
        )
        raise SpecError("objective", say("spec-one-number", found=found))
    if not torch.isfinite(loss):
        raise SpecError("objective", say("spec-loss", loss=loss.item()))
    points = {
        name: value.repeat(POINTS, *(1 for _ in value.shape)).requires_grad_()
        for name, value in parameters.items()
    }
    try:
        losses = torch.func.vmap(exercise.objective, in_dims=(0, None))(points, data)
        if losses.requires_grad:
            torch.autograd.grad(losses.sum(), tuple(points.values()), allow_unused=True)
    except Exception as error:  # the spec's code, not ours
        cause = f"{type(error).__name__}: {error}".partition("\n")[0].partition(". ")[0]
        problem = say("spec-not-vectorised", cause=cause)
        raise SpecError("objective", problem) from error


def _tensor(array: Array) -> torch.Tensor:
    return torch.from_numpy(natural(array))


def packed(values: torch.Tensor, *, whole: bool = False) -> Array:
    """Return values as they are handed to a lab: float32; as ``whole`` numbers those that are."""
    if whole and not values.is_floating_point():
        return pack(values.detach().long().numpy(), dtype="i8")
    return pack(values.detach().double().numpy(), dtype="f4")
