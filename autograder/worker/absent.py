"""Placeholders for the names of a missing module; they never return a value.

It hands iterables, functions and classes through, absorbs calls and attributes, and raises an
error that names the module as soon as it is asked for a value. What trains, too, is a value.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from types import FrameType, ModuleType
from typing import Any, NamedTuple, NoReturn

import numpy as np
import torch
from torch import nn

from autograder.worker import source
from autograder.worker.fault import MissingModule
from autograder.worker.remark import remark

Arguments = tuple[object, ...]
Place = tuple[int | None, int | None]
TRAINS = frozenset(
    {"backward", "step", "zero_grad", "fit", "fit_transform", "minimize", "item", "detach"}
    | {"numpy", "tolist", "requires_grad_"}
)
"""Attributes that nobody has but to train with, or to have a number."""
RANGES = frozenset({"trange", "tnrange"})
_TYPING = frozenset({"typing", "typing_extensions"})
USED = "missing-module-used"
BESIDE = frozenset(
    {"tqdm", "alive_progress", "progressbar", "fastprogress", "rich", "wandb", "tensorboard"}
    | {"tensorboardX", "mlflow", "comet_ml", "neptune", "beartype", "typeguard", "jaxtyping"}
    | {"torchtyping", "numba", "line_profiler", "memory_profiler", "torchinfo", "torchsummary"}
)
"""Modules that only look on: what goes through them comes out as it was."""


class Origin(NamedTuple):
    """Where a stand-in comes from: the module, the name in it, the place of its import."""

    module: str
    name: str
    place: Place
    called: bool = False


class StandIn:
    """A name of a missing module, or what came of a call of one."""

    def __init__(self, origin: Origin, *_: object, **__: object) -> None:
        """Take the origin; later calls are those of a class to its missing base."""
        vars(self).setdefault("_missing", origin)

    def __getattr__(self, name: str) -> Any:
        if name == "_missing" or (name.startswith("__") and name != "__version__"):
            raise AttributeError(name)
        origin = origin_of(self)
        if name in TRAINS:
            raise MissingModule(origin.module)
        return stand_in(origin._replace(name=name))

    def __call__(self, *args: object, **kwargs: object) -> Any:
        origin = origin_of(self)
        first = args[0] if args else kwargs.get("iterable")
        if any(map(_is_trained, (*args, *kwargs.values()))):
            _rely_on(origin)
        if origin.name in RANGES and args:
            counts: Any = args  # if they are none, range() says so
            return _handing(origin, range(*counts))
        if isinstance(first, StandIn):
            return _handing(origin, first) if isinstance(first, Handed) else first
        if _passes(first):
            _rely_on(origin)
            return first
        if isinstance(first, Iterable) and not isinstance(first, (str, bytes)):
            return _handing(origin, first)
        return stand_in(origin._replace(called=True))

    def __getitem__(self, key: object) -> Any:
        return _of_type(self)

    def __or__(self, other: object) -> Any:
        return _of_type(self)

    __ror__ = __or__

    def __mro_entries__(self, bases: Arguments) -> tuple[type, ...]:
        """Stand for a module of PyTorch's where there is no other base, else beside the others."""
        if next(base for base in bases if isinstance(base, StandIn)) is not self:
            return ()
        beside = any(isinstance(base, type) for base in bases)
        return (_base(Mixin if beside else Base, origin_of(self)),)

    def __eq__(self, other: object) -> bool:
        """Say it only to ``typing``, which asks it of all that stands in its brackets."""
        if sys._getframe(1).f_globals.get("__name__") in _TYPING:
            return self is other
        raise MissingModule(origin_of(self).module)

    __hash__ = object.__hash__

    def __instancecheck__(self, value: object) -> bool:
        return False

    def __subclasscheck__(self, value: object) -> bool:
        return False

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: object) -> None:
        return None

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: object) -> Any:
        return self

    def __repr__(self) -> str:
        origin = origin_of(self)
        return f"<{'.'.join(filter(None, (origin.module, origin.name)))} is missing here>"

    def __format__(self, specification: str) -> str:
        return repr(self)

    @classmethod
    def __torch_function__(
        cls, function: object, types: object, args: Arguments = (), kwargs: object = None
    ) -> NoReturn:
        raise MissingModule((_first_origin((args, kwargs)) or cls._origin).module)

    _origin = Origin("", "", (None, None))


