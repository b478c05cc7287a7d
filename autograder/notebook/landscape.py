"""Losses and gradients along the path of a training, without slow imports.

The judge that grades knows the lab's objective and has ``torch.func`` make gradients, whose first
use imports torch's compiler. A student would wait for that longer than for the training; ``vmap``
alone, and one usual backward, do without.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from autograder.exercise.plan import PlannedScenario
from autograder.exercise.published import Published, Surface
from autograder.judge.compare import Values
from autograder.judge.objective import BLUR, Flags, LossSurface, Untold, isolated_objective
from autograder.judge.steps import end_of, read_steps
from autograder.protocol.array import Array, pack, unpack
from autograder.protocol.job import Contract, Functions, Scenario, steps_per_iteration
from autograder.protocol.trace import ScenarioRecord
from autograder.worker.limit import SoftLimit, time_limit
from autograder.worker.subject import Subject, tensor

Tensors = dict[str, torch.Tensor]
Found = tuple[Values, Values]
"""Losses ``[K]`` and gradients ``[K, P]``."""
SAME_PLACE = 1e-5
"""How far a place may be from the reference's, as a share of the parameter and 1."""
NEAR = 1e-4
"""How far two computations of one loss in float32 may be apart, as a share of the largest."""


class Pointwise:
    """A loss surface that is computed for all points at once."""

    dtype = torch.float64

    def __init__(self, contract: Contract, scenario: Scenario) -> None:
        situation = scenario.situation
        self._names = (contract.inputs, contract.targets)
        data = {name: tensor(situation.data[name]) for name in self._names}
        self._data = {name: _of(values, self.dtype) for name, values in data.items()}
        self._shapes = {name: array.shape for name, array in situation.start.items()}
        self._sizes = [math.prod(shape) for shape in self._shapes.values()]
        self._known: dict[tuple[bytes, bool], Found] = {}
        self.batches = steps_per_iteration(contract, situation)
        self._size: int = getattr(contract, "batch_size", None) or len(data[contract.inputs])
        start = [tensor(array).double().numpy().reshape(-1) for array in situation.start.values()]
        self.start: Values = np.concatenate(start)

    def evaluate(self, points: Values) -> Found:
        """Return losses ``[K]`` and gradients ``[K, P]`` over all data at points ``[K, P]``."""
        return self._remembered(points, batched=False)

    def step_gradients(self, points: Values) -> Values:
        """Return gradients ``[K, P]`` at points ``[K, P]``, each of the batch whose turn it is."""
        return self._remembered(points, batched=self.batches > 1)[1]

    def losses(self, points: Values) -> Values:
        """Return losses ``[K]`` over all data at points ``[K, P]``; cheaper than with gradients."""
        with torch.no_grad():
            rows = torch.from_numpy(np.ascontiguousarray(points)).to(self.dtype)
            found: Values = self._stacked(rows, batched=False).double().numpy()
        return found

    def blurred(self, points: Values) -> Flags:
        """Say for each point ``[K, P]`` whether float32 gives another loss there, ``[K]``."""
        losses, _ = self.evaluate(points)
        rows = torch.from_numpy(np.ascontiguousarray(points)).float()
        rounded = self._stacked(rows, batched=False).double().numpy()
        found: Flags = ~(np.abs(rounded - losses) <= BLUR * (np.abs(losses) + 0.1))
        return found

    def _remembered(self, points: Values, *, batched: bool) -> Found:
        key = (np.ascontiguousarray(points).tobytes(), batched)
        if key not in self._known:
            self._known[key] = self._found(points, batched=batched)
        return self._known[key]

    def _found(self, points: Values, *, batched: bool) -> Found:
        if not len(points):
            return np.zeros(0), np.zeros(points.shape)
        rows = torch.from_numpy(np.ascontiguousarray(points)).to(self.dtype).requires_grad_()
        losses = self._stacked(rows, batched=batched)
        (gradients,) = torch.autograd.grad(losses.sum(), rows)
        return losses.detach().double().numpy(), gradients.double().numpy()

    def _stacked(self, rows: torch.Tensor, *, batched: bool) -> torch.Tensor:
        """Return the loss at each row of parameters, as one tensor ``[K]`` with its graph."""
        data = [_of(values, rows.dtype) for values in self._data.values()]
        if not batched:
            return torch.func.vmap(self._loss_of_row, in_dims=(0, None, None))(rows, *data)
        size = self._size
        firsts = torch.arange(len(rows)) % self.batches * size
        found = rows.new_zeros(len(rows))
        for whole in (True, False):  # the last batch may be a smaller one
            turns = (firsts + size <= len(data[0])) == whole
            if turns.any():
                count = size if whole else len(data[0]) % size
                picked = [v[firsts[turns][:, None] + torch.arange(count)] for v in data]
                losses = torch.func.vmap(self._loss_of_row)(rows[turns], *picked)
                found = found.index_put((turns,), losses)
        return found

    def _loss_of_row(self, row: torch.Tensor, *data: torch.Tensor) -> torch.Tensor:
        parts = torch.split(row, self._sizes)
        shaped = zip(self._shapes.items(), parts, strict=True)
        parameters = {name: part.reshape(shape) for (name, shape), part in shaped}
        return self.loss(parameters, dict(zip(self._names, data, strict=True))).reshape(())

    def _rows(self, index: int, *, batched: bool) -> Tensors:
        """Return all data, or the batch whose turn it is at step ``index``."""
        if not batched:
            return self._data
        first = index % self.batches * self._size
        return {name: values[first : first + self._size] for name, values in self._data.items()}

    def loss(self, parameters: Tensors, data: Tensors) -> torch.Tensor:
        """Return the loss at parameters that carry a graph."""
        raise NotImplementedError


