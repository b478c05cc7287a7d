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
from autograder.judge.messages import listed, nth
from autograder.words.text import NOTHING, Text, text

CLOSE, LEAST = 1e-3, 1e-5
MOST_PERIOD, MOST_DECIMALS = 20, 3
MOST_COLUMNS = 4
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
    "entries-all-first": (lambda c: np.full(c.count, c.before[0])),
    "entries-all-last": (lambda c: np.full(c.count, c.before[-1])),
    "entries-root": lambda c: np.sqrt(c.before),
    "entries-square": lambda c: c.before**2,
    "entries-logarithm": lambda c: np.log(c.before),
    "entries-over-rows": lambda c: c.before / c.rows,
    "entries-times-rows": lambda c: c.before * c.rows,
    "entries-over-count": lambda c: c.before / c.count,
    "entries-over-number": (lambda c: c.before / np.arange(1, c.count + 1)),
    "entries-sum": lambda c: np.cumsum(c.before),
    "entries-mean": (lambda c: np.cumsum(c.before) / np.arange(1, c.count + 1)),
    "entries-smallest": lambda c: np.minimum.accumulate(c.before),
    "entries-largest": lambda c: np.maximum.accumulate(c.before),
    "entries-backwards": (lambda c: c.before[::-1]),
    "entries-sorted": lambda c: np.sort(c.before),
    "entries-late": (lambda c: np.concatenate([c.entries[:1], c.before[:-1]])),
    "entries-change": (lambda c: np.concatenate([c.entries[:1], np.diff(c.before)])),
    "entries-minus-first": lambda c: c.before - c.before[0],
    "entries-number-from-0": lambda c: np.linspace(0.0, c.count - 1.0, c.count),
    "entries-number-from-1": lambda c: np.linspace(1.0, float(c.count), c.count),
    "entries-gradient-length": (lambda c: np.sqrt(np.square(c.gradients).sum(axis=1))),
    "entries-between": (lambda c: (c.before + c.after) / 2),
}
OTHER_LENGTH: Mapping[str, Entries] = {
    "entries-both": (lambda c: np.stack([c.before, c.after], axis=1).reshape(-1)),
    "entries-one-more": (lambda c: np.append(c.before, c.after[-1:])),
    "entries-before-loop": (lambda c: np.append(c.before[:1], c.after)),
    "entries-but-first": lambda c: c.before[1:],
    "entries-but-last": lambda c: c.before[:-1],
    "entries-only-last": lambda c: c.before[-1:],
    "entries-only-first": lambda c: c.before[:1],
    "entries-only-end": lambda c: c.after[-1:],
    "entries-one-mean": lambda c: c.before.mean(keepdims=True),
    "entries-one-sum": lambda c: c.before.sum(keepdims=True),
}


def read_entries(views: Sequence[ScenarioView]) -> Text:
    """Return what the entries are, in words; nothing where no reading gives all of them."""
    courses = [course for view in views for course in _courses(view)]
    if sum(len(c.entries) for c in courses) < LEAST_ENTRIES:
        return NOTHING
    if not all(np.isfinite(c.entries).all() and np.isfinite(c.after).all() for c in courses):
        return NOTHING
    if all(_close(c.entries, c.before) for c in courses):
        return NOTHING
    if not any(c.entries.any() for c in courses):  # zeros are the change of what stays, and more
        return NOTHING
    with np.errstate(all="ignore"):
        for said, entries in _readings(courses, views[0].coordinates):
            if all(_close(c.entries, entries(c)) for c in courses):
                return said
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


