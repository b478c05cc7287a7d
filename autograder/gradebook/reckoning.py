"""Compute a score: the one place that combines checks, points by hand and lateness.

Excused: no score. Else the total by hand. Else of each cell the points by hand that nbgrader has,
its formgrader's or ours; else its checks, those with points by hand counting these; then extra
credit and bonus, then what being late costs, and never below 0. A total by hand is final unless it
says that lateness is taken off.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence

from autograder.assignment.points import PREFIX
from autograder.exercise.spec import function_of
from autograder.gradebook.hand import Entry, Hand
from autograder.grading.account import Change
from autograder.judge.result import CheckResult

FORMGRADER = "formgrader"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cell:
    """A graded cell as nbgrader has it.

    ``score_id`` is that of nbgrader's row. Its extra credit is ``extra``, nbgrader's own, and
    ``copied``, a copy of ours.
    """

    score_id: str
    name: str
    most: float
    auto: float | None
    manual: float | None
    extra: float = 0.0
    copied: float = 0.0
    marked: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reckoned:
    """A score and how it came about. ``earned`` is what the checks came to by themselves.

    ``copy`` is what nbgrader's rows need as extra credit beside their own, by the row's id, so that
    its sums are ours.
    """

    raw: float | None
    penalty: float
    score: float | None
    earned: float | None
    changes: tuple[Change, ...]
    copy: Mapping[str, float]


def reckon(
    cells: Sequence[Cell],
    checks: Sequence[CheckResult],
    hand: Hand,
    late: Callable[[float], float],
) -> Reckoned:
    """Return a score. ``checks`` are of what counts; ``late`` says what lateness costs."""
    counting = [cell for cell in cells if cell.auto is not None or cell.manual is not None]
    known = [cell.auto for cell in cells if cell.auto is not None]
    earned = sum(known) if known else None
    scored = bool(counting)
    changes: list[Change] = []
    copy: dict[str, float] = {}
    raw = 0.0
    for cell in sorted(cells, key=lambda one: one.name):
        by_hand, more = _changed(cell, cells, checks, hand)
        changes += by_hand
        own = cell.auto if cell.manual is None else cell.manual
        raw += (own or 0.0) + cell.extra + more
        if more:
            copy[cell.score_id] = more
    without = max(0.0, raw) if scored else None
    if hand.bonus is not None and hand.total is None:
        changes.append(_change(hand.bonus))
        raw, scored = raw + (hand.bonus.points or 0.0), True
    if hand.total is not None:
        changes = [_change(hand.total, without)]
        raw, scored = hand.total.points or 0.0, True
    raw = max(0.0, raw)
    penalty = late(raw) if hand.total is None or hand.total.late else 0.0
    if counting:  # nbgrader counts no extra credit where a cell has no points
        first = min(counting, key=lambda one: one.name)
        sums = sum((c.auto if c.manual is None else c.manual) or 0.0 for c in cells)
        off = raw - sums - sum(c.extra for c in cells) - sum(copy.values())
        copy[first.score_id] = copy.get(first.score_id, 0.0) + off
    if hand.excused is not None:
        changes, scored, penalty = [_change(hand.excused)], False, 0.0
    return Reckoned(
        raw=raw if scored else None,
        penalty=penalty if scored else 0.0,
        score=max(0.0, raw - penalty) if scored else None,
        earned=earned,
        changes=tuple(changes),
        copy={name: extra for name, extra in copy.items() if abs(extra) > 1e-9},
    )


def place_of(check: str, cells: Collection[str]) -> str:
    """Return the cell that a check belongs to: its own, or that of its function."""
    own = f"{PREFIX}{check}"
    return own if own in cells else f"{PREFIX}{function_of(check)}"


def _changed(
    cell: Cell, cells: Sequence[Cell], checks: Sequence[CheckResult], hand: Hand
) -> tuple[list[Change], float]:
    """Return what was changed in a cell, and what its checks are worth more by that."""
    changes = []
    more = 0.0
    if cell.extra:
        fact = Change(kind="bonus", target=cell.name, points=cell.extra, who=FORMGRADER)
        changes.append(fact)
    if cell.manual is not None:
        entry = hand.cells.get(cell.name)
        if entry is not None and entry.points == cell.manual:
            return [_change(entry, cell.auto), *changes], 0.0
        given = Change(
            kind="cell", target=cell.name, points=cell.manual, before=cell.auto, who=FORMGRADER
        )
        return [given, *changes], 0.0
    names = {one.name for one in cells}
    results = {check.id: check for check in checks}
    for check, entry in hand.checks.items():
        if place_of(check, names) == cell.name:
            before = results[check].points if check in results else 0.0
            changes.append(_change(entry, before))
            more += (entry.points or 0.0) - before
    least, most = -(cell.auto or 0.0), cell.most - (cell.auto or 0.0)
    return changes, min(max(more, least), max(most, 0.0))


def _change(entry: Entry, before: float | None = None) -> Change:
    """Return an entry in force as what the student and the instructor read."""
    kinds = {"check": "check", "cell": "cell", "total": "total", "bonus": "bonus"}
    return Change(
        kind=kinds.get(entry.kind, "excused"),  # type: ignore[arg-type]  # one of its literals
        target=entry.part,
        points=None if entry.kind == "excused" else entry.points,
        before=before,
        late=entry.late,
        reason=entry.reason,
        who=entry.who,
        when=entry.recorded,
    )


def seconds_late(handed_in: dt.datetime | None, due: dt.datetime | None) -> float:
    """Return how late something was submitted, 0 where it was in time or a time is not known."""
    if handed_in is None or due is None:
        return 0.0
    return max(0.0, (handed_in - due).total_seconds())
