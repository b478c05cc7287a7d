"""Neutral stand-ins for forward and criterion, handed to the training function when isolated.

They are no lab's solution, so finding them here helps nobody: forward is linear in the parameters
over cosines of x; criterion is a quadratic with a ripple, convex, symmetric in its arguments. Where
targets are indices of classes, the right class's prediction is drawn to one number, all others to
zero. Its
curvature is that of a usual lab (mean squared error over x in -3…3), so that a loop that goes
wrong there goes wrong here too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

STRENGTH = 3.5
TREND = 0.3
MOST_ORDERS = 8
PHASE = 0.7  # between the numbers of one prediction
RIGHT_CLASS = 8.0
FEW_FEATURES = 4


class Form(NamedTuple):
    """The shapes of one input, of one target, and of one prediction where it has its own."""

    inputs: tuple[int, ...] = (1,)
    targets: tuple[int, ...] = (1,)
    outputs: tuple[int, ...] | None = None

    @property
    def features(self) -> int:
        """How many numbers one input has."""
        return math.prod(self.inputs)


def form_of(
    inputs: tuple[int, ...], targets: tuple[int, ...], outputs: tuple[int, ...] | None = None
) -> Form:
    """Return the form of data of these shapes; the first dimension counts the samples."""
    return Form(tuple(inputs[1:]), tuple(targets[1:]), outputs)


def signal(x: Tensor, form: Form) -> Tensor:
    """Return one number for each prediction: ``x`` itself, or a fixed mix of several features.

    ``x`` is ``[…, *inputs]``, or each input's features in one row; the result is ``[…, *targets]``.
    Where predictions have a shape of their own, it is ``[…, *outputs]``, each number moved by a
    phase, so that no two are the same.
    """
    if form.outputs is not None:
        alone = signal(x, Form(form.inputs, ()))
        alone = alone.reshape(*(_samples(x, form) or alone.shape[:1]), *(1 for _ in form.outputs))
        phases = PHASE * torch.arange(math.prod(form.outputs), dtype=alone.dtype)
        return alone + phases.reshape(form.outputs)
    x = x if x.is_floating_point() else x.float()
    samples = _samples(x, form)
    alike = len(form.inputs) == len(form.targets)
    if form.features == 1 == math.prod(form.targets) and (alike or samples is None):
        return x
    if samples is None:
        samples = () if x.numel() == form.features else (-1,)
    flat = x.reshape(*samples, form.features)
    weights = torch.linspace(1.0, -0.5, form.features, dtype=x.dtype)
    if form.features > FEW_FEATURES:  # as large as a mix of few
        weights = weights * math.sqrt(FEW_FEATURES / form.features)
    mixed = (flat * weights).sum(-1)
    ones = [1] * len(form.targets)
    return mixed.reshape(*mixed.shape, *ones).expand(*mixed.shape, *form.targets)


def _samples(x: Tensor, form: Form) -> tuple[int, ...] | None:
    """Return the dimensions of ``x`` that are not one input's, None where it is no such input."""
    for one in (form.inputs, (form.features,)):
        first = x.ndim - len(one)
        if first >= 0 and tuple(x.shape[first:]) == one:
            return tuple(x.shape[:first])
    return None


def predict(parameters: Sequence[Tensor], x: Tensor, form: Form) -> Tensor:
    """Return ``0.3 s + c sum_i p_i cos(i s)``, i from 1 over all values of all parameters.

    ``s`` is the signal of ``x``; ``c`` shrinks with the number of values, so that the curvature
    does not grow with it. Where there are many, i is a fraction and goes up to 8 alone: float32
    knows little of the cosine of thousands.
    """
    s = signal(x, form)
    values = torch.cat([torch.as_tensor(p, dtype=s.dtype).reshape(-1) for p in parameters])
    orders = torch.arange(1, len(values) + 1, dtype=s.dtype)
    if len(values) > MOST_ORDERS:
        orders = orders * (MOST_ORDERS / len(values))
    strength = STRENGTH / math.sqrt(max(1.0, len(values) / 2))
    return TREND * s + strength * (torch.cos(s.unsqueeze(-1) * orders) @ values)


def loss(yhat: Tensor, y: Tensor) -> Tensor:
    """Return the mean of ``r^2 / 2 + 1 - cos(r)`` with ``r = yhat - y``, a 0-d tensor."""
    distance = _apart(yhat, y)
    return (0.5 * distance**2 + 1.0 - torch.cos(distance)).mean()


def _apart(yhat: Tensor, y: Tensor) -> Tensor:
    """Return the differences; indices of classes stand for the predictions of all classes."""
    if yhat.is_floating_point() == y.is_floating_point() or yhat.ndim == y.ndim:
        return yhat - y
    if y.is_floating_point():
        yhat, y = y, yhat
    place = min(1, y.ndim)  # of the classes, as torch's own losses have it
    classes = torch.arange(yhat.shape[place]).reshape(-1, *(1 for _ in y.shape[place:]))
    return yhat - RIGHT_CLASS * (y.unsqueeze(place) == classes).to(yhat.dtype)


def objective(
    parameters: Mapping[str, Tensor],
    data: Mapping[str, Tensor],
    outputs: tuple[int, ...] | None = None,
) -> Tensor:
    """Return the full-data loss of the stand-ins: what isolated training minimises."""
    form = form_of(tuple(data["X"].shape), tuple(data["Y"].shape), outputs)
    return loss(predict(list(parameters.values()), data["X"], form), data["Y"])


def make_forward(parameters: Callable[[], Sequence[Tensor]], form: Form) -> Callable[..., Tensor]:
    """Return a forward that asks ``parameters`` for the current ones at each call."""

    def forward(*args: Tensor, **kwargs: Tensor) -> Tensor:
        (x, *_) = (*args, *kwargs.values())
        return predict(parameters(), x, form)

    return forward


def criterion(yhat: Tensor, y: Tensor) -> Tensor:
    """Stand-in criterion."""
    return loss(yhat, y)


class Criterion(nn.Module):
    """Stand-in criterion as an object, for labs whose criterion is one."""

    reduction = "mean"

    def forward(self, input: Tensor, target: Tensor) -> Tensor:  # noqa: A002  # as torch names it
        """Return the stand-in loss."""
        return loss(input, target)


class Model(nn.Module):
    """A module with parameters of the given dotted names and values, and no forward of its own."""

    def __init__(self, values: Mapping[str, Tensor]) -> None:
        super().__init__()
        for name, value in values.items():
            *path, last = name.split(".")
            module: nn.Module = self
            for part in path:
                if not hasattr(module, part):
                    module.add_module(part, nn.Module())
                module = module.get_submodule(part)
            module.register_parameter(last, nn.Parameter(value.clone()))
