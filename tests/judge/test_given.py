"""A variable that the cells compute is observed again, with hidden data under the page's names."""

from __future__ import annotations

import ast
import builtins
import sys
from typing import Any

import numpy as np
import pytest

from autograder.errors import SpecError
from autograder.exercise import Function, Variable, fixture, result
from autograder.exercise.plan import make_plan
from autograder.protocol.job import Budget
from autograder.verification.context import written_down
from autograder.verification.sent import sent_answers
from autograder.worker.again import Run, _with_given
from autograder.worker.cells import Cell
from autograder.worker.rewrite import MARKS
from tests.parts import Grade, check, grader, lab, lost, trace_of
from tests.worker.conftest import unchanged_process, warm  # noqa: F401  # fixtures

PAGE = """
rng = np.random.default_rng(0)
X = rng.normal(size=(4, 2))
rate = 0.5
"""
RIGHT = "means = rate * X.mean(axis=0)\n"
MEANS = Variable(
    "means",
    points=2,
    given=lambda source: {
        "X": source.numpy.normal(size=(6, 2)),
        "rate": float(source.numpy.uniform(0.5, 2.0)),
    },
)


@pytest.fixture(scope="module")
def means() -> Grade:
    return grader(lab(MEANS), PAGE + RIGHT)


RIGHT_WAYS = [
    PAGE + "means = [rate * sum(column) / len(column) for column in X.T]\nmeans = np.array(means)",
    PAGE + "def centre(values):\n    return rate * values.mean(0)\nmeans = centre(X)",
    PAGE + "total = 0\nfor row in X:\n    total = total + row\nmeans = rate * total / len(X)",
    "if True:\n    X = np.ones((4, 2))\n    rate = 0.5\nmeans = X.mean(0) * rate",
    "X, rate = np.ones((4, 2)), 0.5\nX = X * rate\nmeans = X.mean(0)",
    "def load():\n    return np.zeros((4, 2)), 1\nX, rate = load()\nX *= rate\nmeans = X.mean(0)",
    "try:\n    X, rate = np.load('X.npy'), 1\nexcept OSError:\n    X, rate = np.ones((4, 2)), 1\n"
    + RIGHT,
]


@pytest.mark.parametrize("source", RIGHT_WAYS)
def test_who_computes_it_from_the_pages_names_earns_it(source: str) -> None:
    reference = PAGE + RIGHT if source.startswith(PAGE) else source
    assert grader(lab(MEANS), reference)(source).score == 2.0


def test_a_number_that_is_written_down_earns_nothing(means: Grade) -> None:
    names: dict[str, Any] = {"np": np}
    exec(PAGE + RIGHT, names)
    copied = f"means = np.array({names['means'].tolist()!r})\n"
    verdict = means(PAGE + copied)
    assert lost(verdict) == {"means"}
    assert check(verdict, "means").message
    assert means(PAGE + RIGHT.replace("axis=0", "axis=1")).score == 0.0


@pytest.mark.parametrize("left", ["ValueError(str(X))", "None"])
def test_no_word_that_follows_hidden_data_is_kept(left: str) -> None:
    telling = f"if len(X) == 6:\n    means = {left}\n    print(X)\n    raise ValueError(str(X))\n"
    source = PAGE + RIGHT + telling
    trace = trace_of(lab(MEANS), source)
    hidden = [record for name, record in trace.scripts.items() if "hidden" in name]
    failures = [step.failure for record in hidden for step in record.steps]
    assert [one is not None and one.text for one in failures] == [""] * 3
    assert trace.loading is not None
    assert not trace.loading.failures


def test_hidden_values_come_late_and_are_public_in_nothing() -> None:
    scripts = [planned.script for planned in make_plan(lab(MEANS)).scripts]
    assert [bool(script.given) for script in scripts] == [
        script.phase == "hidden" for script in scripts
    ]
    assert len({repr(script.given) for script in scripts if script.given}) == 3


def test_other_scripts_see_what_the_first_run_left() -> None:
    part = Function("centre", draw=lambda source: source.numpy.normal(size=3), points=1)
    source = PAGE + RIGHT + "def centre(v):\n    return v - len(X)\n"
    assert grader(lab(MEANS, part), source)(source).score == 3.0


def test_what_the_first_run_bound_for_its_functions_is_there_again() -> None:
    names = {"X": np.zeros((4, 2))}
    job = make_plan(lab(MEANS)).job("lab.py", b"", Budget())
    held = {"marks": object(), "page": sys.modules["__main__"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builtins, MARKS, held["marks"], raising=False)
        run = Run(job, [Cell("<cell 1>", "X = 3\nY = X.shape")], names)
        assert vars(builtins)[MARKS] is held["marks"]
    assert sys.modules["__main__"] is held["page"]
    assert run.namespace["Y"] == (4, 2)


def test_a_file_that_ends_in_a_limit_is_run_again_no_more() -> None:
    exercise = lab(MEANS)
    waits = PAGE + RIGHT + "if len(X) == 6:\n    raise MemoryError\n"
    trace = trace_of(exercise, waits)
    kinds = [
        step.failure.kind
        for name, record in trace.scripts.items()
        for step in record.steps
        if "hidden" in name and step.failure is not None
    ]
    assert kinds == ["memory"] * 3


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"given": 3}, "given"),
        ({"given": lambda source: 3}, "given"),
        ({"given": lambda source: {}}, "given"),
        ({"given": lambda source: {"not a name": 1}}, "given"),
        ({"given": lambda source: {"means": 1}}, "given"),
        ({"given": lambda source: {"X": result("f", 1)}}, "given"),
        ({"given": lambda source: {"X": fixture("lost.py:f")}}, "fixtures"),
        ({"given": MEANS.given, "fixed": True}, "fixed"),
    ],
)
def test_what_cannot_be_given_is_refused(fields: Any, key: str) -> None:
    with pytest.raises(SpecError) as caught:
        make_plan(lab(Variable("means", points=1, **fields)))
    assert key in str(caught.value)


def test_what_is_given_is_no_point_that_anybody_can_write_down() -> None:
    assert not list(written_down(lab(MEANS)))


def test_a_variable_that_is_handed_over_is_told_as_sent() -> None:
    part = Variable("Z", points=1, given=lambda source: {"X": source.numpy.normal(size=(3, 2))})
    exercise = lab(part)
    trace = trace_of(exercise, "X = np.zeros((3, 2))\nZ = X\n")
    assert dict(sent_answers(make_plan(exercise).scripts, trace.scripts))
    doubled = trace_of(exercise, "X = np.zeros((3, 2))\nZ = 2 * X\n")
    assert not dict(sent_answers(make_plan(exercise).scripts, doubled.scripts))


def test_names_are_bound_again_only_where_the_page_binds_them() -> None:
    source = "X = 1\nX += 1\nX = X + 1\nY = 2\ndef f():\n    X = 3\nwith open(X) as Y:\n    X = 0\n"
    body = _with_given(ast.parse(source).body, frozenset({"X"}))
    code = ast.unparse(ast.Module(body, [])).replace("\n\n", "\n")
    assert code.count("__given__") == 2
    assert code.startswith("X = 1\nX = __given__('X')\nX += 1\nX = X + 1\nY = 2\ndef")
    assert code.endswith("X = 0\n    X = __given__('X')")
