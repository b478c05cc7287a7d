"""The film of a training: a student's run in the lab's public situation beside the expected one.

:class:`Film` is what a feedback page stores as JSON, in the element with the id ``film``. The page
draws it and computes nothing that is not plain arithmetic on it. Nothing of a hidden situation is
in it: it is made of one public scenario alone.
"""

from __future__ import annotations

import dataclasses
import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from autograder.exercise.plan import PlannedScenario
from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.judge.diagnosis.departure import (
    Walk,
    find_departure,
    is_seen,
    reference_of,
    walk_of,
)
from autograder.judge.evidence import ScenarioView
from autograder.judge.objective import LossSurface
from autograder.protocol.trace import ScenarioRecord
from autograder.words.catalogue import say

MOST_FRAMES = 120
AROUND = 4  # frames on each side of the one that departs
MOST_NAMES = 8
DIGITS = 5

Number = float | None
"""None where it is not finite: JSON has no such numbers."""
Row = list[Number]
Rows = list[Row | None]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run. A list has an entry for each frame of the film; a row a number for each name.

    ``at`` are the parameters before the frame's step, ``moved`` how far the step takes them; after
    the last step, ``at`` is where they ended and there is no step. ``loss`` is that over all data
    there. ``fresh`` is the gradient of the step's data at these very parameters, as the grader
    computes it; ``held`` what ``.grad`` held after the step's ``backward()``, as the run itself
    recorded it; ``used`` the gradient that the step amounts to, its move divided by minus the
    rate: the fresh or the held one itself where rounding alone parts them. ``noted`` is what the
    loss list has for the step.

    A whole list is None where that was not seen or has no meaning: ``used`` in a lab whose steps
    are not the rate times the gradient. An entry is None in frames that the run has no step for.
    """

    steps: int
    at: Rows
    moved: Rows
    loss: Row
    fresh: Rows | None
    held: Rows | None
    used: Rows | None
    noted: Row | None


class Film(msgspec.Struct, frozen=True, kw_only=True):
    """The record that the page draws.

    ``names`` are the parameters shown, one a number, ``left_out`` how many are not: those that move
    least. Frame ``k`` of the run is before its step ``k + 1``; ``frames`` are those kept, the
    first, the departing and the last ones always among them. ``departs`` is the frame before the
    first step that departs, ``told`` says how; None and empty where all is right. ``rate`` is the
    learning rate, ``batches`` how many steps an iteration has.
    """

    format: int = 1
    names: tuple[str, ...]
    left_out: int
    frames: tuple[int, ...]
    departs: int | None
    told: str
    rate: float
    batches: int
    yours: Run
    expected: Run


@dataclasses.dataclass(frozen=True, kw_only=True)
class Track:
    """A whole run, before anything is left out: ``at`` ``[N + 1, P]``, the others ``[N, P]``."""

    at: Values
    moved: Values
    fresh: Values | None
    held: Values | None
    used: Values | None
    noted: Values | None

    @property
    def steps(self) -> int:
        """How many steps it has."""
        return len(self.moved)


def make_film(
    observed: ScenarioRecord,
    expected: ScenarioRecord,
    planned: PlannedScenario,
    landscape: LossSurface,
    *,
    right: bool = False,
) -> Film | None:
    """Return the film of a public scenario's run, None where its steps were not seen.

    ``right``: the run earned all that it could, so no step of it is called a departure.
    """
    if not planned.public:
        raise ValueError(f"{planned.scenario.id}: not a public scenario")
    view = ScenarioView(planned=planned, observed=observed, expected=expected, landscape=landscape)
    whole = len(observed.calls) == len(expected.calls) == len(planned.scenario.calls)
    if not whole or not is_seen(view):
        return None
    with np.errstate(all="ignore"):  # runs may diverge
        departure = None if right else find_departure(view)
        walk = walk_of(view)
        yours, wanted = _track(view, walk), _track(reference_of(view), None)
        shown = _columns(yours, wanted)
        departs = departure.row if departure else None
        frames = kept_frames(max(yours.steps, wanted.steps), departs)
        return Film(
            names=tuple(_names(planned)[column] for column in shown),
            left_out=wanted.at.shape[1] - len(shown),
            frames=frames,
            departs=departs,
            told=say(departure.said) if departure else "",
            rate=planned.scenario.situation.learning_rate,
            batches=landscape.batches,
            yours=_run(yours, frames, shown, landscape),
            expected=_run(wanted, frames, shown, landscape),
        )


def kept_frames(last: int, departs: int | None, most: int = MOST_FRAMES) -> tuple[int, ...]:
    """Return the frames to keep of ``0 … last``, at most ``most``: dense where training begins.

    The first, the last, and those around the one that departs are always among them.
    """
    if last < most:
        return tuple(range(last + 1))
    kept = {0, 1, last - 1, last}
    if departs is not None:
        kept |= set(range(max(0, departs - AROUND), min(last, departs + AROUND) + 1))
    half = (most - len(kept)) // 2
    early = np.geomspace(1, last, half)
    even = np.linspace(0, last, half)
    return tuple(sorted(kept | {round(float(frame)) for frame in (*early, *even)}))


def _track(view: ScenarioView, walk: Walk | None) -> Track:
    """Return a run as a whole; the reference's own where there is no walk beside it."""
    steps, walk = view.steps, walk or walk_of(view)
    if steps is None:
        raise ValueError(f"{view.observed.id}: steps were not seen")
    known = view.landscape.batches == 1 or len(steps.moves) == walk.asked
    fresh = view.gradients if known else None
    held = _held(view.observed, *steps.moves.shape)
    used = None
    if walk.descends:
        used = -steps.moves / view.planned.scenario.situation.learning_rate
        bounds = _padded(walk.bounds, len(used)) / view.planned.scenario.situation.learning_rate
        for other in (held, fresh):
            if other is not None:
                used = np.where(np.abs(used - other) <= bounds, other, used)
    return Track(
        at=np.vstack([steps.before, steps.after[-1:]]),
        moved=steps.moves,
        fresh=fresh,
        held=held,
        used=used,
        noted=_noted(view.observed, len(steps.moves)),
    )


