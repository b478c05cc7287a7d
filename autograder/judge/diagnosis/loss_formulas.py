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
from autograder.judge.compare import Values
from autograder.judge.diagnosis.loss_constants import read_constants
from autograder.judge.diagnosis.mutants import near
from autograder.judge.diagnosis.pairs import AFFINE, Pair, Reading
from autograder.judge.fit import may_be_multiple
from autograder.protocol.array import Array, unpack
from autograder.protocol.job import CriterionProbe
from autograder.words.text import NOTHING, Text, text

Each = Callable[[Tensor, Tensor], Tensor]
Whole = Callable[[Tensor], Tensor]
Formula = Callable[[Tensor, Tensor], Tensor]
FIRST_PROBES = 2  # which most formulas fail at
LEAST_NUMBERS = 8  # of values and gradients, which a formula must give

EACH: Mapping[str, Each] = {
    "(p - y) ** 2": lambda p, y: (p - y) ** 2,
    "abs(p - y)": lambda p, y: (p - y).abs(),
    "p - y": lambda p, y: p - y,
    "(p - y) ** 3": lambda p, y: (p - y) ** 3,
    "abs(p - y) ** 3": lambda p, y: (p - y).abs() ** 3,
    "(p - y) ** 4": lambda p, y: (p - y) ** 4,
    "sqrt(abs(p - y))": lambda p, y: (p - y).abs().sqrt(),
    "(p + y) ** 2": lambda p, y: (p + y) ** 2,
    "p + y": lambda p, y: p + y,
    "abs(p + y)": lambda p, y: (p + y).abs(),
    "((p - y) / y) ** 2": lambda p, y: ((p - y) / y) ** 2,
    "abs((p - y) / y)": lambda p, y: ((p - y) / y).abs(),
    "((p - y) / p) ** 2": lambda p, y: ((p - y) / p) ** 2,
    "p ** 2 - y ** 2": lambda p, y: p**2 - y**2,
    "(p ** 2 - y ** 2) ** 2": lambda p, y: (p**2 - y**2) ** 2,
    "(abs(p) - abs(y)) ** 2": lambda p, y: (p.abs() - y.abs()) ** 2,
    "p * y": lambda p, y: p * y,
    "(p * y) ** 2": lambda p, y: (p * y) ** 2,
    "y * (p - y) ** 2": lambda p, y: y * (p - y) ** 2,
    "clamp(p - y, -1, 1) ** 2": lambda p, y: (p - y).clamp(-1, 1) ** 2,
    "p ** 2": lambda p, _: p**2,
    "p": lambda p, _: p,
    "p - y ** 2": lambda p, y: p - y**2,
    "p ** 2 - y": lambda p, y: p**2 - y,
    "p * (p - y)": lambda p, y: p * (p - y),
    "y * (p - y)": lambda p, y: y * (p - y),
    "log(cosh(p - y))": lambda p, y: (p - y).cosh().log(),
    "log(1 + (p - y) ** 2)": lambda p, y: ((p - y) ** 2).log1p(),
    "log((p - y) ** 2)": lambda p, y: ((p - y) ** 2).log(),
    "exp(p - y)": lambda p, y: (p - y).exp(),
    "max(0, 1 - (2 * y - 1) * p)": lambda p, y: (1 - (2 * y - 1) * p).clamp(min=0),
    "max(0, 1 - y * p)": lambda p, y: (1 - p * y).clamp(min=0),
    "-y * log(p)": lambda p, y: -(y * p.log()),
    "-(1 - y) * log(1 - p)": lambda p, y: -((1 - y) * (1 - p).log()),
    "-log(p)": lambda p, _: -p.log(),
    "-log(1 - p)": lambda p, _: -(1 - p).log(),
    "-(y * log(p) - (1 - y) * log(1 - p))": lambda p, y: -(y * p.log() - (1 - y) * (1 - p).log()),
    "-((1 - y) * log(p) + y * log(1 - p))": (lambda p, y: -((1 - y) * p.log() + y * (1 - p).log())),
    "-(y * log(p) + (1 - y) * log(p))": lambda p, y: -(y * p.log() + (1 - y) * p.log()),
    "-(y * log(p) + y * log(1 - p))": lambda p, y: -(y * p.log() + y * (1 - p).log()),
    "-(y * log(p) + (1 - y) * log(1 + p))": lambda p, y: -(y * p.log() + (1 - y) * p.log1p()),
    "-(y * log(p) + (1 - y) * (1 - p))": lambda p, y: -(y * p.log() + (1 - y) * (1 - p)),
    "-(y * log(p) + 1 - y * log(1 - p))": lambda p, y: -(y * p.log() + 1 - y * (1 - p).log()),
    "-(y * log(p) + 1 - y + log(1 - p))": lambda p, y: -(y * p.log() + 1 - y + (1 - p).log()),
    "-(y * log(p) + log(1 - p))": lambda p, y: -(y * p.log() + (1 - p).log()),
    "-(log(p) + (1 - y) * log(1 - p))": lambda p, y: -(p.log() + (1 - y) * (1 - p).log()),
    "-(y * p + (1 - y) * (1 - p))": (lambda p, y: -(y * p + (1 - y) * (1 - p))),
    "-(p * log(p) + (1 - p) * log(1 - p))": (lambda p, _: -(p * p.log() + (1 - p) * (1 - p).log())),
    "-(p * log(y) + (1 - p) * log(1 - y))": (
        lambda p, y: -(p * y.log().clamp(min=-100) + (1 - p) * (1 - y).log().clamp(min=-100))
    ),
    "-(y * log(p) + (1 - y) * log(1 - p))": lambda p, y: -(y * p.log() + (1 - y) * (1 - p).log()),
    "max(p, 0) - p * y + log(1 + exp(-abs(p)))": (
        lambda p, y: p.clamp(min=0) - p * y + (-p.abs()).exp().log1p()
    ),
    "(sigmoid(p) - y) ** 2": lambda p, y: (p.sigmoid() - y) ** 2,
    "huber_loss(p, y)": lambda p, y: torch.nn.functional.huber_loss(p, y, reduction="none"),
}
"""What may be computed of each point; ``p`` is the prediction, ``y`` the target."""
WHOLE: Mapping[str, Whole] = {
    "whole-mean": torch.mean,
    "whole-sum": torch.sum,
    "whole-root-of-mean": lambda e: e.mean().sqrt(),
    "whole-root-of-sum": lambda e: e.sum().sqrt(),
    "whole-square-of-mean": lambda e: e.mean() ** 2,
    "whole-square-of-sum": lambda e: e.sum() ** 2,
    "whole-absolute-mean": lambda e: e.mean().abs(),
    "whole-root-of-absolute-mean": lambda e: e.mean().abs().sqrt(),
    "whole-absolute-sum": lambda e: e.sum().abs(),
    "whole-median": torch.median,
    "whole-largest": torch.max,
    "whole-smallest": torch.min,
    "whole-variance": torch.var,
    "whole-variance-of-all": lambda e: e.var(correction=0),
    "whole-deviation": torch.std,
    "whole-first": lambda e: e[0],
    "whole-last": lambda e: e[-1],
    "whole-mean-but-first": lambda e: e[1:].mean(),
    "whole-mean-but-last": lambda e: e[:-1].mean(),
    "whole-first-over-count": lambda e: e[0] / len(e),
    "whole-last-over-count": lambda e: e[-1] / len(e),
    "whole-but-first-over-count": lambda e: e[1:].sum() / len(e),
    "whole-but-last-over-count": lambda e: e[:-1].sum() / len(e),
    "whole-mean-of-every-second": lambda e: e[::2].mean(),
    "whole-mean-of-first-half": lambda e: e[: len(e) // 2].mean(),
    "whole-logarithm-of-mean": lambda e: e.mean().log(),
    "whole-product": torch.prod,
}
COUNTS: Mapping[str, Callable[[int], float]] = {
    "right-loss-over-count": lambda n: 1.0 / n,
    "right-loss-over-one-less": lambda n: n / (n - 1),
    "right-loss-over-root": lambda n: n**-0.5,
    "right-loss-times-root": lambda n: n**0.5,
    "right-loss-times-count": float,
    "right-loss-times-square": lambda n: float(n * n),
}
"""What else the number of points may do to a mean."""


def read_formula(pairs: Sequence[Pair]) -> Reading | None:
    """Return the formula that a wrong criterion computes, None where none of the bank fits."""
    given = [pair.probe for pair in pairs if isinstance(pair.probe, CriterionProbe)]
    if len(given) < len(pairs) or sum(map(_count, given)) < LEAST_NUMBERS:
        return None
    each_its_own = all(probe.yhat.shape == probe.y.shape for probe in given)  # classes: no
    if each_its_own and _compares_all(pairs, given):
        return Reading(id="shape-broadcast")
    said = _of_right(pairs, given)
    if each_its_own:
        said = said or _of_bank(pairs, given) or read_constants(pairs, given)
    return Reading(id="loss-other-formula", detail=said) if said else None


def read_unreduced(pairs: Sequence[Pair]) -> Reading | None:
    """Return which loss of each point a criterion gives where one number is right, or None."""
    given = [pair.probe for pair in pairs if isinstance(pair.probe, CriterionProbe)]
    many = [pair.got.size == _count(probe) > 1 for pair, probe in zip(pairs, given, strict=False)]
    if len(given) < len(pairs) or not many or not all(many):
        return None
    if any(probe.yhat.shape != probe.y.shape for probe in given):
        return None
    for name, each in EACH.items():
        values = (each(_tensor(probe.yhat), _tensor(probe.y)).reshape(-1) for probe in given)
        if all(near(p.got.reshape(-1), v.numpy()) for p, v in zip(pairs, values, strict=True)):
            said = text("loss-formula", what=text("whole-unreduced", each=name))
            return Reading(id="loss-other-formula", detail=said)
    return None


def _compares_all(pairs: Sequence[Pair], given: Sequence[CriterionProbe]) -> bool:
    """Say whether a wrong criterion is the right one, but of each prediction with every target."""
    if any(pair.got.size != 1 or pair.want.size != 1 for pair in pairs):
        return False
    return any(
        all(_is_of_all(pair, probe, each) for pair, probe in zip(pairs, given, strict=True))
        for each in EACH.values()
    )


def _is_of_all(pair: Pair, probe: CriterionProbe, each: Each) -> bool:
    """Say whether the mean of ``each`` is the right loss, and over all pairs the observed one."""
    p, y = _tensor(probe.yhat).requires_grad_(), _tensor(probe.y)
    if not near(each(p, y).mean().detach().reshape(1).numpy(), pair.want.reshape(-1)):
        return False
    value = each(p[:, None], y[None]).mean()
    if not near(pair.got.reshape(-1), value.detach().reshape(1).numpy()):
        return False
    (gradient,) = torch.autograd.grad(value, p)
    found = list((pair.observed.gradients or {}).values())
    return len(found) == 1 and near(read_claim(found[0]).reshape(-1), gradient.numpy())


def _count(probe: CriterionProbe) -> int:
    """Return the number of targets: of classes, each has several predictions."""
    return int(unpack(probe.y).size)


def _of_right(pairs: Sequence[Pair], given: Sequence[CriterionProbe]) -> Text:
    """Read what was done to the right loss: something added, or a factor of the count."""
    if any(pair.got.size != 1 or pair.want.size != 1 for pair in pairs):
        return NOTHING
    if all(_has_gradients(pair, 1.0) for pair in pairs):
        apart = np.array([(pair.got - pair.want.reshape(pair.got.shape)).item() for pair in pairs])
        if np.ptp(apart) <= AFFINE * np.abs(apart).max():
            code = "loss-always-larger" if apart[0] > 0 else "loss-always-smaller"
            return text(code, by=f"{abs(apart[0]):.3g}")
        return text("loss-with-more")
    for code, factor in COUNTS.items():
        factors = [factor(_count(probe)) for probe in given]
        if all(_is_multiple(pair, one) for pair, one in zip(pairs, factors, strict=True)):
            return text(code)
    return NOTHING


def _is_multiple(pair: Pair, factor: float) -> bool:
    same = near(pair.got.reshape(-1), factor * pair.want.reshape(-1))
    return same and _has_gradients(pair, factor)


def _has_gradients(pair: Pair, factor: float) -> bool:
    """Return whether gradients are those of the right loss, times a factor."""
    wanted, found = pair.expected.gradients or {}, pair.observed.gradients or {}
    return bool(wanted) and all(
        name in found
        and near(read_claim(found[name]).reshape(-1), factor * read_claim(array).reshape(-1))
        for name, array in wanted.items()
    )


def _of_bank(pairs: Sequence[Pair], given: Sequence[CriterionProbe]) -> Text:
    """Read a formula of the bank: one that fits as it is, else the first times a number."""
    loose = NOTHING
    if any(pair.got.size != 1 for pair in pairs):
        return loose
    for code, name in _likely(pairs, given):
        whole, each = WHOLE[code], EACH[name]
        factor = _factor(pairs, given, lambda p, y, w=whole, e=each: w(e(p, y)))  # type: ignore[misc]
        if factor is None:
            continue
        said = text(code, each=name)
        if abs(factor - 1.0) <= AFFINE:
            return text("loss-formula", what=said)
        times = text("times-of", ratio=f"{factor:.3g}", of=said)
        loose = loose or text("loss-formula", what=times)
    return loose


def _likely(pairs: Sequence[Pair], given: Sequence[CriterionProbe]) -> Iterator[tuple[str, str]]:
    """Yield the formulas whose values in the first probes are near a multiple of those given."""
    got = np.concatenate([pair.got.reshape(-1) for pair in pairs])
    count = sum(pair.got.size for pair in pairs[:FIRST_PROBES])
    names, rows = list(itertools.product(WHOLE, EACH)), []
    with torch.no_grad():
        inputs = [(_tensor(probe.yhat), _tensor(probe.y)) for probe in given[:FIRST_PROBES]]
        points = {name: [each(p, y) for p, y in inputs] for name, each in EACH.items()}
        for code, name in names:
            values = np.concatenate([WHOLE[code](e).reshape(-1).numpy() for e in points[name]])
            rows.append(values if len(values) == count else np.full(count, np.nan))
    near = may_be_multiple(np.stack(rows), got[:count], _bounds(got)[:count])
    yield from itertools.compress(names, near)


def _bounds(got: Values) -> Values:
    """Return how far a formula may be from each value."""
    found: Values = AFFINE * np.maximum(np.abs(got), AFFINE * np.abs(got).max())
    return found


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
    if factor == 0.0 or not (np.abs(got - factor * flat) <= _bounds(got)).all():
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
