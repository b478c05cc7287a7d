"""Which formula a wrong forward computes: small expressions are tried on all of its probes.

An expression is told only where it gives every value in every probe, up to one number at most.
The probes differ in parameters and inputs, so that no other expression does so by chance.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from autograder.judge.compare import Values
from autograder.judge.diagnosis.mutants import near
from autograder.judge.diagnosis.pairs import AFFINE, Pair, Reading
from autograder.protocol.array import unpack
from autograder.protocol.job import ForwardProbe

LEAST_NUMBERS, LEAST_DISTINCT = 12, 6
SIMPLE = ("1", "2")
MOST_LEAVES = 5
SIGNS = frozenset({"abs", "relu", "leaky"})
"""What a parameter of one sign may do as well."""
Term = tuple[str, Values]  # an expression as code, and its values in all probes
Spans = Sequence[slice]


def _sigmoid(z: Values) -> Values:
    found: Values = 1.0 / (1.0 + np.exp(-z))
    return found


AFTER: Mapping[str, tuple[str, Callable[[Values], Values]]] = {
    "relu": ("its negative values set to 0, as a ReLU does", lambda z: np.maximum(z, 0.0)),
    "abs": ("without its sign", np.abs),
    "square": ("squared", np.square),
    "cube": ("to the third power", lambda z: z**3),
    "sqrt": ("with a root taken of it", np.sqrt),
    "sigmoid": ("put through a sigmoid", _sigmoid),
    "tanh": ("put through tanh", np.tanh),
    "exp": ("with exp taken of it", np.exp),
    "log": ("with a logarithm taken of it", np.log),
    "log1p": ("with the logarithm of 1 + it taken", np.log1p),
    "sin": ("with a sine taken of it", np.sin),
    "cos": ("with a cosine taken of it", np.cos),
    "one_minus": ("taken away from 1", lambda z: 1.0 - z),
    "inverse": ("in the denominator of a fraction, 1 / it", lambda z: 1.0 / z),
    "round": ("rounded to a whole number", np.rint),
    "floor": ("rounded down to a whole number", np.floor),
    "ceil": ("rounded up to a whole number", np.ceil),
    "sign": ("with only its sign left", np.sign),
    "class": ("as a class: 1 above 0.5, else 0", lambda z: (z > 0.5).astype(np.float64)),
    "positive": ("as 1 where it is positive, else 0", lambda z: (z > 0.0).astype(np.float64)),
    "clamp": ("cut off at 0 and at 1", lambda z: np.clip(z, 0.0, 1.0)),
    "clamp_1": ("cut off at -1 and at 1", lambda z: np.clip(z, -1.0, 1.0)),
    "leaky": ("its negative values made small", lambda z: np.where(z > 0, z, 0.01 * z)),
    "softplus": ("put through softplus", lambda z: np.logaddexp(0.0, z)),
}
"""What may be done to each prediction when it is right."""
TOGETHER: Mapping[str, Callable[[Values], Values]] = {
    "Each is the mean of all right ones.": lambda z: np.full_like(z, z.mean()),
    "Each is the sum of all right ones.": lambda z: np.full_like(z, z.sum()),
    "From each the mean of all is taken away.": lambda z: z - z.mean(),
    "They are scaled to mean 0 and deviation 1.": lambda z: (z - z.mean()) / z.std(ddof=1),
    "They are divided by the largest of them.": lambda z: z / z.max(),
    "Each is the sum of the right ones up to it.": np.cumsum,
    "They come in the order of their size.": np.sort,
    "They come in the opposite order.": lambda z: z[::-1],
    "They are put through a softmax over all points.": (
        lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum()
    ),
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
        text = _of_right(pairs, given, got) or _of_dropped(pairs) or _of_terms(pairs, given, got)
    return Reading(id="forward-other-formula", detail=text) if text else None


def _spans(pairs: Sequence[Pair]) -> Spans:
    ends = np.cumsum([pair.got.size for pair in pairs])
    return [
        slice(int(end) - pair.got.size, int(end)) for end, pair in zip(ends, pairs, strict=True)
    ]


def _gives(values: Values, got: Values, spans: Spans) -> bool:
    """Say whether an expression's values are those that were given, in each probe by itself."""
    return all(near(got[span], values[span]) for span in spans)


def _of_right(pairs: Sequence[Pair], given: Sequence[ForwardProbe], got: Values) -> str:
    """Read what was done to the right predictions at the end."""
    spans, want = _spans(pairs), np.concatenate([pair.want.reshape(-1) for pair in pairs])
    for name, (text, change) in AFTER.items():
        if _gives(change(want), got, spans):
            other = _of_terms(pairs, given, got, bare=True) if name in SIGNS else ""
            also = f" Or it is another expression: {other[0].lower()}{other[1:]}" if other else ""
            return f"Each is the right one, {text}.{also}"
    for text, together in TOGETHER.items():
        if all(near(got[span], together(want[span])) for span in spans):
            return text
    return ""


