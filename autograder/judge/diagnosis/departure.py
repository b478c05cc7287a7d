"""Where no known mistake explains the training: the first step that departs, and how.

Only what holds for that step, or for all from there on, is said. Step numbers and ratios are told
of public scenarios alone; of hidden ones, in what kind of situation training departs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autograder.exercise.spec import CHECKS, WAY_CHECKS
from autograder.judge import strides
from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.messages import sentences
from autograder.judge.motion import RIGHT, carried, scale_of, shares_of
from autograder.judge.result import CheckResult, Diagnosis, explains
from autograder.judge.steps import fresh_gradients
from autograder.words.text import NOTHING, Text

SAME = 5e-3  # of a fitted ratio
LEAST_MOVES = 4  # numbers after the first step that a law of two constants must explain,
EXACT = 1e-4  # to so much of the largest move so far;
LEAST_SHRUNK = 1e-3
SHOWN = 0.1  # of what is added to the right step
LEAST_CARRIED = 0.05  # what carries less of the step before it may be rounding

Kind = Literal[
    "right", "rests", "moves", "turned", "against", "scaled", "lags", "sums", "elsewhere"
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Manner:
    """How a parameter's move compares with the right one; ``ratio`` of sizes, where it has one."""

    kind: Kind
    ratio: float = 0.0

    def agrees(self, other: Manner) -> bool:
        """Return whether both are the same, but for rounding."""
        near = abs(self.ratio - other.ratio) <= SAME * max(self.ratio, other.ratio)
        return self.kind == other.kind and near


@dataclasses.dataclass(frozen=True, kw_only=True)
class Walk:
    """Moves of a public scenario, the right ones, and how far apart rounding may bring them.

    All are ``[N, P]``; ``groups`` has the columns of each parameter, ``asked`` the number of steps
    that the lab asks for. ``descends``: the reference moves by the lab's rate against the fresh
    gradient. ``lasting``: the right moves are those from the student's own parameters, so that
    they are known beyond the first departure, too.
    """

    before: Values
    moves: Values
    wanted: Values
    bounds: Values
    groups: Mapping[str, NDArray[np.int64]]
    asked: int
    descends: bool
    lasting: bool

    def manners(self, row: int) -> dict[str, Manner]:
        """Return how each parameter moves in one step."""
        return {name: _manner(self, row, columns) for name, columns in self.groups.items()}

    def is_right(self, row: int) -> bool:
        """Return whether all parameters move in one step as they should."""
        return all(manner.kind == "right" for manner in self.manners(row).values())


@dataclasses.dataclass(frozen=True, kw_only=True)
class Departure:
    """The first step that departs, counted from 0, and how, in words.

    ``counted``: none does, but there are too few or too many.
    """

    row: int
    said: Text
    counted: bool = False


def is_unexplained(checks: Iterable[CheckResult], diagnosis: Iterable[Diagnosis]) -> bool:
    """Return whether the way of training is wrong, nothing else is, and no mistake was named."""
    checks = tuple(check for check in checks if check.id in CHECKS)
    diagnosis = tuple(diagnosis)
    functions = all(check.passed for check in checks if check.function != "train_model")
    way = any(check.id in WAY_CHECKS and check.outcome == "failed" for check in checks)
    return way and functions and not explains(diagnosis, "train_model")


def departure_of(views: Sequence[ScenarioView], failed: Iterable[str]) -> Text:
    """Return a sentence or two on where training departs from the reference, else nothing.

    ``views`` are all own scenarios, ``failed`` the ids of those in which the way is wrong.
    """
    public = [view for view in views if view.planned.public]
    for view in public:
        found = find_departure(view)
        if found is not None:
            fault = "" if found.counted else part_at_fault(views)
            return sentences(found.said, strides.at_fault(fault))
    ids = set(failed)
    wrong = [view.planned for view in views if view.observed.id in ids]
    if not public or not wrong or any(planned.public for planned in wrong):
        return NOTHING
    return strides.departs_elsewhere(wrong, steps_seen=all(is_seen(view) for view in public))


