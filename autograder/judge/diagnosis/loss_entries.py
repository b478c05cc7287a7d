"""What the entries of a loss list are, where they are not the loss before each update.

Entries are compared with what could be recorded at the places that training went through; a
reading is told only where it gives all entries of all situations.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView

CLOSE, LEAST = 1e-3, 1e-5
MOST_PERIOD, MOST_DECIMALS = 20, 3
LEAST_ENTRIES = 4  # of all situations together


@dataclasses.dataclass(frozen=True, kw_only=True)
class Course:
    """One call: its new entries, and the losses, places and gradients of its steps."""

    entries: Values
    before: Values
    after: Values
    places: Values
    moved: Values
    gradients: Values
    rows: int

    @property
    def count(self) -> int:
        """How many iterations the call had."""
        return len(self.before)


Entries = Callable[[Course], Values]
SAME_LENGTH: Mapping[str, Entries] = {
    "All entries are the loss of the first iteration.": (lambda c: np.full(c.count, c.before[0])),
    "All entries are the loss of the last iteration.": (lambda c: np.full(c.count, c.before[-1])),
    "Each entry is the root of the loss.": lambda c: np.sqrt(c.before),
    "Each entry is the square of the loss.": lambda c: c.before**2,
    "Each entry is the logarithm of the loss.": lambda c: np.log(c.before),
    "Each entry is the loss divided by the number of rows.": lambda c: c.before / c.rows,
    "Each entry is the loss times the number of rows.": lambda c: c.before * c.rows,
    "Each entry is the loss divided by the number of iterations.": lambda c: c.before / c.count,
    "Each entry is the loss divided by the number of its iteration.": (
        lambda c: c.before / np.arange(1, c.count + 1)
    ),
    "Each entry is the sum of the losses so far.": lambda c: np.cumsum(c.before),
    "Each entry is the mean of the losses so far.": (
        lambda c: np.cumsum(c.before) / np.arange(1, c.count + 1)
    ),
    "Each entry is the smallest loss so far.": lambda c: np.minimum.accumulate(c.before),
    "Each entry is the largest loss so far.": lambda c: np.maximum.accumulate(c.before),
    "The losses are there, in the opposite order: the newest comes first.": (
        lambda c: c.before[::-1]
    ),
    "The losses are there, in the order of their size.": lambda c: np.sort(c.before),
    "Each entry is the loss of the iteration before it.": (
        lambda c: np.concatenate([c.entries[:1], c.before[:-1]])
    ),
    "Each entry is by how much the loss changed.": (
        lambda c: np.concatenate([c.entries[:1], np.diff(c.before)])
    ),
    "Each entry is the loss minus that of the first iteration.": lambda c: c.before - c.before[0],
    "Each entry is the number of its iteration, from 0.": lambda c: np.linspace(
        0.0, c.count - 1.0, c.count
    ),
    "Each entry is the number of its iteration, from 1.": lambda c: np.linspace(
        1.0, float(c.count), c.count
    ),
    "Each entry is the length of the gradient.": (
        lambda c: np.sqrt(np.square(c.gradients).sum(axis=1))
    ),
    "Each entry is the mean of the losses before and after the update.": (
        lambda c: (c.before + c.after) / 2
    ),
}
OTHER_LENGTH: Mapping[str, Entries] = {
    "Each iteration leaves two entries: the loss before its update, and the one after.": (
        lambda c: np.stack([c.before, c.after], axis=1).reshape(-1)
    ),
    "Each iteration leaves its loss, and one more entry comes at the end: the loss then.": (
        lambda c: np.append(c.before, c.after[-1:])
    ),
    "There is an entry before the loop, and one after each update.": (
        lambda c: np.append(c.before[:1], c.after)
    ),
    "The first iteration leaves no entry.": lambda c: c.before[1:],
    "The last iteration leaves no entry.": lambda c: c.before[:-1],
    "Only the last iteration of a call leaves its loss.": lambda c: c.before[-1:],
    "Only the first iteration of a call leaves its loss.": lambda c: c.before[:1],
    "Only the loss after the last update is stored.": lambda c: c.after[-1:],
    "One entry a call is stored: the mean of its losses.": lambda c: c.before.mean(keepdims=True),
    "One entry a call is stored: the sum of its losses.": lambda c: c.before.sum(keepdims=True),
}


def read_entries(views: Sequence[ScenarioView]) -> str:
    """Return what the entries are, in words; nothing where no reading gives all of them."""
    courses = [course for view in views for course in _courses(view)]
    if sum(len(c.entries) for c in courses) < LEAST_ENTRIES:
        return ""
    if not all(np.isfinite(c.entries).all() and np.isfinite(c.after).all() for c in courses):
        return ""
    if all(_close(c.entries, c.before) for c in courses):
        return ""
    with np.errstate(all="ignore"):
        for text, entries in _readings(courses, views[0].coordinates):
            if all(_close(c.entries, entries(c)) for c in courses):
                return text
        return _rounded(courses) or _shares(courses)


def _courses(view: ScenarioView) -> Iterator[Course]:
    """Yield each call's new entries beside what it went through."""
    steps = view.steps
    if steps is None:
        return
    known = np.zeros(0)
    for index, call in enumerate(view.observed.calls):
        own = steps.call_of == index
        values = read_claim(call.losses.values) if call.losses is not None else np.zeros(0)
        grown = len(values) >= len(known) and np.array_equal(values[: len(known)], known)
        back = not grown and np.array_equal(values[len(values) - len(known) :], known)
        new = values[len(known) :] if grown else values
        new = values[: len(values) - len(known)] if back and len(known) else new
        known = values
        losses, gradients = view.landscape.evaluate(steps.before[own])
        later, _ = view.landscape.evaluate(steps.after[own])
        data = view.planned.scenario.situation.data
        yield Course(
            entries=new,
            before=losses,
            after=later,
            places=steps.before[own],
            moved=steps.after[own],
            gradients=gradients,
            rows=next(iter(data.values())).shape[0],
        )


