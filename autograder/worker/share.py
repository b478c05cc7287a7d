"""Do what a job asks for in each of its steps: what is public, then what is hidden, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Protocol

import msgspec
import numpy as np
import torch
from torch import nn

from autograder.protocol.job import Job, Probe, Scenario
from autograder.protocol.steps import Share
from autograder.protocol.trace import ProbeRecord, ScenarioRecord
from autograder.worker.cells import Cell
from autograder.worker.script import Scripts

Tensors = list[tuple[torch.Tensor, torch.Tensor]]
Arrays = list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]


class Observing(Protocol):
    """What drives a training contract."""

    longest_call: float

    def probe(self, probe: Probe) -> ProbeRecord:
        """Call forward or criterion once."""

    def train(self, scenario: Scenario) -> ScenarioRecord:
        """Run the training function in one scenario."""


class Shares:
    """Does the parts of one job. ``observing`` makes what trains, where something is to train."""

    def __init__(
        self,
        job: Job,
        namespace: dict[str, Any],
        defined: dict[str, str],
        observing: Callable[[], Observing],
        cells: Sequence[Cell] = (),
    ) -> None:
        self._scripts = Scripts(job, namespace, defined, cells)
        self._observing = observing
        self._observer: Observing | None = None
        self._left = _Left(namespace) if job.sought else None

    @property
    def longest_call(self) -> float:
        """The seconds of the longest call so far."""
        trained = self._observer.longest_call if self._observer is not None else 0.0
        return max(trained, self._scripts.longest_call)

    def frames_of(self, share: Job | Share) -> Iterator[msgspec.Struct]:
        """Do a part of the job and yield a frame for each thing, as soon as it is there."""
        if share.scripts and self._observer is not None and self._left is not None:
            self._left.put_back()
        for script in share.scripts:
            yield self._scripts.run(script)
        if share.scripts:
            self._scripts.put_back()
        if not share.probes and not share.scenarios:
            return
        if self._observer is None:
            self._observer = self._observing()
        for probe in share.probes:
            yield self._observer.probe(probe)
        for scenario in share.scenarios:
            yield self._observer.train(scenario)


class _Left:
    """The numbers that cells left in tensors, arrays and modules: training writes to these."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        values = list(namespace.values())
        found = [value for value in values if issubclass(type(value), torch.Tensor)]
        for module in (value for value in values if issubclass(type(value), nn.Module)):
            found += [*nn.Module.parameters(module), *nn.Module.buffers(module)]
        self._tensors: Tensors = [(one, one.detach().clone()) for one in found]
        arrays = [value for value in values if type(value) is np.ndarray]
        self._arrays: Arrays = [(one, one.copy()) for one in arrays]

    def put_back(self) -> None:
        """Write them there again."""
        with suppress(RuntimeError, TypeError, ValueError):  # what cannot take them stays
            for own, value in self._tensors:
                own.data, own.grad = value.clone(), None
            for array, numbers in self._arrays:
                array[...] = numbers