def _readings(courses: Sequence[Course], names: Sequence[str]) -> Iterator[tuple[Text, Entries]]:
    yield from ((text(code), entries) for code, entries in OTHER_LENGTH.items())
    for period in range(2, MOST_PERIOD + 1):
        said = text("entries-every", every=nth(period))
        yield said, lambda c, m=period: c.before[::m]  # type: ignore[misc]
        yield said, lambda c, m=period: c.before[m - 1 :: m]  # type: ignore[misc]
    yield from ((text(code), entries) for code, entries in SAME_LENGTH.items())
    for index, name in enumerate(names):
        said = text("entries-parameter", name=name)
        yield said, lambda c, i=index: c.places[:, i]  # type: ignore[misc]
        yield said, lambda c, i=index: c.moved[:, i]  # type: ignore[misc]
        said = text("entries-gradient", name=name)
        yield said, lambda c, i=index: c.gradients[:, i]  # type: ignore[misc]
    yield from _penalties(courses, names)
    factor = _factor(courses)
    if factor is not None:
        said = text("entries-times", ratio=f"{factor:.3g}")
        yield said, lambda c, f=factor: f * c.before  # type: ignore[misc]
    apart = _apart(courses)
    if apart is not None:
        said = text("entries-larger" if apart > 0 else "entries-smaller", by=f"{abs(apart):.3g}")
        yield said, lambda c, a=apart: c.before + a  # type: ignore[misc]


def _penalties(courses: Sequence[Course], names: Sequence[str]) -> Iterator[tuple[Text, Entries]]:
    """Yield losses with a share of the parameters' squares, or sizes, added."""
    distinct = list(dict.fromkeys(names))
    columns = [list(range(len(names)))]
    if 1 < len(distinct) <= MOST_COLUMNS:
        columns += [[i for i, name in enumerate(names) if name == one] for one in distinct]
    for own in columns:
        which = listed(names[index] for index in own)
        for code, size in (
            ("entries-penalty-squares", np.square),
            ("entries-penalty-sizes", np.abs),
        ):
            share = _share(courses, own, size)
            if share is not None:
                said = text(code, share=f"{share:.3g}", names=which)
                yield said, _with_penalty(own, size, share)


def _with_penalty(own: Sequence[int], size: Callable[[Values], Values], share: float) -> Entries:
    """Return the losses with a share of some parameters' measure added."""

    def entries(course: Course) -> Values:
        found: Values = course.before + share * size(course.places[:, list(own)]).sum(axis=1)
        return found

    return entries


def _share(
    courses: Sequence[Course], own: Sequence[int], size: Callable[[Values], Values]
) -> float | None:
    """Return which share of a measure of parameters comes nearest to what losses are too large."""
    fitting = [c for c in courses if len(c.entries) == c.count]
    if not fitting:
        return None
    added = np.concatenate([size(c.places[:, list(own)]).sum(axis=1) for c in fitting])
    apart = np.concatenate([c.entries - c.before for c in fitting])
    power = float(added @ added)
    share = float(added @ apart) / power if power else 0.0
    return share if abs(share) > CLOSE else None


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


def _rounded(courses: Sequence[Course]) -> Text:
    """Read to how many decimals the losses are rounded."""
    if any(len(c.entries) != c.count for c in courses):
        return NOTHING
    entries = np.concatenate([c.entries for c in courses])
    losses = np.concatenate([c.before for c in courses])
    for decimals in range(1, MOST_DECIMALS + 1):
        scale = 10.0**decimals
        whole = np.allclose(entries * scale, np.rint(entries * scale), rtol=0, atol=1e-2)
        if whole and (np.abs(entries - losses) <= 0.51 / scale + CLOSE * losses).all():
            return text("entries-rounded", n=decimals)
    return NOTHING


def _shares(courses: Sequence[Course]) -> Text:
    """Read whether entries are shares of the rows, as an accuracy is."""
    rows = courses[0].rows
    entries = np.concatenate([c.entries for c in courses])
    inside = (entries >= 0).all() and (entries <= 1).all() and len(np.unique(entries)) > 2
    whole = np.allclose(entries * rows, np.rint(entries * rows), rtol=0, atol=1e-3)
    if not (inside and whole and all(c.rows == rows for c in courses)):
        return NOTHING
    return text("entries-shares", rows=rows)
