"""The loss landscape of a student's own forward and criterion, once these are right."""

from __future__ import annotations

import math

import numpy as np
import torch

from autograder.judge.compare import Values
from autograder.judge.objective import Flags
from autograder.protocol.array import pack
from autograder.protocol.job import Scenario, steps_per_iteration
from autograder.worker.subject import Subject, tensor


class OwnLandscape:
    """Losses and gradients at given parameters, by the student's functions.

    The judge that grades knows the lab's objective; students' files hold no code of it. Where
    forward and criterion pass their checks, they are the objective.
    """

    def __init__(self, subject: Subject, scenario: Scenario) -> None:
        self._subject = subject
        situation = scenario.situation
        self._shapes = {name: array.shape for name, array in situation.start.items()}
        self._inputs = tensor(situation.data[subject.contract.inputs])
        self._targets = tensor(situation.data[subject.contract.targets])
        self.batches = steps_per_iteration(subject.contract, situation)
        start = [tensor(array).double().numpy().reshape(-1) for array in situation.start.values()]
        self.start: Values = np.concatenate(start)

    def evaluate(self, points: Values) -> tuple[Values, Values]:
        """Return losses ``[K]`` and gradients ``[K, P]`` over all data at points ``[K, P]``."""
        found = [self._at(point, self._inputs, self._targets) for point in points]
        return np.array([loss for loss, _ in found]), np.array([gradient for _, gradient in found])

    def step_gradients(self, points: Values) -> Values:
        """Return gradients ``[K, P]`` at points ``[K, P]``, each of the batch whose turn it is."""
        size = math.ceil(len(self._inputs) / self.batches)
        rows = []
        for index, point in enumerate(points):
            first = index % self.batches * size
            batch = slice(first, first + size)
            rows.append(self._at(point, self._inputs[batch], self._targets[batch])[1])
        return np.array(rows)

    def blurred(self, points: Values) -> Flags:
        """Say that no loss is: these are computed in float32 already."""
        return np.zeros(len(points), dtype=bool)

    def _at(
        self, point: Values, inputs: torch.Tensor, targets: torch.Tensor
    ) -> tuple[float, Values]:
        values, offset = {}, 0
        for name, shape in self._shapes.items():
            size = math.prod(shape)
            values[name] = pack(point[offset : offset + size].reshape(shape))
            offset += size
        self._subject.set_parameters(values)
        forward, more = self._subject.bind("forward", 1)
        criterion, extra = self._subject.bind("criterion", 2)
        loss = criterion(forward(inputs, **more), targets, **extra)
        leaves = list(self._subject.leaves().values())
        gradients = torch.autograd.grad(loss, leaves, allow_unused=True)  # type: ignore[arg-type]
        flat = [
            np.zeros(math.prod(shape))
            if gradient is None
            else gradient.double().numpy().reshape(-1)
            for gradient, shape in zip(gradients, self._shapes.values(), strict=True)
        ]
        return float(loss), np.concatenate(flat)
