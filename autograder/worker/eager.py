"""Switch off what only speeds code up elsewhere and would fail here.

``torch.compile`` returns what it is given, and loaders load in this process: no other can be
started in the sandbox.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from autograder.worker.patch import Patches

NEVER_COMPILE = {"TORCHDYNAMO_DISABLE": "1"}
"""For the environment of a process that runs a file: torch's older ways to compile look there."""
_WITH_WORKERS = {
    "num_workers": 0,
    "pin_memory": False,
    "timeout": 0,
    "multiprocessing_context": None,
    "prefetch_factor": None,
    "persistent_workers": False,
    "pin_memory_device": "",
}
"""What only loaders with processes of their own take, and what they take without."""
_POSITIONS = {5: 0, 7: False, 9: 0, 11: None}
"""The same, of those arguments that may be given by position."""


def run_eagerly(patches: Patches) -> None:
    """Have nothing compiled, and no process started for loading data."""
    patches.put(torch, "compile", _as_it_is)
    for name in ("compile", "disable", "allow_in_graph"):
        patches.wrap(torch.compiler, name, lambda _: _as_it_is)
    patches.put(nn.Module, "compile", _nothing)
    patches.wrap(DataLoader, "__init__", _without_workers)
    patches.wrap(torch, "set_num_interop_threads", _where_it_can)


def _as_it_is(function: Any = None, *_: object, **__: object) -> Any:
    """Return a function or a model unchanged; with options alone, what does so."""
    return _as_it_is if function is None else function


def _where_it_can(function: Any) -> Callable[[int], None]:
    """Return a function that does nothing where it is too late: threads run here already."""

    @functools.wraps(function)
    def choose(number: int) -> None:
        with contextlib.suppress(RuntimeError):
            function(number)

    return choose


def _nothing(self: nn.Module, *_: object, **__: object) -> None:
    """Do nothing."""


def _without_workers(begin: Any) -> Callable[..., None]:
    @functools.wraps(begin)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807  # it takes its place
        given = [_POSITIONS.get(number, value) for number, value in enumerate(args)]
        without = {name: _WITH_WORKERS.get(name, value) for name, value in kwargs.items()}
        begin(self, *given, **without)

    return __init__
