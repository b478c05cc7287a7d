"""Which formula a wrong forward computes: small expressions are tried on all of its probes.

An expression is told only where it gives every value in every probe, up to one number at most.
The probes differ in parameters and inputs, so that no other expression does so by chance.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from autograder.judge.compare import Values
from autograder.judge.diagnosis.mutants import near
from autograder.judge.diagnosis.operands import read_operands
from autograder.judge.diagnosis.pairs import AFFINE, Pair, Reading
from autograder.judge.fit import may_be_multiple
from autograder.judge.messages import either
from autograder.protocol.array import unpack
from autograder.protocol.job import ForwardProbe
from autograder.words.text import NOTHING, Text, text

LEAST_NUMBERS, LEAST_DISTINCT = 12, 6
SIMPLE = ("1", "2")
MOST_LEAVES = 5
FEW = 3  # numbers by which nearly all expressions are dropped
OPERATIONS: Mapping[str, Callable[[Values, Values], Values]] = {
    "*": np.multiply,
    "+": np.add,
    "-": np.subtract,
    "/": np.divide,
}
SIGNS = frozenset({"prediction-abs", "prediction-relu", "prediction-leaky"})
"""What a parameter of one sign may do as well."""
ROUNDS = frozenset({"prediction-round", "prediction-class"})
Term = tuple[str, Values]  # an expression as code, and its values in all probes
Spans = Sequence[slice]


def _sigmoid(z: Values) -> Values:
    found: Values = 1.0 / (1.0 + np.exp(-z))
    return found


AFTER: Mapping[str, Callable[[Values], Values]] = {
    "prediction-relu": lambda z: np.maximum(z, 0.0),
    "prediction-abs": np.abs,
    "prediction-square": np.square,
    "prediction-cube": lambda z: z**3,
    "prediction-sqrt": np.sqrt,
    "prediction-sigmoid": _sigmoid,
    "prediction-tanh": np.tanh,
    "prediction-exp": np.exp,
    "prediction-log": np.log,
    "prediction-log1p": np.log1p,
    "prediction-sin": np.sin,
    "prediction-cos": np.cos,
    "prediction-one-minus": lambda z: 1.0 - z,
    "prediction-inverse": lambda z: 1.0 / z,
    "prediction-round": np.rint,
    "prediction-floor": np.floor,
    "prediction-ceil": np.ceil,
    "prediction-sign": np.sign,
    "prediction-class": lambda z: (z > 0.5).astype(np.float64),
    "prediction-positive": lambda z: (z > 0.0).astype(np.float64),
    "prediction-clamp": lambda z: np.clip(z, 0.0, 1.0),
    "prediction-clamp-1": lambda z: np.clip(z, -1.0, 1.0),
    "prediction-leaky": lambda z: np.where(z > 0, z, 0.01 * z),
    "prediction-softplus": lambda z: np.logaddexp(0.0, z),
}
"""What may be done to each prediction when it is right."""
TOGETHER: Mapping[str, Callable[[Values], Values]] = {
    "predictions-mean": lambda z: np.full_like(z, z.mean()),
    "predictions-sum": lambda z: np.full_like(z, z.sum()),
    "predictions-centred": lambda z: z - z.mean(),
    "predictions-standardized": lambda z: (z - z.mean()) / z.std(ddof=1),
    "predictions-by-largest": lambda z: z / z.max(),
    "predictions-added-up": np.cumsum,
    "predictions-sorted": np.sort,
    "predictions-backwards": lambda z: z[::-1],
    "predictions-softmax-of-rows": lambda z: (z / (1 - z)) / (z / (1 - z)).sum(),
    "predictions-softmax": (lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum()),
}
"""What may be done to all predictions of a call together."""
OUTER: Mapping[str, Callable[[Values], Values]] = {
    "{}": lambda z: z,
    "sigmoid({})": _sigmoid,
    "tanh({})": np.tanh,
    "relu({})": lambda z: np.maximum(z, 0.0),
    "abs({})": np.abs,
    "({}) ** 2": np.square,
    "exp({})": np.exp,
    "softplus({})": lambda z: np.logaddexp(0.0, z),
    "log(sigmoid({}))": lambda z: -np.logaddexp(0.0, -z),
    "sigmoid(-({}))": lambda z: _sigmoid(-z),
    "sigmoid(relu({}))": lambda z: _sigmoid(np.maximum(z, 0.0)),
    "sigmoid(abs({}))": lambda z: _sigmoid(np.abs(z)),
    "relu(sigmoid({}))": lambda z: np.maximum(_sigmoid(z), 0.0),
    "({} > 0)": lambda z: (z > 0).astype(np.float64),
    "sin({})": np.sin,
    "log({})": np.log,
    "sqrt({})": np.sqrt,
}
"""What may stand around an expression."""


def read_expression(pairs: Sequence[Pair]) -> Reading | None:
    """Return the expression that a wrong forward computes, None where none that is tried fits."""
    given = [pair.probe for pair in pairs if isinstance(pair.probe, ForwardProbe)]
    got = np.concatenate([pair.got.reshape(-1) for pair in pairs])
    if len(given) < len(pairs) or got.size < LEAST_NUMBERS:
        return None
    with np.errstate(all="ignore"):
        said = (
            _of_right(pairs, given, got)
            or _of_dropped(pairs)
            or _of_terms(pairs, given, got)
            or read_operands(pairs)
        )
    return Reading(id="forward-other-formula", detail=said) if said else None


def _spans(pairs: Sequence[Pair]) -> Spans:
    ends = np.cumsum([pair.got.size for pair in pairs])
    return [
        slice(int(end) - pair.got.size, int(end)) for end, pair in zip(ends, pairs, strict=True)
    ]


def _gives(values: Values, got: Values, spans: Spans) -> bool:
    """Return whether an expression's values are those that were given, in each probe by itself."""
    return all(near(got[span], values[span]) for span in spans)


