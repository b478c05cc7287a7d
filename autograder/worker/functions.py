"""Drive the ``Functions`` contract: module-level functions over the lab's globals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

import torch

from autograder.protocol.array import Array
from autograder.protocol.job import Functions, Job, Role, Situation, inputs_of, rule_of
from autograder.worker import standin
from autograder.worker.recorder import Recorder, rate_of
from autograder.worker.schedule import begin_schedules
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
        optimizers = [v for v in namespace.values() if isinstance(v, torch.optim.Optimizer)]
        sizes = {name: math.prod(array.shape) for name, array in job.preset.start.items()}
        self._leaves = _own_leaves(namespace, sizes, optimizers)
        rates = {rate_of(namespace.get(name)) for name in self.contract.learning_rate}
        rates |= {job.preset.learning_rate}
        self._states = [optimizer.state for optimizer in optimizers]
        self._groups = [
            group
            for optimizer in optimizers
            for group in optimizer.param_groups
            if rate_of(group.get("lr")) in rates
        ]

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of the student's parameters, float32 where there are none."""
        return next((leaf.dtype for leaf in self._leaves.values()), torch.float32)

    def known_names(self) -> set[str]:
        """Return parameters, loss lists, rates, data, and the functions that training calls."""
        contract = self.contract
        names = {*self.parameters, *contract.losses, *contract.learning_rate}
        names |= {*contract.forward, *contract.criterion}
        return names | {*inputs_of(contract), contract.targets} | self.validation_names()

    def _aliases_of(self, name: str) -> tuple[str, ...]:
        for role in ("forward", "criterion"):
            if name in self.contract.names(role):
                return (self._defined.get(role, self.contract.names(role)[0]),)
        return super()._aliases_of(name)

    def set_situation(self, situation: Situation, recorder: Recorder | None = None) -> None:
        """Put every global back: data, start values, rate, empty loss lists, functions."""
        self._reset()
        for name, array in situation.data.items():
            self._set_data(name, array)
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
        if rule_of(self.contract) is not None:
            begin_schedules(self.namespace, rate)

    def set_parameters(self, values: dict[str, Array]) -> None:
        """Copy start values into the student's own leaves; rebind only where they do not fit."""
        for name, array in values.items():
            leaf = self._leaves.get(name)
            if leaf is None:
                self.namespace[name] = tensor(array, self.dtype).requires_grad_()
                continue
            leaf.data = tensor(array).reshape(leaf.shape).to(leaf.dtype)
            leaf.requires_grad_()
            leaf.grad = None
            self.namespace[name] = leaf

    def leaves(self) -> Mapping[str, object]:
        """Return the globals named like the parameters."""
        return {name: self.namespace.get(name) for name in self.parameters}

    def _stand_in(self, recorder: Recorder) -> None:
        """Replace forward and criterion by the neutral stand-ins, under every name they have."""

        def parameters() -> list[torch.Tensor]:
            return [self.namespace[name] for name in self.parameters]

        stand_in = standin.make_forward(parameters, self.form)
        forward = self._in_place_of("forward", len(inputs_of(self.contract)), stand_in)
        replacements: dict[Role, Callable[..., Any]] = {
            "forward": recorder.recorded(forward),
            "criterion": self._in_place_of("criterion", 2, standin.criterion),
        }
        for role, replacement in replacements.items():
            self._bind(role, replacement)

    def _bind(self, role: Role, replacement: Callable[..., Any]) -> None:
        """Put a function in place of the student's own, under every name that it has."""
        canonical = self.contract.names(role)[0]
        for name in (canonical, self._defined.get(role, canonical)):
            self.namespace[name] = replacement

    def record_forward(self, recorder: Recorder) -> None:
        """Let the recorder see each call of the student's forward."""
        if "forward" in self._own:
            name = self._defined["forward"]
            self.namespace[name] = recorder.recorded(self._own["forward"])


def _own_leaves(
    namespace: Mapping[str, object],
    sizes: Mapping[str, int],
    optimizers: Sequence[torch.optim.Optimizer],
) -> dict[str, torch.Tensor]:
    """Return the student's own tensors that start values go into, by the lab's names.

    A parameter that was frozen is one still. Where a name was deleted, or bound to something else
    for a plot, it is what an optimizer holds.
    """
    found: dict[str, torch.Tensor | None] = {
        name: value for name in sizes if _is_leaf(value := namespace.get(name), sizes[name])
    }
    held = [p for o in optimizers for g in o.param_groups for p in g["params"]]
    for name, size in sizes.items():
        own = found.get(name)
        if own is not None and own.requires_grad:
            continue
        taken = set(map(id, found.values()))
        fitting = [p for p in held if _is_leaf(p, size) and p.requires_grad]
        found[name] = next((p for p in fitting if id(p) not in taken), own)
    return {name: leaf for name in sizes if (leaf := found.get(name)) is not None}


def _is_leaf(value: object, size: int) -> TypeGuard[torch.Tensor]:
    return (
        isinstance(value, torch.Tensor)
        and value.is_leaf
        and value.is_floating_point()
        and not value.is_inference()
        and value.numel() == size
    )
