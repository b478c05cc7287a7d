"""Leave a live notebook exactly as it was: values, gradients, lists, random states, signals."""

from __future__ import annotations

import copy
import functools
import random
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

from autograder.worker.limit import ALARMS

Undo = Callable[[], object]


@contextmanager
def preserved(namespace: dict[str, Any]) -> Iterator[None]:
    """Undo inside changes of the namespace and of what its names hold, at the end of the block."""
    undo = [*_global_state(), *(step for value in _values(namespace) for step in _contents(value))]
    names = dict(namespace)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name in [name for name in namespace if name not in names]:
            del namespace[name]
        namespace.update(names)
        for step in undo:
            step()


def _values(namespace: dict[str, Any]) -> list[Any]:
    """Return each object of the student's once, also where several names hold it."""
    own = {id(value): value for name, value in namespace.items() if not name.startswith("__")}
    return list(own.values())


def _global_state() -> list[Undo]:
    python, numeric, tensors = random.getstate(), np.random.get_state(), torch.get_rng_state()
    gradients = torch.is_grad_enabled()
    undo: list[Undo] = [
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
    return [functools.partial(np.copyto, value, value.copy())]


def _dict(value: dict[Any, Any]) -> list[Undo]:
    return [value.clear, functools.partial(value.update, dict(value))]


def _tensor(value: torch.Tensor) -> list[Undo]:
    data, gradient = value.data, value.grad if value.is_leaf else None
    kept = data.clone()
    kept_gradient = None if gradient is None else gradient.clone()
    needs = value.requires_grad

    def undo() -> None:
        data.copy_(kept)
        value.data = data
        if value.is_leaf:
            value.requires_grad_(needs)
            value.grad = gradient
            if gradient is not None and kept_gradient is not None:
                gradient.data.copy_(kept_gradient)

    return [undo]


def _module(value: nn.Module) -> list[Undo]:
    steps = [step for part in (*value.parameters(), *value.buffers()) for step in _tensor(part)]
    modes = [
        (module, module.training, dict(vars(module)), dict(module._parameters))
        for module in value.modules()
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
