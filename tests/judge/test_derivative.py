"""A backward that is the derivative of a wrong forward is worth a part of the points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder.course.folder import Course
from autograder.exercise import Function, Object, call, construct, kept, read
from autograder.exercise.plan import make_plan
from autograder.grading.lab import load_lab
from autograder.grading.mutants import planted_in_parts
from autograder.judge.judge import Judge
from autograder.protocol.job import Budget
from autograder.words.catalogue import say
from tests.parts import Grade, check, grader, lab, trace_of

AFFINE = """
def affine_forward(x, w, b):
    return x @ w + b, (x, w)

def affine_backward(d, cache):
    x, w = cache
    return d @ w.T, x.T @ d, d.sum(axis=0)
"""


def product(source: Any) -> Any:
    x, w, b, d = (source.numpy.normal(size=shape) for shape in ((4, 3), (3, 2), 2, (4, 2)))
    return (
        call("affine_forward", x, w, b).keeping(cache=1),
        call("affine_backward", d, kept("cache")),
    )


POINTS = {"affine_forward": 1.0, "affine_backward": 4.0}
PART = Function(
    "affine_forward", draw=product, points=POINTS, derivative_of="affine_forward", id="affine"
)


@pytest.fixture(scope="module")
def affine() -> Grade:
    return grader(lab(PART), AFFINE)


def earned(grade: Grade, *changes: tuple[str, str], source: str = AFFINE) -> tuple[float, ...]:
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return tuple(one.points for one in grade(source).checks)


SQUARE = ("return x @ w + b, (x, w)", "return (x @ w) ** 2 + b, (x, w)")
SQUARES = ("    x, w = cache\n", "    x, w = cache\n    d0, d = d, 2 * d * (x @ w)\n")


def test_right_is_worth_all(affine: Grade) -> None:
    assert earned(affine) == (1.0, 4.0)


@pytest.mark.parametrize(
    "changes",
    [
        [SQUARE, SQUARES, ("d.sum(axis=0)", "d0.sum(axis=0)")],
        [("x @ w + b", "2 * (x @ w + b)"), ("    x, w = cache\n", "    x, w = cache\n    d = 2 * d\n")],
        [("x @ w + b", "x @ w - b"), ("d.sum(axis=0)", "-d.sum(axis=0)")],
        [("x @ w + b", "np.tanh(x @ w) + b"), SQUARES, ("2 * d * (x @ w)", "d * (1 - np.tanh(x @ w) ** 2)"), ("d.sum(axis=0)", "d0.sum(axis=0)")],
    ],
)  # fmt: skip
def test_the_derivative_of_a_wrong_forward_is_worth_half(
    affine: Grade, changes: list[tuple[str, str]]
) -> None:
    assert earned(affine, *changes) == (0.0, 2.0)


@pytest.mark.parametrize(
    "changes",
    [
        [("d @ w.T", "d @ w.T * 2")],
        [SQUARE, SQUARES],
        [("x @ w + b", "x @ w - b"), ("d.sum(axis=0)", "d.sum(axis=0) * 0")],
        [("x @ w + b", "0 * (x @ w) + b"), ("return d @ w.T, x.T @ d", "return 0 * x, 0 * w")],
        [("x @ w + b", "x @ w - b"), ("return d", "raise ValueError; return d")],
        [("x @ w + b", "(x @ w - b)[:, 0]"), ("d @ w.T", "0 + 2 * d @ w.T")],
        [("x @ w + b", "x @ w * float('nan')"), ("d @ w.T", "d @ w.T * float('nan')")],
    ],
    ids=["wrong itself", "one of three", "zero", "of nothing", "raises", "shape", "nan"],
)  # fmt: skip
def test_what_is_no_derivative_is_worth_nothing(
    affine: Grade, changes: list[tuple[str, str]]
) -> None:
    assert earned(affine, *changes)[1] == 0.0


@pytest.mark.parametrize("wrong", ["(x @ w) ** 2 + b", "(x @ w - b)[:, 0]", "x @ w * float('nan')"])
def test_a_right_backward_loses_nothing_by_a_wrong_forward(affine: Grade, wrong: str) -> None:
    assert earned(affine, ("x @ w + b", wrong)) == (0.0, 4.0)


def test_a_derivative_that_never_differs_is_worth_nothing() -> None:
    source = "def f(x):\n    return (x ** 2).sum()\ndef slope(x):\n    return 2 * x"
    part = Function("slope", draw=lambda s: s.numpy.normal(size=4), points=2, derivative_of="f")
    grade = grader(lab(part), source)
    assert earned(grade, ("x ** 2", "x ** 3"), ("2 * x", "3 * x ** 2"), source=source) == (1.0,)
    assert earned(grade, ("x ** 2", "3 * x"), ("2 * x", "3 + 0 * x"), source=source) == (0.0,)


@pytest.mark.parametrize(
    ("forward", "right", "wrong", "wrong_right"),
    [
        ("np.tanh(x)", "1 - np.tanh(x) ** 2", "np.sin(x)", "np.cos(x)"),
        ("np.exp(x) / np.exp(x).sum()", "np.diag(p := np.exp(x) / np.exp(x).sum()) - np.outer(p, p)",
         "np.exp(2 * x) / np.exp(2 * x).sum()",
         "2 * (np.diag(p := np.exp(2 * x) / np.exp(2 * x).sum()) - np.outer(p, p))"),
        ("float((x ** 2).mean())", "x / 2", "float((x ** 2).sum())", "2 * x"),
    ],
    ids=["a slope an entry", "a Jacobian", "a gradient"],
)  # fmt: skip
def test_derivatives_come_in_several_forms(
    forward: str, right: str, wrong: str, wrong_right: str
) -> None:
    source = "def f(x):\n    return {}\ndef slope(x):\n    return {}"
    part = Function("slope", draw=lambda s: s.numpy.normal(size=4), points=2, derivative_of="f")
    grade = grader(lab(part), source.format(forward, right))
    assert earned(grade, source=source.format(wrong, wrong_right)) == (1.0,)
    assert earned(grade, source=source.format(wrong, right)) == (2.0,)


def test_a_loss_may_come_with_its_gradients() -> None:
    source = """
