"""Which process checks a step's record holds to, beside the reference's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from autograder.exercise.part import Looks
from autograder.protocol.trace import StepRecord

_HELD = frozenset({"parameters", "buffers"})
"""What ``leaves_parameters`` is about: a gradient may be left in either of two right ways."""


def _left(observed: StepRecord, expected: StepRecord) -> bool:
    return "changed" not in observed.modes or "changed" in expected.modes


_HOLDS: Mapping[Looks, Callable[[StepRecord, StepRecord], bool]] = {
    "leaves_inputs": lambda mine, right: set(mine.changed) == set(right.changed),
    "leaves_parameters": lambda mine, right: _HELD & {*mine.moved} == _HELD & {*right.moved},
    "no_graph": lambda mine, _: not mine.graph,
    "eval_mode": lambda mine, right: "train" not in mine.modes and _left(mine, right),
    "train_mode": lambda mine, right: "eval" not in mine.modes and _left(mine, right),
    "shares_storage": lambda mine, right: set(mine.shares) == set(right.shares),
    "forbids": lambda mine, _: not mine.called,
}


def holds(kind: Looks, observed: StepRecord, expected: StepRecord) -> bool:
    """Say whether a call did what it may do besides returning its value.

    Where modules were not seen being called, their mode was not seen to be wrong.
    """
    return _HOLDS[kind](observed, expected)