class Handed(StandIn):
    """What a stand-in returned for something iterable: that, to be gone through."""

    def __init__(self, origin: Origin, what: Iterable[object]) -> None:
        super().__init__(origin)
        vars(self)["_missing_payload"] = what

    def __getattr__(self, name: str) -> Any:
        if name == "_missing_payload":
            raise AttributeError(name)
        what = vars(self)["_missing_payload"]
        if not name.startswith("__") and not _is_plain(what) and hasattr(what, name):
            return getattr(what, name)
        return super().__getattr__(name)

    def __iter__(self) -> Iterator[object]:
        _rely_on(origin_of(self))
        return iter(vars(self)["_missing_payload"])

    def __next__(self) -> object:
        return next(vars(self)["_missing_payload"])

    def __len__(self) -> int:
        return len(vars(self)["_missing_payload"])

    def __bool__(self) -> bool:
        what = vars(self)["_missing_payload"]
        if isinstance(what, (torch.Tensor, np.ndarray)):
            raise MissingModule(origin_of(self).module)
        return bool(what)


class StandInModule(ModuleType):
    """A missing module: each public attribute is a stand-in."""

    def __init__(self, name: str, origin: Origin, free: Callable[[], list[str]]) -> None:
        super().__init__(name, "A module that is missing here.")
        vars(self).update(_missing=origin, _missing_free=free)

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":  # ``from it import *`` brings what the file has from nowhere else
            return vars(self)["_missing_free"]()
        if name.startswith("__") and name != "__version__":
            raise AttributeError(f"module {self.__name__} has no attribute {name}")
        return stand_in(vars(self)["_missing"]._replace(name=name))


StandInModule.__name__ = "module"  # as it reads where one is called


class Base(nn.Module):
    """What a class is derived from whose only base is missing."""

    _missing = Origin("", "", (None, None))

    def __new__(cls, *args: object, **kwargs: object) -> Any:
        made = super().__new__(cls)
        nn.Module.__init__(made)
        return made

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__()
        _have_methods_of(cls)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("__") or _torch_asks(sys._getframe(1)):
                raise
            return stand_in(self._missing._replace(name=name))

    def forward(self, *args: object, **kwargs: object) -> NoReturn:
        """Raise: what the missing class computes is not known."""
        raise MissingModule(self._missing.module)


class Mixin:
    """What a class is derived from beside others, where this one is missing."""

    _missing = Origin("", "", (None, None))

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__()
        if "_missing" not in vars(cls):
            _have_methods_of(cls)
            if "__getattr__" not in vars(cls):
                cls.__getattr__ = _lenient(cls)  # type: ignore[attr-defined]  # nn.Module has one


def _have_methods_of(cls: Any) -> None:
    """Have the methods of a class in its missing base: it may call what it thinks to replace."""
    base = next(one for one in cls.__mro__ if "_missing" in vars(one))
    own = [n for n, v in vars(cls).items() if inspect.isfunction(v) and not n.startswith("__")]
    for name in own if base is not cls else ():
        if not any(name in vars(one) for one in cls.__mro__[1:]):
            setattr(base, name, _absorbs(base._missing._replace(name=name)))


def _lenient(cls: Any) -> Callable[..., Any]:
    """Return what finds the attributes that a missing base may have had."""

    def __getattr__(self: Any, name: str) -> Any:  # noqa: N807  # it becomes one
        found = getattr(super(cls, self), "__getattr__", None)
        with contextlib.suppress(AttributeError):
            if found is not None:
                return found(name)
        if name.startswith("__") or _torch_asks(sys._getframe(1)):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return stand_in(cls._missing._replace(name=name))

    return __getattr__


