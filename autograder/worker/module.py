"""Drive the ``Module`` contract: an ``nn.Module``, a criterion, an optimizer, a training function.

Model, optimizer and data are the lab's: start values go into the student's own objects where they
fit, since defaults and closures may hold them; else the names are bound to objects that do.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import torch
from torch import nn

from autograder.protocol.array import Array
from autograder.protocol.job import Job, Module, Role, Situation
from autograder.protocol.trace import Failure
from autograder.worker import standin
from autograder.worker.fault import describe
from autograder.worker.limit import time_limit
from autograder.worker.matching import Mismatch, match_parameters
from autograder.worker.recorder import Recorder
from autograder.worker.samples import fitting_dataset, fitting_loader
from autograder.worker.subject import Refused, Subject, tensor


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
        self._model = self._own_model(job.budget.call_seconds)
        self._leaves = self._matched(self._model) if self._model is not None else {}
        self._trained = self._model
        self._trainable = {name: leaf.requires_grad for name, leaf in self._leaves.items()}
        self._optimizer = namespace.get(self._optimizer_name)
        self._criterion_names = {
            self.contract.criterion[0],
            defined.get("criterion", self.contract.criterion[0]),
        }
        self._data = {
            names[0]: (name, namespace.get(name))
            for names in (self.contract.dataset, self.contract.loader)
            if names
            for name in [next((n for n in names if n in namespace), names[0])]
        }

    def _first(self, names: tuple[str, ...], kind: type) -> str:
        """Return the first name that holds an object of that kind, else the canonical one."""
        return next((n for n in names if isinstance(self.namespace.get(n), kind)), names[0])

    def _own_model(self, seconds: float) -> nn.Module | None:
        """Return the student's model: the global one, or a new one of the last defined class."""
        found = self.namespace.get(self._model_name)
        built = found if isinstance(found, nn.Module) else None
        own = self._own.get("forward")
        if not (isinstance(own, type) and issubclass(own, nn.Module)) or type(built) is own:
            return built
        try:
            with time_limit(seconds):
                model = own(*self.contract.arguments)
        except BaseException as error:  # the wall: student code may raise anything
            self._failure = describe(error)
            return built
        return model if isinstance(model, nn.Module) else built

    def _matched(self, model: nn.Module) -> dict[str, nn.Parameter]:
        try:
            found = match_parameters(model, self._sizes)
        except Exception as error:  # a module whose __init__ did not run has no parameters
            self._failure = describe(error)
            return {}
        if isinstance(found, Mismatch):
            self._failure = Failure(kind="result", text=found.text)
            return {}
        return found

    def known_names(self) -> set[str]:
        """Return every global of the lab."""
        contract = self.contract
        names = {*contract.model, *contract.optimizer, *contract.criterion, *contract.losses}
        names |= {*contract.learning_rate, *contract.dataset, *contract.loader}
        return names | {contract.inputs, contract.targets}

    def function(self, role: Role) -> Callable[..., Any]:
        """Return the student's own function; for forward it is the model."""
        if role != "forward":
            return super().function(role)
        return self._require_model()

    def _bind(self, role: Role, arguments: int) -> tuple[Callable[..., Any], tuple[str, ...]]:
        function = self.function(role)
        if not isinstance(function, nn.Module):
            return super()._bind(role, arguments)
        try:
            inspect.signature(function.forward).bind(*range(arguments))
        except (TypeError, ValueError) as error:
            name = type(function).__name__[:60]
            failure = Failure(kind="signature", text=f"{name}.forward: {error}"[:300])
            raise Refused(failure) from error
        return function, ()

    def _require_model(self) -> nn.Module:
        if self._model is None or not self._leaves:
            self._refuse_model()
        return self._model

    def _refuse_model(self) -> NoReturn:
        missing = Failure(kind="missing", text=self.contract.model_class[0])
        raise Refused(self._failure or missing)

    def set_situation(self, situation: Situation, recorder: Recorder | None = None) -> None:
        """Put everything back. A missing model is refused, unless a stand-in replaces it."""
        self._reset()
        self._restore()
        self._set_all_data(situation)
        self._set_rate(situation.learning_rate)
        if recorder is not None and not self._leaves:
            values = {name: tensor(array) for name, array in situation.start.items()}
            self._trained = standin.Model(values)
            self.namespace[self._model_name] = self._trained
        else:
            self.set_parameters(situation.start)
        if recorder is not None:
            self._stand_in(recorder)

    def _restore(self) -> None:
        self._trained = self._model
        if self._model is not None:
            vars(self._model).pop("forward", None)
            self.namespace[self._model_name] = self._model
            nn.Module.train(self._model)
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
        """Return the parameters of the model that the global name holds now."""
        model = self.namespace.get(self._model_name)
        if model is self._model and self._leaves:
            return self._leaves
        found = match_parameters(model, self._sizes) if isinstance(model, nn.Module) else {}
        return {} if isinstance(found, Mismatch) else found

    def set_optimizers(self, rate: float) -> None:
        """Reset the optimizer, or put another in its place where it trains something else."""
        leaves = self.leaves()
        own = self._optimizer
        trained = {id(leaf) for leaf in leaves.values()}
        if isinstance(own, torch.optim.Optimizer):
            held = {id(p) for group in own.param_groups for p in group["params"]}
            if held == trained:
                own.state.clear()
                for group in own.param_groups:
                    group["lr"] = rate
                self.namespace[self._optimizer_name] = own
                return
        parameters = [leaf for leaf in leaves.values() if isinstance(leaf, torch.Tensor)]
        self.namespace[self._optimizer_name] = torch.optim.SGD(parameters, lr=rate)

    def _set_all_data(self, situation: Situation) -> None:
        arrays = {name: tensor(array) for name, array in situation.data.items()}
        contract = self.contract
        if not contract.dataset:
            for name, values in arrays.items():
                self._set_data(name, values)
            return
        name, own = self._data[contract.dataset[0]]
        fields = (contract.inputs, contract.targets)
        dataset = fitting_dataset(own, arrays, fields)
        self.namespace[name] = dataset
        if contract.loader:
            name, own = self._data[contract.loader[0]]
            self.namespace[name] = fitting_loader(own, dataset, contract.batch_size or 1)

    def _stand_in(self, recorder: Recorder) -> None:
        """Replace the model's forward and the criterion by the neutral stand-ins."""
        model = self.namespace[self._model_name]
        names = self.parameters

        def parameters() -> list[torch.Tensor]:
            leaves = self.leaves()
            return [leaf for n in names if isinstance(leaf := leaves.get(n), torch.Tensor)]

        forward = recorder.visiting(standin.make_forward(parameters, self.form))
        vars(model)["forward"] = forward
        for name in self._criterion_names:
            self.namespace[name] = standin.Criterion()

    def record_forward(self, recorder: Recorder) -> None:
        """Let the recorder see each call of the model's forward."""
        if self._model is not None:
            vars(self._model)["forward"] = recorder.visiting(self._model.forward)