def part_at_fault(views: Sequence[ScenarioView]) -> Literal["", "gradient", "update"]:
    """Return whether the computed gradients are wrong, or what updates make of right ones.

    By what the hooks saw, in all situations; nothing where both are wrong, or it was not seen.
    """
    moved, right = [], []
    for view in views:
        steps = view.steps
        fresh = None if steps is None else fresh_gradients(view.observed.calls, steps)
        if steps is None or fresh is None:
            return ""
        rate = view.planned.scenario.situation.learning_rate
        bounds = RIGHT.bounds(-rate * fresh, steps.before) + RIGHT.apart * np.abs(steps.moves)
        moved.append(bool((np.abs(steps.moves + rate * fresh) <= bounds).all()))
        near = rate * np.abs(fresh - view.gradients) <= bounds
        right.append(bool(near.all()))
    if all(right):
        return "" if all(moved) or not views else "update"
    return "gradient" if all(moved) else ""


def first_departure(view: ScenarioView) -> Text:
    """Return how the steps of a public scenario depart, nothing where none does or none is seen."""
    found = find_departure(view)
    return found.said if found is not None else NOTHING


def find_departure(view: ScenarioView) -> Departure | None:
    """Return the first step of a public scenario that departs, None where none does or is seen."""
    steps = view.steps
    if steps is None or not is_seen(view):
        return None
    start = view.landscape.start
    moved = ~(np.abs(steps.before[0] - start) <= RIGHT.rounding * (1.0 + np.abs(start)))
    if moved.any():
        names = [name for name, is_set in zip(view.coordinates, moved, strict=True) if is_set]
        return Departure(row=0, said=strides.starts_elsewhere(tuple(dict.fromkeys(names))))
    walk = walk_of(view)
    for row in range(min(walk.asked, len(walk.moves))):
        if not np.isfinite(walk.moves[row]).all():
            return Departure(row=row, said=strides.not_finite(row + 1))
        if not walk.is_right(row):
            return Departure(row=row, said=_told(walk, row))
    taken = len(steps.moves)
    if taken == walk.asked:
        return None
    seen_right = walk.lasting and all(walk.is_right(row) for row in range(walk.asked, taken))
    every = taken < walk.asked or seen_right
    said = strides.miscounted(taken, walk.asked, every=every)
    return Departure(row=min(taken, walk.asked), said=said, counted=True)


def is_seen(view: ScenarioView) -> bool:
    """Return whether the steps of both, student and reference, were seen."""
    steps = view.steps
    return steps is not None and len(steps.moves) > 0 and reference_of(view).steps is not None


def reference_of(view: ScenarioView) -> ScenarioView:
    """Return the reference's run as if a student had made it."""
    return dataclasses.replace(view, observed=view.expected)


def walk_of(view: ScenarioView) -> Walk:
    """Return the moves beside the right ones: from the student's own path where a rule gives them.

    The rule is gradient descent by the lab's rate; the reference must obey it.
    """
    reference = reference_of(view)
    steps, expected = view.steps, reference.steps
    if steps is None or expected is None:
        raise ValueError(f"{view.observed.id}: steps were not seen")
    rate = view.planned.scenario.situation.learning_rate
    descent = -rate * reference.gradients
    descends = RIGHT.close(expected.moves, descent, expected.before)
    same_count = len(steps.moves) == len(expected.moves)
    lasting = descends and (view.landscape.batches == 1 or same_count)
    wanted = -rate * view.gradients if lasting else expected.moves
    shared = min(len(wanted), len(steps.moves))
    names = np.array(view.coordinates)
    return Walk(
        before=steps.before[:shared],
        moves=steps.moves[:shared],
        wanted=wanted[:shared],
        bounds=RIGHT.bounds(wanted[:shared], steps.before[:shared]),
        groups={name: np.flatnonzero(names == name) for name in dict.fromkeys(view.coordinates)},
        asked=len(expected.moves),
        descends=descends,
        lasting=lasting,
    )


