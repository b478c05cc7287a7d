"""An exercise for each kind of value that goes in, or comes out: right earns all, wrong does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from autograder.exercise import Function, edge
from autograder.exercise.act import Source, source_of
from tests.parts import grader, lab, lost


class Kind(NamedTuple):
    """What is drawn, right code, a line of it, and what somebody wrote in its place."""

    draw: Callable[[Source], Any]
    right: str
    line: str
    wrong: str


def drawn_set(source: Source) -> Any:
    return {int(one) for one in source.numpy.integers(0, 50, size=12)}, {3, 5, 7, 11}


def words(source: Source) -> Any:
    return ["".join("abc"[i] for i in source.numpy.integers(0, 3, size=4)) for _ in range(5)]


def numbers(source: Source, *shape: int, dtype: str = "float64") -> Any:
    return (9 * source.numpy.normal(size=shape)).astype(dtype)


KINDS = {
    "sets": Kind(drawn_set, "return a & b", "a & b", "a | b"),
    "a set from a list": Kind(lambda s: (words(s),), "return set(a)", "set(a)", "list(a)"),
    "bytes": Kind(
        lambda s: (bytes(s.numpy.integers(0, 256, size=9).tolist()),),
        "return bytes(reversed(a)) + b'\\0'",
        "reversed(a)",
        "a",
    ),
    "strings": Kind(lambda s: (words(s), 2), "return [w[:b] for w in a]", "w[:b]", "w[: b + 1]"),
    "a dict of counts": Kind(
        lambda s: (list(words(s)[0] * 2),), "return {w: a.count(w) for w in a}", "a.count(w)", "1"
    ),
    "keys that are tuples": Kind(
        lambda s: ({(0, 1): 2.0, (1, 0): float(numbers(s))}, (0, 1)),
        "return a[b], {k[::-1]: v for k, v in a.items()}",
        "k[::-1]",
        "k",
    ),
    "None or a number": Kind(
        lambda s: ([None, *numbers(s, 3).tolist()],),
        "return [0.0 if x is None else x for x in a]",
        "0.0 if x is None else x",
        "x",
    ),
    "truths": Kind(
        lambda s: (numbers(s, 8) > 0, numbers(s, 8) > 0), "return a & b", "a & b", "a | b"
    ),
    "indices of classes": Kind(
        lambda s: (torch.from_numpy(s.numpy.integers(0, 4, size=6)), 4),
        "return torch.nn.functional.one_hot(a, b)",
        "one_hot(a, b)",
        "one_hot((a + 1) % b, b)",
    ),
    "small whole numbers": Kind(
        lambda s: (s.numpy.integers(100, 256, size=7).astype("uint8"),),
        "return a.astype(int) + 100",
        "a.astype(int)",
        "a",
    ),
    "float64": Kind(
        lambda s: (numbers(s, 5) + 1e7,), "return a - a.mean()", "a.mean()", "np.float32(a).mean()"
    ),
    "a NumPy number": Kind(
        lambda s: (np.float64(numbers(s)), np.int64(3)), "return a * b", "a * b", "a + b"
    ),
    "transposed": Kind(
        lambda s: (numbers(s, 3, 4).T,),
        "return a.reshape(-1, order='C')",
        "a.reshape(-1, order='C')",
        "a.ravel(order='K')",
    ),
    "strided": Kind(
        lambda s: (numbers(s, 4, 6)[:, ::2],),
        "return np.ascontiguousarray(a)[0]",
        "np.ascontiguousarray(a)[0]",
        "np.lib.stride_tricks.as_strided(a, (3,), (8,))",
    ),
    "a transposed tensor": Kind(
        lambda s: (torch.randn(3, 4, generator=s.torch).T,),
        "return a.reshape(-1)",
        "a.reshape(-1)",
        "a.T.reshape(-1)",
    ),
    "nested": Kind(
        lambda s: ({"x": [numbers(s, 2), (1, "b")], "y": {"z": torch.ones(2)}},),
        "return [a['y']['z'] * 2, {'first': a['x'][0], 'rest': a['x'][1]}]",
        "* 2",
        "* 3",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_function_of_each_kind_of_value(kind: str) -> None:
    draw, right, line, wrong = KINDS[kind]
    taken = draw(source_of(1))
    head = f"def f({', '.join('ab'[: len(taken)])}):\n    "
    grade = grader(lab(Function("f", draw=draw, points=1)), head + right)
    assert line in right
    assert lost(grade(head + right.replace(line, wrong))) == {"f"}


def test_ties_single_rows_and_empty_arrays_are_cases_that_an_author_lists() -> None:
    part = Function(
        "f",
        draw=lambda source: (numbers(source, 6, 3),),
        edges=(
            edge(np.zeros((0, 3)), name="no row"),
            edge(np.array([[2.0, 2.0, 1.0]]), name="a tie"),
            edge(np.array([[1e300, -1e300, 0.0]]), name="huge"),
        ),
        points=1,
    )
    right = "def f(a):\n    return a.argmax(axis=1), a.sum(axis=1)"
    grade = grader(lab(part), right)
    last = right.replace("a.argmax(axis=1)", "2 - a[:, ::-1].argmax(axis=1)")
    assert lost(grade(last)) == {"f"}
    assert lost(grade(right.replace("a.sum(axis=1)", "a.sum(axis=1) if len(a) else None"))) == {"f"}
