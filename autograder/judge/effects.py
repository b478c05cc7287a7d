"""Which process checks a step's record passes, beside the reference's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from autograder.exercise.part import Looks
from autograder.protocol.trace import ScriptRecord, StepRecord
from autograder.protocol.value import Numbers, array_of

_HELD = frozenset({"parameters", "buffers"})
"""What ``leaves_parameters`` is about: a gradient may be left in either of two right ways."""


def _left(observed: StepRecord, expected: StepRecord) -> bool:
    return "changed" not in observed.modes or "changed" in expected.modes


_HOLDS: Mapping[Looks, Callable[[StepRecord, StepRecord], bool]] = {
    "leaves_inputs": lambda mine, right: set(mine.changed) == set(right.changed),
    "leaves_parameters": lambda mine, right: _HELD & {*mine.moved} == _HELD & {*right.moved},
    "no_graph": lambda mine, _: not mine.graph,
    "no_grad": lambda mine, _: "graph" not in mine.modes,
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


Pair = tuple[ScriptRecord, ScriptRecord]
"""A script's record, and that of the same with other held-out data."""
ROUNDING = 1e-6  # of what is learnt; a step of training moves more


def learns_alike(observed: Pair, expected: Pair) -> bool:
    """Say whether other held-out data leave alone what they leave alone in the reference's.

    Where they change nothing there, nothing may change; else only what is found by its place.
    """
    looked = False
    pairs = zip(*(one.steps for one in (*observed, *expected)), strict=True)
    for mine, mine_other, right, right_other in pairs:
        wanted = _alike_places(right.state, right_other.state)
        looked |= bool(wanted)
        both = mine.state.keys() | mine_other.state.keys()
        if wanted < right.state.keys() | right_other.state.keys():
            both &= wanted
        if both - _alike_places(mine.state, mine_other.state):
            return False
    return looked


def _alike_places(first: Mapping[str, Numbers], other: Mapping[str, Numbers]) -> set[str]:
    return {place for place in first.keys() & other.keys() if _near(first[place], other[place])}


def _near(one: Numbers, other: Numbers) -> bool:
    left, right = array_of(one), array_of(other)
    with np.errstate(all="ignore"):
        bound = ROUNDING * float(np.nan_to_num(np.abs(right)).max())
        return bool(np.allclose(left, right, rtol=0.0, atol=bound, equal_nan=True))