def loss(p, x):
    error = x @ p["w"] + p["b"]
    n = len(x)
    return (error ** 2).mean(), {"w": 2 * x.T @ error / n, "b": 2 * error.mean()}
"""
    part = Function(
        "loss",
        draw=lambda s: ({"w": s.numpy.normal(size=3), "b": 0.5}, s.numpy.normal(size=(5, 3))),
        points=2,
        derivative_of="loss",
        derivative_share=0.25,
    )
    grade = grader(lab(part), source)
    added = source.replace("(error ** 2).mean()", "(error ** 2).sum()")
    assert earned(grade, source=added.replace("/ n", "").replace("error.mean()", "error.sum()")) == (0.5,)  # fmt: skip
    assert earned(grade, source=added) == (0.0,)


LAYER = """
class Linear:
    def __init__(self, W, b):
        self.W, self.b = W, b
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, d):
        self.dW, self.db = self.x.T @ d, d.sum(axis=0)
        return d @ self.W.T
"""


def layer(source: Any) -> Any:
    W, b = source.numpy.normal(size=(3, 2)), source.numpy.normal(size=2)
    x, d = source.numpy.normal(size=(4, 3)), source.numpy.normal(size=(4, 2))
    return (
        construct(W, b),
        call("forward", x * 2),
        call("forward", x),
        call("backward", d),
        read("dW", label="backward"),
        read("db", label="backward"),
    )


def test_a_layer_s_parameters_count_as_arguments() -> None:
    points = {"forward": 1.0, "backward": 2.0}
    grade = grader(
        lab(Object("Linear", script=layer, points=points, derivative_of="forward")), LAYER
    )
    wrong = ("x @ self.W + self.b", "x @ self.W - self.b")
    assert earned(grade, wrong, ("self.db = self.x.T @ d, d", "self.db = self.x.T @ d, -d"), source=LAYER) == (0.0, 1.0)  # fmt: skip
    assert earned(grade, wrong, ("self.x.T @ d, d", "self.x.T @ d, 2 * d"), source=LAYER) == (0.0, 0.0)  # fmt: skip


def test_a_student_reads_what_the_points_are_for(affine: Grade) -> None:
    verdict = affine(AFFINE.replace("x @ w + b", "x @ w - b").replace("d.sum", "-d.sum"))
    one = check(verdict, "affine-affine_backward")
    assert one.outcome == "failed"
    assert "your own affine_forward" in say(one.message)
    assert verdict.score == 2.0


def test_a_reference_that_is_no_derivative_is_known() -> None:
    source = "def f(x):\n    return (x ** 2).sum()\ndef slope(x):\n    return {}"
    part = Function("slope", draw=lambda s: s.numpy.normal(size=4), points=2, derivative_of="f")
    for formula, found in (("2 * x", []), ("3 * x", ["slope"])):
        trace = trace_of(lab(part), source.format(formula))
        assert Judge(make_plan(lab(part)), trace).parts.underived() == found


def test_without_hidden_draws_nothing_is_earned() -> None:
    wrong = AFFINE.replace("x @ w + b", "x @ w - b").replace("d.sum", "-d.sum")
    judge = Judge(make_plan(lab(PART)), trace_of(lab(PART), AFFINE))
    trace = trace_of(lab(PART), wrong)
    hidden = [one for one in trace.scripts if "hidden" in one]
    for one in hidden:
        del trace.scripts[one]
    assert judge.judge(trace).score == 0.0


SPEC = """
from autograder.exercise import Exercise, Function
exercise = Exercise(
    lab="slopes",
    title="Slopes",
    parts=(
        Function("slope", draw=lambda s: s.numpy.normal(size=4), points=2, derivative_of="f"),
    ),
    public_seeds=(1,),
    hidden_seeds=(2,),
)
"""


def test_mistakes_are_planted_into_a_derivative_and_not_into_its_forward(tmp_path: Path) -> None:
    folder = tmp_path / "reference" / "slopes"
    folder.mkdir(parents=True)
    (folder / "exercise.py").write_text(SPEC)
    lines = ["def f(x):", "    return (x ** 2).sum()", "def slope(x):", "    return 2 * x", ""]
    (folder / "slopes.py").write_text("\n".join(lines))
    planted = [one for _, one in planted_in_parts(load_lab(Course(tmp_path), "slopes"))]
    assert {one.line for one in planted} == {4}


def test_a_forward_that_hangs_beside_its_arguments_costs_no_other_script() -> None:
    hangs = AFFINE.replace(
        "    return x @ w", "    while x.dtype != np.float32: pass\n    return x @ w"
    )
    part = Function(
        "affine_forward",
        draw=lambda s: tuple(s.numpy.normal(size=n).astype("float32") for n in ((4, 3), (3, 2), 2)),
        points=1,
        derivative_of="affine_forward",
    )
    trace = trace_of(lab(part), hangs, Budget(call_seconds=0.2))
    failed = {name for name, one in trace.scripts.items() if one.steps[0].failure}
    assert failed == {name for name in trace.scripts if name.endswith("-slopes")}
