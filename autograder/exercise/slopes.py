"""Scripts in which a forward function is called a little to both sides of what was drawn.

From them the judge learns the derivative of a student's own forward, right or wrong: each number
array among its arguments is moved along drawn directions, forth and back, in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from autograder.protocol.script import Script, Step
from autograder.protocol.value import Items, Numbers, Table, Value, array_of

Arrays = NDArray[np.float64]
DISTANCE = 1e-6
"""How far an argument is moved, in units of its largest number: half the digits of float64."""
DIRECTIONS = 2
MOST_PLACES = 24


def slopes_of(script: Script, forward: str, seed: int) -> Script | None:
    """Return the script that calls ``forward`` beside what it is called with; None where nothing.

    Where a script does not call it itself, it is called with what its first call is given.
    """
    way = way_to(script.steps, forward)
    source = np.random.default_rng(seed)
    steps: list[Step] = []
    for place, values in enumerate([*numbers_in(way)][:MOST_PLACES]):
        far = DISTANCE * max(1.0, float(np.nan_to_num(np.abs(values), posinf=1.0).max()))
        for _ in range(DIRECTIONS):
            direction = far * source.normal(size=values.shape)
            steps += [*_moved(way, place, direction), *_moved(way, place, -direction)]
    if not steps:
        return None
    return msgspec.structs.replace(script, id=f"{script.id}-slopes", aside=True, steps=tuple(steps))


def way_to(steps: Sequence[Step], forward: str) -> tuple[Step, ...]:
    """Return the steps up to the call of ``forward``, none where nothing is called."""
    at = place_of(steps, forward)
    if at is None:
        at = next((n for n, step in enumerate(steps) if step.do == "call"), None)
    if at is None:
        return ()
    plain = [
        msgspec.structs.replace(one, effects=(), forbids=(), wrt=(), record=False)
        for one in steps[: at + 1]
    ]
    last = plain[-1]
    if forward not in _called(last):
        last = msgspec.structs.replace(last, name=forward, label=forward, keep={})
    return (*plain[:-1], msgspec.structs.replace(last, record=True))


def place_of(steps: Sequence[Step], forward: str) -> int | None:
    """Return which step calls ``forward`` last, by its label or name."""
    found = [n for n, one in enumerate(steps) if one.do == "call" and forward in _called(one)]
    return found[-1] if found else None


def _called(step: Step) -> tuple[str, str]:
    return step.label, step.name


def numbers_in(steps: Sequence[Step]) -> Iterator[Arrays]:
    """Yield the arrays of fractions among the arguments of steps, in order, in float64."""
    found: list[Arrays] = []

    def note(one: Numbers) -> Numbers:
        found.append(array_of(one).astype(np.float64))
        return one

    for step in steps:
        _changed(step, note)
    yield from found


def _moved(steps: Sequence[Step], place: int, by: Arrays) -> list[Step]:
    """Return steps with all fractions in float64, and those of one array moved."""
    seen = iter(range(1_000_000))

    def move(one: Numbers) -> Numbers:
        values = array_of(one).astype(np.float64)
        values = values + by if next(seen) == place else values
        data = np.ascontiguousarray(values, dtype="<f8").tobytes()
        return msgspec.structs.replace(one, dtype="f8", data=data, grad=False)

    return [_changed(step, move) for step in steps]


Change = Callable[[Numbers], Numbers]


def _changed(step: Step, change: Change) -> Step:
    return msgspec.structs.replace(
        step,
        arguments=tuple(_tree(one, change) for one in step.arguments),
        named={name: _tree(one, change) for name, one in step.named.items()},
    )


def _tree(value: Value, change: Change) -> Value:
    match value:
        case Numbers(dtype="f4" | "f8") if array_of(value).size:
            return change(value)
        case Items():
            return Items(value.kind, tuple(_tree(one, change) for one in value.items))
        case Table():
            return Table(tuple((key, _tree(one, change)) for key, one in value.pairs))
        case _:
            return value
