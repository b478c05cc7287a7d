"""Trusted losses and gradients at recorded parameters, computed in float64 by the judge."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from autograder.exercise.measure import Measure
from autograder.exercise.plan import PlannedScenario
from autograder.judge.cache import Cache
from autograder.judge.compare import Values
from autograder.protocol.array import natural, unpack
from autograder.protocol.job import Contract, Scenario, inputs_of, outputs_of, validation_of
from autograder.protocol.trace import ScenarioRecord
from autograder.worker import standin

Objective = Callable[[Mapping[str, torch.Tensor], Mapping[str, torch.Tensor]], torch.Tensor]
Rows = dict[str, torch.Tensor]
Flags = NDArray[np.bool_]
Turns = NDArray[np.int64]
MOST_VALUES = 4_000_000  # at once, of the data at all points together
BLUR = 1e-3
MEAN = 1e-6  # of the largest gradient: what the mean over rows may be off


class Untold(Exception):
    """A surface does not know what it was asked for; only one without an objective raises this."""


class LossSurface(Protocol):
    """Losses and gradients of one scenario as functions of flat parameters ``[P]``."""

    start: Values
    """The parameters that the scenario begins with, ``[P]``."""

    @property
    def batches(self) -> int:
        """How many batches, and so steps, an iteration has."""

    def evaluate(self, points: Values) -> tuple[Values, Values]:
        """Return losses ``[K]`` and gradients ``[K, P]`` over all data at points ``[K, P]``."""

    def step_gradients(self, points: Values) -> Values:
        """Return gradients ``[K, P]`` at points ``[K, P]``, each of the batch whose turn it is."""

    def blurred(self, points: Values) -> Flags:
        """Say for each point ``[K, P]`` whether float32 gives another loss there, ``[K]``."""


class Surfaces(Protocol):
    """Where a judge has losses and gradients from."""

    def of(
        self,
        planned: PlannedScenario,
        observed: ScenarioRecord,
        expected: ScenarioRecord,
        *,
        right: bool,
    ) -> LossSurface:
        """Return a scenario's surface; ``right`` says whether forward and criterion are."""


class Trusted:
    """The surfaces of a lab whose objective is known: the same for all submissions."""

    def __init__(self, plan: Measure, cache: Cache) -> None:
        terms = plan.exercise
        isolated = isolated_objective(terms.contract)
        self._landscapes = {
            one.scenario.id: Landscape(
                terms.objective if one.scenario.kind == "own" and terms.objective else isolated,
                one.scenario,
                terms.batch_size,
                cache,
                rows=rows_of(terms.contract),
            )
            for one in plan.scenarios
        }

    def of(
        self,
        planned: PlannedScenario,
        observed: ScenarioRecord,  # noqa: ARG002  # the protocol's
        expected: ScenarioRecord,  # noqa: ARG002  # the protocol's
        *,
        right: bool,  # noqa: ARG002  # the protocol's
    ) -> LossSurface:
        """Return a scenario's surface, whatever was observed."""
        return self._landscapes[planned.scenario.id]


def rows_of(contract: Contract) -> tuple[str, ...] | None:
    """Return the arrays with a row a sample, None where all are; validation data are not."""
    if validation_of(contract) is None:
        return None
    return (*inputs_of(contract), contract.targets)


def isolated_objective(contract: Contract) -> Objective:
    """Return the stand-ins' objective over a lab's data."""
    outputs = outputs_of(contract)
    return lambda parameters, data: standin.objective(
        parameters, {"X": data[contract.inputs], "Y": data[contract.targets]}, outputs
    )


