"""See what a call does besides returning a value: to modules, to memory, and by which ways.

What is noted lies in the student's process: a hostile one can forge it. So the judge looks at it
only where the values are right, and nothing else is gained by it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.overrides import TorchFunctionMode, resolve_name

from autograder.protocol.script import Effect, Moved, Step
from autograder.worker.forbidden import Forbidden
from autograder.worker.lines import LineCount
from autograder.worker.state import state_of

MOST_INSIDE = 10_000
MOST_DEPTH = 8


class Watch:
    """Watches one call of what a step is done with."""

    def __init__(
        self,
        step: Step,
        given: list[Any],
        named: Mapping[str, Any],
        held: object,
        namespace: dict[str, Any],
    ) -> None:
        self._asked = frozenset(step.effects)
        self._arguments = {**{str(at): one for at, one in enumerate(given)}, **named}
        self._namespace = namespace
        inside = [*given, *named.values(), held]
        modules = (one for value in inside for one in _inside(value) if isinstance(one, nn.Module))
        self._modules = list({id(one): one for one in modules}.values()) if self._asked else []
        self._before = self._state() if self._wants("parameters") else {}
        self._flags = self._training()
        self._seen: set[str] = set()
        self._lines = LineCount(namespace)
        self._forbidden = Forbidden(step.forbids) if self._wants("calls") else None

    def _wants(self, effect: Effect) -> bool:
        return effect in self._asked

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look on while the call is under way."""
        with ExitStack() as stack:
            if self._wants("modes"):
                for module in self._parts():
                    hook = module.register_forward_pre_hook(self._note_mode)
                    stack.callback(hook.remove)
            if self._forbidden is not None:
                stack.enter_context(_Functions(self._forbidden.see_torch))
                stack.callback(sys.setprofile, sys.getprofile())
                sys.setprofile(self._profile)
            if self._wants("events"):
                stack.enter_context(self._lines.counting())
            yield

    def _parts(self) -> list[nn.Module]:
        found = (part for module in self._modules for part in nn.Module.modules(module))
        return list({id(one): one for one in found}.values())

    def _training(self) -> list[bool]:
        return [bool(part.training) for part in self._parts()] if self._wants("modes") else []

    def _note_mode(self, module: nn.Module, _: Any) -> None:
        self._seen.add("train" if module.training else "eval")
        if torch.is_grad_enabled():
            self._seen.add("graph")

    def _profile(self, frame: FrameType, event: str, function: Any) -> None:
        caller = frame if event == "c_call" else frame.f_back
        if self._forbidden is None or caller is None or caller.f_globals is not self._namespace:
            return
        if event == "c_call":
            self._forbidden.see_builtin(function)
        elif event == "call":
            module = frame.f_globals.get("__name__")
            self._forbidden.see(module, frame.f_code.co_qualname)

    def _state(self) -> dict[Moved, list[Any]]:
        """Return copies of all parameters and buffers of modules."""
        parameters = [one for m in self._modules for one in nn.Module.parameters(m)]
        buffers = [one for m in self._modules for one in nn.Module.buffers(m)]
        return {
            "parameters": [one.detach().clone() for one in parameters],
            "buffers": [one.detach().clone() for one in buffers],
            "gradients": [None if p.grad is None else p.grad.detach().clone() for p in parameters],
        }

    def found(self, result: object) -> dict[str, Any]:
        """Return the fields of the step's record."""
        fields: dict[str, Any] = {}
        if self._wants("parameters"):
            now = self._state()
            fields["moved"] = tuple(
                kind for kind, old in self._before.items() if not _alike(old, now[kind])
            )
        if self._wants("modes"):
            changed = {"changed"} if self._training() != self._flags else set()
            fields["modes"] = tuple(sorted(self._seen | changed))
        if self._wants("graph"):
            tensors = (one for one in _inside(result) if isinstance(one, torch.Tensor))
            fields["graph"] = any(one.requires_grad for one in tensors)
        if self._wants("storage"):
            fields["shares"] = tuple(
                name for name, value in self._arguments.items() if _share(value, result)
            )
        if self._wants("events"):
            fields["events"] = self._lines.events
        if self._wants("state"):
            fields["state"] = state_of(result, self._modules)
        if self._forbidden is not None:
            fields["called"] = self._forbidden.called()
        return fields


class _Functions(TorchFunctionMode):
    """Sees each function of torch's that is called, whatever its name is bound to."""

    def __init__(self, see: Callable[[str], None]) -> None:
        super().__init__()
        self._see = see

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: Any = (),
        kwargs: Any = None,  # torch's
    ) -> Any:
        owner, name = getattr(func, "__module__", ""), getattr(func, "__name__", "")
        self._see(resolve_name(func) or f"{owner}.{name}")
        return func(*args, **(kwargs or {}))


def _inside(value: object) -> Iterator[object]:
    """Yield a value, and what lies in lists, tuples and dicts in it."""
    level, count = [value], 0
    for _ in range(MOST_DEPTH):
        following: list[Any] = []
        for one in level:
            count += 1
            if count > MOST_INSIDE:
                return
            yield one
            if issubclass(type(one), dict):
                following += dict.values(one)  # type: ignore[arg-type]  # it is one
            elif issubclass(type(one), list):
                following += list.__iter__(one)  # type: ignore[arg-type]  # as above
            elif issubclass(type(one), tuple):
                following += tuple.__iter__(one)  # type: ignore[arg-type]  # as above
        level = following


def _alike(old: list[Any], new: list[Any]) -> bool:
    if len(old) != len(new):
        return False
    for one, other in zip(old, new, strict=True):
        if one is None or other is None:
            if one is not other:
                return False
        elif one.shape != other.shape or not torch.equal(one, other):
            return False
    return True


def _share(value: object, result: object) -> bool:
    """Say whether an argument and the result have memory in common."""
    left = [found for one in _inside(value) if (found := _memory(one)) is not None]
    right = [found for one in _inside(result) if (found := _memory(one)) is not None]
    return any(np.may_share_memory(one, other) for one in left for other in right)


def _memory(value: object) -> Any:
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, torch.Tensor) and value.layout is torch.strided:
        with suppress(TypeError, RuntimeError):  # a dtype that NumPy has not, another device
            return value.detach().numpy()
    return None
