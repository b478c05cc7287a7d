"""What is wrong with the loss list, by its entries and the way that training went."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np

from autograder.judge import messages
from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.judge.diagnosis.loss_entries import read_entries
from autograder.judge.evidence import ScenarioView
from autograder.words.text import NOTHING, Text, text

MOST_NAMES = 4  # of parameters, every mixture of which is tried


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recording:
    """A finding: the mistake's id, and what else may be shown of it."""

    id: str
    detail: Text = NOTHING


def read_losses(views: Sequence[ScenarioView]) -> Recording | None:
    """Return what is wrong with the recording, None where nothing known is."""
    records = [call.losses for view in views for call in view.observed.calls]
    nothing = all(record is not None and not record.kinds for record in records)
    if nothing or any(record is None for record in records):
        return Recording(id="loss-not-recorded")
    kinds = [record.kinds for record in records if record is not None]
    if all("x" in kind for kind in kinds):
        return Recording(id="loss-recorded-as-object")
    if all("g" in kind for kind in kinds):
        return Recording(id="loss-recorded-as-tensor")
    return _of_numbers(views) if all(_all_steps_taken(view) for view in views) else None


def _of_numbers(views: Sequence[ScenarioView]) -> Recording | None:
    """Read how many entries there are, then what they are."""
    records = [call.losses for view in views for call in view.observed.calls]
    times = _times(views)
    if times > 1:
        return Recording(id="loss-recorded-twice", detail=text("stores-times", n=times))
    if _too_few(views) or not all(record.kinds for record in records if record is not None):
        return Recording(id="losses-missing", detail=read_entries(views))
    entries = [found for view in views if (found := _entries(view)) is not None]
    known = _of_values(views, entries) if len(entries) == len(views) else None
    told = read_entries(views) if known is None or any(map(_too_many, views)) else NOTHING
    return Recording(id="loss-recorded-otherwise", detail=told) if told else known


def _all_steps_taken(view: ScenarioView) -> bool:
    """Return whether the loop was seen to take a step an iteration: then each has its loss."""
    steps = view.steps
    if steps is None:
        return False
    return steps.taken(len(view.counts)) == view.counts


def _times(views: Sequence[ScenarioView]) -> int:
    """Return how often each iteration stores its loss, 0 where it is not equally often."""
    found = set()
    for view in views:
        count, last = sum(view.counts), view.observed.calls[-1].losses
        values = read_claim(last.values) if last is not None else np.zeros(0)
        times = len(values) // count
        rows = values[: times * count].reshape(count, -1)
        found.add(times if len(values) == times * count and (rows == rows[:, :1]).all() else 0)
    return found.pop() if len(found) == 1 else 0


def _entries(view: ScenarioView) -> Values | None:
    """Return the newest entries of each call, one an iteration, None where there are fewer."""
    found = []
    for call, count in zip(view.observed.calls, view.counts, strict=True):
        values = read_claim(call.losses.values) if call.losses is not None else np.zeros(0)
        if len(values) < count:
            return None
        found.append(values[-count:])
    return np.concatenate(found)


def _too_few(views: Sequence[ScenarioView]) -> bool:
    """Return whether no list is too long, and those of several iterations are too short."""
    lengths = [
        len(read_claim(last.values)) if (last := view.observed.calls[-1].losses) is not None else 0
        for view in views
    ]
    wanted = [sum(view.counts) for view in views]
    return all(
        length < count or length == count == 1
        for length, count in zip(lengths, wanted, strict=True)
    )


def _too_many(view: ScenarioView) -> bool:
    """Return whether the list is longer than iterations were asked for: the newest are not all."""
    last = view.observed.calls[-1].losses
    return last is not None and len(last.kinds) > sum(view.counts)


def _of_values(views: Sequence[ScenarioView], entries: Sequence[Values]) -> Recording | None:
    """Compare entries with losses at other points of each iteration, and with whole ones."""
    for moved in _mixtures(views[0]):
        if all(_same(own, _losses(v, moved)) for v, own in zip(views, entries, strict=True)):
            resting = [n for n in dict.fromkeys(views[0].coordinates) if n not in moved]
            there = text(
                "moved-by-then", moved=messages.listed(moved), resting=messages.listed(resting)
            )
            return Recording(id="loss-recorded-after-update", detail=there if resting else NOTHING)
    right = [_losses(view, ()) for view in views]
    if all(_whole(own, one) for own, one in zip(entries, right, strict=True)):
        return Recording(id="wrong-dtype")
    return None


def _mixtures(view: ScenarioView) -> list[tuple[str, ...]]:
    """Return which parameters may have moved when a loss was taken: all, or some of a few."""
    names = tuple(dict.fromkeys(view.coordinates))
    if len(names) > MOST_NAMES:
        return [names]
    sizes = range(len(names), 0, -1)
    return [mixture for size in sizes for mixture in itertools.combinations(names, size)]


def _losses(view: ScenarioView, moved: tuple[str, ...]) -> Values:
    """Return each iteration's loss when some of the parameters have moved already."""
    steps = view.steps
    if steps is None:
        return np.zeros(0)
    chosen = np.array([name in moved for name in view.coordinates])
    losses, _ = view.landscape.evaluate(np.where(chosen, steps.after, steps.before))
    return losses


def _same(entries: Values, losses: Values) -> bool:
    return entries.shape == losses.shape and np.allclose(entries, losses, rtol=1e-3, atol=1e-4)


def _whole(entries: Values, losses: Values) -> bool:
    """Return whether entries are the losses without their fractions, cut or rounded."""
    if entries.shape != losses.shape or not np.array_equal(entries, np.rint(entries)):
        return False
    rest, slack = losses - entries, 1e-4 + 1e-3 * np.abs(losses)
    cut = (rest >= -slack) & (rest < 1.0 + slack)
    rounded = np.abs(rest) <= 0.5 + slack
    return bool((cut.all() or rounded.all()) and (np.abs(rest) > slack).any())
