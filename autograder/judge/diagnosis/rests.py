"""Steps that do not move parameters, between right steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from autograder.judge.compare import Values
from autograder.judge.diagnosis.update_formulas import motions_of
from autograder.judge.diagnosis.update_rules import Law
from autograder.judge.evidence import ScenarioView
from autograder.judge.messages import listed, sentences
from autograder.judge.motion import Motion, motion_of
from autograder.words.text import NOTHING, Text, text

MOST_PERIOD = 12
LEAST_RESTS = 2
AMOUNTS: Mapping[str, Callable[[Values, int], Values]] = {
    "": lambda rows, _: rows[-1],
    "rests-then-sum": lambda rows, _: rows.sum(axis=0),
    "rests-then-mean": lambda rows, _: rows.mean(axis=0),
    "rests-then-mean-of": lambda rows, period: rows.sum(axis=0) / period,
}


def read_rests(views: Sequence[ScenarioView]) -> list[Law]:
    """Return the law of which steps move which parameters, where all that move are right."""
    motions = motions_of(views)
    if not motions:
        return []
    whole = [motion for view in views if (motion := motion_of(view)) is not None]
    names = views[0].coordinates
    parts: dict[Text, list[str]] = {}
    for index, name in enumerate(names):
        said = _of(motions, whole, index)
        if said is None:
            return []
        parts.setdefault(said, []).append(name)
    if list(parts) == [text("rests-last-of-call")] and len(
        parts[text("rests-last-of-call")]
    ) == len(names):
        return [Law(id="last-step-undone")]
    told = [text("rests-so", names=listed(own), how=said) for said, own in parts.items() if said]
    return [Law(id="update-skipped", detail=sentences(*told))] if told else []


def predicts_once(views: Sequence[ScenarioView]) -> bool:
    """Return whether every step of a call uses its first prediction, the only one it makes."""
    calls = [call for view in views for call in view.observed.calls]
    alone = all(call.visited.shape[0] == 1 for call in calls)
    again = any(rows.shape[0] > 1 for call in calls for rows in call.fresh.values())
    if not (alone and again):
        return False
    motions = motions_of(views)
    firsts = [s.gradients[np.arange(len(s.turns)) - s.turns] for s in motions]
    return bool(motions) and all(
        motion.fits(-motion.rate * first) for motion, first in zip(motions, firsts, strict=True)
    )


def _of(motions: Sequence[Motion], whole: Sequence[Motion], index: int) -> Text | None:
    """Return in which steps one coordinate moves, nothing where in all, None where it is wrong.

    What the first steps show is said where the ``whole`` of each situation shows it, too.
    """
    rests = sum(int((s.moves[:, index] == 0.0).sum()) for s in motions)
    if rests == 0:
        right = all(_right(s, index, lambda rows, _: rows[-1], 1, None) for s in motions)
        return NOTHING if right else None
    if rests < LEAST_RESTS:
        return None
    for said, moving, period in (*_patterns(), *_rare(whole, index)):
        for more, amount in AMOUNTS.items():
            if all(_right(s, index, amount, period, moving(s)) for s in (*motions, *whole)):
                return text(more, rests=said, n=period) if more else said
    return None


Moving = Callable[[Motion], NDArray[np.bool_]]


def _patterns() -> list[tuple[Text, Moving, int]]:
    """Return which steps may move something: a sentence, the steps, and how far they are apart."""
    found: list[tuple[Text, Moving, int]] = [
        (text("rests-first-of-call"), lambda s: s.turns > 0, 1),
        (text("rests-first"), lambda s: np.arange(len(s.turns)) > 0, 1),
        (text("rests-last-of-call"), lambda s: s.turns < s.asked - 1, 1),
        (text("rests-but-first"), lambda s: s.turns == 0, 1),
        (text("rests-but-last"), lambda s: s.turns == s.asked - 1, 1),
    ]
    for period in range(2, MOST_PERIOD + 1):
        found += [_every(period, first) for first in range(period)]
    return found


def _rare(whole: Sequence[Motion], index: int) -> list[tuple[Text, Moving, int]]:
    """Return the pattern of steps that are further apart, as the longest situation shows them."""
    longest = max(whole, key=lambda motion: len(motion.moves))
    turns = longest.turns[longest.moves[:, index] != 0.0]
    period = int(turns[1] - turns[0]) if len(turns) > 1 else 0
    return [_every(period, int(turns[0]))] if period > MOST_PERIOD else []


def _every(period: int, first: int) -> tuple[Text, Moving, int]:
    said = text("rests-but-every", first=first + 1, second=first + 1 + period)
    return said, lambda s: s.turns % period == first, period


def _right(
    motion: Motion,
    index: int,
    amount: Callable[[Values, int], Values],
    period: int,
    moving: NDArray[np.bool_] | None,
) -> bool:
    """Return whether a coordinate moves in these steps alone, each time by the right amount."""
    count, begin = len(motion.moves), 0
    moves = moving if moving is not None else np.ones(count, dtype=bool)
    wanted = np.zeros(count)
    for row in range(count):
        if motion.turns[row] == 0 and period == 1:
            begin = row
        if moves[row]:
            gradients = motion.gradients[begin : row + 1, index]
            wanted[row] = -motion.rate * float(amount(gradients, period))
            begin = row + 1
    close = np.abs(motion.moves[:, index] - wanted) <= motion.bounds[:, index]
    rests = (motion.moves[:, index] == 0.0) | moves
    return bool(close.all() and rests.all())
