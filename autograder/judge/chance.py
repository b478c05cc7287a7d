"""Random results beside what an author claims of them, by the binomial distribution's own terms.

All looks of a part together raise a false alarm with a probability of at most its ``alpha``.
"""

from __future__ import annotations

import functools
import math
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.exercise.chance import Claim, Distribution, Event, Relation, Share
from autograder.protocol.script import Step
from autograder.protocol.value import (
    Items,
    Nothing,
    Numbers,
    Raw,
    Table,
    Text,
    Value,
    Whole,
    array_of,
    whole_of,
)


class ClaimRaised(Exception):
    """A claim of the spec's raised, in which file and line."""

    def __init__(self, file: str, line: int | None, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.file = file
        self.line = line


def _asked(function: Event, *arguments: Any) -> Any:
    """Return what an author's function says. Raises ClaimRaised."""
    try:
        return function(*arguments)
    except Exception as error:
        code = getattr(function, "__code__", None)
        if code is None:
            raise ClaimRaised(repr(function), None, error) from error
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == code.co_filename]
        line = lines[-1] if lines else code.co_firstlineno
        raise ClaimRaised(Path(code.co_filename).name, line, error) from error


Truths = NDArray[np.bool_]


def broken_claim(
    claims: Sequence[Claim], drawn: Sequence[Value], arguments: Sequence[Value], alpha: float
) -> Claim | None:
    """Return the first claim that results of equal calls break, None where none is broken.

    ``alpha`` bounds the probability that right results break any.
    """
    given = [plain_of(one) for one in arguments]
    results = [plain_of(one) for one in drawn]
    for claim in claims:
        if isinstance(claim, Relation) and not all(
            bool(np.all(_asked(claim.holds, one, *given))) for one in results
        ):
            return claim
    tallies = [
        (claim, tally)
        for claim in claims
        if not isinstance(claim, Relation)
        for tally in _tallies(claim, results, given)
    ]
    for claim, (count, total, likely) in tallies:
        if unlikely(count, total, likely, alpha / len(tallies)):
            return claim
    return None


def claims_raise(
    claims: Sequence[Claim], drawn: Sequence[Value], arguments: Sequence[Value]
) -> bool:
    """Say whether claims cannot be looked at for results that are right: they are at fault."""
    try:
        broken_claim(claims, drawn, arguments, 0.0)
    except ClaimRaised:
        return True
    return False


def given_in(steps: Sequence[Step]) -> tuple[Value, ...]:
    """Return what steps are handed, in their order: what claims are told of."""
    return tuple(value for one in steps for value in (*one.arguments, *one.named.values()))


Tally = tuple[int, int, float]
"""How often something happened, of how often it could have, and how likely it was each time."""


def _tallies(
    claim: Share | Distribution, results: Sequence[Any], given: Sequence[Any]
) -> Iterator[Tally]:
    for events, likely in _events(claim, results, given):
        yield int(events.sum()), int(events.size), likely
        same = likely**2 + (1 - likely) ** 2
        for axis in range(events.ndim):  # calls first
            left, right = _pairs(events, axis)
            if left.size:
                yield int((left == right).sum()), int(left.size), same


def _events(
    claim: Share | Distribution, results: Sequence[Any], given: Sequence[Any]
) -> Iterator[tuple[Truths, float]]:
    """Yield truths ``[calls, *shape]`` of events, and how likely each is."""
    if isinstance(claim, Share):
        likely = _asked(claim.likely, *given) if callable(claim.likely) else claim.likely
        yield (
            np.stack([np.asarray(_asked(claim.event, one, *given), dtype=bool) for one in results]),
            likely,
        )
        return
    with np.errstate(all="ignore"):
        places = np.stack(
            [np.asarray(_asked(claim.cdf, one, *given), dtype=float) for one in results]
        )
    for number in range(claim.bins):
        low, high = number / claim.bins, (number + 1) / claim.bins
        last = number == claim.bins - 1
        yield (places >= low) & ((places <= high) if last else (places < high)), 1 / claim.bins


def _pairs(events: Truths, axis: int) -> tuple[Truths, Truths]:
    """Return neighbours along an axis, each in one pair alone."""
    moved = np.moveaxis(events, axis, 0)
    even = len(moved) - len(moved) % 2
    return moved[0:even:2], moved[1:even:2]


def unlikely(count: int, total: int, likely: float, alpha: float) -> bool:
    """Say whether so few or so many of ``total`` have a probability of at most half of ``alpha``.

    Exact: sums of the binomial distribution's own terms.
    """
    if likely <= 0.0 or likely >= 1.0:
        return count != (total if likely >= 1.0 else 0)
    ks = np.arange(total + 1)
    logs = _log_factorials(total)
    terms = logs[total] - logs - logs[::-1]
    terms = terms + ks * math.log(likely) + (total - ks) * math.log1p(-likely)
    below, above = np.exp(terms[: count + 1]).sum(), np.exp(terms[count:]).sum()
    return bool(min(below, above) <= alpha / 2)


@functools.lru_cache(maxsize=64)
def _log_factorials(most: int) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])


def plain_of(value: Value) -> Any:  # noqa: PLR0911  # one a kind
    """Return a value as NumPy and Python have it, whatever library it is of."""
    match value:
        case Numbers(library="python"):
            return array_of(value).item()
        case Numbers():
            return array_of(value)
        case Items():
            return [plain_of(one) for one in value.items]
        case Table():
            return {_key(key): plain_of(one) for key, one in value.pairs}
        case Text(text=text):
            return text
        case Raw(data=data):
            return data
        case Whole():
            return whole_of(value)
        case Nothing():
            return None
        case _:
            return value


def _key(value: Value) -> Any:
    found = plain_of(value)
    return tuple(found) if isinstance(found, list) else found
