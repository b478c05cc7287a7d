"""What the worker is sent of a part: scripts, which are lists of steps on values.

Nothing here is an expected value, an expected exception, a point or a tolerance.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from autograder.protocol.value import Made, Value

Phase = Literal["public", "hidden"]
Kind = Literal["own", "isolated"]
PHASES: tuple[Phase, ...] = ("public", "hidden")
"""In the order in which they are sent."""
WHOLE = -1
SELF = "self"
"""The name under which a construct step keeps what it made."""
Effect = Literal["arguments", "parameters", "modes", "graph", "storage", "events", "calls", "state"]
"""What is looked for besides the value of a call: which arguments it changed; what it changed in
modules; in which mode they were called, and left; whether the result carries a graph, and which
arguments' memory it shares; how many calls and lines ran; which of ``forbids`` was called; sums
over the arrays of the result, and over what modules hold afterwards."""
STATE_SUMS = 3
"""Of each array: the sum, the length, and a sum with weights that differ from place to place."""
MOST_STATES = 256
LONGEST_PLACE = 200
Moved = Literal["parameters", "buffers", "gradients"]
Projection = Literal[
    "", "shapes", "sorted", "count", "names", "sizes", "buffers", "drawn-parameters"
]
"""What is recorded in place of a value: the shapes of all arrays in it, or of a module's parameters
by name; its items in order; how many numbers there are in its arrays or parameters. Of a module
also the names of its parameters, their shapes without names, its buffers, or its parameters moved
by drawn numbers."""
ALL = "*"
"""In place of names: all parameters that were loaded."""
Mode = Literal["changed", "eval", "graph", "train"]
"""How modules were called (``graph``: while one was recorded), and that a mode was left changed."""


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is done, and leaves one record.

    ``call`` calls ``name``, ``construct`` calls a class, ``read`` looks ``name`` up. A name may
    have dots. It is looked up in the kept object ``on``, or, where that is empty, among the
    file's names. ``load`` copies the arrays of its first argument, a dict, into the parameters of
    the kept module ``on``: by name, else by order and shape.

    ``keep`` maps names to which item of the result is kept under it, ``WHOLE`` for all of it; what
    is kept is not recorded. ``record`` says whether the value is recorded at all, ``first`` how
    many items are taken of an iterator. ``effects`` are those that are looked for. Where an
    argument is a tensor that records its graph, the gradient of the value is recorded as well,
    and so is that for the parameters ``wrt``, by the names under which they were loaded.
    """

    do: Literal["call", "construct", "read", "load"]
    name: str
    label: str
    on: str = ""
    arguments: tuple[Value, ...] = ()
    named: dict[str, Value] = {}
    keep: dict[str, int] = {}
    record: bool = True
    first: int = 0
    effects: tuple[Effect, ...] = ()
    forbids: tuple[str, ...] = ()
    project: Projection = ""
    wrt: tuple[str, ...] = ()


class Script(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps that are done one after the other, on fresh values, with names as the cells left them.

    ``variant`` counts the sets of hidden data from 0: a student has one of them. In ``isolated``
    scripts names of other parts' functions are ``bound`` to something that stands for them. Every
    generator begins with ``seed``. One that is ``aside`` may fail without a cost to others of its
    part.
    """

    id: str
    part: str
    phase: Phase
    variant: int = 0
    kind: Kind = "own"
    bound: dict[str, Made] = {}
    seed: int = 0
    aside: bool = False
    steps: tuple[Step, ...]


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """A name that a part needs, with its aliases, the canonical one first.

    ``code``: it is a function or class; else it is a variable, and may be anything.
    """

    names: tuple[str, ...]
    code: bool = True
