"""The gradient of what a step gave, for the arguments that record their graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch

from autograder.protocol.script import ALL, Step
from autograder.protocol.value import Numbers, Value
from autograder.worker.tree import read


def gradients_of(
    step: Step, result: object, given: Sequence[Any], named: Mapping[str, Any], loaded: Any = None
) -> dict[str, Value] | None:
    """Return the gradient of a weighted sum of the tensors in a result, by argument.

    Those for ``loaded`` parameters are there under their names, but for parameters that are frozen.
    None where no argument records its graph, or the result carries none. The weights differ from
    value to value, so that no two mistakes cancel out.
    """
    arguments = {str(at): value for at, value in enumerate(step.arguments)} | step.named
    values = {str(at): value for at, value in enumerate(given)} | dict(named)
    wanted = {
        name: values[name]
        for name, value in arguments.items()
        if isinstance(value, Numbers) and value.grad
    }
    own: Mapping[str, torch.Tensor] = loaded if loaded and step.wrt else {}
    names = own if ALL in step.wrt else step.wrt
    wanted |= {name: own[name] for name in names if name in own and own[name].requires_grad}
    parts = [one for one in _tensors(result) if one.requires_grad] if wanted else []
    if not parts:
        return None
    total = torch.stack([(_weights(part) * part).sum().double() for part in parts]).sum()
    found = torch.autograd.grad(total, list(wanted.values()), allow_unused=True)
    return {
        name: read(torch.zeros_like(leaf) if gradient is None else gradient)
        for (name, leaf), gradient in zip(wanted.items(), found, strict=True)
    }


def _weights(value: torch.Tensor) -> torch.Tensor:
    count = torch.arange(1, value.numel() + 1, dtype=torch.float64)
    return torch.cos(count).reshape(value.shape).to(value.dtype)


def _tensors(result: object) -> Iterator[torch.Tensor]:
    """Yield the tensors of fractions in a result: it, or those right in a tuple or list."""
    inside: Iterable[object] = (result,)
    if issubclass(type(result), (tuple, list)):
        base: Any = tuple if issubclass(type(result), tuple) else list
        inside = base.__iter__(result)
    for one in inside:
        if issubclass(type(one), torch.Tensor):
            tensor: Any = one
            if tensor.is_floating_point():
                yield tensor
