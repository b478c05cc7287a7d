"""Compare two value trees: what a student's code gave, and what the reference gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec
import numpy as np

from autograder.exercise.part import PartCheck
from autograder.exercise.spec import Tolerance
from autograder.judge.compare import TINY
from autograder.judge.digits import apart
from autograder.judge.shown import dtype_of, family_of, kind_of, number, shown
from autograder.protocol.value import (
    Items,
    Nothing,
    Numbers,
    Table,
    Value,
    Whole,
    array_of,
    whole_of,
)
from autograder.words.text import Text

_encode = msgspec.msgpack.Encoder().encode
What = Literal["kind", "length", "keys", "shape", "dtype", "values", "content"]
MOST_PAIRED = 300  # each is compared with each
Arrays = np.ndarray[Any, np.dtype[Any]]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The first place in which two trees differ.

    ``at`` is the way to it, such as ``[1]['W']``; in arrays that of the worst value. ``observed``
    and ``expected`` are shown to students in public cases alone.
    """

    what: What
    at: str = ""
    observed: Text | str = ""
    expected: Text | str = ""
    count: int = 0
    total: int = 0


def compare_trees(observed: Value, expected: Value, terms: PartCheck) -> Difference | None:
    """Return where two trees differ, None where they agree within the terms."""
    return _compare(observed, expected, terms, "")


def _compare(observed: Value, expected: Value, terms: PartCheck, at: str) -> Difference | None:
    compare = _COMPARES.get(type(expected))
    if type(observed) is not type(expected):
        return _other_kind(observed, expected, at)
    if compare is not None:
        return compare(observed, expected, terms, at)
    same = observed == expected
    if isinstance(observed, Whole) and isinstance(expected, Whole):
        same = whole_of(observed) == whole_of(expected)
    return None if same else _differ("content", at, observed, expected)


def _other_kind(observed: Value, expected: Value, at: str) -> Difference:
    return Difference(what="kind", at=at, observed=kind_of(observed), expected=kind_of(expected))


def _differ(what: What, at: str, observed: Value, expected: Value) -> Difference:
    return Difference(what=what, at=at, observed=shown(observed), expected=shown(expected))


def _items(observed: Items, expected: Items, terms: PartCheck, at: str) -> Difference | None:
    sets = "set" in (observed.kind, expected.kind)
    if observed.kind != expected.kind and (sets or terms.kinds == "exact"):
        return _other_kind(observed, expected, at)
    if len(observed.items) != len(expected.items):
        return Difference(
            what="length",
            at=at,
            observed=str(len(observed.items)),
            expected=str(len(expected.items)),
        )
    if expected.kind == "set" or (terms.up_to == "order" and not at):
        return _any_order(observed, expected, terms, at)
    for place, (one, other) in enumerate(zip(observed.items, expected.items, strict=True)):
        found = _compare(one, other, terms, f"{at}[{place}]")
        if found is not None:
            return found
    return None


def _any_order(observed: Items, expected: Items, terms: PartCheck, at: str) -> Difference | None:
    """Find a partner for each item, those that are equal first."""
    left = {_encode(item): item for item in observed.items}
    wanted = []
    if len(left) == len(observed.items):
        wanted = [item for item in expected.items if left.pop(_encode(item), None) is None]
        remaining = list(left.values())
    else:
        wanted, remaining = list(expected.items), list(observed.items)
    if len(wanted) > MOST_PAIRED:
        return Difference(what="content", at=at, observed=shown(observed), expected=shown(expected))
    for item in wanted:
        fitting = (n for n, one in enumerate(remaining) if not _compare(one, item, terms, "[]"))
        partner = next(fitting, None)
        if partner is None:
            return Difference(what="content", at=at, observed=shown(observed), expected=shown(item))
        del remaining[partner]
    return None


def _tables(observed: Table, expected: Table, terms: PartCheck, at: str) -> Difference | None:
    def compare(one: Value, other: Value, there: str) -> Difference | None:
        return _compare(one, other, terms, there)

    return _pairwise(observed, expected, at, compare)


