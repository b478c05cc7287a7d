"""Objects that accept everything and do nothing, for plots that a lab's page mentions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch


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


def _from_matplotlib(value: object) -> bool:
    if isinstance(value, ModuleType):
        return value.__name__.partition(".")[0] in ("matplotlib", "pylab")
    return callable(value) and str(getattr(value, "__module__", "")).startswith("matplotlib.")


def plotting_names(namespace: dict[str, Any], inert: tuple[str, ...]) -> frozenset[str]:
    """Return the names whose only use is to draw: matplotlib's, and those the lab declares.

    An instance of a class that the lab declares counts, whatever the student called it.
    """
    return frozenset(
        name
        for name, value in list(namespace.items())
        if name in inert or type(value).__name__ in inert or _from_matplotlib(value)
    )


def drawing_names(namespace: dict[str, Any]) -> frozenset[str]:
    """Return the callables whose name says that they draw."""
    return frozenset(
        name
        for name, value in list(namespace.items())
        if callable(value) and any(word in name.lower() for word in ("plot", "draw", "show"))
    )


@contextmanager
def silenced(namespace: dict[str, Any], names: frozenset[str]) -> Iterator[None]:
    """Bind ``names`` to the inert object inside the block, and back to their values after it."""
    kept = {name: namespace[name] for name in names if name in namespace}
    namespace.update(dict.fromkeys(kept, INERT))
    try:
        yield
    finally:
        for name, value in kept.items():
            if namespace.get(name) is INERT:
                namespace[name] = value


@contextmanager
def tolerant_numpy() -> Iterator[None]:
    """Let ``tensor.numpy()`` work on tensors that require grad, as a plot needs it."""
    strict = torch.Tensor.numpy

    def numpy(self: torch.Tensor, *, force: bool = False) -> Any:
        return strict(self.detach(), force=force)

    torch.Tensor.numpy = numpy  # type: ignore[method-assign, assignment]  # undone below
    try:
        yield
    finally:
        torch.Tensor.numpy = strict  # type: ignore[method-assign]  # the original again