class Landscape:
    """The objective of one scenario as a function of flat parameters ``[P]``.

    Right submissions visit the same points, bit for bit: answers are kept in a cache, which the
    landscapes of a lab may share.
    """

    def __init__(
        self,
        objective: Objective,
        scenario: Scenario,
        batch_size: int | None = None,
        cache: Cache | None = None,
        *,
        rows: tuple[str, ...] | None = None,
    ) -> None:
        data = {n: torch.from_numpy(natural(a)) for n, a in scenario.situation.data.items()}
        shapes = {name: array.shape for name, array in scenario.situation.start.items()}

        sampled = {n: data[n] for n in rows} if rows else data
        others = {n: values for n, values in data.items() if n not in sampled}

        def flat(point: torch.Tensor, rows: dict[str, torch.Tensor]) -> torch.Tensor:
            parameters, offset = {}, 0
            for name, shape in shapes.items():
                size = math.prod(shape)
                parameters[name] = point[offset : offset + size].reshape(shape)
                offset += size
            return objective(parameters, {**others, **rows})

        self._all = torch.func.vmap(flat, in_dims=(0, None))
        self._each = torch.func.vmap(flat)
        self._data = sampled
        self._batches = _split(sampled, batch_size)
        self._cache = cache or Cache()
        self._id = scenario.id
        start = [unpack(array).reshape(-1) for array in scenario.situation.start.values()]
        self.start: Values = np.concatenate(start)

    @property
    def batches(self) -> int:
        """How many batches, and so steps, an iteration has."""
        return sum(len(next(iter(group.values()))) for group in self._batches) or 1

    def evaluate(self, points: Values) -> tuple[Values, Values]:
        """Return losses ``[K]`` and gradients ``[K, P]`` over all data at points ``[K, P]``."""
        if not len(points):
            return np.zeros(0), np.zeros(points.shape)
        data = np.ascontiguousarray(points).tobytes()
        losses, gradients = self._cache.answer(
            f"{self._id}/all", data, lambda: self._evaluate(self._points(data))
        )
        return losses, gradients

    def step_gradients(self, points: Values) -> Values:
        """Return gradients ``[K, P]`` at points ``[K, P]``, each of the batch whose turn it is."""
        if not self._batches or not len(points):
            return self.evaluate(points)[1]
        data = np.ascontiguousarray(points).tobytes()
        (gradients,) = self._cache.answer(
            f"{self._id}/steps", data, lambda: (self._evaluate_steps(self._points(data)),)
        )
        return gradients

    def blurred(self, points: Values) -> Flags:
        """Say for each point ``[K, P]`` whether float32 gives another loss there, ``[K]``.

        There a probability has become 1, say, whose logarithm is what the loss is made of.
        """
        rows = {n: v.float() if v.is_floating_point() else v for n, v in self._data.items()}
        _, rounded = self._over_all_data(torch.from_numpy(points).float(), rows)
        losses, _ = self.evaluate(points)
        found: Flags = ~(np.abs(rounded.double().numpy() - losses) <= BLUR * (np.abs(losses) + 0.1))
        return found

    def row_gradients(self, points: Values) -> Values | None:
        """Return each row's gradients ``[K, N, P]``, None where losses are no means over rows."""
        found = self.of_rows(points)
        return None if found is None else found[1]

    def of_rows(self, points: Values) -> tuple[Values, Values] | None:
        """Return each row's losses ``[K, N]`` and gradients, None where losses are no means."""
        count = min(len(values) for values in self._data.values())
        rows = {name: values[:count, None] for name, values in self._data.items()}
        parts = torch.split(torch.from_numpy(points), max(1, _chunk(rows, 1) // count))
        each = [self._of_each_row(part, rows) for part in parts]
        losses, found = (np.concatenate(columns) for columns in zip(*each, strict=True))
        _, whole = self.evaluate(points)
        scale = np.abs(found).max() or 1.0
        mean = np.abs(found.mean(axis=1) - whole).max() <= MEAN * scale
        return (losses, found) if mean else None

    def _of_each_row(self, points: torch.Tensor, rows: Rows) -> tuple[Values, Values]:
        """Return the loss and the gradient of each row at each point, ``[K, N, P]``."""
        count = len(next(iter(rows.values())))
        same = points.repeat_interleave(count, dim=0)
        again = {n: v.repeat(len(points), *(1 for _ in v.shape[1:])) for n, v in rows.items()}
        found, losses = _both(self._each, same, again)
        return losses.numpy().reshape(len(points), count), found.numpy().reshape(
            len(points), count, -1
        )

    def gradients_with(
        self, points: Values, change: Callable[[Rows], Rows], turns: Turns | None = None
    ) -> Values | None:
        """Return gradients ``[K, P]`` with changed data, None where rows have other shapes then.

        Over all data, or each over the one row whose turn it is.
        """
        mixed = self._changed(change)
        if mixed is None:
            return None
        places = torch.from_numpy(points)
        try:
            if turns is None:
                return self._over_all_data(places, mixed)[0].numpy()
            rows = {name: values[torch.from_numpy(turns), None] for name, values in mixed.items()}
            return _both(self._each, places, rows)[0].numpy()
        except (RuntimeError, IndexError):
            if mixed is self._data or all(v.is_floating_point() for v in mixed.values()):
                raise
            return None  # no class has such an index

    def _changed(self, change: Callable[[Rows], Rows]) -> Rows | None:
        """Return changed data, None where they cannot be, or rows differ in shape or kind."""
        try:
            mixed = change(self._data)
        except RuntimeError:  # whole numbers have no mean
            if all(values.is_floating_point() for values in self._data.values()):
                raise
            return None
        alike = all(
            mixed[name].shape[1:] == values.shape[1:] and mixed[name].dtype == values.dtype
            for name, values in self._data.items()
        )
        return mixed if alike else None

    def _evaluate(self, points: torch.Tensor) -> tuple[Values, Values]:
        gradients, losses = self._over_all_data(points, self._data)
        return losses.numpy(), gradients.numpy()

    def _over_all_data(self, points: torch.Tensor, data: Rows) -> tuple[torch.Tensor, torch.Tensor]:
        parts = torch.split(points, _chunk(data, 0))
        gradients, losses = zip(*(_both(self._all, part, data) for part in parts), strict=True)
        return torch.cat(gradients), torch.cat(losses)

    def _evaluate_steps(self, points: torch.Tensor) -> Values:
        gradients = torch.empty_like(points)
        turns = torch.arange(len(points)) % self.batches
        first = 0
        for group in self._batches:
            size = len(next(iter(group.values())))
            due = torch.nonzero((turns >= first) & (turns < first + size))[:, 0]
            for own in torch.split(due, _chunk(group, 1)) if len(due) else ():
                rows = {name: values[turns[own] - first] for name, values in group.items()}
                gradients[own], _ = _both(self._each, points[own], rows)
            first += size
        found: Values = gradients.numpy()
        return found

    def _points(self, data: bytes) -> torch.Tensor:
        return torch.from_numpy(np.frombuffer(data).reshape(-1, self.start.size).copy())


def _both(
    losses_at: Callable[[torch.Tensor, Rows], torch.Tensor], points: torch.Tensor, rows: Rows
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return gradients ``[K, P]`` and losses ``[K]``: each loss depends on its own point alone.

    ``torch.func.grad`` would say the same, and import torch's compiler first, which takes as long
    as torch itself.
    """
    points = points.detach().requires_grad_()
    with torch.enable_grad(), one_thread():
        losses = losses_at(points, rows)
        if not losses.requires_grad:
            return torch.zeros_like(points), losses
        (gradients,) = torch.autograd.grad(losses.sum(), points)
    return gradients, losses.detach()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Leave the other processors to the servers: threads that share so little mostly wait."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _chunk(data: dict[str, torch.Tensor], first: int) -> int:
    """Return at how many points data of these shapes, from dimension ``first`` on, is computed."""
    largest = max(math.prod(values.shape[first:]) for values in data.values())
    return max(1, MOST_VALUES // max(1, largest))


def _split(data: dict[str, torch.Tensor], batch_size: int | None) -> list[dict[str, torch.Tensor]]:
    """Return groups of batches ``[batches, rows, …]``: the whole ones, then the smaller last."""
    if not batch_size:
        return []
    total = min(len(values) for values in data.values())
    whole = total // batch_size
    groups = []
    if whole:
        rows = {n: v[: whole * batch_size] for n, v in data.items()}
        groups.append({n: v.reshape(whole, batch_size, *v.shape[1:]) for n, v in rows.items()})
    if total % batch_size:
        groups.append({n: v[None, whole * batch_size : total] for n, v in data.items()})
    return groups