def _manner(walk: Walk, row: int, columns: NDArray[np.int64]) -> Manner:
    """Return how one parameter moves in one step: the most specific of what is true."""
    move, want = walk.moves[row, columns], walk.wanted[row, columns]
    bound = walk.bounds[row, columns] + RIGHT.apart * np.abs(move)
    likely: list[tuple[Kind, Values]] = [("right", want), ("turned", -want)]
    if row:
        likely += [
            ("lags", walk.wanted[row - 1, columns]),
            ("sums", walk.wanted[: row + 1, columns].sum(axis=0)),
        ]
    rests = not move.any()
    should_rest = bool((np.abs(want) <= walk.bounds[row, columns]).all())
    fitting = [kind for kind, other in likely if (np.abs(move - other) <= bound).all()]
    if "right" in fitting:
        return Manner(kind="right")
    if rests or should_rest:
        return Manner(kind="rests" if rests else "moves")
    if fitting:
        return Manner(kind=fitting[0])
    power = float(want @ want)
    ratio = float(move @ want) / power if power else np.inf
    if not (np.abs(move - ratio * want) <= bound).all():
        return Manner(kind="elsewhere")
    return Manner(kind="against" if ratio < 0 else "scaled", ratio=abs(ratio))


def _told(walk: Walk, row: int) -> Text:
    """Return the sentences on the first departure, in ``row``."""
    rows = _rows_alike(walk, row)
    constant = all(manners[name].agrees(rows[0][name]) for manners in rows for name in rows[0])
    plain = constant and len(rows) > 1
    shrunk = None if plain else _shares(walk, -walk.before)
    if shrunk is not None and _is_shrunk(walk, *shrunk):
        return strides.departure(1, [strides.shrinks(shrunk[1])], lasting=True)
    inertia = None if plain else _shares(walk, carried(walk.moves))
    if inertia is not None and abs(inertia[1]) >= LEAST_CARRIED:
        share, ratio = inertia
        sums = abs(share - 1.0) <= SAME and abs(ratio - 1.0) <= SAME
        manner = strides.manner("sums", tuple(walk.groups), ())
        carried_on = manner if sums else strides.carries(share, ratio)
        return strides.departure(row + 1, [carried_on], lasting=True)
    parts = []
    left = {name: [manners[name] for manners in rows] for name in walk.groups}
    while left:
        found = next(iter(left.values()))
        alike = [name for name, others in left.items() if all(map(Manner.agrees, others, found))]
        same = all(manner.agrees(found[0]) for manner in found)
        ratios = [manner.ratio for manner in found[: 1 if same else None]]
        parts.append((found[0].kind == "right", strides.manner(found[0].kind, alike, ratios)))
        left = {name: others for name, others in left.items() if name not in alike}
    told = [one for _, one in sorted(parts, key=lambda part: part[0])]
    return strides.departure(row + 1, told, lasting=len(rows) > 1)


def _is_shrunk(walk: Walk, share: float, ratio: float) -> bool:
    """Return whether the right step is whole, and what is beside it is that ratio everywhere."""
    if not (abs(share - 1.0) <= RIGHT.apart and 0.0 < ratio < 1.0):
        return False
    added, rest = -ratio * walk.before, walk.moves - walk.wanted
    bound = SHOWN * np.abs(added).max() + walk.bounds / 10
    return bool((np.abs(rest - added) <= bound).all())


def _rows_alike(walk: Walk, row: int) -> list[dict[str, Manner]]:
    """Return the manners of all steps from ``row`` on where they are of one kind, else of one."""
    first = walk.manners(row)
    finite = np.isfinite(walk.moves).all() and np.isfinite(walk.wanted).all()
    if not (walk.lasting and finite):
        return [first]
    rows = [walk.manners(later) for later in range(row, len(walk.moves))]
    alike = all(found[name].kind == first[name].kind for found in rows for name in first)
    return rows if alike else [first]


def _shares(walk: Walk, before: Values) -> tuple[float, float] | None:
    """Return shares of the right step and of ``before`` that make up all steps, or None."""
    moves, wanted = walk.moves, walk.wanted
    if not walk.lasting or moves[1:].size < LEAST_MOVES - 1:
        return None
    columns = np.stack([wanted, before], axis=-1).reshape(-1, 2)
    shares = shares_of(columns, moves.reshape(-1), scale_of(moves).reshape(-1))
    if shares is None:
        return None
    share, ratio = shares.of
    if (
        moves[1:].size < LEAST_MOVES and abs(share - 1.0) > EXACT
    ):  # two constants from three numbers
        return None
    if not shares.residual <= EXACT or abs(ratio) < LEAST_SHRUNK:
        return None
    return float(share), float(ratio)
