"""Devices that are not there: a move to one leaves things where they are, and nothing is lost.

The grader has no GPU. That is its lack and not the student's mistake: what names one means the
processor here. The entry points that take a device are replaced once, before any student code
runs; a mode that looks at every operation would cost each of them microseconds.
"""

from __future__ import annotations

import copyreg
import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

import torch
from torch import nn, overrides
from torch.utils import _device as constructors

from autograder.worker.absent import missing_in
from autograder.worker.patch import Patches
from autograder.worker.remark import remark

THERE: Final = "cpu"
ABSENT: Final = frozenset(
    {"cuda", "mps", "xpu", "hpu", "ipu", "mtia", "xla", "hip", "ve", "ort", "vulkan", "lazy"}
    | (_EXTENSIONS := frozenset({"npu", "mlu", "musa", "privateuseone"}))
)
"""The devices that torch, or an extension of it, knows by name and that are never used here."""
CODE: Final = "device-not-there"
_scripted: Any = torch.jit._builtins
_REAL, _GENERATOR = torch._C.device, torch._C.Generator
_LIKE = "ones_like zeros_like rand_like randn_like randint_like full_like empty_like normal"
_NEW = "new_tensor new_ones new_zeros new_full new_empty new_empty_strided"
_MODULES = "cuda mps xpu mtia accelerator"
_KEPT = frozenset({"get_arch_list", "manual_seed", "set_rng_state"})
_SILENT = ("is_", "can_", "seed", "manual_seed", "empty_cache", "memory_", "max_", "device_count")
"""What scripts call on every machine: it works without a device, too, and needs no note."""


def use_no_device(patches: Patches) -> None:
    """Have everything that takes a device take the processor for one that is not there."""
    constructors._device_constructors()  # it remembers them as they are
    overrides.resolve_name(torch.add)  # as does this, by which forbidden functions are found
    _replace_types(patches)
    _replace_functions(patches)
    _replace_methods(patches)
    for name in _MODULES.split():
        module = getattr(torch, name, None)
        if isinstance(module, ModuleType):
            _idle_module(patches, module, name)
    _replace_tensor_types(patches)
    patches.wrap(torch.autocast, "__init__", _never_cast)
    patches.wrap(torch, "load", _loaded_here)


def here(device: Any) -> Any:
    """Return what is used for a device: the processor where that one is not there."""
    if isinstance(device, str):
        kind = device.partition(":")[0]
    elif isinstance(device, _REAL):
        kind = device.type
    elif isinstance(device, int) and not isinstance(device, bool):
        kind = "cuda"
    elif (missing := missing_in(device)) is not None:  # a module that brings its own device
        kind = missing.module
        remark(CODE, device=kind)
        return THERE
    else:
        return device
    if kind not in ABSENT:
        return device
    remark(CODE, device=kind)
    return THERE


def _replace_types(patches: Patches) -> None:
    """Make ``torch.device("cuda")`` the processor, too: so ``x.device == device`` holds."""
    patches.put(torch, "device", _kind_of("device", _REAL))
    patches.put(torch, "Generator", _kind_of("Generator", _GENERATOR))
    copyreg.pickle(_REAL, lambda device: (torch.device, (str(device),)))
    patches.after(lambda: copyreg.dispatch_table.pop(_REAL, None))


def _kind_of(name: str, real: Any) -> type:
    """Return a class that stands for one of torch's that cannot be derived from."""

    class Kind(type):
        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            place = args[0] if args else kwargs.get("type", kwargs.get("device"))
            found = here(place)
            return real(*args, **kwargs) if found is place else real(found)

        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real)

        def __subclasscheck__(cls, other: type) -> bool:
            return issubclass(other, real)

        def __getattr__(cls, attribute: str) -> Any:
            return getattr(real, attribute)

    return Kind(name, (), {"__module__": "torch", "__doc__": real.__doc__})


