"""Drive the ``Module`` contract: an ``nn.Module``, a criterion, an optimizer, a training function.

Model, optimizer and data are the lab's: start values go into the student's own objects where they
fit, since defaults and closures may have them; else the names are bound to objects that do. Which
parameter is which of the lab's is found whatever they are called.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from types import FunctionType
from typing import Any, NoReturn

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from autograder.protocol.array import Array
from autograder.protocol.job import (
    Job,
    Module,
    Role,
    Situation,
    Validation,
    inputs_of,
    rule_of,
    validation_of,
)
from autograder.protocol.trace import Cause, Failure
from autograder.worker import standin
from autograder.worker.calling import MISSING, Calling
from autograder.worker.fault import describe
from autograder.worker.limit import time_limit
from autograder.worker.matching import Mismatch, match_parameters
from autograder.worker.recorder import Recorder, rate_of
from autograder.worker.samples import fitting_dataset, fitting_loader
from autograder.worker.schedule import begin_schedules
from autograder.worker.subject import FRACTIONS, Refused, Subject, tensor
from autograder.worker.twin import bound, twin_of


class ModuleSubject(Subject):
    """A submission whose parameters live in a model."""

    contract: Module

    def __init__(
        self,
        job: Job,
        namespace: dict[str, Any],
        defined: dict[str, str],
        preset_losses: list[float],
    ) -> None:
        super().__init__(job, namespace, defined, preset_losses)
        self._sizes = {name: tensor(array).shape for name, array in job.preset.start.items()}
        self._model_name = self._first(self.contract.model, nn.Module)
        self._optimizer_name = self._first(self.contract.optimizer, torch.optim.Optimizer)
        self._failure: Failure | None = None
        self._matches: dict[tuple[int, ...], Mapping[str, nn.Parameter]] = {}
        self._patched: list[Callable[[], object]] = []
        self._lent: set[str] = set()
        self._optimizers = [v for v in namespace.values() if isinstance(v, torch.optim.Optimizer)]
        rates = {rate_of(namespace.get(name)) for name in self.contract.learning_rate}
        rates |= {job.preset.learning_rate}
        self._following = [
            group
            for optimizer in self._optimizers
            for group in optimizer.param_groups
            if rate_of(group.get("lr")) in rates
        ]
        self._model = self._own_model(job.budget.call_seconds)
        self._leaves = self._matched(self._model) if self._model is not None else {}
        for leaf in self._leaves.values():  # what was halved at the end, say, is whole again
            if leaf.is_floating_point() and leaf.dtype not in FRACTIONS:
                leaf.data = leaf.data.float()
        self._trainable = self._trainable_as_made(job.budget.call_seconds)
        seconds, start = job.budget.call_seconds, job.preset.start
        named, arguments = namespace | {self._model_name: self._model}, self.contract.arguments
        self._twin = twin_of(named, self._model, arguments, start, seconds)
        self._optimizer = namespace.get(self._optimizer_name)
        self._criterion_names = {
            self.contract.criterion[0],
            defined.get("criterion", self.contract.criterion[0]),
        }
        self._data = {
            names[0]: (name, namespace.get(name))
            for names in (self.contract.dataset, self.contract.loader, *_validating(self.contract))
            if names
            for name in [next((n for n in names if n in namespace), names[0])]
        }

    def _first(self, names: tuple[str, ...], kind: type) -> str:
        """Return the first name that contains an object of that kind, else the canonical one."""
        return next((n for n in names if isinstance(self.namespace.get(n), kind)), names[0])

    def _own_model(self, seconds: float) -> nn.Module | None:
        """Return the student's model: the global one, or a new one of the last defined class."""
        found = self.namespace.get(self._model_name)
        built = found if isinstance(found, nn.Module) else None
        own = self._own.get("forward")
        if isinstance(own, type) and not issubclass(own, nn.Module):
            name: str = vars(type)["__name__"].__get__(own)  # a metaclass may hide it
            self._failure = _unusable("not-a-module", name=name[:60])
        if not (isinstance(own, type) and issubclass(own, nn.Module)) or type(built) is own:
            return built
        try:
            with time_limit(seconds):
                model = own(*self.contract.arguments)
        except BaseException as error:  # the wall: student code may raise anything
            self._failure = describe(error)
            return built
        return model if isinstance(model, nn.Module) else built

    def _trainable_as_made(self, seconds: float) -> Mapping[str, bool]:
        """Return which parameters train in a model as its class makes it.

        What was frozen since, as for a picture at the end, trains again.
        """
        everything = dict.fromkeys(self._leaves, True)
        kind: Any = type(self._model)
        frozen = not all(leaf.requires_grad for leaf in self._leaves.values())
        if not frozen or kind.__module__.startswith("torch."):
            return everything
        try:
            with time_limit(seconds):
                made = match_parameters(kind(*self.contract.arguments), self._sizes)
        except BaseException:  # the wall: student code may raise anything
            return everything
        if isinstance(made, Mismatch):
            return everything
        return {name: leaf.requires_grad for name, leaf in made.items()}

    def _matched(self, model: nn.Module) -> dict[str, nn.Parameter]:
        try:
            found = match_parameters(model, self._sizes)
        except Exception as error:  # a module whose __init__ did not run has no parameters
            self._failure = describe(error)
            return {}
        if isinstance(found, Mismatch):
            cause: Cause = "bias-lacking" if found.lacks_bias else "parameters-differ"
            self._failure = _unusable(cause, own=found.own, wanted=found.wanted)
            return {}
        return found

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of the model's parameters, float32 where there are none."""
        return next((leaf.dtype for leaf in self._leaves.values()), torch.float32)

    def data_differ(self) -> bool:
        """Return whether the file's data are of another kind or dtype than its parameters."""
        own = self._own_arrays()
        return super().data_differ() or any(values.dtype != self.dtype for values in own)

    @property
    def data_dtype(self) -> torch.dtype:
        """The dtype in which data are handed over: that of the file's own, else the parameters'."""
        own = next((values.dtype for values in self._own_arrays()), None)
        return own if self.own_data and own in FRACTIONS else super().data_dtype

    def _own_arrays(self) -> list[torch.Tensor]:
        """Return the tensors of the student's dataset that have the names of the lab's."""
        if not self.contract.dataset:
            return []
        own = self._data[self.contract.dataset[0]][1]
        names = (self.contract.inputs, self.contract.targets)
        values = [vars(own).get(name) for name in names] if isinstance(own, Dataset) else []
        return [value for value in values if isinstance(value, torch.Tensor)]

    def known_names(self) -> set[str]:
        """Return every global of the lab."""
        contract = self.contract
        names = {*contract.model, *contract.optimizer, *contract.criterion, *contract.losses}
        names |= {*contract.learning_rate, *contract.dataset, *contract.loader}
        return names | {*inputs_of(contract), contract.targets} | self.validation_names()

    def function(self, role: Role) -> Callable[..., Any]:
        """Return the student's own function; for forward it is the model."""
        if role != "forward":
            return super().function(role)
        return self._require_model()

    def _is_extra(self, parameter: inspect.Parameter) -> bool:
        """Say so of the names of the lab, and of defaults that are objects of the lab."""
        default = parameter.default
        kinds = (nn.Module, torch.optim.Optimizer, DataLoader, Dataset)
        objects = isinstance(default, kinds) or default is self._own.get("criterion")
        return super()._is_extra(parameter) or objects

    def _called(self, role: Role, arguments: int) -> Calling:
        function = self.function(role)
        if not isinstance(function, nn.Module):
            return super()._called(role, arguments)
        try:
            inspect.signature(function.forward).bind(*range(arguments))
        except (TypeError, ValueError) as error:
            name = type(function).__name__[:60]
            failure = Failure(kind="signature", text=f"{name}.forward: {error}"[:300])
            raise Refused(failure) from error
        return Calling()

    def _require_model(self) -> nn.Module:
        if self._model is None or not self._leaves:
            self._refuse_model()
        return self._model

    def _refuse_model(self) -> NoReturn:
        missing = Failure(kind="missing", text="", cause="model-missing")
        raise Refused(self._failure or missing)

    def set_situation(self, situation: Situation, recorder: Recorder | None = None) -> None:
        """Put everything back. A missing model is refused, unless a stand-in replaces it."""
        self._reset()
        self._restore()
        self._set_all_data(situation)
        self._set_rate(situation.learning_rate)
        if recorder is not None and not self._leaves:
            values = {name: tensor(a, self.dtype) for name, a in situation.start.items()}
            self._lend(self.contract.model, self._model_name, standin.Model(values))
        else:
            self.set_parameters(situation.start)
        if recorder is not None:
            self._stand_in(recorder)

    def release(self) -> None:
        """Give the model its own forward back."""
        while self._patched:
            self._patched.pop()()

    def _restore(self) -> None:
        self.release()
        if self._model is not None:
            self.namespace[self._model_name] = self._model
            nn.Module.train(self._model)
            self._leaves = dict(self.leaves_of(self._model)) or self._leaves
            for name, leaf in self._leaves.items():
                leaf.requires_grad_(self._trainable[name])

    def set_parameters(self, values: dict[str, Array]) -> None:
        """Copy values into the model's parameters, with no gradient left in them."""
        self._require_model()
        for name, array in values.items():
            leaf = self._leaves[name]
            leaf.data = tensor(array).reshape(leaf.shape).to(leaf.dtype)
            leaf.grad = None

    def leaves(self) -> Mapping[str, object]:
        """Return the parameters of the model that the global name is bound to now.

        A functional call lends the model other tensors for its time: these are no parameters.
        """
        model = self.namespace.get(self._model_name)
        if not isinstance(model, nn.Module):
            return {}
        own = list(nn.Module.parameters(model))  # at each step: once
        lent = not all(isinstance(parameter, nn.Parameter) for parameter in own)
        if lent and model is self._model and self._leaves:
            return self._leaves
        return self._named(model, own)

    def leaves_of(self, model: object) -> Mapping[str, nn.Parameter]:
        """Return a model's parameters under the lab's names; empty where it is none of the lab."""
        if not isinstance(model, nn.Module):
            return {}
        return self._named(model, nn.Module.parameters(model))

    def _named(
        self, model: nn.Module, parameters: Iterable[nn.Parameter]
    ) -> Mapping[str, nn.Parameter]:
        """Return a model's ``parameters`` under the lab's names; empty where they do not fit."""
        own = tuple(map(id, parameters))
        if own not in self._matches:
            found = match_parameters(model, self._sizes)
            if isinstance(found, Mismatch):
                return {}
            self._matches = {own: found}  # which keeps these parameters, and so their ids, alive
        return self._matches[own]

    def set_optimizers(self, rate: float) -> None:
        """Reset every optimizer of the model; put one in place where the lab's trains another."""
        parameters = [p for p in self.leaves().values() if isinstance(p, torch.Tensor)]
        trained = set(map(id, parameters))
        own = self._optimizer
        if isinstance(own, torch.optim.Optimizer) and _held(own) <= trained:
            self.namespace[self._optimizer_name] = own
        else:
            made = self._made_optimizer(parameters, rate)
            self._lend(self.contract.optimizer, self._optimizer_name, made)
        for group in own.param_groups if isinstance(own, torch.optim.Optimizer) else ():
            group["lr"] = rate
        for optimizer in self._optimizers:
            optimizer.state.clear()
        for group in self._following:
            group["lr"] = rate
        if rule_of(self.contract) is not None:
            begin_schedules(self.namespace, rate)

    def _made_optimizer(self, parameters: list[torch.Tensor], rate: float) -> torch.optim.Optimizer:
        rule = rule_of(self.contract)
        if rule is None:
            return torch.optim.SGD(parameters, lr=rate)
        kind = getattr(torch.optim, rule.optimizer)
        made: torch.optim.Optimizer = kind(parameters, lr=rate, **rule.settings)
        return made

    def _lend(self, aliases: tuple[str, ...], name: str, value: object) -> None:
        """Bind an object of ours to a name, and to those of its aliases that no cell defined."""
        self._lent |= {alias for alias in aliases if alias not in self.namespace}
        self.namespace.update(dict.fromkeys((name, *self._lent.intersection(aliases)), value))

    def _set_all_data(self, situation: Situation) -> None:
        contract = self.contract
        arrays = {name: tensor(array, self.dtype) for name, array in situation.data.items()}
        fields = (contract.inputs, contract.targets)
        for name, array in situation.data.items():
            if not contract.dataset or name not in fields:
                self._set_data(name, array)
        self._hand_out(contract, arrays, contract.batch_size or 1)
        validation = validation_of(contract)
        if validation is not None:
            size = validation.batch_size or len(arrays[validation.inputs])
            self._hand_out(validation, arrays, size)

    def _hand_out(
        self, names: Module | Validation, arrays: dict[str, torch.Tensor], size: int
    ) -> None:
        """Put data into the student's dataset and loader, or into ones that fit."""
        if not names.dataset and not names.loader:
            return
        own: object = None
        if names.dataset:
            name, own = self._data[names.dataset[0]]
        fields = (names.inputs, names.targets)
        dataset = fitting_dataset(own if self.own_data else None, arrays, fields)
        if names.dataset:
            self.namespace[name] = dataset
        if names.loader:
            name, own = self._data[names.loader[0]]
            self.namespace[name] = fitting_loader(own, dataset, size)

    def _stand_in(self, recorder: Recorder) -> None:
        """Replace the model's forward and the criterion by the neutral stand-ins."""

        def forward(model: nn.Module, *args: torch.Tensor, **kwargs: torch.Tensor) -> torch.Tensor:
            leaves = self.leaves_of(model)
            if model is self.namespace.get(self._model_name):
                recorder.visit()
            (x, *_) = (*args, *kwargs.values())
            recorder.look(x, training=model.training)
            return standin.predict(list(leaves.values()), x, self.form)

        self._patch(self.namespace[self._model_name], forward)
        own = self._own.get("criterion")
        plain = isinstance(own, FunctionType) and self._takes_more(own)
        criterion = self._in_place_of("criterion", 2, standin.criterion) if plain else None
        for name in self._criterion_names:
            self.namespace[name] = criterion or standin.Criterion()

    def _takes_more(self, function: FunctionType) -> bool:
        """Return whether a criterion has more parameters than the lab's arguments."""
        return len(inspect.signature(function).parameters) > 2

    def apart(self) -> AbstractContextManager[None]:
        """Return a context in which the model's global names are bound to another model."""
        return bound(self.namespace, self._twin)

    def record_forward(self, recorder: Recorder) -> None:
        """Let the recorder see each call of the model's forward."""
        if self._model is None:
            return
        original = type(self._model).forward

        @functools.wraps(original)
        def forward(model: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if model is self.namespace.get(self._model_name):
                recorder.visit()
            recorder.look(*args, *kwargs.values(), training=model.training)
            return original(model, *args, **kwargs)

        self._patch(self._model, forward)

    def _patch(self, model: nn.Module, forward: Callable[..., Any]) -> None:
        """Give a model another forward until it is released.

        The student's class gets it: copies of the model have it too, and use their own parameters.
        A model of one of PyTorch's own classes gets it alone.
        """
        kind = type(model)
        if not kind.__module__.startswith(("torch.", "autograder.")):
            own = vars(kind).get("forward")
            kind.forward = forward
            undo = functools.partial(delattr, kind, "forward")
            self._patched.append(
                undo if own is None else functools.partial(setattr, kind, "forward", own)
            )
        else:
            vars(model)["forward"] = functools.partial(forward, model)
            self._patched.append(functools.partial(vars(model).pop, "forward", None))

    def _value_of(self, name: str, default: object) -> object:
        """Return what an extra parameter gets: by its name, or by what its default is."""
        contract = self.contract
        criterion = self._defined.get("criterion", contract.criterion[0])
        optimizer = isinstance(default, torch.optim.Optimizer)
        stands_for = (
            (contract.criterion, criterion, default is self._own.get("criterion")),
            (contract.model, self._model_name, bool(self.leaves_of(default))),
            (contract.optimizer, self._optimizer_name, optimizer),
            *self._validating_for(default),
            (contract.loader, self._name_of("loader"), isinstance(default, DataLoader)),
            (contract.dataset, self._name_of("dataset"), isinstance(default, Dataset)),
        )
        by_name = [current for names, current, _ in stands_for if name in names]
        by_kind = [current for _, current, fits in stands_for if fits and current]
        found = [*by_name, *by_kind]
        if found:
            return self.namespace.get(found[0], default)
        values = super()._value_of(name, default)
        dataset = self.namespace.get(self._name_of("dataset"))
        return getattr(dataset, name, MISSING) if values is MISSING else values

    def _validating_for(self, default: object) -> list[tuple[tuple[str, ...], str, bool]]:
        """Return what hands out validation data: it is asked for by its name, or as itself."""
        held = [(names, self._data[names[0]]) for names in _validating(self.contract) if names]
        return [(names, name, own is not None and default is own) for names, (name, own) in held]

    def _name_of(self, what: str) -> str:
        names: tuple[str, ...] = getattr(self.contract, what)
        return self._data[names[0]][0] if names else ""


def _validating(contract: Module) -> tuple[tuple[str, ...], ...]:
    """Return the names of what hands out validation data."""
    found = validation_of(contract)
    return () if found is None else (found.dataset, found.loader)


def _unusable(cause: Cause, **values: str) -> Failure:
    """Return the failure of a class or model that is not what the lab needs."""
    return Failure(kind="result", text="", cause=cause, values=values)


def _held(optimizer: torch.optim.Optimizer) -> set[int]:
    return {id(p) for group in optimizer.param_groups for p in group["params"]}
