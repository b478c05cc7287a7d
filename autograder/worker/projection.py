"""What is recorded in place of a value that need not, or cannot, cross the wall itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from autograder.protocol.script import Projection
from autograder.worker.cause import known_type
from autograder.worker.subject import refuse

MOST_DEPTH = 16
PLAIN_SPREAD = 0.5  # of parameters that begin all alike, such as zeros


def projected(value: Any, how: Projection) -> Any:
    """Return what is recorded. Raises Refused where a value has nothing of the kind."""
    if how in _OF_MODULES:
        return _OF_MODULES[how](value) if isinstance(value, nn.Module) else _no_module()
    if isinstance(value, nn.Module):
        value = dict(nn.Module.named_parameters(value))
    match how:
        case "shapes":
            return _shapes(value, 0)
        case "count":
            return sum(int(np.prod(shape)) for shape in _flat(_shapes(value, 0)))
        case "sorted":
            return _sorted(value)
        case _:
            return value


def _shapes(value: Any, depth: int) -> Any:
    """Return the shapes of the arrays in a value, in the place of each."""
    if depth > MOST_DEPTH:
        refuse("value-deep", most=str(MOST_DEPTH))
    if issubclass(type(value), (torch.Tensor, np.ndarray, np.generic)):
        return tuple(int(size) for size in value.shape)
    if isinstance(value, nn.Module):
        value = dict(nn.Module.named_parameters(value))
    if issubclass(type(value), dict):
        return {name: _shapes(one, depth + 1) for name, one in dict.items(value)}
    if issubclass(type(value), (list, tuple)):
        return [_shapes(one, depth + 1) for one in value]
    if type(value) in (bool, int, float):
        return ()
    return refuse("value-foreign", type=known_type(value))


def _no_module() -> Any:
    return refuse("not-a-module", name="")


def _drawn(module: nn.Module) -> dict[str, Any]:
    """Return parameters moved by as much as they differ, so that those all alike differ, too."""
    found = {}
    for name, parameter in nn.Module.named_parameters(module):
        value = parameter.detach()
        spread = float(value.std()) if value.numel() > 1 else 0.0
        found[name] = value + (spread or PLAIN_SPREAD) * torch.randn(value.shape)
    return found


def _sizes(module: nn.Module) -> list[tuple[int, ...]]:
    return sorted(tuple(one.shape) for one in nn.Module.parameters(module))


def _names(module: nn.Module) -> list[str]:
    return sorted(name for name, _ in nn.Module.named_parameters(module))


_OF_MODULES: dict[Projection, Callable[[nn.Module], Any]] = {
    "names": _names,
    "sizes": _sizes,
    "buffers": lambda module: list(nn.Module.buffers(module)),
    "drawn-parameters": _drawn,
}


def _flat(shapes: Any) -> list[tuple[int, ...]]:
    """Return all shapes in a tree of them: only they are tuples."""
    if isinstance(shapes, tuple):
        return [shapes]
    parts = shapes.values() if isinstance(shapes, dict) else shapes
    return [shape for part in parts for shape in _flat(part)]


def _sorted(value: Any) -> Any:
    """Return the items in order, a dict's as pairs."""
    if issubclass(type(value), dict):
        return sorted(dict.items(value), key=lambda pair: pair[0])
    if issubclass(type(value), (np.ndarray, torch.Tensor)) and value.ndim:
        return sorted(value.tolist())
    if issubclass(type(value), (list, tuple, set, frozenset)):
        return sorted(value)
    return refuse("value-foreign", type=known_type(value))