def _of_right(pairs: Sequence[Pair], given: Sequence[ForwardProbe], got: Values) -> Text:
    """Read what was done to the right predictions at the end."""
    spans, want = _spans(pairs), np.concatenate([pair.want.reshape(-1) for pair in pairs])
    for code, change in AFTER.items():
        if _gives(change(want), got, spans):
            said = text("prediction-changed", how=text(code))
            if code in ROUNDS and np.isin(got, (0.0, 1.0)).all():  # a clamp may do so as well
                said = text("predictions-zero-or-one")
            other = _of_terms(pairs, given, got, bare=True) if code in SIGNS else NOTHING
            return either(said, other) if other else said
    for code, together in TOGETHER.items():
        if all(near(got[span], together(want[span])) for span in spans):
            return text(code)
    return NOTHING


def _of_dropped(pairs: Sequence[Pair]) -> Text:
    """Read whether some predictions are 0 and the others larger, as dropout does it."""
    got = np.concatenate([pair.got.reshape(-1) for pair in pairs])
    want = np.concatenate([pair.want.reshape(-1) for pair in pairs])
    kept = got != 0.0
    if kept.all() or kept.sum() < LEAST_DISTINCT:
        return NOTHING
    ratios = got[kept] / want[kept]
    if np.ptp(ratios) > AFFINE * np.abs(ratios).max() or ratios[0] <= 1.0:
        return NOTHING
    return text("predictions-dropped", ratio=f"{ratios[0]:.3g}")


def _of_terms(
    pairs: Sequence[Pair], given: Sequence[ForwardProbe], got: Values, *, bare: bool = False
) -> Text:
    """Read an expression of the inputs and the parameters, the shortest that fits.

    A ``bare`` one has nothing around it.
    """
    leaves = _leaves(given)
    if not leaves or len(np.unique(got.round(6))) < LEAST_DISTINCT:
        return NOTHING
    spans, blocks = _spans(pairs), _blocks(leaves)
    for around, outer in list(OUTER.items())[: 1 if bare else None]:
        found = _first_close(blocks, outer, got)
        if found is not None and _gives(outer(found[1]), got, spans):
            return text("prediction-is", expression=_plain(around.format(found[0])))
    scaled = _first_scaled(blocks, got)
    if scaled is not None and _gives(scaled[1] * scaled[0][1], got, spans):
        values = {"ratio": f"{scaled[1]:.3g}", "expression": _plain(scaled[0][0])}
        return text("prediction-is-times", **values)
    return NOTHING


def _plain(code: str) -> str:
    """Return an expression without the brackets that it does not need."""
    return ast.unparse(ast.parse(code, mode="eval"))


def _first_close(
    blocks: Sequence[Block], outer: Callable[[Values], Values], got: Values
) -> Term | None:
    """Return the first term that is close to ``got`` with ``outer`` around it."""
    bound = AFFINE * np.abs(got).max()
    for block in blocks:
        likely = np.arange(block.table.shape[1])
        for place, row in zip(block.places, block.table, strict=True):
            likely = likely[np.abs(outer(row[likely]) - got[place]) <= bound]
        for index in likely:
            name, values = block.term(int(index))
            if np.isfinite(values).all() and (np.abs(outer(values) - got) <= bound).all():
                return name, values
    return None


def _first_scaled(blocks: Sequence[Block], got: Values) -> tuple[Term, float] | None:
    """Return the first term that is close to ``got`` times a number, and that number."""
    bounds = np.full_like(got, AFFINE * np.abs(got).max())
    for block in blocks:
        few = block.places
        for index in np.flatnonzero(may_be_multiple(block.table.T, got[few], bounds[few])):
            name, values = block.term(int(index))
            power = float(values @ values)
            factor = float(values @ got) / power if power > 0 else 0.0
            if factor and (np.abs(factor * values - got) <= bounds).all():
                return (name, values), factor
    return None


