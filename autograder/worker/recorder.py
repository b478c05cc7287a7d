"""Record the training process: parameters at each forward call, gradients at each backward."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any, Literal

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.optimizer import register_optimizer_step_pre_hook

from autograder.protocol.array import Array, pack
from autograder.protocol.job import MOST_PARAMETERS
from autograder.protocol.trace import Evaluated

NAN = float("nan")
ROW_VALUES = MOST_PARAMETERS

Leaves = Callable[[], Mapping[str, object]]


def numbers(value: object) -> list[float]:
    """Return the flat values of a tensor, array or number, ``[nan]`` for anything else."""
    if isinstance(value, torch.Tensor):
        if value.numel() == 1:
            return [float(value.item())]
        flat: list[float] = value.detach().reshape(-1).tolist()
        return flat
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        return [float(number) for number in value.reshape(-1)[:ROW_VALUES]]
    if isinstance(value, (int, float, np.floating, np.integer)) and not isinstance(value, bool):
        return [float(value)]
    return [NAN]


def rate_of(value: object) -> float:
    """Return a learning rate as a number, NaN for what is none."""
    flat = numbers(value)
    return flat[0] if len(flat) == 1 else NAN


class Recorder:
    """Collects evidence of one call of the training function, at most ``cap`` rows each.

    ``leaves`` gives the current parameters by name at any moment. ``rows`` are the inputs that
    training evaluates on and those that it trains on, where the lab has both.
    """

    def __init__(
        self,
        leaves: Leaves,
        parameters: Sequence[str],
        cap: int,
        rows: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> None:
        self._leaves = leaves
        self._rows = rows
        self._parameters = parameters
        self._cap = cap
        self.clear()

    def clear(self) -> None:
        """Forget everything; the next call of the training function starts anew."""
        self._visited: list[list[float]] = []
        self._held: list[list[float]] = []
        self._fresh: dict[str, list[list[float]]] = {name: [] for name in self._parameters}
        self._buffers: dict[str, list[list[float]]] = {name: [] for name in self._parameters}
        leaves = self._leaves()
        self._marks = _marks_of(leaves)
        # Both are kept, so that no tensor made later gets their addresses.
        self._kept = [(leaf, leaf.detach()) for leaf in _tensors(leaves)]
        self.stepped = 0
        self.astray = 0
        self._looks = dict.fromkeys(("calls", "training", "graphs", "still"), 0)

    def visit(self, leaves: Mapping[str, object] | None = None) -> None:
        """Note the parameters as they are now, or those given."""
        if len(self._visited) < self._cap:
            self._visited.append(self._row(self._leaves() if leaves is None else leaves))

    def look(self, *given: object, training: bool = False) -> None:
        """Note in which mode forward is called, on validation data or on those trained on."""
        if self._rows is None or not given or self._looks["calls"] >= self._cap:
            return
        graph = torch.is_grad_enabled()
        if _is_among(given[0], self._rows[0]):
            self._looks["calls"] += 1
            self._looks["training"] += training
            self._looks["graphs"] += graph
        elif graph and not training and _is_among(given[0], self._rows[1]):
            self._looks["still"] += 1

    @property
    def evaluated(self) -> Evaluated | msgspec.UnsetType:
        """How forward was called on validation data; nothing where the lab has none."""
        return msgspec.UNSET if self._rows is None else Evaluated(**self._looks)

    def _row(self, leaves: Mapping[str, object]) -> list[float]:
        row = [v for name in self._parameters for v in numbers(leaves.get(name))]
        return row[:ROW_VALUES]

    def recorded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function`` with a visit before each call.

        Only plain functions are wrapped: code may use an object's attributes, and must find them.
        """
        if not isinstance(function, FunctionType):
            return function

        @functools.wraps(function)
        def forward(*args: Any, **kwargs: Any) -> Any:
            self.visit()
            self.look(*args, *kwargs.values(), training=True)
            return function(*args, **kwargs)

        return forward

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """Keep hooks on the parameters, where they are leaves with grad, and on all optimizers."""
        handles: list[Any] = [register_optimizer_step_pre_hook(self._on_step)]
        for name, leaf in self._leaves().items():
            if isinstance(leaf, torch.Tensor) and leaf.is_leaf and leaf.requires_grad:
                handles += self._hook(name, leaf)
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _hook(self, name: str, leaf: torch.Tensor) -> list[Any]:
        fresh, buffers = self._fresh[name], self._buffers[name]

        def on_fresh(gradient: torch.Tensor) -> None:
            if len(fresh) < self._cap:
                fresh.append(numbers(gradient))
                if len(fresh) > len(self._held):  # the first parameter that this backward reaches
                    self._held.append(self._row(self._leaves()))

        def on_buffer(parameter: torch.Tensor) -> None:
            if len(buffers) < self._cap:
                buffers.append(numbers(parameter.grad))

        return [
            leaf.register_hook(on_fresh),  # type: ignore[no-untyped-call]  # torch leaves it
            leaf.register_post_accumulate_grad_hook(on_buffer),  # type: ignore[no-untyped-call]
        ]

    def _on_step(self, optimizer: torch.optim.Optimizer, *_: object) -> None:
        ours = set(map(id, self._leaves().values()))
        held = {id(value) for group in optimizer.param_groups for value in group["params"]}
        if ours & held:
            self.stepped = min(self.stepped + 1, self._cap)
        else:
            self.astray = min(self.astray + 1, self._cap)

    @property
    def left(self) -> dict[str, Array]:
        """Each parameter's ``.grad`` as it is now, ``[1, size]``, empty where there is none."""
        found = {}
        for name, leaf in self._leaves().items():
            gradient = leaf.grad if isinstance(leaf, torch.Tensor) and leaf.is_leaf else None
            rows = [] if gradient is None else [numbers(gradient)[:ROW_VALUES]]
            found[name] = pack(matrix(rows))
        return found if list(found) == list(self._parameters) else {}

    @property
    def written(self) -> bool:
        """Whether a parameter was written to since the call began, as far as tensors show."""
        return _marks_of(self._leaves()) != self._marks

    @property
    def holding(self) -> Literal["", "other", "frozen"]:
        """Whether a parameter is another tensor than when the call began, or gets no gradients."""
        leaves = _tensors(self._leaves())
        if list(map(id, leaves)) != [id(leaf) for leaf, _ in self._kept]:
            return "other"
        return "" if all(leaf.requires_grad for leaf in leaves) else "frozen"

    @property
    def visited(self) -> Array:
        """Parameters at each forward call, ``[calls, parameters]``, as float64."""
        return pack(matrix(self._visited))

    def held(self, steps: int) -> Array:
        """Parameters at each backward; empty where forward's calls show ``steps`` rows."""
        return pack(matrix([] if self.steps_seen() == steps else self._held))

    def backwards(self) -> int:
        """Return how many gradients the parameter with the most of them got."""
        return max((len(rows) for rows in self._fresh.values()), default=0)

    def visits(self) -> int:
        """Return how often forward was called."""
        return len(self._visited)

    @property
    def fresh(self) -> dict[str, Array]:
        """Each parameter's new gradients, ``[backwards, size]``."""
        return {name: pack(matrix(rows)) for name, rows in self._fresh.items()}

    @property
    def buffers(self) -> dict[str, Array]:
        """Each parameter's ``.grad`` after each backward, ``[backwards, size]``."""
        return {name: pack(matrix(rows)) for name, rows in self._buffers.items()}

    def steps_seen(self) -> int:
        """Return how many different parameter values in a row forward was called at."""
        rows = self._visited
        return sum(1 for i, row in enumerate(rows) if i == 0 or row != rows[i - 1])


def _marks_of(leaves: Mapping[str, object]) -> list[tuple[int, ...]]:
    """Return what changes when a tensor is replaced, or written to in place."""
    return [(id(leaf), leaf.data_ptr(), leaf._version) for leaf in _tensors(leaves)]


def _tensors(leaves: Mapping[str, object]) -> list[torch.Tensor]:
    return [
        leaf
        for leaf in leaves.values()
        if isinstance(leaf, torch.Tensor) and not leaf.is_inference()
    ]


def _is_among(x: object, rows: torch.Tensor) -> bool:
    """Say whether the first of the samples ``x``, or the only one, is a row."""
    if not isinstance(x, torch.Tensor) or not x.numel():
        return False
    if x.shape[1:] == rows.shape[1:] and x.ndim == rows.ndim:
        x = x[0]
    if x.shape != rows.shape[1:]:
        return False
    with torch.no_grad():
        return bool((rows == x.to(rows.dtype)).flatten(1).all(1).any())


def matrix(rows: list[list[float]]) -> NDArray[np.float64]:
    """Return rows as a matrix; rows of another width than the first become NaN."""
    if not rows:
        return np.zeros((0, 0))
    width = len(rows[0])
    return np.array([row if len(row) == width else [NAN] * width for row in rows])
