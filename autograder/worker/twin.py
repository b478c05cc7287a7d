"""Another model under the global names of the student's, while that one predicts.

Who reads the global model where ``self`` is meant gets other numbers then. Code that uses ``self``,
closures of the model's own among it, is called as ever and notices nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from torch import nn

from autograder.protocol.array import Array
from autograder.worker.limit import time_limit
from autograder.worker.matching import Mismatch, match_parameters
from autograder.worker.subject import tensor

APART = 1.0  # what its parameters are off from the start's
Twin = Mapping[str, object]
"""What global names are bound to for a time."""


def twin_of(
    namespace: Mapping[str, Any],
    model: nn.Module | None,
    arguments: Sequence[object],
    start: Mapping[str, Array],
    seconds: float,
) -> Twin:
    """Return what to bind the names of a model and of its parts to; nothing where that is unfair.

    It is a deep copy with its parameters elsewhere; where code forbids that, its class makes
    another one. A model of one of PyTorch's own classes, or with a ``forward`` that it alone has,
    needs none. Parts that all models of the class share are left.
    """
    kind: Any = type(model)
    if model is None or kind.__module__.startswith("torch.") or "forward" in vars(model):
        return {}

    def made() -> nn.Module | None:
        return _made(lambda: kind(*arguments), model, seconds)

    twin = _made(lambda: copy.deepcopy(model), model, seconds) or made()
    if twin is None or not _moved(twin, start):
        return {}
    pairs = {id(one): other for one, other in _pairs(model, twin)}
    names = {name: pairs[id(value)] for name, value in namespace.items() if id(value) in pairs}
    alone = all(namespace[name] is model for name in names) or made() is not None
    return {name: one for name, one in names.items() if alone or one is twin}


def _made(make: Callable[[], object], model: nn.Module, seconds: float) -> nn.Module | None:
    """Return another model, None where there is none or it shares parameters with the first."""
    try:
        with time_limit(seconds):
            found = make()
        if not isinstance(found, nn.Module) or type(found) is not type(model):
            return None
        held = set(map(id, nn.Module.parameters(model)))
        return None if held.intersection(map(id, nn.Module.parameters(found))) else found
    except BaseException:  # the wall: student code may raise anything
        return None


def _moved(twin: nn.Module, start: Mapping[str, Array]) -> bool:
    """Move a model's parameters away from the start; say no where they are not the lab's."""
    values = {name: tensor(array) for name, array in start.items()}
    found = match_parameters(twin, {name: value.shape for name, value in values.items()})
    if isinstance(found, Mismatch):
        return False
    for name, leaf in found.items():
        leaf.data = (values[name] + APART).reshape(leaf.shape).to(leaf.dtype)
    return True


def _pairs(model: nn.Module, twin: nn.Module) -> Iterator[tuple[object, object]]:
    """Yield each part of a model, itself first, with the other's."""
    for parts in (nn.Module.named_modules, nn.Module.named_parameters):
        others: dict[str, object] = dict(parts(twin))
        yield from ((one, others[name]) for name, one in parts(model) if name in others)


@contextmanager
def bound(namespace: dict[str, Any], values: Mapping[str, object]) -> Iterator[None]:
    """Bind names to other values until the block ends, but those that it binds itself."""
    before = {name: namespace[name] for name in values if name in namespace}
    namespace.update({name: values[name] for name in before})
    try:
        yield
    finally:
        namespace.update(
            {name: old for name, old in before.items() if namespace.get(name) is values[name]}
        )
