"""Drive module-level functions over numbers, arrays and lists: a page that uses no torch.

Where a parameter lies is said by its name: ``w`` is a global, ``net.W`` an attribute or a key,
``layers.0`` a place in a list.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from autograder.protocol.array import Array, natural, pack, unpack
from autograder.protocol.job import ForwardProbe, Job, Probe, inputs_of
from autograder.protocol.trace import ProbeRecord
from autograder.worker import standin
from autograder.worker.absent import missing_in
from autograder.worker.cause import known_type
from autograder.worker.functions import FunctionsSubject
from autograder.worker.recorder import Recorder, numbers
from autograder.worker.returned import packed, require_few
from autograder.worker.subject import refuse, refuse_missing

MOST_DEPTH = 4  # of lists in lists


class ByHandSubject(FunctionsSubject):
    """A submission whose parameters are no tensors, and whose gradients are written by hand."""

    def __init__(
        self,
        job: Job,
        namespace: dict[str, Any],
        defined: dict[str, str],
        preset_losses: list[float],
    ) -> None:
        super().__init__(job, namespace, defined, preset_losses)
        roots = {name.partition(".")[0] for name in self.parameters}
        self._roots = {root: namespace[root] for root in roots if root in namespace}
        self._places = {name: held(namespace, name) for name in self.parameters}

    @property
    def dtype(self) -> torch.dtype:
        """NumPy's own: float64."""
        return torch.float64

    def known_names(self) -> set[str]:
        """Return also the objects that parameters lie in."""
        return super().known_names() | {name.partition(".")[0] for name in self.parameters}

    def data_differ(self) -> bool:
        """Return whether the file's data are no arrays of float64, or of whole numbers."""
        return any(
            not isinstance(own, np.ndarray) or own.dtype not in (np.float64, np.int64)
            for own in self._inputs.values()
        )

    def handed(self, array: Array, like: str = "") -> Any:
        """Return data as the file's own of that name are: an array, a list, or a tensor."""
        own = self._inputs.get(like) if self.own_data else None
        values = natural(array)
        if isinstance(own, list):
            return values.tolist()
        if isinstance(own, torch.Tensor):
            return torch.from_numpy(values).to(own.dtype)
        if isinstance(own, np.ndarray) and own.dtype.kind == values.dtype.kind:
            return values.astype(own.dtype)
        return values

    def probed(self, probe: Probe) -> ProbeRecord:
        """Call forward or criterion with arrays: what they return carries no gradient."""
        if isinstance(probe, ForwardProbe):
            self.set_parameters(probe.parameters)
            size = math.prod(probe.x.shape)
            pairs = zip((probe.x, *probe.more), inputs_of(self.contract), strict=True)
            given = [self.handed(one, name) for one, name in pairs]
            value = self.bind("forward", len(given))(*given)
        else:
            size = math.prod(probe.yhat.shape)
            pair = (self.handed(one, self.contract.targets) for one in (probe.yhat, probe.y))
            value = self.bind("criterion", 2)(*pair)
        return ProbeRecord(id=probe.id, value=packed(_result(value, size)))

    def _set_data(self, name: str, array: Array) -> None:
        """Copy data into the student's own array or list: defaults may contain it."""
        own, values = self._inputs[name], self.handed(array, name)
        if self.own_data and isinstance(own, list):
            own[:] = values
        elif self.own_data and isinstance(own, np.ndarray) and _takes(own, values):
            np.copyto(own, values)
        else:
            own = values
        self.namespace[name] = own

    def set_parameters(self, values: dict[str, Array]) -> None:
        """Put start values where the file keeps its own: of its kind, and of its shape."""
        self.namespace.update(self._roots)
        for name, array in values.items():
            put(self.namespace, name, filled(self._places.get(name), unpack(array)))

    def leaves(self) -> Mapping[str, object]:
        """Return the parameters as they are now, lists as arrays."""
        return {name: _as_array(held(self.namespace, name)) for name in self.parameters}

    def read_parameters(self, start: dict[str, Array]) -> dict[str, Array]:
        """Return the parameters as they are now; raises Refused."""
        found, leaves = {}, self.leaves()
        for name, array in start.items():
            value, size = leaves[name], math.prod(array.shape)
            missing = missing_in(value)
            if missing is not None:
                refuse_missing(missing.module)
            flat = numbers(value)
            if not _is_numeric(value):
                refuse("parameter-replaced", name=name, type=known_type(value))
            if len(flat) != size:
                refuse("parameter-resized", name=name, count=str(len(flat)), wanted=str(size))
            found[name] = pack(flat)
        return found

    def _stand_in(self, recorder: Recorder) -> None:
        """Replace forward and criterion by the neutral stand-ins, of arrays."""
        count = len(inputs_of(self.contract))

        def forward(*args: Any, **kwargs: Any) -> Any:
            (x, *_) = (*args, *kwargs.values())
            values = [torch.as_tensor(_as_array(v)) for v in self.leaves().values()]
            found = standin.predict(values, _tensor(x), self.form).numpy()
            return found.tolist() if isinstance(x, (list, float, int)) else found

        def criterion(yhat: Any, y: Any) -> Any:
            return np.float64(standin.loss(_tensor(yhat), _tensor(y)).item())

        self._bind("forward", recorder.recorded(self._in_place_of("forward", count, forward)))
        self._bind("criterion", self._in_place_of("criterion", 2, criterion))


