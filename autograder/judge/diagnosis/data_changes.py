"""Which change of the data explains what training does: a bank of changes is tried."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from autograder.judge.compare import Values
from autograder.judge.messages import either
from autograder.judge.objective import Landscape, Rows, Turns
from autograder.words.text import NOTHING, Text, text

Change = Callable[[Rows], Rows]
MOST_TOLD = 3
MOST_PAIRED = 200  # rows
FLAT = 1e-9  # a gradient so small has no direction

CHANGES: Sequence[tuple[str, Callable[[Tensor], Tensor]]] = (
    ("changed-sign", torch.neg),
    ("changed-absolute", torch.abs),
    ("changed-squared", torch.square),
    ("changed-one-minus", lambda v: 1 - v),
    ("changed-plus-one", lambda v: v + 1),
    ("changed-minus-one", lambda v: v - 1),
    ("changed-doubled", lambda v: 2 * v),
    ("changed-halved", lambda v: v / 2),
    ("changed-centred", lambda v: v - v.mean(0)),
    ("changed-standardized", lambda v: (v - v.mean(0)) / v.std(0)),
    ("changed-standardized", (lambda v: (v - v.mean(0)) / v.std(0, correction=0))),
    ("changed-by-largest", lambda v: v / v.max()),
    ("changed-by-largest-size", lambda v: v / v.abs().max()),
    ("changed-by-deviation", lambda v: v / v.std(0)),
    ("changed-to-unit", lambda v: (v - v.min()) / (v.max() - v.min())),
    ("changed-backwards", lambda v: v.flip(0)),
    ("changed-moved-on", lambda v: v.roll(1, 0)),
    ("changed-moved-back", lambda v: v.roll(-1, 0)),
    ("changed-rounded", torch.round),
    ("changed-cut", torch.trunc),
    ("changed-sorted", lambda v: v.sort(0).values),
    ("changed-to-mean", lambda v: v.mean(0).expand_as(v)),
    ("changed-to-zero", torch.zeros_like),
    ("changed-to-one", torch.ones_like),
)
"""What may become of an array before training uses it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Changeable:
    """One situation's steps, and where their gradients can be had with other data.

    ``turns`` are the rows that the steps should use, None where they are not one a step;
    ``whole``: each should use all.
    """

    landscape: Landscape
    before: Values
    wanted: Values
    bounds: Values
    turns: Turns | None
    whole: bool

    def fits(self, change: Change) -> bool:
        """Return whether changed data give the gradients that the steps come from."""
        found = self.landscape.gradients_with(self.before, change, self.turns)
        return found is not None and bool((np.abs(found - self.wanted) <= self.bounds).all())


def read_changes(situations: Sequence[Changeable], inputs: str, targets: str) -> Text:
    """Return which other data training works on, in words; nothing where no change fits."""
    if not all(one.whole or one.turns is not None for one in situations):
        return NOTHING
    if _are_multiples(situations):
        return NOTHING
    found = dict.fromkeys(
        said
        for said, change in _changes(inputs, targets)
        if all(one.fits(change) for one in situations)
    )
    if not found or len(found) > MOST_TOLD:
        return NOTHING
    return either(*found)


def _are_multiples(situations: Sequence[Changeable]) -> bool:
    """Return whether all steps are one multiple of the right ones: that says nothing of data."""
    right = [one.landscape.gradients_with(one.before, dict, one.turns) for one in situations]
    rows = [found for found in right if found is not None]
    if not rows or len(rows) < len(situations):
        return True
    gradients, wanted = np.vstack(rows), np.vstack([one.wanted for one in situations])
    power = float((gradients * gradients).sum())
    if not power:
        return True
    factor = float((gradients * wanted).sum()) / power
    bounds = np.vstack([one.bounds for one in situations])
    return bool((np.abs(factor * gradients - wanted) <= bounds).all())


def _changes(inputs: str, targets: str) -> Iterator[tuple[Text, Change]]:
    """Yield sentences, each with its change of the data."""
    both = {inputs: targets, targets: inputs}
    yield text("data-exchanged", inputs=inputs, targets=targets), _exchanged(both)
    said = text("predicts-from-targets", inputs=inputs, targets=targets)
    yield said, _exchanged({inputs: targets})
    said = text("compares-with-inputs", inputs=inputs, targets=targets)
    yield said, _exchanged({targets: inputs})
    for code, change in CHANGES:
        changed = text(code, name=targets)
        yield text("compares-with-changed", changed=changed), _changed({targets: change})
        changed = text(code, name=inputs)
        yield text("predicts-from-changed", changed=changed), _changed({inputs: change})
    for code, change in CHANGES:
        changes = (text(code, name=inputs), text(code, name=targets))
        yield (
            text("trains-on-changed", changed=changes),
            _changed({inputs: change, targets: change}),
        )


def _exchanged(instead: Mapping[str, str]) -> Change:
    return lambda data: {name: data[instead.get(name, name)] for name in data}


def _changed(changes: Mapping[str, Callable[[Tensor], Tensor]]) -> Change:
    same: Callable[[Tensor], Tensor] = lambda values: values  # noqa: E731  # one of several
    return functools.partial(
        lambda given, data: {n: given.get(n, same)(values) for n, values in data.items()}, changes
    )


def pairs_all(situations: Sequence[Changeable]) -> bool:
    """Say whether steps come from a loss that compares each prediction with every target."""
    whole = all(one.whole and one.turns is None for one in situations)
    return whole and not _are_multiples(situations) and all(one.fits(_paired) for one in situations)


def _paired(data: Rows) -> Rows:
    """Return the rows that a loss over all pairs is a mean of."""
    first, *others = data
    count = len(data[first])
    if count > MOST_PAIRED:
        return data
    return {
        first: data[first].repeat_interleave(count, 0),
        **{name: torch.cat([data[name]] * count) for name in others},
    }


def is_along(situations: Sequence[Changeable]) -> bool:
    """Return whether each step goes where its own row leads, but another length of that way.

    Of a model that meets the row's inputs, the rate, the loss and the target decide how far.
    """
    if not situations or _are_multiples(situations):
        return False
    for one in situations:
        if one.turns is None or one.before.shape[1] < 2:
            return False
        right = one.landscape.gradients_with(one.before, dict, one.turns)
        if right is None:
            return False
        power = (right * right).sum(axis=1, keepdims=True)
        ratios = (right * one.wanted).sum(axis=1, keepdims=True) / np.maximum(power, FLAT)
        if not (np.abs(ratios * right - one.wanted) <= one.bounds).all():
            return False
    return True
