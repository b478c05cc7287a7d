"""Which formula a wrong criterion computes: a bank of them is tried on all of its probes.

A formula is told only where it gives every value and every gradient, with one constant at most.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from autograder.judge.claim import read_claim
from autograder.judge.diagnosis.mutants import near
from autograder.judge.diagnosis.pairs import AFFINE, Pair, Reading
from autograder.protocol.array import Array, unpack
from autograder.protocol.job import CriterionProbe

Each = Callable[[Tensor, Tensor], Tensor]
Whole = Callable[[Tensor], Tensor]
Formula = Callable[[Tensor, Tensor], Tensor]
LEAST_NUMBERS = 8  # of values and gradients, which a formula must give

EACH: Mapping[str, Each] = {
    "the squared differences": lambda p, y: (p - y) ** 2,
    "the absolute differences": lambda p, y: (p - y).abs(),
    "the differences": lambda p, y: p - y,
    "the third powers of the differences": lambda p, y: (p - y) ** 3,
    "the third powers of the absolute differences": lambda p, y: (p - y).abs() ** 3,
    "the fourth powers of the differences": lambda p, y: (p - y) ** 4,
    "the roots of the absolute differences": lambda p, y: (p - y).abs().sqrt(),
    "the squares of prediction plus target": lambda p, y: (p + y) ** 2,
    "the sums of prediction and target": lambda p, y: p + y,
    "the absolute sums of prediction and target": lambda p, y: (p + y).abs(),
    "the squares of (prediction - target) / target": lambda p, y: ((p - y) / y) ** 2,
    "the absolute values of (prediction - target) / target": lambda p, y: ((p - y) / y).abs(),
    "the squares of (prediction - target) / prediction": lambda p, y: ((p - y) / p) ** 2,
    "the squared predictions minus the squared targets": lambda p, y: p**2 - y**2,
    "the squared differences of the squares": lambda p, y: (p**2 - y**2) ** 2,
    "the squared differences of the absolute values": lambda p, y: (p.abs() - y.abs()) ** 2,
    "the products of prediction and target": lambda p, y: p * y,
    "the squared products of prediction and target": lambda p, y: (p * y) ** 2,
    "the squared differences times the target": lambda p, y: y * (p - y) ** 2,
    "the squared differences, each cut off at 1": lambda p, y: (p - y).clamp(-1, 1) ** 2,
    "the squared predictions": lambda p, _: p**2,
    "the predictions": lambda p, _: p,
    "prediction minus squared target": lambda p, y: p - y**2,
    "squared prediction minus target": lambda p, y: p**2 - y,
    "prediction times difference": lambda p, y: p * (p - y),
    "target times difference": lambda p, y: y * (p - y),
    "the logarithms of cosh of the differences": lambda p, y: (p - y).cosh().log(),
    "the logarithms of 1 + the squared differences": lambda p, y: ((p - y) ** 2).log1p(),
    "the logarithms of the squared differences": lambda p, y: ((p - y) ** 2).log(),
    "the exponentials of the differences": lambda p, y: (p - y).exp(),
    "the hinge losses, max(0, 1 - prediction * target)": lambda p, y: (1 - p * y).clamp(min=0),
    "-y * log(p)": lambda p, y: -(y * p.log()),
    "-(1 - y) * log(1 - p)": lambda p, y: -((1 - y) * (1 - p).log()),
    "-log(p)": lambda p, _: -p.log(),
    "-log(1 - p)": lambda p, _: -(1 - p).log(),
    "-(y * log(p) - (1 - y) * log(1 - p))": lambda p, y: -(y * p.log() - (1 - y) * (1 - p).log()),
    "-((1 - y) * log(p) + y * log(1 - p)), the classes exchanged": (
        lambda p, y: -((1 - y) * p.log() + y * (1 - p).log())
    ),
    "-(y * log(p) + (1 - y) * log(p))": lambda p, y: -(y * p.log() + (1 - y) * p.log()),
    "-(y * log(p) + y * log(1 - p))": lambda p, y: -(y * p.log() + y * (1 - p).log()),
    "-(y * log(p) + (1 - y) * log(1 + p))": lambda p, y: -(y * p.log() + (1 - y) * p.log1p()),
    "-(y * log(p) + (1 - y) * (1 - p))": lambda p, y: -(y * p.log() + (1 - y) * (1 - p)),
    "-(y * log(p) + 1 - y * log(1 - p))": lambda p, y: -(y * p.log() + 1 - y * (1 - p).log()),
    "-(y * log(p) + 1 - y + log(1 - p))": lambda p, y: -(y * p.log() + 1 - y + (1 - p).log()),
    "-(y * log(p) + log(1 - p))": lambda p, y: -(y * p.log() + (1 - p).log()),
    "-(log(p) + (1 - y) * log(1 - p))": lambda p, y: -(p.log() + (1 - y) * (1 - p).log()),
    "-(y * p + (1 - y) * (1 - p)), without logarithms": (lambda p, y: -(y * p + (1 - y) * (1 - p))),
    "-(p * log(p) + (1 - p) * log(1 - p)), without the targets": (
        lambda p, _: -(p * p.log() + (1 - p) * (1 - p).log())
    ),
    "-(p * log(y) + (1 - p) * log(1 - y))": (
        lambda p, y: -(p * y.log().clamp(min=-100) + (1 - p) * (1 - y).log().clamp(min=-100))
    ),
    "-(y * log(p) + (1 - y) * log(1 - p))": lambda p, y: -(y * p.log() + (1 - y) * (1 - p).log()),
    "the losses for numbers before a sigmoid": (
        lambda p, y: p.clamp(min=0) - p * y + (-p.abs()).exp().log1p()
    ),
    "the squares of (sigmoid of the prediction - target)": lambda p, y: (p.sigmoid() - y) ** 2,
    "Huber's losses": lambda p, y: torch.nn.functional.huber_loss(p, y, reduction="none"),
}
"""What may be computed of each point; ``p`` is the prediction, ``y`` the target."""
WHOLE: Mapping[str, Whole] = {
    "the mean of {each}": torch.mean,
    "the sum of {each}": torch.sum,
    "the root of the mean of {each}": lambda e: e.mean().sqrt(),
    "the root of the sum of {each}": lambda e: e.sum().sqrt(),
    "the square of the mean of {each}": lambda e: e.mean() ** 2,
    "the square of the sum of {each}": lambda e: e.sum() ** 2,
    "the absolute mean of {each}": lambda e: e.mean().abs(),
    "the root of the absolute mean of {each}": lambda e: e.mean().abs().sqrt(),
    "the absolute sum of {each}": lambda e: e.sum().abs(),
    "the median of {each}": torch.median,
    "the largest of {each}": torch.max,
    "the smallest of {each}": torch.min,
    "the variance of {each}": torch.var,
    "the variance of {each}, without Bessel's correction": lambda e: e.var(correction=0),
    "the standard deviation of {each}": torch.std,
    "the first of {each}": lambda e: e[0],
    "the last of {each}": lambda e: e[-1],
    "the mean of {each}, the first point left out": lambda e: e[1:].mean(),
    "the mean of {each}, the last point left out": lambda e: e[:-1].mean(),
    "the mean of {each}, of every second point alone": lambda e: e[::2].mean(),
    "the mean of {each}, of the first half of the points alone": lambda e: e[: len(e) // 2].mean(),
    "the logarithm of the mean of {each}": lambda e: e.mean().log(),
    "the product of {each}": torch.prod,
}
COUNTS: Mapping[str, Callable[[int], float]] = {
    ", divided by the number of points once more": lambda n: 1.0 / n,
    ", divided by the number of points less one instead of by all": lambda n: n / (n - 1),
    ", divided by the root of the number of points": lambda n: n**-0.5,
    ", times the root of the number of points": lambda n: n**0.5,
    ", times the number of points": float,
    ", times the square of the number of points": lambda n: float(n * n),
}
"""What else the number of points may do to a mean."""


def read_formula(pairs: Sequence[Pair]) -> Reading | None:
    """Return the formula that a wrong criterion computes, None where none of the bank fits."""
    given = [pair.probe for pair in pairs if isinstance(pair.probe, CriterionProbe)]
    if len(given) < len(pairs) or sum(map(_count, given)) < LEAST_NUMBERS:
        return None
    text = _of_right(pairs, given) or _of_bank(pairs, given)
    return Reading(id="loss-other-formula", detail=text) if text else None


def _count(probe: CriterionProbe) -> int:
    return int(unpack(probe.yhat).size)


def _of_right(pairs: Sequence[Pair], given: Sequence[CriterionProbe]) -> str:
    """Read what was done to the right loss: something added, or a factor of the count."""
    if any(pair.got.size != 1 or pair.want.size != 1 for pair in pairs):
        return ""
    if all(_has_gradients(pair, 1.0) for pair in pairs):
        apart = np.array([(pair.got - pair.want.reshape(pair.got.shape)).item() for pair in pairs])
        if np.ptp(apart) <= AFFINE * np.abs(apart).max():
            side = "larger" if apart[0] > 0 else "smaller"
            return f"It is always {abs(apart[0]):.3g} {side} than the right loss."
        return "Its gradients are right; to its value something is added that is no loss."
    for text, factor in COUNTS.items():
        factors = [factor(_count(probe)) for probe in given]
        if all(_is_multiple(pair, one) for pair, one in zip(pairs, factors, strict=True)):
            return f"It is the right loss{text}."
    return ""


def _is_multiple(pair: Pair, factor: float) -> bool:
    same = near(pair.got.reshape(-1), factor * pair.want.reshape(-1))
    return same and _has_gradients(pair, factor)


def _has_gradients(pair: Pair, factor: float) -> bool:
    """Say whether gradients are those of the right loss, times a factor."""
    wanted, found = pair.expected.gradients or {}, pair.observed.gradients or {}
    return bool(wanted) and all(
        name in found
        and near(read_claim(found[name]).reshape(-1), factor * read_claim(array).reshape(-1))
        for name, array in wanted.items()
    )


def _of_bank(pairs: Sequence[Pair], given: Sequence[CriterionProbe]) -> str:
    """Read a formula of the bank: first as it is, then times a number."""
    for free in (False, True):
        for text, formula in _formulas(single=all(pair.got.size == 1 for pair in pairs)):
            factor = _factor(pairs, given, formula)
            if factor is None or not (free or abs(factor - 1.0) <= AFFINE):
                continue
            return f"It is {f'{factor:.3g} times ' if free else ''}{text}."
    return ""


def _formulas(*, single: bool) -> Iterator[tuple[str, Formula]]:
    """Yield what a loss may be: ``single`` says whether it is one number, or one a point."""
    if not single:
        yield from (
            (f"one number a point, {text}, and not their mean", f) for text, f in EACH.items()
        )
        return
    for (reduced, whole), (text, each) in itertools.product(WHOLE.items(), EACH.items()):
        yield (
            reduced.format(each=text),
            lambda p, y, whole=whole, each=each: whole(each(p, y)),  # type: ignore[misc]
        )


def _factor(
    pairs: Sequence[Pair], given: Sequence[CriterionProbe], formula: Formula
) -> float | None:
    """Return the number by which a formula gives all values and gradients, None of none."""
    inputs = [(_tensor(probe.yhat).requires_grad_(), _tensor(probe.y)) for probe in given]
    values = [formula(p, y).reshape(-1) for p, y in inputs]
    flat = np.concatenate([value.detach().numpy() for value in values])
    got = np.concatenate([pair.got.reshape(-1) for pair in pairs])
    if flat.shape != got.shape or not np.isfinite(flat).all():
        return None
    power = float(flat @ flat)
    factor = float(flat @ got) / power if power else 0.0
    bound = AFFINE * np.maximum(np.abs(got), AFFINE * np.abs(got).max())
    if factor == 0.0 or not (np.abs(got - factor * flat) <= bound).all():
        return None
    for (p, _), value, pair in zip(inputs, values, pairs, strict=True):
        if not value.requires_grad:
            return None
        (gradient,) = torch.autograd.grad(value.sum(), p)
        found = list((pair.observed.gradients or {}).values())
        if len(found) != 1 or not near(
            read_claim(found[0]).reshape(-1), factor * gradient.reshape(-1).numpy()
        ):
            return None
    return factor


def _tensor(array: Array) -> Tensor:
    return torch.from_numpy(unpack(array).reshape(-1))
