"""Arguments that are the reference's own results: known before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from autograder.course.submission import find_submissions
from autograder.engines.pool import LocalEngine
from autograder.errors import CourseError
from autograder.exercise import Function, Object, call, construct, load, result
from autograder.exercise.part import Part
from autograder.exercise.plan import Plan, make_plan
from autograder.grading.cache import Store
from autograder.grading.grade import Grader
from autograder.grading.lab import Lab
from autograder.grading.observe import Observatory
from autograder.grading.settle import settled
from autograder.protocol.value import Kept, nodes_of
from autograder.sandbox.message import Policy
from autograder.verification.sent import sent_answers
from autograder.worker.tree import write
from tests.parts import BUDGET, TOP, lab, trace_of_plan

REFERENCE = (
    TOP
    + """
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
def scored(x, w):
    return x @ w, {"x": x, "w": [w, 3]}
def loss(p, y):
    return -np.log(p[np.arange(len(y)), y]).mean()
"""
)
SCORES = Function("softmax", draw=lambda source: source.numpy.normal(size=(5, 3)), points=1)


def labelled(source: Any) -> tuple[Any, ...]:
    scores = source.numpy.normal(size=(5, 3))
    return result("softmax", scores), source.numpy.integers(0, 3, size=5)


LOSS = Function("loss", draw=labelled, points=1)


@pytest.fixture
def settle(engine: LocalEngine, policy: Policy) -> Any:
    def settle(*parts: Part) -> Plan:
        plan = make_plan(lab(*parts))
        path = Path("reference/parts/parts.py")
        observatory = Observatory(engine, policy)
        return settled(plan, path, REFERENCE.encode(), observatory, BUDGET)

    return settle


def arguments(plan: Plan, script: str) -> list[Any]:
    (planned,) = (one for one in plan.scripts if one.script.id == script)
    return [write(value, {}) for value in planned.script.steps[0].arguments]


def test_a_result_of_the_reference_takes_its_place_among_the_arguments(settle: Any) -> None:
    plan = settle(SCORES, LOSS)
    assert not plan.dues
    for script in ("loss/public-1", "loss/hidden-1", "loss/hidden-3"):
        p, y = arguments(plan, script)
        assert p.shape == (5, 3)
        assert y.shape == (5,)
        assert p.sum(axis=1) == pytest.approx(1.0)


def test_no_script_is_sent_that_waits(settle: Any) -> None:
    def waiting(plan: Plan) -> int:
        values = [v for one in plan.scripts for s in one.script.steps for v in s.arguments]
        return sum(isinstance(node, Kept) for value in values for node in nodes_of(value))

    assert waiting(make_plan(lab(SCORES, LOSS))) == 4
    assert waiting(settle(SCORES, LOSS)) == 0


def test_items_of_results_and_results_of_results_are_given(settle: Any) -> None:
    def draw(source: Any) -> tuple[Any, ...]:
        x, w = source.numpy.normal(size=(2, 3)), source.numpy.normal(size=(3, 2))
        pair = result("scored", x, w)
        return (call("loss", result("softmax", pair[0]), [pair[1]["w"][1], {"x": pair[1]["x"]}]),)

    plan = settle(Function("loss", draw=draw, points=1))
    p, (three, named) = arguments(plan, "loss/hidden-1")
    assert p.sum(axis=1) == pytest.approx(1.0)
    assert three == 3
    assert named["x"].shape == (2, 3)


def test_a_reference_that_gives_none_is_told(settle: Any) -> None:
    part = Function("loss", draw=lambda source: (result("softmaxx", 1), 1), points=1)
    with pytest.raises(CourseError, match=r"parts\.py: a draw asks for a result of softmaxx"):
        settle(part)
    part = Function("loss", draw=lambda source: (result("softmax", 1), 1), points=1)
    with pytest.raises(CourseError, match="AttributeError"):
        settle(part)
    part = Function("loss", draw=lambda source: (result("scored", *2 * [[[1]]])["x"], 1), points=1)
    with pytest.raises(CourseError, match="TypeError"):
        settle(part)


def test_an_item_that_is_not_there_is_told(settle: Any) -> None:
    def draw(source: Any) -> tuple[Any, ...]:
        return result("scored", source.numpy.normal(size=(2, 2)), source.numpy.normal(size=2))[7], 1

    with pytest.raises(CourseError, match="has no item 7"):
        settle(Function("loss", draw=draw, points=1))


def test_what_is_sent_is_asked_for_nowhere_else(settle: Any) -> None:
    plan = settle(SCORES, LOSS)
    expected = trace_of_plan(plan, REFERENCE).scripts
    assert list(sent_answers(plan.scripts, expected)) == []


def test_a_result_that_another_script_asks_for_is_found(settle: Any) -> None:
    rows = np.array([[0.3, 1.2, -0.7], [2.1, 0.4, 0.1234]])

    def fixed(source: Any) -> tuple[Any, ...]:
        return result("softmax", rows), source.numpy.integers(0, 3, size=2)

    asking = Function("softmax", draw=lambda source: rows, points=1)
    plan = settle(asking, Function("loss", draw=fixed, points=1))
    expected = trace_of_plan(plan, REFERENCE).scripts
    found = set(sent_answers(plan.scripts, expected))
    assert ("loss/hidden-1", "softmax/hidden-1") in found
    assert all(one.startswith("loss/") for one, _ in found)


def test_an_answer_that_is_among_its_own_arguments_gives_nothing_away(settle: Any) -> None:
    kept = np.array([0.123456, 0.654321])
    one = Function("relu", draw=lambda source: kept, points=1)
    two = Function("twice", draw=lambda source: kept, points=1)
    plan = settle(one, two)
    source = "def relu(x):\n    return np.maximum(x, 0)\ndef twice(x):\n    return 2 * x\n"
    assert list(sent_answers(plan.scripts, trace_of_plan(plan, TOP + source).scripts)) == []


def test_names_of_parameters_that_are_loaded_give_nothing_away(settle: Any) -> None:
    def steps(source: Any) -> tuple[Any, ...]:
        weights = {"slope__weight": torch.randn((1, 2), generator=source.torch)}
        return construct().shapes(), load(**weights, slope__bias=torch.zeros(1))

    plan = settle(Object("Line", script=steps, points=1))
    source = """class Line(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Linear(2, 1)
"""
    assert list(sent_answers(plan.scripts, trace_of_plan(plan, TOP + source).scripts)) == []


def test_a_grade_is_given_on_settled_arguments(
    engine: LocalEngine, policy: Policy, tmp_path: Path
) -> None:
    source = REFERENCE.encode()
    path = Path("reference/parts/parts.py")
    plan = make_plan(lab(SCORES, LOSS))
    found = Lab(
        name="parts", plan=plan, reference_path=path, reference_source=source, sha256="0" * 64
    )
    handed_in = tmp_path / "submitted" / "student-01"
    handed_in.mkdir(parents=True)
    # the student's softmax is wrong, and that costs the loss nothing
    wrong = REFERENCE.replace("e / e.sum(axis=1, keepdims=True)", "e / e.sum()")
    (handed_in / "parts.py").write_text(wrong)
    store = Store(tmp_path / "graded", "parts")
    grader = Grader(found, engine, policy, store, budget=BUDGET, diagnose=False)
    folder = tmp_path / "submitted"
    (grade,) = grader.grade(folder, find_submissions(folder, "parts"))
    assert {check.id: check.passed for check in grade.checks} == {"softmax": False, "loss": True}