def _result(value: object, given: int) -> torch.Tensor:
    """Return a number, an array or a list of numbers as a tensor; raises Refused."""
    missing = missing_in(value)
    if missing is not None:
        refuse_missing(missing.module)
    if value is None:
        refuse("nothing-returned")
    found = _as_array(value)
    if not _is_numeric(found):
        refuse("object-returned", type=known_type(value))
    result = _tensor(found)
    require_few(result.numel(), given)
    return result


def held(namespace: Mapping[str, Any], name: str) -> Any:
    """Return what lies at a place, None where nothing does."""
    first, *keys = name.split(".")
    value = namespace.get(first)
    for key in keys:
        value = _inside(value, key)
    return value


def put(namespace: dict[str, Any], name: str, value: object) -> None:
    """Put a value to a place. Raises Refused where the object that it lies in is not there."""
    *path, key = name.split(".")
    owner = held(namespace, ".".join(path)) if path else namespace
    if isinstance(owner, list) and key.isdigit() and int(key) < len(owner):
        owner[int(key)] = value
    elif isinstance(owner, dict):
        owner[_key_of(owner, key)] = value
    elif hasattr(owner, "__dict__"):
        setattr(owner, key, value)
    else:
        refuse("parameter-replaced", name=name, type=known_type(held(namespace, name)))


def _inside(value: Any, key: str) -> Any:
    if isinstance(value, (list, tuple)):
        return value[int(key)] if key.isdigit() and int(key) < len(value) else None
    if isinstance(value, dict):
        return value.get(_key_of(value, key))
    return getattr(value, key, None)


def _key_of(owner: dict[Any, Any], key: str) -> Any:
    """Return a key of a dict, which may have whole numbers as keys."""
    return int(key) if key.isdigit() and int(key) in owner else key


def filled(own: object, values: NDArray[np.float64]) -> object:
    """Return values in the student's own object, or in one of its kind and shape."""
    if isinstance(own, torch.Tensor) and own.numel() == values.size:
        return torch.from_numpy(values.reshape(own.shape)).to(own.dtype)
    if isinstance(own, np.ndarray) and own.size == values.size:
        return _arrayed(own, values.reshape(own.shape))
    if isinstance(own, (list, tuple)):
        return _listed(own, values)
    if values.size == 1 and not isinstance(own, np.ndarray):
        number = float(values.reshape(()))
        return type(own)(number) if isinstance(own, np.floating) else number
    return values.copy()


def _arrayed(own: NDArray[Any], values: NDArray[np.float64]) -> object:
    """Return values in the student's own array, where that holds fractions; of its dtype."""
    if own.dtype.kind != "f":
        return values
    values = values.astype(own.dtype)
    if not _takes(own, values):
        return values
    np.copyto(own, values)
    return own


def _listed(own: list[Any] | tuple[Any, ...], values: NDArray[np.float64]) -> object:
    """Return numbers in the student's own list, as deep as it is; a tuple is made anew."""
    shape = np.shape(_as_array(own))
    made = values.reshape(shape if math.prod(shape) == values.size else (-1,)).tolist()
    if isinstance(own, tuple):
        return tuple(made)
    own[:] = made
    return own


def _takes(own: NDArray[Any], values: object) -> bool:
    """Say whether values can be copied into a student's own array."""
    return (
        isinstance(values, np.ndarray)
        and own.shape == values.shape
        and own.dtype == values.dtype
        and own.flags.writeable
    )


def _as_array(value: Any) -> Any:
    """Return lists of numbers as an array, anything else as it is."""
    if not isinstance(value, (list, tuple)) or _depth(value) > MOST_DEPTH:
        return value
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        return value


def _depth(value: Any) -> int:
    depth = 0
    while isinstance(value, (list, tuple)) and value and depth <= MOST_DEPTH:
        value, depth = value[0], depth + 1
    return depth


def _is_numeric(value: object) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiu"
    kinds = (int, float, np.floating, np.integer, torch.Tensor)
    return isinstance(value, kinds) and not isinstance(value, bool)


def _tensor(value: Any) -> torch.Tensor:
    """Return numbers as a tensor; fractions are float64."""
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    values = torch.from_numpy(np.array(value))
    return values.double() if values.is_floating_point() else values