def _readings(courses: Sequence[Course], names: Sequence[str]) -> Iterator[tuple[str, Entries]]:
    yield from OTHER_LENGTH.items()
    for period in range(2, MOST_PERIOD + 1):
        text = f"Only every {period}th iteration leaves its loss."
        if period < 4:
            text = f"Only every {('second', 'third')[period - 2]} iteration leaves its loss."
        yield text, lambda c, m=period: c.before[::m]  # type: ignore[misc]
        yield text, lambda c, m=period: c.before[m - 1 :: m]  # type: ignore[misc]
    yield from SAME_LENGTH.items()
    for index, name in enumerate(names):
        yield f"Each entry is {name}, not the loss.", lambda c, i=index: c.places[:, i]  # type: ignore[misc]
        yield f"Each entry is {name}, not the loss.", lambda c, i=index: c.moved[:, i]  # type: ignore[misc]
        text = f"Each entry is the gradient of {name}, not the loss."
        yield text, lambda c, i=index: c.gradients[:, i]  # type: ignore[misc]
    factor = _factor(courses)
    if factor is not None:
        text = f"Each entry is {factor:.3g} times the loss."
        yield text, lambda c, f=factor: f * c.before  # type: ignore[misc]
    apart = _apart(courses)
    if apart is not None:
        side = "more" if apart > 0 else "less"
        text = f"Each entry is {abs(apart):.3g} {side} than the loss."
        yield text, lambda c, a=apart: c.before + a  # type: ignore[misc]


def _factor(courses: Sequence[Course]) -> float | None:
    fitting = [c for c in courses if len(c.entries) == c.count]
    losses = np.concatenate([c.before for c in fitting]) if fitting else np.zeros(0)
    power = float(losses @ losses)
    entries = np.concatenate([c.entries for c in fitting]) if fitting else np.zeros(0)
    factor = float(losses @ entries) / power if power else 1.0
    return factor if abs(factor - 1.0) > CLOSE and abs(factor) > LEAST else None


def _apart(courses: Sequence[Course]) -> float | None:
    fitting = [c for c in courses if len(c.entries) == c.count]
    found = [float(np.median(c.entries - c.before)) for c in fitting]
    return found[0] if found and abs(found[0]) > CLOSE else None


def _close(entries: Values, wanted: Values) -> bool:
    return entries.shape == wanted.shape and bool(
        np.allclose(entries, wanted, rtol=CLOSE, atol=LEAST)
    )


def _rounded(courses: Sequence[Course]) -> str:
    """Read to how many decimals the losses are rounded."""
    if any(len(c.entries) != c.count for c in courses):
        return ""
    entries = np.concatenate([c.entries for c in courses])
    losses = np.concatenate([c.before for c in courses])
    for decimals in range(1, MOST_DECIMALS + 1):
        scale = 10.0**decimals
        whole = np.allclose(entries * scale, np.rint(entries * scale), rtol=0, atol=1e-2)
        if whole and (np.abs(entries - losses) <= 0.51 / scale + CLOSE * losses).all():
            return f"The losses are rounded to {decimals} decimal{'s' if decimals > 1 else ''}."
    return ""


def _shares(courses: Sequence[Course]) -> str:
    """Read whether entries are shares of the rows, as an accuracy is."""
    rows = courses[0].rows
    entries = np.concatenate([c.entries for c in courses])
    inside = (entries >= 0).all() and (entries <= 1).all() and len(np.unique(entries)) > 2
    whole = np.allclose(entries * rows, np.rint(entries * rows), rtol=0, atol=1e-3)
    if not (inside and whole and all(c.rows == rows for c in courses)):
        return ""
    return f"Each entry is a whole number of {rows}ths, as the share of right points is: no loss."
