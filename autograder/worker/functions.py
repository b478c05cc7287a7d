"""Drive the ``Functions`` contract: module-level functions over the lab's globals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from autograder.protocol.array import Array
from autograder.protocol.job import Functions, Job, Role, Situation
from autograder.worker import standin
from autograder.worker.recorder import Recorder, numbers
from autograder.worker.subject import Subject, tensor


class FunctionsSubject(Subject):
    """A submission whose parameters are globals, such as ``w`` and ``b``."""

    contract: Functions

    def __init__(
        self,
        job: Job,
        namespace: dict[str, Any],
        defined: dict[str, str],
        preset_losses: list[float],
    ) -> None:
        super().__init__(job, namespace, defined, preset_losses)
        self._leaves = {name: namespace.get(name) for name in self.parameters}
        rates = {numbers(namespace.get(name))[0] for name in self.contract.learning_rate}
        rates |= {job.preset.learning_rate}
        optimizers = [v for v in namespace.values() if isinstance(v, torch.optim.Optimizer)]
        self._states = [optimizer.state for optimizer in optimizers]
        self._groups = [
            group
            for optimizer in optimizers
            for group in optimizer.param_groups
            if numbers(group.get("lr"))[0] in rates
        ]

    def known_names(self) -> set[str]:
        """Return parameters, loss lists, rates and data."""
        names = {*self.parameters, *self.contract.losses, *self.contract.learning_rate}
        return names | {self.contract.inputs, self.contract.targets}

    def set_situation(self, situation: Situation, recorder: Recorder | None = None) -> None:
        """Put every global back: data, start values, rate, empty loss lists, functions."""
        self._reset()
        for name, array in situation.data.items():
            self._set_data(name, tensor(array))
        self.set_parameters(situation.start)
        self._set_rate(situation.learning_rate)
        if recorder is not None:
            self._stand_in(recorder)

    def set_optimizers(self, rate: float) -> None:
        """Reset the student's optimizers; the rate of those that follow the lab's is set."""
        for state in self._states:
            state.clear()
        for group in self._groups:
            group["lr"] = rate

    def set_parameters(self, values: dict[str, Array]) -> None:
        """Copy start values into the student's own leaves; rebind only where they do not fit."""
        for name, array in values.items():
            leaf = self._leaves[name]
            start = tensor(array)
            if (
                isinstance(leaf, torch.Tensor)
                and leaf.is_leaf
                and leaf.requires_grad
                and leaf.numel() == start.numel()
            ):
                leaf.data = start.reshape(leaf.shape).to(leaf.dtype)
                leaf.grad = None
                self.namespace[name] = leaf
            else:
                self.namespace[name] = start.requires_grad_()

    def leaves(self) -> Mapping[str, object]:
        """Return the globals named like the parameters."""
        return {name: self.namespace.get(name) for name in self.parameters}

    def _stand_in(self, recorder: Recorder) -> None:
        """Replace forward and criterion by the neutral stand-ins, under every name they have."""

        def parameters() -> list[torch.Tensor]:
            return [self.namespace[name] for name in self.parameters]

        replacements: dict[Role, Callable[..., Any]] = {
            "forward": recorder.recorded(standin.make_forward(parameters, self.form)),
            "criterion": standin.criterion,
        }
        for role, replacement in replacements.items():
            canonical = self.contract.names(role)[0]
            for name in (canonical, self._defined.get(role, canonical)):
                self.namespace[name] = replacement

    def record_forward(self, recorder: Recorder) -> None:
        """Let the recorder see each call of the student's forward."""
        if "forward" in self._own:
            name = self._defined["forward"]
            self.namespace[name] = recorder.recorded(self._own["forward"])
