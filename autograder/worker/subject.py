"""A loaded submission: what both contracts have in common."""

from __future__ import annotations

import abc
import inspect
import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any, NoReturn, TypeGuard

import numpy as np
import torch

from autograder.protocol.array import Array, pack
from autograder.protocol.job import Contract, Job, Role, Situation
from autograder.protocol.trace import KEPT_LOSSES, Failure, FailureKind, LossRecord
from autograder.worker.fault import plain
from autograder.worker.inert import drawing_names, plotting_names, silenced, tolerant_numpy
from autograder.worker.namespace import seed_everything
from autograder.worker.recorder import NAN, Recorder, numbers
from autograder.worker.standin import Form, form_of

Bound = tuple[Callable[..., Any], dict[str, Any]]
"""A function, and its parameters named like globals of the lab with their defaults."""


class Refused(Exception):
    """The student's code cannot be used as the lab uses it; carries the failure."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


def refuse(kind: FailureKind, text: str) -> NoReturn:
    """Raise Refused with a failure of that kind."""
    raise Refused(Failure(kind=kind, text=text))


def tensor(array: Array) -> torch.Tensor:
    """Return a fresh float32 tensor: the dtype that the labs work in."""
    kind = torch.float32 if array.dtype == "f4" else torch.float64
    return torch.frombuffer(bytearray(array.data), dtype=kind).reshape(array.shape).float()


class Subject(abc.ABC):
    """A submission's namespace, its functions, and how to set the lab's globals."""

    def __init__(
        self,
        job: Job,
        namespace: dict[str, Any],
        defined: dict[str, str],
        preset_losses: list[float],
    ) -> None:
        contract, preset = job.contract, job.preset
        self.namespace = namespace
        self.contract: Contract = contract
        self.parameters = tuple(preset.start)
        self.form: Form = form_of(
            preset.data[contract.inputs].shape, preset.data[contract.targets].shape
        )
        self._defined = defined
        self._own = {role: namespace[name] for role, name in defined.items()}
        self._lists = {
            name: namespace[name]
            for name in _loss_names(contract, namespace, preset_losses)
            if isinstance(namespace.get(name), list)
        }
        self._plots = plotting_names(namespace, job.inert)
        self._inputs = {name: namespace.get(name) for name in preset.data}
        self._bound: dict[tuple[Role, int], Bound] = {}

    @abc.abstractmethod
    def set_situation(self, situation: Situation, recorder: Recorder | None = None) -> None:
        """Put everything back as the situation has it, the student's own functions in place.

        Given a recorder, forward is a stand-in that it sees, and criterion one too.
        """

    @abc.abstractmethod
    def set_optimizers(self, rate: float) -> None:
        """Give optimizers the rate and an empty state. Apart, since only training needs one."""

    @abc.abstractmethod
    def set_parameters(self, values: dict[str, Array]) -> None:
        """Copy values into the parameters; raises Refused where there is nothing to take them."""

    @abc.abstractmethod
    def leaves(self) -> Mapping[str, object]:
        """Return the current parameters by name, whatever they are now."""

    def release(self) -> None:  # noqa: B027  # a function was only bound to a name
        """Undo what recording forward changed in the student's own objects."""

    @abc.abstractmethod
    def record_forward(self, recorder: Recorder) -> None:
        """Let the recorder see each call of the student's forward."""

    @abc.abstractmethod
    def known_names(self) -> set[str]:
        """Return the names of the lab's globals that an extra parameter may be named after."""

    def function(self, role: Role) -> Callable[..., Any]:
        """Return the student's own function; raises Refused where it is not defined."""
        if role not in self._own:
            refuse("missing", role)
        function: Callable[..., Any] = self._own[role]
        return function

    def bind(self, role: Role, arguments: int) -> tuple[Callable[..., Any], dict[str, Any]]:
        """Return the function and the keyword arguments to add when calling it by position.

        Parameters with defaults that are named like a global of the lab get that global's value.
        Raises Refused where the function needs something else.
        """
        if (role, arguments) not in self._bound:
            self._bound[role, arguments] = self._bind(role, arguments)
        function, extra = self._bound[role, arguments]
        return function, {name: self._value_of(name, default) for name, default in extra.items()}

    def _value_of(self, name: str, default: object) -> object:
        """Return what an extra parameter gets that is named like a global of the lab."""
        return self.namespace.get(name, default)

    def _bind(self, role: Role, arguments: int) -> Bound:
        function = self.function(role)
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):  # builtins have none
            return function, {}
        try:
            given = signature.bind(*range(arguments)).arguments
        except TypeError as error:
            name = self._defined[role]
            raise Refused(
                Failure(kind="signature", text=plain(f"def {name}{signature}: {error}")[:300])
            ) from error
        extra = {
            name: parameter.default
            for name, parameter in signature.parameters.items()
            if self._is_extra(parameter)
            and name not in given
            and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        }
        return function, extra

    def _is_extra(self, parameter: inspect.Parameter) -> bool:
        """Say whether a parameter with a default stands for a global of the lab."""
        return parameter.name in self.known_names()

    def _reset(self) -> None:
        """Put back what every situation shares: modes, seeds, own functions, empty loss lists."""
        torch.set_grad_enabled(True)
        seed_everything()
        for role, name in self._defined.items():
            self.namespace[name] = self._own[role]
        self.namespace[self.contract.losses[0]] = []
        for name, losses in self._lists.items():
            losses.clear()
            self.namespace[name] = losses

    def _set_data(self, name: str, values: torch.Tensor) -> None:
        """Copy data into the student's own array: defaults and closures may hold it."""
        own = self._inputs[name]
        if isinstance(own, np.ndarray) and own.shape == values.shape and own.dtype.kind == "f":
            np.copyto(own, values.numpy())
            self.namespace[name] = own
        elif can_take(own, values):
            own.copy_(values)
            self.namespace[name] = own
        else:
            self.namespace[name] = values

    def _set_rate(self, rate: float) -> None:
        names = [n for n in self.contract.learning_rate if n in self.namespace]
        for name in names or self.contract.learning_rate[:1]:
            old = self.namespace.get(name)
            self.namespace[name] = torch.tensor(rate) if isinstance(old, torch.Tensor) else rate

    def quiet(self, level: int) -> AbstractContextManager[object]:
        """Return a context in which plots are silent.

        Level 0 silences matplotlib and the lab's own plot objects, level 1 also what is named
        like a plot and lets ``numpy()`` detach, level 2 leaves everything as it is.
        """
        stack = ExitStack()
        if level == 0:
            stack.enter_context(silenced(self.namespace, self._plots))
        elif level == 1:
            names = self._plots | drawing_names(self.namespace) - set(self._defined.values())
            stack.enter_context(silenced(self.namespace, names))
            stack.enter_context(tolerant_numpy())
        return stack

    def read_parameters(self, start: dict[str, Array]) -> dict[str, Array]:
        """Return the parameters as they are now; raises Refused."""
        found = {}
        leaves = self.leaves()
        for name, array in start.items():
            value = leaves.get(name)
            size = math.prod(array.shape)
            if isinstance(value, torch.Tensor) and value.numel() != size:
                refuse("result", f"{name} holds {value.numel()} values after training, not {size}")
            if not isinstance(value, (torch.Tensor, float, int)):
                refuse("result", f"{name} is a {type(value).__name__[:60]} after training")
            found[name] = pack(numbers(value))
        return found

    def read_losses(self) -> LossRecord | None:
        """Return the loss list, by the first of its names that holds one; None if none does."""
        names = self._lists or self.contract.losses[:1]
        lists = [self.namespace[n] for n in names if isinstance(self.namespace.get(n), list)]
        if not lists:
            return None
        losses = next((entries for entries in lists if entries), lists[0])
        return _loss_record(losses)


