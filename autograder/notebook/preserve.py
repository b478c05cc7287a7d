"""Leave a live notebook exactly as it was: values, gradients, lists, random states, signals."""

from __future__ import annotations

import copy
import functools
import itertools
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

from autograder.worker.limit import ALARMS
from autograder.worker.mode import kept_modes

Undo = Callable[[], object]
MOST_OBJECTS = 20_000
_PLAIN = (int, float, str, bytes, bool, complex, type(None), type)


@contextmanager
def preserved(namespace: dict[str, Any]) -> Iterator[None]:
    """Undo, at the end of the block, its changes of the namespace and of the values in it."""
    undo = [*global_state(), *(step for value in _values(namespace) for step in _contents(value))]
    names = dict(namespace)
    try:
        yield
    finally:
        for name in [name for name in namespace if name not in names]:
            del namespace[name]
        namespace.update(names)
        for step in undo:
            step()


def _values(namespace: dict[str, Any]) -> Iterator[Any]:
    """Yield each object of the student's once, also those in lists, dicts and own objects."""
    seen: set[int] = set()
    waiting = [value for name, value in namespace.items() if not name.startswith("__")]
    while waiting and len(seen) < MOST_OBJECTS:
        value = waiting.pop()
        if isinstance(value, _PLAIN) or id(value) in seen:
            continue
        seen.add(id(value))
        yield value
        waiting += _inside(value, namespace)


def _inside(value: Any, namespace: dict[str, Any]) -> list[Any]:
    """Return a container's items, and the attributes of an object of a class of its own."""
    if isinstance(value, (list, tuple)):
        return list(itertools.islice(value, MOST_OBJECTS))
    if isinstance(value, dict):
        return list(itertools.islice(value.values(), MOST_OBJECTS))
    own = type(value).__module__ == namespace.get("__name__") and hasattr(value, "__dict__")
    known = isinstance(value, (nn.Module, Dataset, torch.optim.Optimizer))
    return [vars(value)] if own and not known else []


def global_state() -> list[Undo]:
    """Return what puts random states, modes of torch and alarms back."""
    python, numeric, tensors = random.getstate(), np.random.get_state(), torch.get_rng_state()
    gradients = torch.is_grad_enabled()
    undo: list[Undo] = [
        *kept_modes(),
        functools.partial(random.setstate, python),
        functools.partial(np.random.set_state, numeric),
        functools.partial(torch.set_rng_state, tensors),
        functools.partial(torch.set_grad_enabled, gradients),
    ]
    if threading.current_thread() is threading.main_thread():
        undo += [functools.partial(signal.signal, n, signal.getsignal(n)) for n in ALARMS]
    return undo


def _contents(value: Any) -> list[Undo]:
    """Return what puts a mutable object's content back; nothing for what checks never change."""
    for kind, steps in _KINDS.items():
        if isinstance(value, kind):
            return steps(value)
    return []


def _dataset(value: Any) -> list[Undo]:
    arrays = [v for v in vars(value).values() if isinstance(v, torch.Tensor)]
    return [step for array in arrays for step in _tensor(array)]


def _list(value: list[Any]) -> list[Undo]:
    return [functools.partial(value.__setitem__, slice(None), value.copy())]


def _array(value: Any) -> list[Undo]:
    if not value.flags.writeable:  # as what np.broadcast_to gives
        return []
    return [functools.partial(np.copyto, value, value.copy())]


def _dict(value: dict[Any, Any]) -> list[Undo]:
    return [value.clear, functools.partial(value.update, dict(value))]


def _tensor(value: torch.Tensor) -> list[Undo]:
    if value.is_inference():  # nobody can change it, nor put it back
        return []
    data, gradient = value.data, value.grad if value.is_leaf else None
    stored = _stored(data)
    kept = stored.clone()
    kept_gradient = None if gradient is None else gradient.clone()
    needs = value.requires_grad

    def undo() -> None:
        stored.copy_(kept)
        value.data = data
        if value.is_leaf:
            value.requires_grad_(needs)
            value.grad = gradient
            if gradient is not None and kept_gradient is not None:
                gradient.data.copy_(kept_gradient)

    return [undo]


def _stored(data: torch.Tensor) -> torch.Tensor:
    """Return a view that has each number once: meshgrid and expand show one many times."""
    if data.layout != torch.strided or 0 not in data.stride():
        return data
    return data[tuple(slice(0, 1) if step == 0 else slice(None) for step in data.stride())]


def _module(value: nn.Module) -> list[Undo]:
    steps = [step for part in (*value.parameters(), *value.buffers()) for step in _tensor(part)]
    modes = [
        (module, module.training, dict(vars(module)), dict(module._parameters))
        for module in value.modules()
        if not isinstance(module, torch.jit.ScriptModule)  # has no attributes of Python's
    ]

    def undo() -> None:
        for module, training, attributes, parameters in modes:
            module._parameters.update(parameters)
            for name in [name for name in vars(module) if name not in attributes]:
                del vars(module)[name]
            vars(module).update(attributes)
            module.training = training

    return [undo, *steps]


def _optimizer(value: torch.optim.Optimizer) -> list[Undo]:
    state = {parameter: copy.deepcopy(entry) for parameter, entry in value.state.items()}
    groups = [(group, dict(group)) for group in value.param_groups]

    def undo() -> None:
        value.state.clear()
        value.state.update(state)
        for group, kept in groups:
            group.clear()
            group.update(kept)

    return [undo]


_KINDS: dict[type, Callable[[Any], list[Undo]]] = {
    torch.Tensor: _tensor,
    nn.Module: _module,
    torch.optim.Optimizer: _optimizer,
    Dataset: _dataset,
    list: _list,
    np.ndarray: _array,
    dict: _dict,
}