def _pairwise(
    observed: Table,
    expected: Table,
    at: str,
    compare: Callable[[Value, Value, str], Difference | None],
) -> Difference | None:
    own = {_encode(key): item for key, item in observed.pairs}
    wanted = {_encode(key): (key, item) for key, item in expected.pairs}
    if own.keys() != wanted.keys():
        keys = [Items("list", tuple(key for key, _ in one.pairs)) for one in (observed, expected)]
        return _differ("keys", at, *keys)
    for code, (key, item) in wanted.items():
        found = compare(own[code], item, f"{at}[{shown(key)}]")
        if found is not None:
            return found
    return None


def _numbers(observed: Numbers, expected: Numbers, terms: PartCheck, at: str) -> Difference | None:
    scalars = observed.shape == expected.shape == ()
    alien = observed.library != expected.library
    if alien and not (scalars and terms.kinds == "equal"):
        return _other_kind(observed, expected, at)
    if _extent(observed, terms) != _extent(expected, terms):
        return Difference(
            what="shape", at=at, observed=str(observed.shape), expected=str(expected.shape)
        )
    if not _fit_dtypes(observed, expected, terms):
        return Difference(
            what="dtype", at=at, observed=dtype_of(observed), expected=dtype_of(expected)
        )
    got, want = array_of(observed).reshape(expected.shape), array_of(expected)
    wrong = _wrong(got, want, terms)
    if wrong.any() and terms.up_to:
        wrong = _but_for(got, want, wrong, terms)
    if not wrong.any():
        return None
    index = _worst(got, want, wrong)
    one, other = number(got[index]), number(want[index])
    if one == other and np.issubdtype(got.dtype, np.floating):
        one, other = apart(got[index], want[index])
    return Difference(
        what="values",
        at=at + (f"[{', '.join(map(str, index))}]" if index else ""),
        observed=one,
        expected=other,
        count=int(wrong.sum()),
        total=int(want.size),
    )


def _but_for(got: Arrays, want: Arrays, wrong: Arrays, terms: PartCheck) -> Arrays:
    """Return where values differ in more than what the answer is free in."""
    right = False
    match terms.up_to:
        case "sign":
            right = not _wrong(-got.astype(np.float64), want, terms).any()
        case "signs":
            return _wrong_but_for_signs(got, want, wrong, terms)
        case "order":
            right = got.ndim > 0 and _permuted(got, want, terms)
        case "columns":
            right = got.ndim > 1 and _permuted(got.T, want.T, terms)
        case "labels":
            right = _same_groups(got, want)
    return np.zeros_like(wrong) if right else wrong


def _permuted(got: Arrays, want: Arrays, terms: PartCheck) -> bool:
    """Say whether the rows of two arrays are the same in some order."""
    if not _wrong(_in_order(got), _in_order(want), terms).any():
        return True
    if len(got) > MOST_PAIRED:
        return False
    left = list(range(len(got)))
    for row in want:  # rounding may put rows in order that begin alike in another one
        partner = next((at for at in left if not _wrong(got[at], row, terms).any()), None)
        if partner is None:
            return False
        left.remove(partner)
    return True


def _extent(numbers: Numbers, terms: PartCheck) -> tuple[int, ...]:
    """Return what has to be the same of a shape."""
    match terms.shapes:
        case "ones":
            return tuple(size for size in numbers.shape if size != 1)
        case "size":
            return (int(np.prod(numbers.shape)),)
        case _:
            return numbers.shape


def other_form(observed: Value, expected: Value) -> Difference | None:
    """Return how a random result differs in kind or shape, whatever its numbers are."""
    return _other_form(observed, expected, "")


def _other_form(observed: Value, expected: Value, at: str) -> Difference | None:
    if type(observed) is not type(expected):
        return _other_kind(observed, expected, at)
    if isinstance(observed, Table) and isinstance(expected, Table):
        return _pairwise(observed, expected, at, _other_form)
    if not (isinstance(observed, Numbers) and isinstance(expected, Numbers)):
        return None
    if observed.shape != expected.shape:
        shapes = str(observed.shape), str(expected.shape)
        return Difference(what="shape", at=at, observed=shapes[0], expected=shapes[1])
    if observed.library != expected.library and observed.shape:
        return _other_kind(observed, expected, at)
    return None


