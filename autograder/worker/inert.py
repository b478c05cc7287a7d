"""Objects that accept everything and do nothing, for plots that a lab's page mentions."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch

from autograder.worker.plot import Pyplot
from autograder.worker.undrawn import is_matplotlib, undrawn


class Inert:
    """Calls, attributes, items and ``with`` all give the same do-nothing object again."""

    def __call__(self, *args: object, **kwargs: object) -> Inert:
        return self

    def __getattr__(self, name: str) -> Inert:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __setattr__(self, name: str, value: object) -> None:
        return None

    def __getitem__(self, key: object) -> Inert:
        return self

    def __setitem__(self, key: object, value: object) -> None:
        return None

    def __iter__(self) -> Iterator[Inert]:
        return iter((self, self))

    def __enter__(self) -> Inert:
        return self

    def __exit__(self, *args: object) -> None:
        return None


INERT = Inert()


class InertModule(ModuleType):
    """A module whose every public attribute is the do-nothing object."""

    def __getattr__(self, name: str) -> Inert:
        if name.startswith("__"):
            raise AttributeError(name)
        return INERT


def silence_notebook_tools() -> None:
    """Make what a lab's notebook imports from this package inert: pictures and local checks.

    Called in the zygote alone: no child then loads a plotting module or checks itself.
    """
    name = "autograder.plots"
    sys.modules[name] = InertModule(name)
    package = sys.modules["autograder"]
    vars(package).update(plots=sys.modules[name], check=INERT)


Stills = Mapping[str, object]
"""What names are bound to while student code is not to draw."""


def still_lab(namespace: Mapping[str, Any], inert: tuple[str, ...]) -> Stills:
    """Silence what the lab declares, and what is of a class that it declares."""
    found = namespace.items()
    return dict.fromkeys((n for n, v in found if n in inert or type(v).__name__ in inert), INERT)


def still_matplotlib(namespace: Mapping[str, Any]) -> Stills:
    """Silence what is matplotlib's: its modules, functions and figures, under any name."""
    return {n: undrawn(n, v) for n, v in namespace.items() if is_matplotlib(v)}


def still_drawing(namespace: Mapping[str, Any]) -> Stills:
    """Silence what is named like a drawing, and let misspelled plots pass."""
    words = ("plot", "draw", "show")
    return {
        name: Pyplot(name, of_pyplot=True) if is_matplotlib(value) else INERT
        for name, value in namespace.items()
        if is_matplotlib(value) or (callable(value) and any(word in name.lower() for word in words))
    }


@contextmanager
def silenced(namespace: dict[str, Any], stills: Stills) -> Iterator[None]:
    """Bind names to what draws nothing inside the block, and back to their values after it."""
    kept = {name: namespace[name] for name in stills if name in namespace}
    namespace.update({name: stills[name] for name in kept})
    try:
        yield
    finally:
        for name, value in kept.items():
            if namespace.get(name) is stills[name]:
                namespace[name] = value


@contextmanager
def tolerant_numpy() -> Iterator[list[Any]]:
    """Let ``tensor.numpy()`` work on tensors that require grad, as a plot needs it.

    Yields the single numbers that were had so: what is kept of them is no plot's.
    """
    strict = torch.Tensor.numpy
    lent: list[Any] = []

    def numpy(self: torch.Tensor, *, force: bool = False) -> Any:
        found = strict(self.detach(), force=force)
        if self.requires_grad and not force and self.numel() == 1:
            lent.append(found)
        return found

    torch.Tensor.numpy = numpy  # type: ignore[method-assign, assignment]  # undone below
    try:
        yield lent
    finally:
        torch.Tensor.numpy = strict  # type: ignore[method-assign]  # the original again