class IsolatedLandscape(Pointwise):
    """The stand-ins' losses, in float64."""

    def __init__(self, contract: Contract, scenario: Scenario) -> None:
        super().__init__(contract, scenario)
        self._objective = isolated_objective(contract)

    def loss(self, parameters: Tensors, data: Tensors) -> torch.Tensor:
        """Return the stand-ins' loss."""
        return self._objective(parameters, data)


class OwnLandscape(Pointwise):
    """Losses and gradients by the student's functions, in float32 as their loop computes them.

    Students' files hold no code of the objective. Where forward and criterion pass their checks,
    they are the objective.

    The functions are called once for all points. Not all code can be called so: it must give the
    same at the first and the last point as a usual call does, or each point is computed by itself.
    """

    dtype = torch.float32

    def __init__(self, subject: Subject, scenario: Scenario) -> None:
        super().__init__(subject.contract, scenario)
        self.scenario = scenario
        self._subject = subject
        self._leaves_only = False
        self._places: dict[str, Callable[[torch.Tensor], None]] = {}

    def losses(self, points: Values) -> Values:
        """Return losses ``[K]`` over all data at points ``[K, P]``; cheaper than with gradients."""
        if self._leaves_only:
            return np.array([self._at(point, self._data)[0] for point in points])
        with _Lent(self._subject) as self._places:
            return super().losses(points)

    def blurred(self, points: Values) -> Flags:
        """Say that no loss is: these are computed in float32 already."""
        return np.zeros(len(points), dtype=bool)

    def loss(self, parameters: Tensors, data: Tensors) -> torch.Tensor:
        """Return the student's loss at parameters that replace theirs."""
        for name, value in parameters.items():
            self._places[name](value)
        return self._called(data)

    def _found(self, points: Values, *, batched: bool) -> Found:
        if not self._leaves_only and len(points):
            try:
                with _Lent(self._subject) as self._places:
                    found = super()._found(points, batched=batched)
            except Exception:  # noqa: BLE001  # the student's code, called in an unusual way
                self._leaves_only = True
            else:
                if all(
                    self._agrees(points, found, i, batched=batched) for i in {0, len(points) - 1}
                ):
                    return found
                self._leaves_only = True
        each = [self._at(p, self._rows(i, batched=batched)) for i, p in enumerate(points)]
        gradients = np.array([gradient for _, gradient in each]).reshape(points.shape)
        return np.array([loss for loss, _ in each]), gradients

    def _agrees(self, points: Values, found: Found, index: int, *, batched: bool) -> bool:
        loss, gradient = self._at(points[index], self._rows(index, batched=batched))
        return _near(found[0][index], np.array(loss)) and _near(found[1][index], gradient)

    def _at(self, point: Values, data: Tensors) -> tuple[float, Values]:
        """Return loss and gradient at one point, as the student's own loop computes them."""
        values, offset = {}, 0
        for (name, shape), size in zip(self._shapes.items(), self._sizes, strict=True):
            values[name] = pack(point[offset : offset + size].reshape(shape))
            offset += size
        self._subject.set_parameters(values)
        loss = self._called(data)
        leaves = list(self._subject.leaves().values())
        gradients = torch.autograd.grad(loss, leaves, allow_unused=True)  # type: ignore[arg-type]
        flat = [
            np.zeros(size) if gradient is None else gradient.double().numpy().reshape(-1)
            for gradient, size in zip(gradients, self._sizes, strict=True)
        ]
        return float(loss.detach()), np.concatenate(flat)

    def _called(self, data: Tensors) -> torch.Tensor:
        inputs, targets = (data[name] for name in self._names)
        forward, criterion = self._subject.bind("forward", 1), self._subject.bind("criterion", 2)
        loss: torch.Tensor = criterion(forward(inputs), targets)
        return loss


