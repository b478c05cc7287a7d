"""A loaded submission: what both contracts have in common."""

from __future__ import annotations

import abc
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, Literal, NoReturn, TypeGuard

import msgspec
import numpy as np
import torch

from autograder.protocol.array import Array, pack
from autograder.protocol.job import (
    Contract,
    Job,
    Role,
    Situation,
    inputs_of,
    outputs_of,
    records_of,
    validation_of,
)
from autograder.protocol.trace import KEPT_LOSSES, Cause, Failure, LossRecord
from autograder.worker import losses
from autograder.worker.absent import USED, missing_in
from autograder.worker.calling import MISSING, Calling, calling, cannot_be_called
from autograder.worker.cause import known_type
from autograder.worker.inert import (
    silenced,
    still_drawing,
    still_lab,
    still_matplotlib,
    tolerant_numpy,
)
from autograder.worker.losses import Form
from autograder.worker.mode import usual_modes, without_dropout
from autograder.worker.namespace import seed_everything
from autograder.worker.plot import Asked, PlotAsked
from autograder.worker.recorder import Recorder, numbers
from autograder.worker.remark import remark
from autograder.worker.standin import Form as Shapes
from autograder.worker.standin import form_of
from autograder.worker.undrawn import plots_are_undrawn

Quiet = Literal["plots", "drawn", "all", "none"]
"""What is silenced while student code runs: plots (matplotlib's and the lab's), the lab's alone,
all that is named like a drawing (and ``numpy()`` detaches), nothing."""
FRACTIONS = (torch.float32, torch.float64)
WHOLE = (torch.int64, torch.int32, torch.int16, torch.uint8)