def _padded(bounds: Values, rows: int) -> Values:
    """Return bounds for so many rows: beyond those known, the last ones."""
    more = max(0, rows - len(bounds))
    return np.vstack([bounds, np.repeat(bounds[-1:], more, axis=0)])[:rows]


def _held(record: ScenarioRecord, count: int, size: int) -> Values | None:
    """Return what ``.grad`` held after each backward, where there was one a step."""
    found = []
    for call in record.calls:
        columns = [read_claim(array) for array in call.buffers.values()]
        if len({len(column) for column in columns}) != 1:
            return None
        found.append(np.concatenate(columns, axis=1))
    fitting = all(rows.shape[1] == size for rows in found)
    return np.vstack(found) if fitting and sum(map(len, found)) == count else None


def _noted(record: ScenarioRecord, count: int) -> Values | None:
    """Return the entries of the loss list, where there is one a step."""
    losses = record.calls[-1].losses
    values = read_claim(losses.values) if losses is not None else np.zeros(0)
    return values if values.shape == (count,) else None


def _names(planned: PlannedScenario) -> list[str]:
    names = []
    for name, array in planned.scenario.situation.start.items():
        size = math.prod(array.shape)
        names += [name] if size == 1 else [f"{name}[{index}]" for index in range(size)]
    return names


def _columns(yours: Track, wanted: Track) -> NDArray[np.int64]:
    """Return which parameters are shown: all, or of many those that move most."""
    count = wanted.at.shape[1]
    if count <= MOST_NAMES:
        return np.arange(count)
    finite = [np.nan_to_num(np.abs(one.moved), posinf=0.0) for one in (yours, wanted)]
    way = sum(one.sum(axis=0) / max(float(one.sum()), 1e-30) for one in finite)
    return np.sort(np.argsort(-way, kind="stable")[:MOST_NAMES])


def _run(
    track: Track, frames: tuple[int, ...], shown: NDArray[np.int64], landscape: LossSurface
) -> Run:
    there = [frame for frame in frames if frame <= track.steps]
    losses = dict(zip(there, landscape.evaluate(track.at[there])[0], strict=True))

    def rows(values: Values | None) -> Rows | None:
        if values is None:
            return None
        return [
            [_rounded(value) for value in values[frame, shown]] if frame < len(values) else None
            for frame in frames
        ]

    def entries(values: Values | None) -> Row | None:
        if values is None:
            return None
        return [_rounded(values[frame]) if frame < len(values) else None for frame in frames]

    return Run(
        steps=track.steps,
        at=rows(track.at) or [],
        moved=rows(track.moved) or [],
        loss=[_rounded(losses[frame]) if frame in losses else None for frame in frames],
        fresh=rows(track.fresh),
        held=rows(track.held),
        used=rows(track.used),
        noted=entries(track.noted),
    )


def _rounded(value: float) -> Number:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
