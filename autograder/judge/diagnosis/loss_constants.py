"""Loss formulas with a number of the student's own in them: a width, a weight, an epsilon.

The number is one as people write them. It is told where it alone gives every value and gradient.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from autograder.judge.claim import read_claim
from autograder.judge.diagnosis.mutants import near
from autograder.judge.diagnosis.pairs import Pair
from autograder.protocol.array import Array, unpack
from autograder.protocol.job import CriterionProbe
from autograder.words.text import NOTHING, Text, text

NEAR = 2e-5  # of the value: what the right number may leave
ROUNDING = 1e-6  # of the value
CLEAR = 4.0  # times: what the next best number leaves, of what the best one does
SMALL = tuple(digit * 10.0**power for power in range(-8, 0) for digit in (1, 2, 5))
SHARES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9)
WIDTHS = (*SHARES, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
POWERS = (0.25, 0.5, 0.75, 1.25, 1.5, 1.75, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0)
WEIGHTS = (*SHARES, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 10.0, 20.0, 100.0)


Whole = Callable[[Tensor], Tensor]
WHOLE: Sequence[tuple[str, Whole]] = (("whole-mean", torch.mean), ("whole-sum", torch.sum))


def _logs(one: Tensor, zero: Tensor, y: Tensor) -> Tensor:
    return -(y * one.log() + (1 - y) * zero.log())


@dataclasses.dataclass(frozen=True, kw_only=True)
class Family:
    """A formula of each point with a number ``{c}`` in it, and the numbers that are tried."""

    name: str
    each: Callable[[Tensor, Tensor, float], Tensor]
    numbers: Sequence[float]


FAMILIES = (
    Family(
        name="-(y * log(p + {c}) + (1 - y) * log(1 - p + {c}))",
        each=lambda p, y, c: _logs(p + c, 1 - p + c, y),
        numbers=SMALL,
    ),
    Family(
        name="-(y * log(p + {c}) + (1 - y) * log(1 - p))",
        each=lambda p, y, c: _logs(p + c, 1 - p, y),
        numbers=SMALL,
    ),
    Family(
        name="-(y * log(p + {c}) + (1 - y) * log(1 - (p + {c})))",
        each=lambda p, y, c: _logs(p + c, 1 - (p + c), y),
        numbers=SMALL,
    ),
    Family(
        name="-(y * log(q) + (1 - y) * log(1 - q)) with q = clamp(p, {c}, 1 - {c})",
        each=lambda p, y, c: _logs(p.clamp(c, 1 - c), 1 - p.clamp(c, 1 - c), y),
        numbers=(*SMALL, 0.15, 0.25),
    ),
    Family(
        name="-(t * log(p) + (1 - t) * log(1 - p)) with t = (1 - {c}) * y + {c} / 2",
        each=lambda p, y, c: _logs(p, 1 - p, (1 - c) * y + c / 2),
        numbers=SHARES,
    ),
    Family(
        name="-(t * log(p) + (1 - t) * log(1 - p)) with t = {c} * y",
        each=lambda p, y, c: _logs(p, 1 - p, c * y),
        numbers=SHARES,
    ),
    Family(
        name="-({c} * y * log(p) + (1 - y) * log(1 - p))",
        each=lambda p, y, c: -(c * y * p.log() + (1 - y) * (1 - p).log()),
        numbers=WEIGHTS,
    ),
    Family(
        name="-(y * log(p) + {c} * (1 - y) * log(1 - p))",
        each=lambda p, y, c: -(y * p.log() + c * (1 - y) * (1 - p).log()),
        numbers=WEIGHTS,
    ),
    Family(
        name="-(y * (1 - p) ** {c} * log(p) + (1 - y) * p ** {c} * log(1 - p))",
        each=lambda p, y, c: -(y * (1 - p) ** c * p.log() + (1 - y) * p**c * (1 - p).log()),
        numbers=(0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0),
    ),
    Family(
        name="huber_loss(p, y, delta={c})",
        each=lambda p, y, c: torch.nn.functional.huber_loss(p, y, reduction="none", delta=c),
        numbers=WIDTHS,
    ),
    Family(
        name="smooth_l1_loss(p, y, beta={c})",
        each=lambda p, y, c: torch.nn.functional.smooth_l1_loss(p, y, reduction="none", beta=c),
        numbers=WIDTHS,
    ),
    Family(
        name="sqrt((p - y) ** 2 + {c})",
        each=lambda p, y, c: ((p - y) ** 2 + c).sqrt(),
        numbers=(*SMALL, 1.0),
    ),
    Family(name="abs(p - y) ** {c}", each=lambda p, y, c: (p - y).abs() ** c, numbers=POWERS),
    Family(
        name="max(abs(p - y) - {c}, 0)",
        each=lambda p, y, c: ((p - y).abs() - c).clamp(min=0),
        numbers=WIDTHS,
    ),
    Family(
        name="max({c} * (y - p), ({c} - 1) * (y - p))",
        each=lambda p, y, c: torch.maximum(c * (y - p), (c - 1) * (y - p)),
        numbers=SHARES,
    ),
    Family(
        name="clamp(p - y, -{c}, {c}) ** 2",
        each=lambda p, y, c: (p - y).clamp(-c, c) ** 2,
        numbers=WIDTHS,
    ),
    Family(
        name="min((p - y) ** 2, {c})",
        each=lambda p, y, c: ((p - y) ** 2).clamp(max=c),
        numbers=(*WIDTHS, 100.0),
    ),
    Family(name="(p - {c} * y) ** 2", each=lambda p, y, c: (p - c * y) ** 2, numbers=WEIGHTS),
    Family(name="({c} * p - y) ** 2", each=lambda p, y, c: (c * p - y) ** 2, numbers=WEIGHTS),
    Family(
        name="(p - y + {c}) ** 2",
        each=lambda p, y, c: (p - y + c) ** 2,
        numbers=(*WIDTHS, *(-width for width in WIDTHS)),
    ),
    Family(
        name="((p - y) / (y + {c})) ** 2",
        each=lambda p, y, c: ((p - y) / (y + c)) ** 2,
        numbers=(*SMALL, 1.0),
    ),
    Family(
        name="(p - y) ** 2 + {c} * abs(p - y)",
        each=lambda p, y, c: (p - y) ** 2 + c * (p - y).abs(),
        numbers=WEIGHTS,
    ),
    Family(
        name="(p - y) ** 2 + {c} * p ** 2",
        each=lambda p, y, c: (p - y) ** 2 + c * p**2,
        numbers=(*SMALL, *WEIGHTS),
    ),
)


def read_constants(pairs: Sequence[Pair], given: Sequence[CriterionProbe]) -> Text:
    """Return the formula and the number in it that give all of a wrong criterion's probes."""
    if any(pair.got.size != 1 for pair in pairs):
        return NOTHING
    trials = [_Trial(pair, probe) for pair, probe in zip(pairs, given, strict=True)]
    for code, whole in WHOLE:
        rests = sorted(
            (max(trial.rest(whole, family, number) for trial in trials), index, number)
            for index, family in enumerate(FAMILIES)
            for number in dict.fromkeys(family.numbers)
            if trials[0].rest(whole, family, number) <= NEAR
        )
        if not rests or rests[0][0] > NEAR:
            continue
        least, index, number = rests[0]
        if len(rests) > 1 and rests[1][0] < CLEAR * (least + ROUNDING):
            continue
        family = FAMILIES[index]
        if all(trial.has_gradient(whole, family, number) for trial in trials):
            said = family.name.replace("{c}", f"{number:g}")
            return text("loss-formula", what=text(code, each=said))
    return NOTHING


class _Trial:
    """One probe, on which formulas are tried."""

    def __init__(self, pair: Pair, probe: CriterionProbe) -> None:
        self._p, self._y = _tensor(probe.yhat), _tensor(probe.y)
        self._got = float(pair.got.reshape(-1)[0])
        self._gradients = list((pair.observed.gradients or {}).values())

    def rest(self, whole: Whole, family: Family, number: float) -> float:
        """Return what a formula leaves, of the value; infinite where it gives no number."""
        apart = abs(float(whole(family.each(self._p, self._y, number))) - self._got)
        return apart / max(abs(self._got), ROUNDING) if math.isfinite(apart) else math.inf

    def has_gradient(self, whole: Whole, family: Family, number: float) -> bool:
        """Say whether the gradient is that of a formula, too."""
        p = self._p.clone().requires_grad_()
        (wanted,) = torch.autograd.grad(whole(family.each(p, self._y, number)), p)
        found = [read_claim(array).reshape(-1) for array in self._gradients]
        return len(found) == 1 and near(found[0], wanted.numpy())


def _tensor(array: Array) -> Tensor:
    return torch.from_numpy(unpack(array).reshape(-1).astype(np.float64))