class Refused(Exception):
    """The student's code cannot be used as the lab uses it; carries the failure."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.kind)
        self.failure = failure


def refuse(cause: Cause, **values: str) -> NoReturn:
    """Raise Refused with a result that cannot be used; ``values`` go into the words of it."""
    raise Refused(Failure(kind="result", text="", cause=cause, values=values))


def refuse_missing(module: str) -> NoReturn:
    """Raise Refused for a value that was to come from a module that is missing here."""
    raise Refused(Failure(kind="module", text="", name=module))


def tensor(array: Array, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Return a fresh tensor; the labs work in float32. Whole numbers stay what they are."""
    if array.dtype == "i8":
        return torch.frombuffer(bytearray(array.data), dtype=torch.int64).reshape(array.shape)
    kind = torch.float32 if array.dtype == "f4" else torch.float64
    return torch.frombuffer(bytearray(array.data), dtype=kind).reshape(array.shape).to(dtype)


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
        self.form: Shapes = form_of(
            preset.data[contract.inputs].shape,
            preset.data[contract.targets].shape,
            outputs_of(contract),
        )
        self._defined = defined
        self._own = {role: namespace[name] for role, name in defined.items()}
        self._lists = {
            name: namespace[name]
            for name in _loss_names(contract, namespace, preset_losses)
            if losses.holds_losses(namespace.get(name))
        }
        self._records = {
            names[0]: [n for n in names if losses.holds_losses(namespace.get(n))] or [names[0]]
            for names in records_of(contract)
        }
        self._filled = self._lists | {
            name: namespace[name]
            for names in self._records.values()
            for name in names
            if losses.holds_losses(namespace.get(name))
        }
        self.loss_form: Form = "list"
        self._lent_numbers: list[Any] = []
        self._lab = still_lab(namespace, job.inert)
        self._matplotlib = {} if plots_are_undrawn() else still_matplotlib(namespace)
        self._inputs = {name: namespace.get(name) for name in preset.data}
        self.own_data = True
        self._calling: dict[tuple[Role, int], Calling] = {}

    @property
    @abc.abstractmethod
    def dtype(self) -> torch.dtype:
        """The dtype of the student's parameters, float32 where there are none."""

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

    def apart(self) -> AbstractContextManager[None]:
        """Return a context in which globals are others than what forward is called as."""
        return nullcontext()

    @abc.abstractmethod
    def record_forward(self, recorder: Recorder) -> None:
        """Let the recorder see each call of the student's forward."""

    @abc.abstractmethod
    def known_names(self) -> set[str]:
        """Return the names of the lab's globals that an extra parameter may be named after."""

    def function(self, role: Role) -> Callable[..., Any]:
        """Return the student's own function; raises Refused where it is not defined."""
        if role not in self._own:
            self._refuse_missing(role)
        function: Callable[..., Any] = self._own[role]
        return function

    def _refuse_missing(self, role: Role) -> NoReturn:
        """Refuse what is not defined; where it was to come from a missing module, name that."""
        for name in self.contract.names(role):
            missing = missing_in(self.namespace.get(name))
            if missing is not None:
                cell, line = missing.place
                failure = Failure(kind="module", text="", name=missing.module, cell=cell, line=line)
                raise Refused(failure)
        raise Refused(Failure(kind="missing", text=""))

    def bind(self, role: Role, arguments: int) -> Callable[..., Any]:
        """Return the function as it is called with the lab's own arguments, by position.

        Parameters that are named like a global of the lab get that global's value. Raises Refused
        where the function needs something else.
        """
        found, function = self._called(role, arguments), self.function(role)

        def call(*given: object) -> Any:
            values = {name: self._value(role, name, d) for name, d in found.extra.items()}
            return found.call(function, given, values)

        return call if found.signature else function

    def _called(self, role: Role, arguments: int) -> Calling:
        """Return how a function is called with so many arguments; raises Refused."""
        if (role, arguments) not in self._calling:
            function = self.function(role)
            data = (*inputs_of(self.contract), self.contract.targets)
            found = calling(function, arguments, self._is_extra, data)
            if isinstance(found, str):
                raise Refused(cannot_be_called(self._defined[role], function, found))
            self._calling[role, arguments] = found
        return self._calling[role, arguments]

    def _value(self, role: Role, name: str, default: object) -> object:
        value = self._value_of(name, default)
        if value is MISSING:
            why = f"missing a required argument: {name!r}"
            raise Refused(cannot_be_called(self._defined[role], self.function(role), why))
        return value

    def _value_of(self, name: str, default: object) -> object:
        """Return what an extra parameter gets that is named like a global of the lab."""
        aliases = self._aliases_of(name)
        return next((self.namespace[n] for n in aliases if n in self.namespace), default)

    def _aliases_of(self, name: str) -> tuple[str, ...]:
        """Return the names under which a global of the lab may be found, its own first."""
        contract = self.contract
        groups = (contract.losses, contract.learning_rate, *records_of(contract))
        return next(((name, *group) for group in groups if name in group), (name,))

    def _is_extra(self, parameter: inspect.Parameter) -> bool:
        """Return whether a parameter stands for a global of the lab."""
        return parameter.name in self.known_names()

    def _in_place_of(
        self, role: Role, arguments: int, replacement: Callable[..., Any]
    ) -> Callable[..., Any]:
        """Return a stand-in that is called as the student's own function is."""
        try:
            return self._called(role, arguments).routed(replacement)
        except Refused:
            return replacement

    def _reset(self) -> None:
        """Put back what every situation shares: modes, seeds, own functions, empty loss lists."""
        usual_modes(self.dtype)
        seed_everything()
        for role, name in self._defined.items():
            self.namespace[name] = self._own[role]
        self.namespace[self.contract.losses[0]] = []
        self.namespace.update({name: [] for name in self._records})
        self._empty_losses(0)

    def _empty_losses(self, count: int) -> None:
        for name, own in self._filled.items():
            self.namespace[name] = losses.fresh(own, self.loss_form, count)

    def begin_call(self, count: int) -> None:
        """Give losses that are filled by index as many places as there are iterations."""
        if self.loss_form == "places":
            self._empty_losses(count)

    def loss_forms(self) -> tuple[Form, ...]:
        """Return what the loss list may be emptied to, the likeliest first."""
        return losses.forms_of(self._filled.values())

    def data_differ(self) -> bool:
        """Return whether the file's data are of another kind or dtype than its parameters."""
        own = [v for v in self._inputs.values() if isinstance(v, torch.Tensor | np.ndarray)]
        return any(
            not isinstance(v, torch.Tensor) or v.dtype not in (self.dtype, torch.int64) for v in own
        )

    @property
    def data_dtype(self) -> torch.dtype:
        """The dtype in which data are handed over: that of the file's own, else the parameters'."""
        own = self._inputs.get(self.contract.inputs)
        if self.own_data and isinstance(own, torch.Tensor) and own.dtype in FRACTIONS:
            return own.dtype
        return self.dtype

    def _set_data(self, name: str, array: Array) -> None:
        """Copy data into the student's own array: defaults and closures may contain it."""
        own = self._inputs[name]
        values = tensor(array, self.dtype)
        if not self.own_data:
            self.namespace[name] = values
        elif isinstance(own, np.ndarray) and own.shape == values.shape and _alike(own, values):
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

    def quiets(self) -> tuple[Quiet, ...]:
        """Return what is silenced, one after the other, until student code runs through.

        Where plots do nothing anyway, there are none to be drawn.
        """
        return ("plots", "all", "none") if plots_are_undrawn() else _QUIETS

    def quiet(self, quiet: Quiet) -> AbstractContextManager[object]:
        """Return a context in which plots are silent."""
        stack = ExitStack()
        self._lent_numbers = []
        if getattr(self.contract, "without_dropout", False) is True:
            stack.enter_context(without_dropout())
        if quiet == "none":
            return stack
        stills = dict(self._lab)
        if quiet == "plots":
            stills |= self._matplotlib
        if quiet == "all":
            drawing = still_drawing(self.namespace)
            stills |= {n: v for n, v in drawing.items() if n not in self._defined.values()}
            self._lent_numbers = stack.enter_context(tolerant_numpy())
        stack.enter_context(silenced(self.namespace, stills))
        return stack

    def read_parameters(self, start: dict[str, Array]) -> dict[str, Array]:
        """Return the parameters as they are now; raises Refused."""
        found = {}
        leaves = self.leaves()
        for name, array in start.items():
            value = leaves.get(name)
            size = math.prod(array.shape)
            missing = missing_in(value)
            if missing is not None:
                refuse_missing(missing.module)
            if isinstance(value, torch.Tensor) and value.numel() != size:
                count = str(value.numel())
                refuse("parameter-resized", name=name, count=count, wanted=str(size))
            if not isinstance(value, (torch.Tensor, float, int)):
                refuse("parameter-replaced", name=name, type=known_type(value))
            found[name] = pack(numbers(value))
        return found

    def read_losses(self) -> LossRecord | None:
        """Return the loss list, by the first of its names that is bound to one; None if none is.

        Raises PlotAsked where it has what only a plot may have: then this run helps nobody.
        """
        names = self._lists or self.contract.losses[:1]
        lent = set(map(id, self._lent_numbers))
        lists = [one for name in names if isinstance(one := self.namespace.get(name), list)]
        if any(id(entry) in lent for one in lists for entry in one):
            Asked.count += 1
            raise PlotAsked(self.contract.losses[0])
        return self._read(names)

    def read_records(self) -> dict[str, LossRecord | None] | msgspec.UnsetType:
        """Return the further lists by their canonical names; nothing where the lab has none."""
        if not self._records:
            return msgspec.UNSET
        return {name: self._read(names) for name, names in self._records.items()}

    def validation_names(self) -> set[str]:
        """Return the names of the validation data and of what hands them out."""
        found = validation_of(self.contract)
        arrays = () if found is None else (found.inputs, found.targets)
        loaders = () if found is None else (*found.dataset, *found.loader)
        return {*arrays, *loaders, *(n for names in records_of(self.contract) for n in names)}

    def _read(self, names: Iterable[str]) -> LossRecord | None:
        values = [self.namespace.get(name) for name in names]
        _note_missing(values)
        for value in values:
            _note_missing(value[:KEPT_LOSSES] if isinstance(value, list) else ())
        found = [record for value in values if (record := losses.read(value))]
        return next((record for record in found if record.kinds), found[0] if found else None)