def can_take(own: object, values: torch.Tensor) -> TypeGuard[torch.Tensor]:
    """Say whether data can be copied into the student's own tensor."""
    return (
        isinstance(own, torch.Tensor)
        and own.shape == values.shape
        and own.dtype == values.dtype
        and not own.requires_grad
        and own.is_contiguous()
    )


def _loss_names(
    contract: Contract, namespace: dict[str, Any], preset_losses: list[float]
) -> tuple[str, ...]:
    """Return where losses are looked for: aliases count only where the file has no own list."""
    own = namespace.get(contract.losses[0]) is not preset_losses
    return contract.losses[:1] if own else contract.losses


def _loss_record(losses: list[Any]) -> LossRecord:
    values: list[float] = []
    kinds = []
    for entry in losses[:KEPT_LOSSES]:
        flat = numbers(entry)
        values.append(flat[0] if len(flat) == 1 else NAN)
        if len(flat) != 1 or not (isinstance(entry, torch.Tensor) or flat[0] == flat[0]):
            kinds.append("n" if isinstance(entry, float) else "x")
        elif isinstance(entry, torch.Tensor):
            kinds.append("g" if entry.requires_grad else "t")
        else:
            kinds.append("n")
    return LossRecord(values=pack(values), kinds="".join(kinds))
