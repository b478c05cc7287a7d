"""Prove that nothing that a file is sent is an answer that it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from autograder.exercise.scripts import PlannedScript
from autograder.protocol.script import Step
from autograder.protocol.trace import ScriptRecord
from autograder.protocol.value import Numbers, Raw, Text, Value, Whole, array_of, nodes_of

TELLING_BITS = 16.0  # of a guess: what takes fewer may be met by chance, such as a few small counts
SHORT = 1000.0  # a fraction of at most three decimals may be met by chance
RTOL, ATOL = 1e-6, 1e-12  # one value, computed in another way


def sent_answers(
    scripts: Iterable[PlannedScript], expected: Mapping[str, ScriptRecord]
) -> Iterator[tuple[str, str]]:
    """Yield the scripts that hand over a hidden script's expected value, each with that script.

    What a step is handed itself gives nothing new away where it is also its answer.
    """
    scripts = list(scripts)
    answers = [
        (planned.script.id, at, node)
        for planned in scripts
        if not planned.public and planned.script.id in expected
        for at, record in enumerate(expected[planned.script.id].steps)
        if record.value is not None
        for node in _telling(record.value)
        if not _holds(planned.script.steps[at], node)
    ]
    for planned in scripts:
        given = [
            (at, node) for at, step in enumerate(planned.script.steps) for node in _handed(step)
        ]
        given += [(-1, node) for one in planned.script.given.values() for node in _telling(one)]
        for script, place, answer in answers:
            later = [node for at, node in given if script != planned.script.id or at != place]
            if any(_same(node, answer) for node in later):
                yield planned.script.id, script


def _handed(step: Step) -> Iterator[Value]:
    """Yield what a step hands over; the names of parameters that it loads stand on the page."""
    for value in (*step.arguments, *step.named.values()):
        yield from (
            node for node in _telling(value) if step.do != "load" or not isinstance(node, Text)
        )


def _holds(step: Step, answer: Value) -> bool:
    return any(_same(node, answer) for node in _handed(step))


def _telling(value: Value) -> Iterator[Value]:
    """Yield the nodes of a tree that nobody would meet by chance."""
    return (node for node in nodes_of(value) if _tells(node))


def _tells(node: Value) -> bool:
    match node:
        case Numbers():
            values = np.unique(array_of(node))
            if values.dtype.kind == "f":
                with np.errstate(all="ignore"):
                    parts = np.asarray(values, dtype=np.float64) * SHORT
                    return bool((np.abs(parts - np.rint(parts)) > 1e-3).any())
            size = array_of(node).size
            return bool(size * np.log2(max(len(values), 1)) >= TELLING_BITS)
        case Text(text=text):
            return 8 * len(text) > TELLING_BITS
        case Raw(data=data):
            return 8 * len(data) > TELLING_BITS
        case Whole():
            return True
        case _:
            return False


def _same(node: Value, answer: Value) -> bool:
    """Say whether two nodes are one value, whatever library they are of."""
    if isinstance(node, Numbers) and isinstance(answer, Numbers):
        mine, other = array_of(node), array_of(answer)
        return mine.shape == other.shape and bool(
            np.allclose(mine, other, rtol=RTOL, atol=ATOL, equal_nan=True)
        )
    return node == answer
