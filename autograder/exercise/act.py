"""What an author's draws are made of: sources of seeded draws, steps, and listed cases."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch

from autograder.protocol.script import ALL, SELF, WHOLE, Projection
from autograder.protocol.value import Kept


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """Where an author's draws come from: seeded generators of torch's and of NumPy's."""

    torch: torch.Generator
    numpy: np.random.Generator


def source_of(seed: int) -> Source:
    """Return the source of that seed."""
    return Source(torch=torch.Generator().manual_seed(seed), numpy=np.random.default_rng(seed))


@dataclasses.dataclass(frozen=True)
class Act:
    """A step as an author writes it, with Python's own values."""

    do: Literal["call", "construct", "read", "load"]
    name: str
    arguments: tuple[Any, ...] = ()
    named: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    label: str = ""
    on: str = ""
    keep: Mapping[str, int] = dataclasses.field(default_factory=dict)
    record: bool = True
    first: int = 0
    project: Projection = ""
    wrt: tuple[str, ...] = ()

    def keeping(self, *names: str, **items: int) -> Act:
        """Return the step that keeps its result, ``call(…).keeping("context")``, or items of it.

        Items are named with their places: ``call(…).keeping(cache=1)``.
        """
        return dataclasses.replace(self, keep={**self.keep, **dict.fromkeys(names, WHOLE), **items})

    def labelled(self, label: str) -> Act:
        """Return the step under another label, by which checks find it."""
        return dataclasses.replace(self, label=label)

    def unrecorded(self) -> Act:
        """Return the step whose value nothing looks at."""
        return dataclasses.replace(self, record=False)

    def first_items(self, count: int) -> Act:
        """Return the step that takes the first items of an iterator."""
        return dataclasses.replace(self, first=count)

    def gradients(self, *names: str) -> Act:
        """Return the step whose gradients for loaded parameters are compared: for these, or all."""
        return dataclasses.replace(self, wrt=names or (ALL,))

    def shapes(self) -> Act:
        """Return the step of which shapes are compared: of arrays, or a module's parameters."""
        return dataclasses.replace(self, project="shapes")

    def sorted_items(self) -> Act:
        """Return the step whose items are compared in order; a dict's as pairs."""
        return dataclasses.replace(self, project="sorted")

    def count(self) -> Act:
        """Return the step of which is compared how many numbers its arrays or parameters have."""
        return dataclasses.replace(self, project="count")


def construct(*arguments: Any, **named: Any) -> Act:
    """Make an object of the part's class; later steps are its methods and attributes."""
    return Act("construct", "", arguments, named, keep={SELF: WHOLE})


def call(name: str, *arguments: Any, **named: Any) -> Act:
    """Call a method of the part's object; in a Function part, a function of the file."""
    return Act("call", name, arguments, named, on=SELF)


def static(name: str, *arguments: Any, **named: Any) -> Act:
    """Call something of the file's by its name, which may have dots, whatever the part is."""
    return Act("call", name, arguments, named)


def read(name: str, label: str = "") -> Act:
    """Look at an attribute of the part's object."""
    return Act("read", name, label=label, on=SELF)


def load(**parameters: Any) -> Act:
    """Copy tensors into the parameters of the part's module: by name, else by order and shape.

    Of an object that is no module, set attributes that it has: ``load(dW=…)`` before a step.
    """
    named = {name.replace("__", "."): value for name, value in parameters.items()}
    return Act("load", "", (named,), on=SELF, record=False)


def kept(name: str) -> Kept:
    """Return what stands for what an earlier step kept: the student's own, whatever it is."""
    return Kept(name)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Edge:
    """A listed case. Students may see ``name``, ``raises`` is the exception expected."""

    arguments: tuple[Any, ...]
    named: Mapping[str, Any]
    name: str
    raises: str
    public: bool


def edge(
    *arguments: Any, name: str = "", raises: str = "", public: bool = False, **named: Any
) -> Edge:
    """Return a case that an author lists: an empty array, one row, ties, large numbers."""
    return Edge(arguments=arguments, named=named, name=name, raises=raises, public=public)
