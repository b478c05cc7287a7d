"""Which rows of the data each step's gradient comes from, where training does not take its own.

Only what holds in every step of every situation is told. The loss must be a mean over rows: else
nothing is read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autograder.judge.compare import Values
from autograder.judge.diagnosis.data_changes import Changeable, is_along, pairs_all, read_changes
from autograder.judge.diagnosis.update_rules import Law
from autograder.judge.evidence import ScenarioView
from autograder.judge.messages import nth
from autograder.judge.motion import FITTED
from autograder.judge.objective import Landscape
from autograder.judge.steps import turns_of
from autograder.protocol.job import Contract
from autograder.words.text import NOTHING, Text, text

MOST, MOST_OF_BATCHES = 24, 200  # steps of a situation that are looked at
MOST_PERIOD, MOST_EPOCHS = 7, 6
LEAST = 4  # numbers that a choice of rows must explain in all
CLOSE = dataclasses.replace(FITTED, rounding=2e-6)  # moves are not scaled here, but gradients
Turns = NDArray[np.int64]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ride:
    """One situation's first steps: moves over the rate ``[K, P]``, and each row's gradient there.

    ``rows`` is ``[K, N, P]``, ``bounds`` how far a gradient may be off, ``turns`` each step's
    place in its call, ``size`` how many rows a batch should have, ``each`` how many steps every
    iteration takes, 0 where it is not the same number in all, ``epochs`` how many iterations each
    step's call was asked for.
    """

    before: Values
    wanted: Values
    rows: Values
    bounds: Values
    turns: Turns
    size: int
    each: int
    epochs: Turns
    landscape: Landscape

    @property
    def count(self) -> int:
        """How many rows the data have."""
        return int(self.rows.shape[1])

    def changeable(self) -> Changeable:
        """Return what is needed to try other data."""
        return Changeable(
            landscape=self.landscape,
            before=self.before,
            wanted=self.wanted,
            bounds=self.bounds,
            turns=self.turns % self.count if self.size == 1 < self.count else None,
            whole=self.size == self.count,
        )

    def fits(self, gradients: Values) -> bool:
        """Return whether gradients ``[K, P]`` are those that the steps come from."""
        return bool((np.abs(gradients - self.wanted) <= self.bounds).all())


def read_rows(views: Sequence[ScenarioView], contract: Contract) -> list[Law]:
    """Return the law that says which rows training uses, nothing where no choice explains it."""
    rides = _rides(views)
    if not rides or all(ride.fits(_in_turn(ride, ride.size)) for ride in rides):
        return []
    situations = [ride.changeable() for ride in rides]
    if pairs_all(situations):
        return [Law(id="shape-broadcast")]
    backwards = _backwards(rides)
    if backwards:
        return [Law(id="wrong-rows", detail=backwards)]
    said = read_changes(situations, contract.inputs, contract.targets)
    if said:
        return [Law(id="wrong-data", detail=said)]
    for read in (_whole, _slices, _turns, _periods, _batches, _strides, _mixed):
        said = read(rides)
        if said:
            return [Law(id="wrong-rows", detail=said)]
    return []


def read_lengths(
    views: Sequence[ScenarioView], contract: Contract, fault: Literal["", "gradient", "update"]
) -> list[Law]:
    """Return the law of steps that go the right way, but another length of it; else nothing.

    ``fault`` says whether the gradients that were seen are wrong, or what updates make of them.
    """
    if not fault or not is_along([ride.changeable() for ride in _rides(views)]):
        return []
    if fault == "update":
        return [Law(id="wrong-gradient", detail=text("steps-of-other-length"))]
    return [Law(id="wrong-gradient", detail=text("rows-of-other-target", targets=contract.targets))]


def _rides(views: Sequence[ScenarioView]) -> list[Ride]:
    """Return all situations' first steps, nothing where they say too little."""
    rides = [ride for view in views if (ride := _ride(view)) is not None]
    enough = sum(ride.wanted.size for ride in rides) >= LEAST
    return rides if enough and len(rides) == len(views) else []


