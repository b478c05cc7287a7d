"""Whether a wrong forward is the lab's own formula on something else than the inputs.

The lab's formula must be a weighted sum of the inputs, with a bias or without, or the sigmoid of
one. A change is told only where it gives every value of every probe.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from autograder.judge.compare import Values
from autograder.judge.diagnosis.mutants import near
from autograder.judge.diagnosis.pairs import Pair
from autograder.judge.messages import either, sentences
from autograder.protocol.array import Array, unpack
from autograder.protocol.job import ForwardProbe
from autograder.words.text import NOTHING, Text, text

Change = Callable[[Values], Values]
MOST_TOLD = 3
BIAS = ("b", "bias")

OF_NUMBERS: Mapping[str, Change] = {
    "changed-sign": np.negative,
    "changed-absolute": np.abs,
    "changed-squared": np.square,
    "changed-root": np.sqrt,
    "changed-exponential": np.exp,
    "changed-logarithm": np.log,
    "changed-positive": lambda v: np.maximum(v, 0.0),
    "changed-clamped": lambda v: np.clip(v, 0.0, 1.0),
    "changed-sigmoid": lambda v: 1.0 / (1.0 + np.exp(-v)),
    "changed-one-minus": lambda v: 1.0 - v,
    "changed-plus-one": lambda v: v + 1.0,
    "changed-minus-one": lambda v: v - 1.0,
    "changed-doubled": lambda v: 2.0 * v,
    "changed-halved": lambda v: v / 2.0,
    "changed-inverse": lambda v: 1.0 / v,
    "changed-rounded": np.rint,
    "changed-cut": np.trunc,
    "changed-to-one": np.ones_like,
}
"""What may become of inputs and of a parameter alike."""
OF_INPUTS: Mapping[str, Change] = {
    "changed-centred": lambda v: v - v.mean(axis=0),
    "changed-centred-whole": lambda v: v - v.mean(),
    "changed-standardized": lambda v: (v - v.mean(axis=0)) / v.std(axis=0, ddof=1),
    "changed-standardized-whole": lambda v: (v - v.mean()) / v.std(ddof=1),
    "changed-standardized-of-all": lambda v: (v - v.mean(axis=0)) / v.std(axis=0),
    "changed-standardized-whole-of-all": lambda v: (v - v.mean()) / v.std(),
    "changed-by-largest": lambda v: v / v.max(),
    "changed-by-largest-size": lambda v: v / np.abs(v).max(),
    "changed-by-deviation": lambda v: v / v.std(axis=0, ddof=1),
    "changed-to-unit": lambda v: (v - v.min()) / (v.max() - v.min()),
    "changed-to-unit-each": lambda v: (v - v.min(axis=0)) / np.ptp(v, axis=0),
    "changed-to-length": lambda v: v / np.linalg.norm(v, axis=1, keepdims=True),
    "changed-by-sum": lambda v: v / v.sum(),
    "changed-moved-on": lambda v: np.roll(v, 1, axis=0),
    "changed-moved-back": lambda v: np.roll(v, -1, axis=0),
    "changed-to-mean": lambda v: np.broadcast_to(v.mean(axis=0), v.shape),
    "changed-to-first": lambda v: np.broadcast_to(v[:1], v.shape),
    "changed-to-zero": np.zeros_like,
}
OF_WEIGHTS: Mapping[str, Change] = {
    "changed-to-unit-length": lambda v: v / np.linalg.norm(v),
    "changed-columns-backwards": lambda v: v[::-1],
    "changed-to-own-mean": lambda v: np.full_like(v, v.mean()),
    "changed-to-softmax": lambda v: np.exp(v - v.max()) / np.exp(v - v.max()).sum(),
}
SAID: Mapping[str, str] = {
    "changed-centred-whole": "changed-centred",
    "changed-standardized-whole": "changed-standardized",
    "changed-standardized-of-all": "changed-standardized",
    "changed-standardized-whole-of-all": "changed-standardized",
    "changed-to-unit-each": "changed-to-unit",
}
"""What is said alike."""
OUTER: tuple[Change, ...] = (lambda z: z, OF_NUMBERS["changed-sigmoid"])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sum:
    """One probe's inputs ``[N, F]``, weights ``[F]`` and bias, and what was given and is right."""

    inputs: Values
    weights: Values
    bias: Values
    got: Values
    want: Values

    @property
    def value(self) -> Values:
        """The weighted sums, ``[N]``."""
        found: Values = self.inputs @ self.weights + self.bias
        return found