def _fit_dtypes(observed: Numbers, expected: Numbers, terms: PartCheck) -> bool:
    scalars = observed.shape == ()
    if terms.dtypes == "exact" and "python" not in (observed.library, expected.library):
        return observed.dtype == expected.dtype
    if terms.dtypes != "any" or (terms.kinds == "exact" and scalars):
        return family_of(observed) == family_of(expected)
    return True


def _wrong(got: Arrays, want: Arrays, terms: PartCheck) -> Arrays:
    """Return where values differ: exactly where both are whole or truths, else by tolerance."""
    if want.dtype.kind != "f":
        return np.atleast_1d(got != want).reshape(got.shape)
    with np.errstate(all="ignore"):
        mine, right = got.astype(np.float64), want.astype(np.float64)
        bounds = terms.atol + terms.rtol * np.abs(right)
        near = np.abs(mine - right) <= bounds
    near |= mine == right  # infinities
    near &= np.isfinite(right) | (mine == right)
    if terms.nan:
        near |= np.isnan(mine) & np.isnan(right)
    return ~near


def _wrong_but_for_signs(got: Arrays, want: Arrays, wrong: Arrays, terms: PartCheck) -> Arrays:
    """Return where values differ though each row, or each column, may have another sign."""
    mine = got.astype(np.float64)
    for axis in range(got.ndim):
        products = (mine * want).sum(axis=axis, keepdims=True)
        turned = _wrong(mine * np.where(products < 0, -1.0, 1.0), want, terms)
        if not turned.any():
            return turned
    return wrong


def _same_groups(got: Arrays, want: Arrays) -> bool:
    """Say whether two arrays of labels put the same places together."""
    pairs = set(zip(got.ravel().tolist(), want.ravel().tolist(), strict=True))
    left, right = {one for one, _ in pairs}, {other for _, other in pairs}
    return len(pairs) == len(left) == len(right)


def _in_order(values: Arrays) -> Arrays:
    """Return the rows of an array in an order that depends on nothing but them."""
    rows = values.reshape(len(values), -1)
    return rows[np.lexsort(rows.T[::-1])] if rows.size else rows


def _worst(got: Arrays, want: Arrays, wrong: Arrays) -> tuple[int, ...]:
    with np.errstate(all="ignore"):
        distance = np.abs(got.astype(np.float64) - want.astype(np.float64))
    ranked = np.where(wrong, np.nan_to_num(distance, nan=np.inf), -1.0)
    return tuple(int(i) for i in np.unravel_index(int(ranked.argmax()), got.shape))


def deviation_of(observed: Value, expected: Value, tolerance: Tolerance) -> float | None:
    """Return the largest distance of two trees' floats, in tolerances; None where there is none.

    Infinite where the trees differ in anything else.
    """
    match observed, expected:
        case Numbers(), Numbers() if observed.shape == expected.shape:
            want = array_of(expected)
            if want.dtype.kind != "f":
                return None
            with np.errstate(all="ignore"):
                right = want.astype(np.float64)
                bounds = tolerance.atol + tolerance.rtol * np.abs(right)
                shares = np.abs(array_of(observed).astype(np.float64) - right)
                shares = shares / np.maximum(bounds, TINY)
            return float(shares[np.isfinite(right)].max(initial=0.0))
        case Items(), Items() if len(observed.items) == len(expected.items):
            pairs = list(zip(observed.items, expected.items, strict=True))
        case Table(), Table() if len(observed.pairs) == len(expected.pairs):
            own = {_encode(key): item for key, item in observed.pairs}
            pairs = [(own.get(_encode(key), Nothing()), item) for key, item in expected.pairs]
        case _:
            return None if type(observed) is type(expected) else float("inf")
    found = [deviation_of(one, other, tolerance) for one, other in pairs]
    known = [value for value in found if value is not None]
    return max(known, default=None)


_COMPARES: Mapping[type, Callable[[Any, Any, PartCheck, str], Difference | None]] = {
    Numbers: _numbers,
    Items: _items,
    Table: _tables,
}