def _torch_asks(frame: FrameType) -> bool:
    """Return whether PyTorch looks whether there is an attribute already."""
    return str(frame.f_globals.get("__name__")).startswith("torch.")


def _absorbs(origin: Origin) -> Callable[..., Any]:
    """Return a method of a missing class."""

    def absorb(*args: object, **kwargs: object) -> Any:
        if origin.name in TRAINS:
            raise MissingModule(origin.module)
        return stand_in(origin._replace(called=True))

    return absorb


def origin_of(value: object) -> Origin:
    """Return where a stand-in comes from."""
    origin: Origin = vars(value)["_missing"]
    return origin


def missing_in(value: object) -> Origin | None:
    """Return where a value comes from if it is a stand-in, else None."""
    return origin_of(value) if isinstance(value, (StandIn, StandInModule)) else None


def stand_in(origin: Origin) -> Any:
    """Return a stand-in of a type of its own for each module: torch's words name types alone."""
    return _kind(StandIn, origin.module)(origin)


def _handing(origin: Origin, what: object) -> Any:
    return _kind(Handed, origin.module)(origin._replace(called=True), what)


@functools.cache
def _kind(base: type[StandIn], module: str) -> Any:
    own = {"_origin": Origin(module, "", (None, None)), "__module__": base.__module__}
    return type(f"Missing[{module}]", (base,), own)


@functools.cache
def _base(kind: type, origin: Origin) -> type:
    return type("Base", (kind,), {"_missing": origin, "__module__": Base.__module__})


def _rely_on(origin: Origin) -> None:
    """Note that what the module does may count: it was handed what is used further on."""
    if origin.module not in BESIDE:
        remark(USED, again=True, module=origin.module)


def _passes(value: object) -> bool:
    """Return whether a decorator would be given this: a function, a class, a model."""
    if isinstance(value, type):
        return not issubclass(value, BaseException) and value.__module__ != "builtins"
    return callable(value) and not inspect.isbuiltin(value)


def _is_trained(value: object) -> bool:
    if isinstance(value, torch.Tensor):
        return value.is_leaf and value.requires_grad
    return isinstance(value, (nn.Module, torch.optim.Optimizer))


def _is_plain(value: object) -> bool:
    """Return whether a value's attributes are Python's own or numbers, not a tool's."""
    return isinstance(value, (torch.Tensor, np.ndarray)) or type(value).__module__ == "builtins"


def _of_type(value: StandIn) -> Any:
    """Return what brackets and ``|`` make of a stand-in: a type, where one is meant.

    One is meant in an annotation, and by a name of the module that is written like a class's.
    """
    origin = origin_of(value)
    named = origin.name[:1].isupper() and not origin.name.isupper() and not origin.called
    if named or _in_annotation(sys._getframe(2)):
        return stand_in(origin)
    raise MissingModule(origin.module)


def _in_annotation(frame: FrameType) -> bool:
    for node in source.around(frame):
        for field in ("annotation", "returns"):
            part = getattr(node, field, None)
            if part is not None and source.spans(frame, part):
                return True
    return False


def _first_origin(values: object) -> Origin | None:
    """Return where the first stand-in among nested arguments comes from."""
    if isinstance(values, StandIn):
        return origin_of(values)
    inside: Iterable[object] = ()
    if isinstance(values, dict):
        inside = values.values()
    elif isinstance(values, (tuple, list)):
        inside = values
    return next((found for one in inside if (found := _first_origin(one))), None)


def _asked(self: StandIn, *args: object, **kwargs: object) -> NoReturn:
    raise MissingModule(origin_of(self).module)


_TWO = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor"
_VALUES = (
    "lt le eq ne gt ge neg pos abs invert round trunc floor ceil bool len int float complex index "
    "setitem delitem contains iter next reversed array array_ufunc array_function "
    f"{_TWO} ior {' '.join(f'r{name} i{name}' for name in _TWO.split())}"
)
for _name in _VALUES.split():
    if f"__{_name}__" not in vars(StandIn):
        setattr(StandIn, f"__{_name}__", _asked)
