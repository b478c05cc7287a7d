"""Several answers can be right: other files, other signs, orders, labels, ties, and projections."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from autograder.engines.pool import LocalEngine
from autograder.errors import CourseError, SpecError
from autograder.exercise import Function, Object, call, construct, load, read
from autograder.exercise.loader import load_exercise
from autograder.exercise.plan import make_plan
from autograder.grading.observe import Observatory
from autograder.grading.settle import settled
from autograder.judge.judge import Judge
from autograder.sandbox.message import Policy
from tests.parts import BUDGET, TOP, Grade, grader, lab, lost, trace_of, trace_of_plan


def drawn(source: Any) -> Any:
    return source.numpy.normal(size=(6, 3))


HALVES = "def cost(x):\n    return (x * x).mean() / 2, x.mean(axis=0)"
WHOLE = HALVES.replace(" / 2", "")
COST = Function("cost", draw=drawn, points=2, leaves_inputs=1, accept=("whole.py",))


@pytest.fixture
def settle(engine: LocalEngine, policy: Policy) -> Any:
    def settle(part: Function, reference: str, **alternatives: str) -> Grade:
        files = {f"{name}.py": TOP + source for name, source in alternatives.items()}
        plan = make_plan(lab(part, alternatives=files))
        path = Path("reference/parts/parts.py")
        observatory = Observatory(engine, policy)
        plan = settled(plan, path, (TOP + reference).encode(), observatory, BUDGET)
        judge = Judge(plan, trace_of_plan(plan, TOP + reference))
        return lambda source: judge.judge(trace_of_plan(plan, TOP + source))

    return settle


def test_what_another_file_gives_is_right_as_well(settle: Any) -> None:
    grade = settle(COST, HALVES, whole=WHOLE)
    assert lost(grade(HALVES)) == lost(grade(WHOLE)) == set()
    assert lost(grade(HALVES.replace(" / 2", " * 2"))) == {"cost", "cost-leaves_inputs"}


def test_one_file_must_explain_all_scripts(settle: Any) -> None:
    mixed = "def cost(x):\n    c, m = (x * x).mean(), x.mean(axis=0)\n    return (c / 2 if c > 1 else c), m"
    trace = settle(COST, HALVES, whole=WHOLE)(mixed)
    halves = settle(COST, HALVES, whole=WHOLE)(mixed.replace("c > 1", "True"))
    assert lost(halves) == set()
    assert lost(trace) == {"cost", "cost-leaves_inputs"}


def test_an_alternative_that_does_not_end_is_told(settle: Any) -> None:
    with pytest.raises(CourseError, match=r"alternatives/whole\.py"):
        settle(COST, HALVES, whole="import os\nos._exit(3)\n" + WHOLE)


def test_an_alternative_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "parts" / "exercise.py"
    path.parent.mkdir()
    path.write_text(
        "from autograder.exercise import Exercise, Function\n"
        "exercise = Exercise(lab='parts', title='', public_seeds=(1,), hidden_seeds=(2,),\n"
        "    parts=(Function('f', draw=lambda s: 1, points=1, accept=('b.py',)),))\n"
    )
    with pytest.raises(SpecError, match=r"there is no alternatives/b\.py"):
        load_exercise(path)
    (path.parent / "alternatives").mkdir()
    (path.parent / "alternatives" / "b.py").write_text("def f(x):\n    return x\n")
    exercise = load_exercise(path)
    assert list(exercise.alternatives) == ["b.py"]
    other = dataclasses.replace(exercise, alternatives={"b.py": "def f(x):\n    return -x\n"})
    assert make_plan(exercise).sha256() != make_plan(other).sha256()


def up_to(what: Any, source: str, draw: Any = drawn, **more: Any) -> Grade:
    return grader(lab(Function("f", draw=draw, points=1, up_to=what, **more)), source)


def test_each_vector_may_have_a_sign_of_its_own() -> None:
    right = "def f(x):\n    return np.linalg.eigh(x.T @ x)[1]"
    grade = up_to("signs", right)
    assert lost(grade(right + " * [1, -1, -1]")) == set()
    assert lost(grade(right + " * [[1], [-1], [-1]]")) == set()
    assert lost(grade("def f(x):\n    return abs(np.linalg.eigh(x.T @ x)[1])")) == {"f"}
    assert lost(grade(right + "[:, ::-1]")) == {"f"}


def test_labels_may_have_other_names() -> None:
    right = "def f(x):\n    return (x[:, 0] > 0) + 2 * (x[:, 1] > 0)"
    grade = up_to("labels", right, draw=lambda s: s.numpy.normal(size=(40, 3)))
    assert lost(grade(f"{right}\n".replace("return ", "return 7 - "))) == set()
    assert lost(grade("def f(x):\n    return 1 * (x[:, 0] > 0)")) == {"f"}
    assert lost(grade("def f(x):\n    return np.arange(len(x))")) == {"f"}


def test_indices_of_equal_values_are_right_where_they_tie() -> None:
    def draw(source: Any) -> Any:
        return torch.randint(0, 3, (5, 4), generator=source.torch)

    argmax = up_to("ties", "def f(x):\n    return x.argmax(dim=1)", draw=draw)
    last = "def f(x):\n    return x.shape[1] - 1 - x.flip(1).argmax(dim=1)"
    assert lost(argmax(last)) == set()
    assert lost(argmax("def f(x):\n    return x.argmin(dim=1)")) == {"f"}
    assert lost(argmax("def f(x):\n    return x.argmax(dim=1) - 4")) == {"f"}
    order = up_to("ties", "def f(x):\n    return x.argsort(dim=1, stable=True)", draw=draw)
    assert lost(order("def f(x):\n    return 3 - x.flip(1).argsort(dim=1, stable=True)")) == set()
    assert lost(order("def f(x):\n    return x.argsort(dim=1)[:, [0, 0, 2, 3]]")) == {"f"}
    one = up_to("ties", "def f(x):\n    return x[0].argmax()", draw=draw)
    assert lost(one("def f(x):\n    return x[0].argmin()")) == {"f"}
    exact = up_to("", "def f(x):\n    return x.argmax(dim=1)", draw=draw)
    assert lost(exact(last)) == {"f"}


NET = """
class Net(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc = nn.Linear(n, 4)
        self.out = nn.Linear(4, 1, bias=False)
def make(n):
    return Net(n)
"""


def test_a_module_may_be_compared_by_its_shapes_or_its_size() -> None:
    part = Function("make", draw=lambda source: (call("make", 3).shapes(),), points=1)
    grade = grader(lab(part), NET)
    assert lost(grade(NET.replace("nn.Linear(n, 4)", "nn.Linear(n, 5)"))) == {"make"}
    assert lost(grade(NET.replace("self.fc", "self.first"))) == {"make"}
    sized = Function("make", draw=lambda source: (call("make", 3).count(),), points=1)
    grade = grader(lab(sized), NET)
    assert lost(grade(NET.replace("self.fc", "self.first"))) == set()
    assert lost(grade(NET.replace(", bias=False", ""))) == {"make"}
    assert lost(grade("def make(n):\n    return lambda: n")) == {"make"}


def test_shapes_and_items_in_order_of_any_value() -> None:
    shapes = Function("f", draw=lambda s: (call("f", drawn(s)).shapes(),), points=1)
    grade = grader(lab(shapes), "def f(x):\n    return {'a': x, 'b': [x[0], 1.0]}")
    assert lost(grade("def f(x):\n    return {'a': x * 0, 'b': [x[1], 2]}")) == set()
    assert lost(grade("def f(x):\n    return {'a': x.T, 'b': [x[1], 2]}")) == {"f"}
    items = Function("f", draw=lambda s: (call("f", drawn(s)).sorted_items(),), points=1)
    grade = grader(lab(items), "def f(x):\n    return {'b': x[0], 'a': x[1]}")
    assert lost(grade("def f(x):\n    return {'a': x[1], 'b': x[0]}")) == set()
    grade = grader(lab(items), "def f(x):\n    return [3.0, 1.0, len(x)]")
    assert lost(grade("def f(x):\n    return (1.0, len(x), 3.0)")) == set()
    assert lost(grade("def f(x):\n    return 3.0")) == {"f"}


def test_shapes_of_an_object_of_a_class() -> None:
    part = Object("Net", script=lambda s: (construct(3), call("state_dict").shapes()), points=1)
    assert lost(grader(lab(part), NET)(NET)) == set()
    assert trace_of(lab(part), NET).ending == "done"


LAYER = """
class Layer:
    def __init__(self, n):
        self.n, self.slope = n, 0.0
    def backward(self, d):
        self.slope = d * 2
        return self.slope
    def step(self):
        self.n = self.n - self.slope
"""


def test_attributes_can_be_set_so_that_a_wrong_way_back_does_not_cost_the_step() -> None:
    acts = (
        construct(3.0),
        call("backward", 1.0),
        load(slope=0.5),
        call("step").unrecorded(),
        read("n", label="step"),
    )
    part = Object("Layer", script=lambda s: acts, points={"backward": 1, "step": 1})
    grade = grader(lab(part), LAYER)
    assert lost(grade(LAYER.replace("d * 2", "d * 3"))) == {"Layer-backward"}
    assert lost(grade(LAYER.replace("- self.slope", "+ self.slope"))) == {"Layer-step"}
    assert "Layer-step" in lost(grade(LAYER.replace("slope", "tilt")))


def test_an_object_whose_shapes_are_compared_is_kept_itself() -> None:
    whole = (construct(3).shapes(), call("state_dict").labelled("values").shapes())
    part = Object("Net", script=lambda s: whole, points={"construct": 1, "values": 1})
    grade = grader(lab(part), NET)
    assert lost(grade(NET.replace("nn.Linear(n, 4)", "nn.Linear(n, 5)"))) == {
        "Net-construct",
        "Net-values",
    }