class LiveSurfaces:
    """Where ``check`` has losses and gradients from: what is published, else the functions.

    The student's functions serve as objective only where they are right.
    """

    def __init__(self, published: Published, subject: Subject, seconds: float) -> None:
        self._published = published
        self._subject = subject
        self._seconds = seconds

    def of(
        self,
        planned: PlannedScenario,
        observed: ScenarioRecord,  # noqa: ARG002  # the protocol's
        expected: ScenarioRecord,
        *,
        right: bool,
    ) -> LossSurface:
        """Return a scenario's surface."""
        scenario, contract = planned.scenario, self._published.contract
        if scenario.kind == "isolated":
            return IsolatedLandscape(contract, scenario)
        known = self._published.surfaces.get(scenario.id)
        own = self._own(scenario) if right else None
        return PublishedSurface(contract, scenario, expected, known, own)

    def _own(self, scenario: Scenario) -> GuardedLandscape:
        return GuardedLandscape(OwnLandscape(self._subject, scenario), self._subject, self._seconds)

    def losses_of(self, scenario: Scenario) -> Callable[[Values], Values]:
        """Return the student's losses over all data, right or wrong; raises Untold."""
        return self._own(scenario).losses


class GuardedLandscape:
    """The student's functions as objective, within a time; what they raise is Untold."""

    def __init__(self, landscape: OwnLandscape, subject: Subject, seconds: float) -> None:
        self._landscape = landscape
        self._subject = subject
        self._seconds = seconds

    def evaluate(self, points: Values) -> Found:
        """Return losses ``[K]`` and gradients ``[K, P]`` over all data."""
        with self._limited():
            return self._landscape.evaluate(points)

    def step_gradients(self, points: Values) -> Values:
        """Return gradients ``[K, P]``, each of the batch whose turn it is."""
        with self._limited():
            return self._landscape.step_gradients(points)

    def losses(self, points: Values) -> Values:
        """Return losses ``[K]`` over all data."""
        with self._limited():
            return self._landscape.losses(points)

    @contextlib.contextmanager
    def _limited(self) -> Iterator[None]:
        try:
            with time_limit(self._seconds):
                self._subject.set_situation(self._landscape.scenario.situation)
                yield
        except (SoftLimit, Exception) as error:
            raise Untold from error  # the functions may raise anything


