"""What the worker recorded. A trace is a claim: the judge believes none of it unexamined.

Traces hold no times, addresses or identities, so the same submission leaves the same bytes.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from autograder.protocol.array import Array

FailureKind = Literal[
    "exception",  # student code raised
    "not_implemented",  # the stub is still there
    "missing",  # a name is not defined, or is not what it must be
    "signature",  # the function cannot be called as the lab calls it
    "result",  # the function returned something that cannot be used
    "syntax",  # a cell does not parse
    "time",  # a soft limit of processor time ended it
    "wait",  # it waited, using no processor time, until it was ended
    "memory",  # memory ran out
    "module",  # a value was asked of a module that is missing on the grader; the text names it
    "exit",  # sys.exit() and its like
    "unreadable",  # the file is not a notebook or a script
]


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why something of the student's did not work, and where.

    ``cell`` counts the code cells of a notebook from 1, ``line`` the lines of that cell or script.
    """

    kind: FailureKind
    text: str
    cell: int | None = None
    line: int | None = None


class Note(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to be told of a submission that is no failure: a code, and what goes into its text.

    The sentences are the judge's (``judge/notices.py``); a code that it does not know is dropped.
    ``cell`` and ``line`` are as in :class:`Failure`.
    """

    code: str
    values: dict[str, str] = {}
    cell: int | None = None
    line: int | None = None


class Loading(msgspec.Struct, frozen=True, kw_only=True, tag="loading"):
    """How the cells went. ``defined`` maps each role to the name under which it was found.

    ``shadowed`` are parameters, or the model that holds them, whose names the training function
    uses for variables of its own. ``missing`` are the modules that the file imports and the grader
    lacks. ``plots``: the file imports matplotlib. ``file`` is the name of the file that was run,
    ``worked`` how many of those handed in were worked in, and ``lab`` the other lab of the course
    that it says to be of.
    """

    unreadable: Failure | None = None
    failures: tuple[Failure, ...] = ()
    notes: tuple[Note, ...] = ()
    defined: dict[str, str] = {}
    shadowed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    plots: bool = False
    file: str = ""
    worked: int = 1
    lab: str = ""


class ProbeRecord(msgspec.Struct, frozen=True, kw_only=True, tag="probe"):
    """One probe's outcome. ``gradients`` is None where the value carries no graph."""

    id: str
    value: Array | None = None
    gradients: dict[str, Array] | None = None
    failure: Failure | None = None


class LossRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The loss list after a call.

    ``kinds`` has a letter an entry: ``n`` number, ``t`` tensor without graph, ``g`` tensor with
    its graph, ``x`` anything else (its value is NaN).
    """

    values: Array
    kinds: str


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """State after one call of the training function.

    ``visited`` holds the parameters at each call of forward, ``[calls, parameters]``, and
    ``steps_seen`` how many different values in a row that were; ``fresh`` and ``buffers`` each
    parameter's new gradient and its ``.grad`` after every backward. ``held`` are the parameters
    at each backward, sent where the calls of forward do not show one row a step.
    """

    parameters: dict[str, Array]
    losses: LossRecord | None
    visited: Array
    fresh: dict[str, Array]
    buffers: dict[str, Array]
    steps_seen: int
    held: Array


class ScenarioRecord(msgspec.Struct, frozen=True, kw_only=True, tag="scenario"):
    """One scenario's outcome.

    ``prefixes`` are the parameters after 1, 2, … iterations, each run from the same start. They
    are taken only where the calls of forward do not show the process: ``[runs, parameters]``.
    ``backwards`` counts those before a failure.
    """

    id: str
    calls: tuple[CallRecord, ...] = ()
    prefixes: Array | None = None
    notes: tuple[Note, ...] = ()
    failure: Failure | None = None
    backwards: int = 0


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """The worker's last frame: everything asked for was tried."""


Frame = Loading | ProbeRecord | ScenarioRecord | Done

Ending = Literal["done", "time", "memory", "output", "crash", "sandbox"]


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """All frames of one submission in the order of the job, how it ended, and what it printed.

    ``output`` is the first part of it, for people; no check reads it.
    """

    version: int
    loading: Loading | None
    probes: dict[str, ProbeRecord]
    scenarios: dict[str, ScenarioRecord]
    ending: Ending
    detail: str = ""
    output: str = ""
