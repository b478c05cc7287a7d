"""Which change of the data explains what training does: a bank of changes is tried."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from autograder.judge.compare import Values
from autograder.judge.objective import Landscape, Rows, Turns

Change = Callable[[Rows], Rows]
MOST_TOLD = 3
FLAT = 1e-9  # a gradient so small has no direction

CHANGES: Mapping[str, Callable[[Tensor], Tensor]] = {
    "{name} with its sign turned": torch.neg,
    "{name} without its sign": torch.abs,
    "the square of {name}": torch.square,
    "1 - {name}": lambda v: 1 - v,
    "{name} + 1": lambda v: v + 1,
    "{name} - 1": lambda v: v - 1,
    "2 * {name}": lambda v: 2 * v,
    "{name} / 2": lambda v: v / 2,
    "{name} minus its mean": lambda v: v - v.mean(0),
    "{name} scaled to mean 0 and deviation 1": lambda v: (v - v.mean(0)) / v.std(0),
    "{name} scaled to mean 0 and deviation 1 ": (
        lambda v: (v - v.mean(0)) / v.std(0, correction=0)
    ),
    "{name} divided by its largest number": lambda v: v / v.max(),
    "{name} divided by its largest size": lambda v: v / v.abs().max(),
    "{name} divided by its deviation": lambda v: v / v.std(0),
    "{name} scaled to lie between 0 and 1": lambda v: (v - v.min()) / (v.max() - v.min()),
    "{name} in the opposite order": lambda v: v.flip(0),
    "{name} moved on by one row": lambda v: v.roll(1, 0),
    "{name} moved back by one row": lambda v: v.roll(-1, 0),
    "{name} rounded to whole numbers": torch.round,
    "{name} cut to whole numbers": torch.trunc,
    "the numbers of {name} in the order of their size": lambda v: v.sort(0).values,
    "the mean of {name} for every row": lambda v: v.mean(0).expand_as(v),
    "0 in place of {name}": torch.zeros_like,
    "1 in place of {name}": torch.ones_like,
}
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
        """Say whether changed data give the gradients that the steps come from."""
        found = self.landscape.gradients_with(self.before, change, self.turns)
        return found is not None and bool((np.abs(found - self.wanted) <= self.bounds).all())


def read_changes(situations: Sequence[Changeable], inputs: str, targets: str) -> str:
    """Return which other data training works on, in words; nothing where no change fits."""
    if not all(one.whole or one.turns is not None for one in situations):
        return ""
    if _are_multiples(situations):
        return ""
    found = dict.fromkeys(
        text
        for text, change in _changes(inputs, targets)
        if all(one.fits(change) for one in situations)
    )
    if found:
        return " Or: ".join(found) if len(found) <= MOST_TOLD else ""
    return ""


def _are_multiples(situations: Sequence[Changeable]) -> bool:
    """Say whether all steps are one multiple of the right ones: that says nothing of data."""
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


def _changes(inputs: str, targets: str) -> Iterator[tuple[str, Change]]:
    """Yield sentences, each with its change of the data."""
    both = {inputs: targets, targets: inputs}
    yield f"{inputs} and {targets} are in each other's place.", _exchanged(both)
    text = f"The predictions are made from {targets} and not from {inputs}."
    yield text, _exchanged({inputs: targets})
    text = f"The predictions are compared with {inputs} and not with {targets}."
    yield text, _exchanged({targets: inputs})
    for name, change in CHANGES.items():
        changed = name.strip().format(name=targets)
        yield f"The predictions are compared with {changed}.", _changed({targets: change})
        changed = name.strip().format(name=inputs)
        yield f"The predictions are made from {changed}.", _changed({inputs: change})
    for name, change in CHANGES.items():
        both_changed = " and ".join(name.strip().format(name=one) for one in (inputs, targets))
        yield f"Training uses {both_changed}.", _changed({inputs: change, targets: change})


def _exchanged(instead: Mapping[str, str]) -> Change:
    return lambda data: {name: data[instead.get(name, name)] for name in data}


def _changed(changes: Mapping[str, Callable[[Tensor], Tensor]]) -> Change:
    same: Callable[[Tensor], Tensor] = lambda values: values  # noqa: E731  # one of several
    return functools.partial(
        lambda given, data: {n: given.get(n, same)(values) for n, values in data.items()}, changes
    )


def is_along(situations: Sequence[Changeable]) -> bool:
    """Say whether each step goes where its own row leads, but another length of that way.

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
