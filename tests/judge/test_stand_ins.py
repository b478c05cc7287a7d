"""A helper that is wrong costs its own part: callers are tried with something neutral in its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.errors import SpecError
from autograder.exercise import Function, Object, call, construct, edge, fixture
from autograder.exercise.plan import make_plan
from autograder.words.catalogue import say
from tests.parts import Grade, check, grader, lab, lost, trace_of


def scores(source: Any) -> Any:
    return source.numpy.normal(size=(5, 3))


def labelled(source: Any) -> tuple[Any, ...]:
    return scores(source), source.numpy.integers(0, 3, size=5)


RIGHT = """
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
def loss(z, y):
    p = softmax(z)
    return -np.log(np.abs(p[np.arange(len(y)), y])).mean()
"""
SOFTMAX = Function("softmax", draw=scores, points=2)
LOSS = Function(
    "loss",
    draw=labelled,
    edges=(edge(np.ones((1, 3)), np.array([2]), name="ties"),),
    points=3,
    leaves_inputs=1,
    calls=("softmax",),
)


@pytest.fixture(scope="module")
def grade() -> Grade:
    return grader(lab(SOFTMAX, LOSS), RIGHT)


WRONG_HELPERS = {
    "over all": ("e / e.sum(axis=1, keepdims=True)", "e / e.sum()"),
    "returns a list": ("e / e.sum(axis=1, keepdims=True)", "list(e)"),
    "raises": ("e = np.exp", "raise KeyError('z')\n    e = np.exp"),
    "a stub": ("e = np.exp", "raise NotImplementedError()\n    e = np.exp"),
    "returns nothing": ("return e / e.sum(axis=1, keepdims=True)", "pass"),
    "under no name": ("def softmax", "def softmaxx"),
    "takes more": ("def softmax(z)", "def softmax(z, more)"),
    "never ends": ("e = np.exp(", "while True: pass\n    e = np.exp("),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_HELPERS)
def test_a_wrong_helper_costs_its_own_part_alone(grade: Grade, name: str) -> None:
    source = RIGHT.replace(*WRONG_HELPERS[name])
    assert source != RIGHT
    verdict = grade(source)
    assert lost(verdict) == {"softmax"}
    assert check(verdict, "loss").scenarios == "isolated"


def test_what_is_wrong_itself_is_not_rescued(grade: Grade) -> None:
    both = RIGHT.replace("e / e.sum(axis=1, keepdims=True)", "e / e.sum()").replace(
        ".mean()", ".sum()"
    )
    verdict = grade(both)
    assert lost(verdict) == {"softmax", "loss", "loss-leaves_inputs"}
    said = say(check(verdict, "loss").message)
    assert said.startswith("With something neutral in place of softmax: ")


def test_where_the_helper_is_right_nothing_is_rescued(grade: Grade) -> None:
    # with the neutral function, whose rows do not add up to 1, both come to the same
    assert lost(grade(RIGHT.replace(".mean()", ".sum()"))) == {"loss", "loss-leaves_inputs"}


def test_stand_ins_never_punish_who_calls_no_helper(grade: Grade) -> None:
    alone = """
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
def loss(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean()
"""
    verdict = grade(alone)
    assert lost(verdict) == set()
    assert check(verdict, "loss").scenarios == ""
    wrong = alone.replace("e / e.sum(axis=1, keepdims=True)\ndef", "e / e.sum()\ndef")
    assert lost(grade(wrong)) == {"softmax"}


def test_a_process_check_is_looked_at_where_the_values_were_rescued(grade: Grade) -> None:
    wrong = RIGHT.replace("e / e.sum(axis=1, keepdims=True)", "e / e.sum()")
    changing = wrong.replace("p = softmax(z)", "p = softmax(z)\n    y[:] = 0\n    y[:] = y * 1")
    assert "loss-leaves_inputs" in lost(grade(changing))


def test_a_class_that_calls_a_helper_is_tried_with_another() -> None:
    def layer(source: Any) -> tuple[Any, ...]:
        return construct(), call("forward", scores(source))

    source = (
        RIGHT
        + """
class Layer:
    def forward(self, z):
        self.p = softmax(z)
        return 2 * self.p
"""
    )
    part = Object("Layer", script=layer, points=1, calls=("softmax",))
    grade = grader(lab(SOFTMAX, part), source)
    assert lost(grade(source.replace("e / e.sum(axis=1, keepdims=True)", "e"))) == {"softmax"}
    assert lost(grade(source.replace("2 * self.p", "3 * self.p"))) == {"Layer"}


@pytest.mark.parametrize("form", ["number", "rows"])
def test_other_forms_are_numbers_or_rows(form: str) -> None:
    helper = {"number": "z.sum()", "rows": "z.sum(axis=1)"}[form]
    source = f"def total(z):\n    return {helper}\ndef twice(z):\n    return total(z) * 2"
    parts = (
        Function("total", draw=scores, points=1),
        Function("twice", draw=scores, points=1, calls={"total": form}),
    )
    grade = grader(lab(*parts), source)
    assert lost(grade(source.replace("z.sum(", "z.max("))) == {"total"}
    assert lost(grade(source.replace("z.sum(", "z.max(").replace("* 2", "* 3"))) == {
        "total",
        "twice",
    }


def test_the_authors_own_function_may_stand_in() -> None:
    stand_in = "def softmax(z):\n    return abs(z) + 1\n"
    part = Function(
        "loss", draw=labelled, points=1, calls={"softmax": fixture("standins.py:softmax")}
    )
    exercise = lab(SOFTMAX, part, fixtures={"standins.py": stand_in})
    grade = grader(exercise, RIGHT)
    assert lost(grade(RIGHT.replace("return e / e", "return 2 * e / e"))) == {"softmax"}


def test_swapped_arguments_show_with_a_stand_in() -> None:
    source = "def f(a, b):\n    return a - b\ndef g(a, b):\n    return f(a, b) + 1"
    draw = lambda source: (source.numpy.normal(size=4), source.numpy.normal(size=4))  # noqa: E731
    parts = (Function("f", draw=draw, points=1), Function("g", draw=draw, points=1, calls=("f",)))
    grade = grader(lab(*parts), source)
    assert lost(grade(source.replace("a - b", "a + b"))) == {"f"}
    swapped = source.replace("a - b", "a + b").replace("f(a, b) + 1", "f(b, a) + 1")
    assert lost(grade(swapped)) == {"f", "g"}


def test_no_line_of_the_reference_enters_a_job() -> None:
    plan = make_plan(lab(SOFTMAX, LOSS))
    isolated = [one.script for one in plan.scripts if one.script.kind == "isolated"]
    assert {one.phase for one in isolated} == {"public", "hidden"}
    assert {made.file for one in isolated for made in one.bound.values()} == {""}


def test_a_helper_keeps_its_own_definition_in_own_scripts() -> None:
    trace = trace_of(lab(SOFTMAX, LOSS), RIGHT)
    own = trace.scripts["softmax/hidden-1"].steps[0]
    assert own.failure is None
    kinds = [name.partition("/")[2].startswith("isolated") for name in trace.scripts]
    assert kinds.count(True) == 5


@pytest.mark.parametrize(
    ("calls", "problem"),
    [
        (("softmaxx",), "no function of another part; there are softmax"),
        (("loss",), "no function of another part"),
        ({"softmax": "whatever"}, "must be like, rows, number or fixture"),
        ({"softmax": 3}, "must be like"),
        ({"softmax": fixture("standins.py:softmax")}, r"there is no fixtures/standins\.py"),
    ],
)
def test_what_cannot_stand_in_is_refused(calls: Any, problem: str) -> None:
    with pytest.raises(SpecError, match=problem):
        make_plan(lab(SOFTMAX, Function("loss", draw=labelled, points=1, calls=calls)))
