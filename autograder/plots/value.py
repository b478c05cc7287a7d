"""Copies of a student's values as plain arrays, and predictions without a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

FloatArray = npt.NDArray[np.float64]


def numbers(values: Any, what: str) -> FloatArray:
    """Return a flat float64 copy of a tensor, an array, a number or (nested) lists of them.

    Raises:
        ValueError: something in it is not a real number; the text names ``what``.

    """
    try:
        return _flat(values)
    except (TypeError, ValueError, RuntimeError) as problem:
        kind = type(values).__name__
        raise ValueError(f"{what} ({kind}) does not hold plain numbers: {problem}") from problem


def _flat(values: Any) -> FloatArray:
    if isinstance(values, torch.Tensor):
        if values.is_complex():
            raise TypeError("its numbers are complex")
        copy = values.detach().to("cpu", torch.float64, copy=True)
        return np.asarray(copy.numpy().reshape(-1), dtype=np.float64)
    if isinstance(values, list | tuple):
        parts = [_flat(value) for value in values]
        return np.concatenate(parts) if parts else np.empty(0)
    return np.array(values, dtype=np.float64).reshape(-1)


def number(value: Any, what: str) -> float:
    """Return the one number in a float, a tensor, or a list such as ``[[-15.0]]``."""
    flat = numbers(value, what)
    if flat.size != 1:
        raise ValueError(f"{what} must be one number, it holds {flat.size}")
    return float(flat[0])


def pairs(X: Any, Y: Any) -> tuple[FloatArray, FloatArray]:  # noqa: N803  # the labs' names
    """Return x and y, each of shape [n], without the points that are not finite."""
    x, y = numbers(X, "X"), numbers(Y, "Y")
    if x.size != y.size:
        raise ValueError(f"X holds {x.size} numbers and Y {y.size}; each x needs one y")
    finite = np.isfinite(x) & np.isfinite(y)
    if not finite.any():
        raise ValueError("X and Y hold no finite point")
    return x[finite], y[finite]


def weight_and_bias(model: nn.Module) -> tuple[float, float]:
    """Return a linear model's two parameters: by their names, else by their order."""
    named = [(name.rpartition(".")[2], value) for name, value in model.named_parameters()]
    weights = [value for name, value in named if name in ("weight", "w")]
    biases = [value for name, value in named if name in ("bias", "b")]
    if len(weights) == len(biases) == 1:
        return number(weights[0], "the model's weight"), number(biases[0], "the model's bias")
    if len(named) != 2:
        raise ValueError(
            f"the model has {len(named)} parameters ({', '.join(name for name, _ in named)}); "
            "the picture needs a weight and a bias"
        )
    (first, weight), (second, bias) = named
    return number(weight, f"the model's {first}"), number(bias, f"the model's {second}")


def predict(model: Callable[..., Any], points: FloatArray, like: Any) -> FloatArray:
    """Return what ``model`` answers to ``points``, handed over as a tensor like ``like``.

    The model answers in evaluation mode and without gradients; its mode is put back afterwards.
    """
    dtype, device = torch.get_default_dtype(), None
    if isinstance(like, torch.Tensor):
        device = like.device
        dtype = like.dtype if like.is_floating_point() else dtype
    with _evaluating(model), torch.no_grad():
        answer = model(torch.tensor(points, dtype=dtype, device=device))
    flat = numbers(answer, "what the model returned")
    if flat.size not in (len(points), 2 * len(points)):
        raise ValueError(f"the model returned {flat.size} numbers for {len(points)} inputs")
    return flat if flat.size == len(points) else flat.reshape(len(points), 2)


@contextmanager
def _evaluating(model: object) -> Iterator[None]:
    """Set the flags alone: a student's own ``train`` or ``eval`` may do more than that."""
    owner = getattr(model, "__self__", model)
    parts = list(owner.modules()) if isinstance(owner, nn.Module) else []
    modes = [part.training for part in parts]
    try:
        for part in parts:
            part.training = False
        yield
    finally:
        for part, mode in zip(parts, modes, strict=True):
            part.training = mode