_QUIETS: tuple[Quiet, ...] = ("plots", "drawn", "all", "none")


def _alike(own: np.ndarray[Any, Any], values: torch.Tensor) -> bool:
    """Say whether a student's own array is of fractions, or of whole numbers, as the values are."""
    return own.dtype.kind in ("f" if values.is_floating_point() else "iu")


def can_take(own: object, values: torch.Tensor) -> TypeGuard[torch.Tensor]:
    """Return whether data can be copied into the student's own tensor."""
    return (
        isinstance(own, torch.Tensor)
        and own.shape == values.shape
        and own.dtype in (FRACTIONS if values.is_floating_point() else WHOLE)
        and not own.requires_grad
        and not own.is_inference()
        and own.is_contiguous()
    )


def _loss_names(
    contract: Contract, namespace: dict[str, Any], preset_losses: list[float]
) -> tuple[str, ...]:
    """Return where losses are looked for: aliases count only where the file has no own list."""
    own = namespace.get(contract.losses[0]) is not preset_losses
    return contract.losses[:1] if own else contract.losses


def _note_missing(values: Iterable[object]) -> None:
    """Remark where something that is missing here is where a number should be."""
    for value in values:
        missing = missing_in(value)
        if missing is not None:
            remark(USED, again=True, module=missing.module)