class PublishedSurface:
    """Losses and gradients at places where the reference was, else those of right functions."""

    def __init__(
        self,
        contract: Contract,
        scenario: Scenario,
        expected: ScenarioRecord,
        known: Surface | None,
        own: GuardedLandscape | None,
    ) -> None:
        start = [tensor(array).double().numpy().reshape(-1) for array in _starts(scenario)]
        self.start: Values = np.concatenate(start)
        self.batches = steps_per_iteration(contract, scenario.situation)
        self._own = own
        counts = tuple(count * self.batches for count in scenario.calls)
        steps = read_steps(expected, self.start, counts, keeps_best=contract.keeps_best is True)
        self._known = known if steps is not None else None
        if steps is not None:
            self._rows = np.vstack([steps.before, end_of(expected.calls[-1])])

    def evaluate(self, points: Values) -> Found:
        """Return losses ``[K]`` and gradients ``[K, P]`` over all data. Raises Untold."""
        if self._known is not None:
            rows = [row for point in points if (row := self._row_at(point)) is not None]
            if len(rows) == len(points):
                losses, gradients = unpack(self._known.losses), unpack(self._known.gradients)
                return losses[rows], gradients[rows]
        return self._functions().evaluate(points)

    def step_gradients(self, points: Values) -> Values:
        """Return gradients ``[K, P]``, each of the batch whose turn it is. Raises Untold."""
        if self.batches == 1:
            return self.evaluate(points)[1]
        steps = self._known.steps if self._known is not None else None
        if steps is not None and self._go_along(points):
            return unpack(steps)[: len(points)]
        return self._functions().step_gradients(points)

    def blurred(self, points: Values) -> Flags:
        """Say that no loss is: those of the reference's way are what float32 gives there."""
        return np.zeros(len(points), dtype=bool)

    def _functions(self) -> GuardedLandscape:
        if self._own is None:
            raise Untold
        return self._own

    def _go_along(self, points: Values) -> bool:
        """Return whether the points are the first places of the reference, in their order."""
        if len(points) >= len(self._rows):
            return False
        rows = self._rows[: len(points)]
        return bool((np.abs(rows - points) <= SAME_PLACE * (1.0 + np.abs(rows))).all())

    def _row_at(self, point: Values) -> int | None:
        """Return the number of the reference's place that a point is, None where it is none."""
        apart = (np.abs(self._rows - point) / (1.0 + np.abs(self._rows))).max(axis=1)
        if not np.isfinite(apart).any():
            return None
        nearest = int(np.nanargmin(apart))
        return nearest if apart[nearest] <= SAME_PLACE else None


def _of(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Return fractions in that dtype, whole numbers as they are."""
    return values.to(dtype) if values.is_floating_point() else values


def _starts(scenario: Scenario) -> Iterable[Array]:
    return scenario.situation.start.values()


class _Lent:
    """Gives the places of a subject's parameters, and puts the parameters back at the end."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._kept: list[Callable[[], None]] = []

    def __enter__(self) -> dict[str, Callable[[torch.Tensor], None]]:
        subject = self._subject
        if isinstance(subject.contract, Functions):
            holders = {name: (subject.namespace, name) for name in subject.parameters}
        else:
            model = subject.bind("forward", 1)
            names = {id(leaf): name for name, leaf in subject.leaves().items()}
            holders = {
                names[id(own)]: (part._parameters, attribute)
                for part in nn.Module.modules(model)  # type: ignore[arg-type]  # it is one
                for attribute, own in part._parameters.items()
                if id(own) in names
            }
        return {name: self._place(*holder) for name, holder in holders.items()}

    def _place(self, holder: dict[str, Any], key: str) -> Callable[[torch.Tensor], None]:
        own = holder[key]
        self._kept.append(lambda: holder.__setitem__(key, own))
        return lambda value: holder.__setitem__(key, value)

    def __exit__(self, *_: object) -> None:
        for put_back in self._kept:
            put_back()


def _near(found: Values, wanted: Values) -> bool:
    """Compare; where a run diverged, what is not finite must be so in both."""
    scale = np.abs(wanted[np.isfinite(wanted)]).max(initial=1e-3)
    return bool(np.allclose(found, wanted, rtol=NEAR, atol=NEAR * scale, equal_nan=True))