def _of_dropped(pairs: Sequence[Pair]) -> str:
    """Read whether some predictions are 0 and the others larger, as dropout does it."""
    got = np.concatenate([pair.got.reshape(-1) for pair in pairs])
    want = np.concatenate([pair.want.reshape(-1) for pair in pairs])
    kept = got != 0.0
    if kept.all() or kept.sum() < LEAST_DISTINCT:
        return ""
    ratios = got[kept] / want[kept]
    if np.ptp(ratios) > AFFINE * np.abs(ratios).max() or ratios[0] <= 1.0:
        return ""
    return f"Some are 0, and the others {ratios[0]:.3g} times the right ones, as dropout does it."


def _of_terms(
    pairs: Sequence[Pair], given: Sequence[ForwardProbe], got: Values, *, bare: bool = False
) -> str:
    """Read an expression of the inputs and the parameters, the shortest that fits.

    A ``bare`` one has nothing around it.
    """
    leaves = _leaves(given)
    if not leaves or len(np.unique(got.round(6))) < LEAST_DISTINCT:
        return ""
    spans = _spans(pairs)
    terms = [term for term in _terms(leaves) if np.isfinite(term[1]).all()]
    table = np.stack([values for _, values in terms])
    for around, outer in list(OUTER.items())[: 1 if bare else None]:
        bent = outer(table)
        index = _first_close(bent, got)
        if index is not None and _gives(bent[index], got, spans):
            return f"Its values are those of {_plain(around.format(terms[index][0]))}."
    scaled = _first_scaled(table, got)
    if scaled is not None and _gives(scaled[1] * table[scaled[0]], got, spans):
        return f"Its values are {scaled[1]:.3g} times those of {_plain(terms[scaled[0]][0])}."
    return ""


def _plain(code: str) -> str:
    """Return an expression without the brackets that it does not need."""
    return ast.unparse(ast.parse(code, mode="eval"))


def _first_close(table: Values, got: Values) -> int | None:
    """Return the first row of ``table`` ``[T, N]`` that is close to ``got``."""
    bound = AFFINE * np.abs(got).max()
    close = np.flatnonzero((np.abs(table - got) <= bound).all(axis=1))
    return int(close[0]) if close.size else None


def _first_scaled(table: Values, got: Values) -> tuple[int, float] | None:
    """Return the first row that is close to ``got`` times a number, and that number."""
    powers = (table * table).sum(axis=1)
    factors = np.where(powers > 0, (table @ got) / np.where(powers > 0, powers, 1.0), 0.0)
    close = (np.abs(table * factors[:, None] - got) <= AFFINE * np.abs(got).max()).all(axis=1)
    found = np.flatnonzero(close & (factors != 0.0))
    return (int(found[0]), float(factors[found[0]])) if found.size else None


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


def _terms(leaves: Sequence[Term]) -> Iterator[Term]:
    """Yield expressions, the shortest first; none twice."""
    size = leaves[0][1].size
    numbers = [(text, np.full(size, float(text))) for text in SIMPLE]
    one = [*leaves, *_bent(leaves)]
    seen: set[bytes] = set()
    plain = [*leaves, *numbers]
    two = [*_new(_joined([*one, *numbers], [*one, *numbers]), seen)]
    short = [*_new(_joined(plain, plain), set())]
    yield from one
    yield from two
    yield from _new(_joined(two, plain), seen)
    yield from _new(_joined(plain, two), seen)
    yield from _new(_joined(short, one), seen)
    yield from _new(_joined(one, short), seen)
    if len(leaves) < MOST_LEAVES:
        yield from _new(_joined(short, short), seen)


def _bent(leaves: Sequence[Term]) -> Iterator[Term]:
    for name, values in leaves:
        yield f"2 * {name}", 2.0 * values
        yield f"{name} ** 2", values**2
        yield f"abs({name})", np.abs(values)
        yield f"{name} ** 3", values**3
        yield f"round({name})", np.rint(values)
        yield f"relu({name})", np.maximum(values, 0.0)


def _new(terms: Iterator[Term], seen: set[bytes]) -> Iterator[Term]:
    for text, values in terms:
        key = values.astype(np.float32).tobytes()
        if key not in seen:
            seen.add(key)
            yield text, values


def _joined(first: Sequence[Term], second: Sequence[Term]) -> Iterator[Term]:
    """Yield what comes of two terms by one operation."""
    for (one, a), (other, b) in itertools.product(first, second):
        yield f"({one}) * ({other})", a * b
        yield f"({one}) + ({other})", a + b
        yield f"({one}) - ({other})", a - b
        yield f"({one}) / ({other})", a / b
