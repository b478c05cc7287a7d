"""From raw records to figures: medians, spreads and ratios. Pure functions of a results file."""

from __future__ import annotations

import collections
import itertools
import statistics
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]
Stamps = list[tuple[str, float]]  # what ended, and when; the first is where it begins
KINDS = ("scripts", "notebooks with plots")
TAKING_TURNS = ("nbgrader", "otter", "ours", "floor")
BASE = "nbgrader"


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The median of some measurements, the least and the most of them."""

    median: float
    least: float
    most: float


def spread(values: list[float]) -> Spread | None:
    """Return the spread of measurements; None where there are none."""
    if not values:
        return None
    return Spread(median=statistics.median(values), least=min(values), most=max(values))


def records(results: Record, part: str, **key: object) -> list[Record]:
    """Return the records of a part that fit the key."""
    found = results["parts"].get(part, {}).get("records", [])
    return [one for one in found if all(one.get(name) == value for name, value in key.items())]


def graders(results: Record) -> list[str]:
    """Return all that were measured in rounds, in the order of their first measurement."""
    names = [one["grader"] for part in TAKING_TURNS for one in records(results, part)]
    return list(dict.fromkeys(names))


def by_round(results: Record, grader: str, kind: str, name: str = "seconds") -> dict[int, float]:
    """Return one figure of a grader, by round."""
    return {
        one["round"]: one[name]
        for part in TAKING_TURNS
        for one in records(results, part, grader=grader, kind=kind)
        if name in one
    }


def ratio(results: Record, of: str, to: str, kind: str) -> Spread | None:
    """Return how many times longer ``of`` takes than ``to``, compared within each round."""
    longer, shorter = by_round(results, of, kind), by_round(results, to, kind)
    return spread([longer[number] / shorter[number] for number in longer if number in shorter])


def levels(results: Record) -> list[str]:
    """Return the levels of isolation that were measured, best first."""
    names = [one["grader"] for one in records(results, "ours")]
    return [name for name in dict.fromkeys(names) if "," not in name]


def slope_seconds(sizes: list[float], totals: list[float]) -> float | None:
    """Return the cost of one more submission, from the two largest classes."""
    if len(sizes) < 2:
        return None
    return (totals[-1] - totals[-2]) / (sizes[-1] - sizes[-2])


def median_stages(found: list[Stamps]) -> dict[str, float]:
    """Return the median milliseconds of each stage over submissions; stages may repeat in one."""
    each: dict[str, list[float]] = {}
    for stamps in found:
        total: collections.Counter[str] = collections.Counter()
        for (_, before), (name, after) in itertools.pairwise(stamps):
            total[name] += 1000 * (after - before)
        for name, milliseconds in total.items():
            each.setdefault(name, []).append(milliseconds)
    return {name: round(statistics.median(values), 4) for name, values in each.items()}