def _leaves(given: Sequence[ForwardProbe]) -> list[Term]:
    """Return the inputs and parameters that are one number a point, nothing where some are not.

    Where the inputs have several features, a parameter with one number for each meets them.
    """
    inputs = [unpack(probe.x).reshape(probe.x.shape[0], -1) for probe in given]
    features = inputs[0].shape[1]
    found: list[Term] = []
    for name in given[0].parameters:
        short = name.rpartition(".")[2]
        values = [unpack(probe.parameters[name]).reshape(-1) for probe in given]
        if values[0].size == 1:
            parts = [np.full(len(x), own[0]) for x, own in zip(inputs, values, strict=True)]
            found.append((short, np.concatenate(parts)))
        elif values[0].size == features:
            parts = [x @ own for x, own in zip(inputs, values, strict=True)]
            found.append((f"({short} @ x)", np.concatenate(parts)))
            found += [
                (f"({short}[{i}] * x[{i}])", np.concatenate([x[:, i] * own[i] for x, own in pairs]))
                for i in range(features)
                if (pairs := list(zip(inputs, values, strict=True)))
            ]
        else:
            return []
    if features == 1:
        found.insert(1, ("x", np.concatenate([x[:, 0] for x in inputs])))
    else:
        found.append(("sum(x)", np.concatenate([x.sum(axis=1) for x in inputs])))
    return found[:MOST_LEAVES]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Block:
    """Some expressions: ``table`` has their values at a few ``places`` ``[FEW, T]``.

    Those are enough to drop nearly all; ``term`` returns one as a whole.
    """

    places: NDArray[np.int64]
    table: Values
    term: Callable[[int], Term]


def _blocks(leaves: Sequence[Term]) -> list[Block]:
    """Return all expressions that are tried, the shortest first."""
    size = leaves[0][1].size
    places = np.unique(np.linspace(0, size - 1, FEW).astype(np.int64))
    digits = [(one, np.full(size, float(one))) for one in SIMPLE]
    one, plain = [*leaves, *_bent(leaves)], [*leaves, *digits]
    two, short = _distinct([*one, *digits], [*one, *digits]), _distinct(plain, plain)
    whole = [
        Block(places=places, table=_values(terms, places), term=terms.__getitem__)
        for terms in (one, two)
    ]
    pairs = [(two, plain), (plain, two), (short, one), (one, short)]
    pairs += [(short, short)] if len(leaves) < MOST_LEAVES else []
    return whole + [_pairs(first, second, places) for first, second in pairs]


def _pairs(firsts: Sequence[Term], seconds: Sequence[Term], places: NDArray[np.int64]) -> Block:
    """Return what comes of each two terms by each operation."""
    table = _joined(_values(firsts, places), _values(seconds, places))

    def term(index: int) -> Term:
        pair, operation = divmod(index, len(OPERATIONS))
        (one, a), (other, b) = firsts[pair // len(seconds)], seconds[pair % len(seconds)]
        sign = list(OPERATIONS)[operation]
        return f"({one}) {sign} ({other})", OPERATIONS[sign](a, b)

    return Block(places=places, table=table, term=term)


def _values(terms: Sequence[Term], places: NDArray[np.int64]) -> Values:
    """Return the values of terms at some places, ``[FEW, T]``."""
    return np.stack([values[places] for _, values in terms], axis=1)


def _joined(a: Values, b: Values) -> Values:
    """Return what comes of each of ``[N, A]`` with each of ``[N, B]``, by each operation."""
    found = [operate(a[:, :, None], b[:, None, :]) for operate in OPERATIONS.values()]
    return np.stack(found, axis=3).reshape(len(a), -1)


def _distinct(firsts: Sequence[Term], seconds: Sequence[Term]) -> list[Term]:
    """Return what comes of each two terms, none of the same values twice."""
    block = _pairs(firsts, seconds, np.arange(firsts[0][1].size))
    rows = np.ascontiguousarray(block.table.T.astype(np.float32))
    keys = rows.view(np.dtype((np.void, rows.shape[1] * rows.itemsize)))[:, 0]
    kept = np.sort(np.unique(keys, return_index=True)[1])
    return [block.term(int(index)) for index in kept]


def _bent(leaves: Sequence[Term]) -> Iterator[Term]:
    for name, values in leaves:
        yield f"2 * {name}", 2.0 * values
        yield f"{name} ** 2", values**2
        yield f"abs({name})", np.abs(values)
        yield f"{name} ** 3", values**3
        yield f"round({name})", np.rint(values)
        yield f"relu({name})", np.maximum(values, 0.0)