def _ride(view: ScenarioView) -> Ride | None:
    steps, landscape = view.steps, view.landscape
    if steps is None or not isinstance(landscape, Landscape):
        return None
    most = MOST if landscape.batches == 1 else min(3 * landscape.batches, MOST_OF_BATCHES)
    finite = np.all(np.isfinite(np.hstack([steps.before, steps.after])), axis=1)
    count = min(most, finite.size if finite.all() else int(np.argmin(finite)))
    moving = np.flatnonzero(np.any(steps.moves[:count] != 0.0, axis=1))
    if moving.size == 0:
        return None
    rate = view.planned.scenario.situation.learning_rate
    before, moves = steps.before[moving], steps.moves[moving]
    rows = landscape.row_gradients(before)
    if rows is None:
        return None
    wanted = -moves / rate
    return Ride(
        before=before,
        wanted=wanted,
        rows=rows,
        bounds=CLOSE.bounds(wanted, before / rate),
        turns=turns_of(steps.call_of)[moving],
        size=-(-rows.shape[1] // landscape.batches),
        epochs=np.array(view.counts)[steps.call_of[moving]],
        each=_steps_each(steps.call_of, view.counts),
        landscape=landscape,
    )


def _steps_each(call_of: Turns, counts: Sequence[int]) -> int:
    """Return how many steps each iteration takes, 0 where it is not the same number in all."""
    taken = [int((call_of == call).sum()) for call in range(len(counts))]
    each = {
        steps // count if steps % count == 0 else 0
        for steps, count in zip(taken, counts, strict=True)
    }
    return each.pop() if len(each) == 1 else 0


def _whole(rides: Sequence[Ride]) -> Text:
    """Read whether each step uses all rows where it should use those of a batch."""
    smaller = all(ride.size < ride.count for ride in rides)
    every = smaller and all(ride.fits(ride.rows.mean(axis=1)) for ride in rides)
    return text("rows-all") if every else NOTHING


def _slices(rides: Sequence[Ride]) -> Text:
    """Read whether every step takes the same part: one row, the first, the last, a stretch."""
    count = rides[0].count
    if any(ride.count != count for ride in rides):
        return NOTHING
    sums = [
        np.concatenate([np.zeros_like(r.rows[:, :1]), np.cumsum(r.rows, axis=1)], 1) for r in rides
    ]
    for first, last in _stretches(count):
        means = [(s[:, last] - s[:, first]) / (last - first) for s in sums]
        if all(ride.fits(mean) for ride, mean in zip(rides, means, strict=True)):
            return _stretch(first, last, count)
    for stride in range(2, min(count, 11)):
        for first in (0, 1):
            means = [ride.rows[:, first::stride].mean(axis=1) for ride in rides]
            if all(ride.fits(mean) for ride, mean in zip(rides, means, strict=True)):
                return text("rows-every", every=nth(stride))
    return NOTHING


def _stretches(count: int) -> Iterator[tuple[int, int]]:
    """Yield stretches of rows: from the beginning, to the end, single ones, and all others."""
    yield from ((0, last) for last in range(1, count))
    yield from ((first, count) for first in range(1, count))
    yield from ((row, row + 1) for row in range(count))
    yield from ((first, last) for first in range(1, count) for last in range(first + 2, count))


def _stretch(first: int, last: int, count: int) -> Text:
    if last - first == 1:
        return text("rows-one", row=first)
    if first == 0:
        return text("rows-first", n=last, total=count)
    if last == count:
        return text("rows-last", n=count - first, total=count)
    return text("rows-from-to", first=first, last=last - 1)


def _turns(rides: Sequence[Ride]) -> Text:
    """Read whether each step takes the row of its own number, where all are asked for."""
    if any(ride.size < ride.count for ride in rides):
        return NOTHING
    rows = [np.take_along_axis(r.rows, (r.turns % r.count)[:, None, None], 1)[:, 0] for r in rides]
    if all(ride.fits(own) for ride, own in zip(rides, rows, strict=True)):
        if all(ride.each == ride.count for ride in rides):
            return text("rows-one-by-one")
        return text("rows-in-turn" if all(ride.each == 1 for ride in rides) else "steps-in-turn")
    return NOTHING


def _periods(rides: Sequence[Ride]) -> Text:
    """Read whether each epoch takes the first batches alone."""
    each = -(-rides[0].count // rides[0].size)
    for period in range(each - 1, 0, -1):
        if all(ride.fits(_in_turn(ride, ride.size, period)) for ride in rides):
            return text("batches-first", n=period, total=each)
    return NOTHING


def _batches(rides: Sequence[Ride]) -> Text:
    """Read whether the data are gone through in order, by batches of another size."""
    for size in range(1, rides[0].count):
        one = size == 1 and rides[0].size == rides[0].count  # told as such above
        if size != rides[0].size and not one and all(r.fits(_in_turn(r, size)) for r in rides):
            return text("batches-of", n=size)
    for size in range(2, rides[0].count):
        whole, left = divmod(rides[0].count, size)
        if left and all(ride.fits(_in_turn(ride, size, whole)) for ride in rides):
            return text("batches-of-whole", n=size, left=left)
    return NOTHING


def _strides(rides: Sequence[Ride]) -> Text:
    """Read whether one row a step is taken in an order of its own: back, every k-th, each twice."""
    if any(ride.size > 1 or ride.count < LEAST for ride in rides):
        return NOTHING
    count = rides[0].count
    if _is_inside_out(rides):
        return text("rows-inside-out")
    orders = []
    for step in range(2, MOST_PERIOD):
        orders += [
            (text("rows-in-steps", every=nth(step)), step, 1, first) for first in range(step)
        ]
        orders += [(text("rows-repeated", times=step), 1, step, 0)]
    orders += [(text("rows-begin-at", row=first), 1, 1, first) for first in (1, 2)]
    for said, step, times, first in orders:
        used = -(-(count - first) // step)
        places = [first + (ride.turns // times) % used * step for ride in rides]
        if _take(rides, places):
            return said
    return NOTHING


def _backwards(rides: Sequence[Ride]) -> Text:
    """Read whether one row a step is taken from the end of the data to its beginning."""
    single = all(ride.size == 1 < ride.count for ride in rides)
    back = single and _take(rides, [ride.count - 1 - ride.turns for ride in rides])
    return text("rows-backwards") if back else NOTHING


def _take(rides: Sequence[Ride], places: Sequence[Turns]) -> bool:
    """Return whether each step takes one row, the one at its place, modulo their number."""
    rows = [
        np.take_along_axis(ride.rows, (place % ride.count)[:, None, None], 1)[:, 0]
        for ride, place in zip(rides, places, strict=True)
    ]
    return all(ride.fits(own) for ride, own in zip(rides, rows, strict=True))


def _is_inside_out(rides: Sequence[Ride]) -> bool:
    """Return whether all epochs go to the first row, then all to the second, and so on."""
    several = any((ride.epochs > 1).any() for ride in rides)
    places = [(ride.turns // ride.epochs) % ride.count for ride in rides]
    return several and _take(rides, places)


def _in_turn(ride: Ride, size: int, period: int = 0) -> Values:
    """Return the gradients of batches of this size in order, of all or of so many ``[K, P]``."""
    each = period or -(-ride.count // size)
    return np.stack(
        [
            rows[(turn % each) * size : (turn % each + 1) * size].mean(axis=0)
            for rows, turn in zip(ride.rows, ride.turns, strict=True)
        ]
    )


def _mixed(rides: Sequence[Ride]) -> Text:
    """Read whether each step takes one row, but not the one whose turn it is."""
    if any(_row_of(ride) is None for ride in rides):
        return NOTHING
    if rides[0].size == 1 and all(map(_in_order, rides)):
        return text("rows-some-left-out")
    if rides[0].size == 1:
        return text("rows-out-of-order")
    return text("rows-random")


def _in_order(ride: Ride) -> bool:
    """Return whether rows come in the order of the data, from the first on in each epoch."""
    found = _row_of(ride)
    if found is None or len(found) < LEAST:
        return False
    onward = np.diff(found) == 1
    if (onward | (found[1:] == 0)).all():  # each epoch begins anew, but may end before its last row
        return bool(onward.any())
    back = int((np.diff(found) <= 0).sum())
    return back <= len(found) // LEAST and back <= MOST_EPOCHS


def _row_of(ride: Ride) -> Turns | None:
    """Return the row that each step comes from, None where there is none for one of them."""
    close = np.all(np.abs(ride.rows - ride.wanted[:, None]) <= ride.bounds[:, None], axis=2)
    if not np.any(close, axis=1).all() or ride.wanted.shape[1] < 2:  # one number is too little
        return None
    found: Turns = np.argmax(close, axis=1)
    return found
