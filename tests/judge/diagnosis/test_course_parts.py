"""A mistake of the course's own in a part is told to who makes it there, whatever else is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.exercise import Function
from autograder.exercise.plan import make_plan
from autograder.judge.diagnosis.alike import alike, fingerprint
from autograder.judge.diagnosis.course import CourseMistake
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.judge import Judge
from tests.parts import lab, trace_of

RIGHT = "def f(x):\n    return x * 2\ndef g(x):\n    return x + 1\n"
WRONG = RIGHT.replace("x * 2", "x ** 3")


def drawn(source: Any) -> Any:
    return (source.numpy.normal(size=3),)


LAB = lab(Function("f", draw=drawn, points=1, leaves_inputs=1), Function("g", draw=drawn, points=1))
CUBED = CourseMistake(
    id="cubed",
    says="You take the cube.",
    hint="",
    fails=frozenset({"f", "f-leaves_inputs"}),
    trace=trace_of(LAB, WRONG),
)


def named(source: str, *mistakes: CourseMistake) -> list[tuple[str, str, tuple[str, ...]]]:
    plan, right = make_plan(LAB), trace_of(LAB, RIGHT)
    judge = Judge(plan, right, Diagnoser(plan, right, (), mistakes))
    found = judge.judge(trace_of(LAB, source)).diagnosis
    return [(one.id, one.function, tuple(one.remarks)) for one in found]


@pytest.mark.parametrize("source", [WRONG, WRONG.replace("x + 1", "x - 1"), WRONG + "\ndel g\n"])
def test_it_is_told_whatever_is_wrong_in_other_parts(source: str) -> None:
    assert ("cubed", "f", ("course",)) in named(source, CUBED)


@pytest.mark.parametrize(
    "source", [RIGHT, RIGHT.replace("x * 2", "x * 5"), "def g(x):\n    return x"]
)
def test_it_is_told_to_nobody_else(source: str) -> None:
    assert "cubed" not in {id_ for id_, *_ in named(source, CUBED)}


def test_two_that_fit_different_parts_are_both_sure() -> None:
    source = WRONG.replace("x + 1", "x - 1")
    other = CourseMistake(
        id="less",
        says="You subtract.",
        hint="",
        fails=frozenset({"g"}),
        trace=trace_of(LAB, source),
    )
    assert named(source, CUBED, other) == [
        ("cubed", "f", ("course",)),
        ("less", "g", ("course",)),
    ]


def test_two_that_fit_one_part_are_told_as_possible() -> None:
    twin = CourseMistake(id="twin", says="So.", hint="", fails=CUBED.fails, trace=CUBED.trace)
    assert [remarks for *_, remarks in named(WRONG, CUBED, twin)] == 2 * [("course", "several")]


def test_behaviour_is_compared_and_digested_in_scripts() -> None:
    plan, other = make_plan(LAB), trace_of(LAB, RIGHT.replace("x * 2", "x * 5"))
    same = trace_of(LAB, WRONG.replace("x ** 3", "x * x * x"))
    assert alike(same, CUBED.trace, plan)
    assert not alike(other, CUBED.trace, plan)
    assert alike(other, trace_of(LAB, RIGHT), plan, {"g"})
    assert fingerprint(other, CUBED.fails) != fingerprint(CUBED.trace, CUBED.fails)
    assert fingerprint(trace_of(LAB, WRONG), CUBED.fails) == fingerprint(CUBED.trace, CUBED.fails)