def _replace_functions(patches: Patches) -> None:
    for function in constructors._device_constructors():
        for holder in (torch, torch.fft, torch.nested):
            for name in (function.__name__, function.__name__.removeprefix("fft_")):
                if vars(holder).get(name) is function:
                    patches.wrap(holder, name, functools.partial(_placed, patches))
    for name in _LIKE.split():
        patches.wrap(torch, name, functools.partial(_placed, patches))
    patches.wrap(torch, "set_default_device", _default_device)
    patches.wrap(torch, "set_default_tensor_type", _type_here)


def _placed(patches: Patches, function: Any) -> Callable[..., Any]:
    """Return a function that makes its tensor here; scripts see the same one in it."""

    @functools.wraps(function)
    def made(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            if "device" in kwargs:
                kwargs["device"] = here(kwargs["device"])
            kwargs.pop("pin_memory", None)
        return function(*args, **kwargs)

    builtin = _scripted._find_builtin(function)
    if builtin is not None:
        _scripted._register_builtin(made, builtin)
        patches.after(lambda: _scripted._get_builtin_table().pop(id(made), None))
    return made


def _replace_methods(patches: Patches) -> None:
    tensor = torch.Tensor
    for holder in (tensor, nn.Module):
        patches.wrap(holder, "to", _moved)
    for name in _NEW.split():
        patches.wrap(tensor, name, functools.partial(_placed, patches))
    for name in ABSENT:
        patches.wrap(tensor, name, functools.partial(_stays, name))
    for holder in (tensor, nn.Module):
        for name in _EXTENSIONS - vars(holder).keys():
            patches.put(holder, name, _stays(name, lambda _: None))
    patches.wrap(tensor, "type", _type_here)
    patches.wrap(tensor, "pin_memory", functools.partial(_stays, ""))


def _moved(method: Any) -> Callable[..., Any]:
    @functools.wraps(method)
    def to(self: Any, *args: Any, **kwargs: Any) -> Any:
        if args:
            args = (here(args[0]), *args[1:])
        if "device" in kwargs:
            kwargs["device"] = here(kwargs["device"])
        return method(self, *args, **kwargs)

    return to


def _stays(kind: str, method: Any) -> Callable[..., Any]:
    @functools.wraps(method)
    def stays(self: Any, *_: Any, **__: Any) -> Any:
        if kind:
            remark(CODE, device=kind)
        return self

    return stays


def _type_here(function: Any) -> Callable[..., Any]:
    """Take ``torch.cuda.FloatTensor``, by name or itself, for ``torch.FloatTensor``."""

    @functools.wraps(function)
    def of_type(*args: Any, **kwargs: Any) -> Any:
        return function(*map(_tensor_type, args), **{k: _tensor_type(v) for k, v in kwargs.items()})

    return of_type


def _tensor_type(value: Any) -> Any:
    if isinstance(value, type):
        module, name = value.__module__, value.__name__
    elif isinstance(value, str):
        module, _, name = value.rpartition(".")
    else:
        return value
    kind = module.removeprefix("torch.")
    if kind not in ABSENT or not module.startswith("torch."):
        return value
    remark(CODE, device=kind)
    return f"torch.{name}" if isinstance(value, str) else getattr(torch, name)


def _default_device(function: Any) -> Callable[[Any], None]:
    @functools.wraps(function)
    def set_default_device(device: Any) -> None:
        found = here(device)
        usual = found is None or torch.device(found).type == THERE
        function(None if usual else found)  # a default costs each operation time

    return set_default_device


def _replace_tensor_types(patches: Patches) -> None:
    """Let ``torch.cuda.FloatTensor`` be ``torch.FloatTensor``, with a note when it is used."""
    module = torch.cuda
    types = [name for name in vars(module) if name.endswith("Tensor") and hasattr(torch, name)]
    for name in types:
        patches.put(module, name, None)
        delattr(module, name)

    def find(name: str) -> Any:
        if name in types:
            remark(CODE, device="cuda")
            return getattr(torch, name)
        raise AttributeError(f"module 'torch.cuda' has no attribute '{name}'")

    patches.put(module, "__getattr__", find)


def _never_cast(function: Any) -> Callable[..., None]:
    """Compute in full precision: half of it is a matter of speed, on devices that are not here."""

    @functools.wraps(function)
    def begin(self: Any, device_type: Any = THERE, *_: Any, **__: Any) -> None:
        here(device_type)
        function(self, THERE, enabled=False)

    return begin


def _loaded_here(function: Any) -> Callable[..., Any]:
    @functools.wraps(function)
    def load(f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
        place = THERE if map_location is None else here(map_location)
        return function(f, place, *args, **kwargs)

    return load


class Idle:
    """A stream or an event of a device that is not there, or the device for a while."""

    def __call__(self, *args: object, **kwargs: object) -> Idle:
        return self

    def __getattr__(self, name: str) -> Idle:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __enter__(self) -> Idle:
        return self

    def __exit__(self, *args: object) -> None:
        return None

    def query(self) -> bool:
        """Say that all is done."""
        return True

    def elapsed_time(self, end: object) -> float:
        """Return no time."""
        return 0.0


def _idle_kind(name: str, kind: str) -> type[Idle]:
    """Return a class for a device's streams or events: torch itself asks what is one."""

    def __init__(self: Idle, *args: object, **kwargs: object) -> None:  # noqa: N807  # the class's
        remark(CODE, device=kind)

    return type(name, (Idle,), {"__init__": __init__, "__module__": f"torch.{kind}"})


class Properties:
    """What a device that is not there has: one of everything, since shares of it are computed."""

    name = "no GPU"

    def __getattr__(self, name: str) -> int:
        if name.startswith("__"):
            raise AttributeError(name)
        return 1


def _answer(name: str) -> Callable[[], object]:
    """Return what gives the answer of a device's function where there is no device."""
    answers: dict[str, Callable[[], object]] = {
        "get_device_name": lambda: Properties.name,
        "get_device_properties": Properties,
        "get_device_capability": lambda: (0, 0),
        "mem_get_info": lambda: (1, 1),
        "current_accelerator": lambda: torch.device(THERE),
        "memory_stats": dict,
        "memory_summary": str,
        "list_gpu_processes": str,
        "memory_snapshot": list,
        "get_rng_state": torch.get_rng_state,
        "get_rng_state_all": list,
        "initial_seed": torch.initial_seed,
        "stream": Idle,
        "range": Idle,
        "current_stream": Idle,
        "default_stream": Idle,
    }
    if name in answers:
        return answers[name]
    if name.startswith(("is_", "can_")):
        return bool
    numbers = ("memory", "count", "current", "utilization", "temperature", "power", "clock")
    return int if any(word in name for word in numbers) else lambda: None


def _idle_module(patches: Patches, module: ModuleType, kind: str) -> None:
    """Have the functions of a device's module do nothing, and say that there is no device."""
    for name in getattr(module, "__all__", ()):
        value = vars(module).get(name)
        if name in _KEPT or isinstance(value, ModuleType):
            continue
        if isinstance(value, type):
            if not name.endswith(("Tensor", "Storage", "Error")):
                patches.put(module, name, _idle_kind(name, kind))
        elif callable(value):
            silent = name.startswith(_SILENT) or kind not in ABSENT
            patches.put(module, name, _idle("" if silent else kind, _answer(name)))
    nvtx = getattr(module, "nvtx", None)
    if isinstance(nvtx, ModuleType):
        _idle_module(patches, nvtx, kind)


def _idle(kind: str, answer: Callable[[], object]) -> Callable[..., Any]:
    def idle(*_: object, **__: object) -> object:
        if kind:
            remark(CODE, device=kind)
        return answer()

    return idle
