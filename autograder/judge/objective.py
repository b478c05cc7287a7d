"""Trusted losses and gradients at recorded parameters, computed in float64 by the judge."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import torch

from autograder.judge.compare import Values
from autograder.protocol.array import unpack
from autograder.protocol.job import Scenario

Objective = Callable[[dict[str, torch.Tensor], dict[str, torch.Tensor]], torch.Tensor]
CACHED = 4096


class Landscape:
    """The objective of one scenario as a function of flat parameters ``[P]``.

    Right submissions visit the same points, bit for bit: answers are cached by the points' bytes.
    """

    def __init__(self, objective: Objective, scenario: Scenario) -> None:
        data = {n: torch.from_numpy(unpack(a)) for n, a in scenario.situation.data.items()}
        shapes = {name: array.shape for name, array in scenario.situation.start.items()}

        def flat(point: torch.Tensor) -> torch.Tensor:
            parameters, offset = {}, 0
            for name, shape in shapes.items():
                size = int(np.prod(shape, dtype=int))
                parameters[name] = point[offset : offset + size].reshape(shape)
                offset += size
            return objective(parameters, data)

        self._both = torch.func.vmap(torch.func.grad_and_value(flat))
        self._cached = functools.lru_cache(CACHED)(self._evaluate)
        start = [unpack(array).reshape(-1) for array in scenario.situation.start.values()]
        self.start: Values = np.concatenate(start)

    def evaluate(self, points: Values) -> tuple[Values, Values]:
        """Return losses ``[K]`` and gradients ``[K, P]`` at points ``[K, P]``."""
        return self._cached(np.ascontiguousarray(points).tobytes())

    def _evaluate(self, data: bytes) -> tuple[Values, Values]:
        points = np.frombuffer(data).reshape(-1, self.start.size).copy()
        gradients, losses = self._both(torch.from_numpy(points))
        return losses.numpy(), gradients.numpy()