def read_operands(pairs: Sequence[Pair]) -> Text:
    """Return what a wrong forward uses in place of its inputs or a parameter; else nothing."""
    names = _names(pairs)
    if names is None:
        return NOTHING
    sums = list(_sums(pairs, *names))
    for outer in OUTER:
        if all(near(outer(one.value), one.want) for one in sums):
            found = dict.fromkeys(
                text("forward-works-on", changed=text(SAID.get(code, code), name=name))
                for field, name, changes in _changes(*names)
                for code, change in changes.items()
                if all(_gives(one, field, change, outer) for one in sums)
            )
            if found or outer is OUTER[0]:
                return either(*found) if len(found) <= MOST_TOLD else NOTHING
            return _without_outer(sums, names)
    return NOTHING


def _without_outer(sums: Sequence[Sum], names: tuple[str, str]) -> Text:
    """Read a change inside where the sigmoid around it is missing."""
    found = dict.fromkeys(
        text("forward-works-on", changed=text(SAID.get(code, code), name=name))
        for field, name, changes in _changes(*names)
        for code, change in changes.items()
        if all(_gives(one, field, change, OUTER[0]) for one in sums)
    )
    return sentences(next(iter(found)), text("no-sigmoid-around")) if len(found) == 1 else NOTHING


def _gives(one: Sum, field: str, change: Change, outer: Change) -> bool:
    changed = dataclasses.replace(one, **{field: change(getattr(one, field))})
    value = outer(changed.value)
    return bool(np.isfinite(value).all()) and near(one.got, value)


def _changes(weights: str, bias: str) -> Sequence[tuple[str, str, Mapping[str, Change]]]:
    own = weights.rpartition(".")[2]
    found = [("inputs", "x", OF_NUMBERS), ("inputs", "x", OF_INPUTS)]
    found += [("weights", own, OF_NUMBERS), ("weights", own, OF_WEIGHTS)]
    return [*found, ("bias", bias.rpartition(".")[2], OF_NUMBERS)] if bias else found


def _names(pairs: Sequence[Pair]) -> tuple[str, str] | None:
    """Return what the weights and the bias are called, None of other models."""
    first = pairs[0].probe
    if not isinstance(first, ForwardProbe):
        return None
    bias = [name for name in first.parameters if name.rpartition(".")[2] in BIAS]
    weights = [name for name in first.parameters if name not in bias]
    features = unpack(first.x).reshape(first.x.shape[0], -1).shape[1]
    if len(weights) != 1 or len(bias) > 1 or unpack(first.parameters[weights[0]]).size != features:
        return None
    return weights[0], bias[0] if bias else ""


def _sums(pairs: Sequence[Pair], weights: str, bias: str) -> Iterator[Sum]:
    for pair in pairs:
        if isinstance(pair.probe, ForwardProbe):
            values = {n: _numbers(array) for n, array in pair.probe.parameters.items()}
            inputs = _numbers(pair.probe.x)
            yield Sum(
                inputs=inputs.reshape(pair.probe.x.shape[0], -1),
                weights=values[weights],
                bias=values[bias] if bias else np.zeros(1),
                got=pair.got.reshape(-1),
                want=pair.want.reshape(-1),
            )


def _numbers(array: Array) -> Values:
    return unpack(array).reshape(-1).astype(np.float64)
