"""A module is compared with the reference's parameters in it, whatever its own are called."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from autograder.exercise import Model, construct, edge
from autograder.exercise.plan import Plan, make_plan
from autograder.protocol.assembly import assemble
from autograder.protocol.codec import encode_frame
from autograder.protocol.trace import Loading, ScriptRecord, StepRecord
from autograder.verification.sent import sent_answers
from autograder.words.catalogue import say
from autograder.worker.tree import read
from tests.parts import (
    BUDGET,
    TOP,
    Grade,
    check,
    lab,
    lost,
    settled_grader,
    settled_plan,
    trace_of_plan,
)

NET = """
class Net(nn.Module):
    def __init__(self, width, hidden=5):
        super().__init__()
        self.first = nn.Linear(width, hidden)
        self.norm = nn.BatchNorm1d(hidden)
        self.drop = nn.Dropout(0.5)
        self.second = nn.Linear(hidden, 2)

    def forward(self, x):
        x = torch.relu(self.norm(self.first(x)))
        return self.second(self.drop(x))
"""
LOOKS = ("output", "names", "shapes", "count", "gradients")


def rows(source: Any) -> Any:
    return torch.randn(6, 3, generator=source.torch)


def net(**terms: Any) -> Model:
    usual = {"points": dict.fromkeys(LOOKS, 1.0), "draw": rows, "init": construct(3, hidden=5)}
    return Model("Net", **{**usual, **terms})


def ready(part: Model, reference: str) -> Plan:
    return settled_plan(make_plan(lab(part)), reference)


def grading(part: Model, reference: str = NET) -> Grade:
    return settled_grader(lab(part), reference)


@pytest.fixture(scope="module")
def grade() -> Grade:
    return grading(net())


RENAMED = NET.replace("self.first", "self.a").replace("self.second", "self.b")
SWAPPED = RENAMED.replace(
    "        self.a = nn.Linear(width, hidden)\n", ""
).replace("        self.b = nn.Linear(hidden, 2)\n", "        self.b = nn.Linear(hidden, 2)\n        self.a = nn.Linear(width, hidden)\n")  # fmt: skip
OWN = """
class Net(nn.Module):
    def __init__(self, width, hidden=5):
        super().__init__()
        self.stack = nn.Sequential(nn.Linear(width, hidden), nn.BatchNorm1d(hidden), nn.ReLU(),
                                   nn.Dropout(0.5), nn.Linear(hidden, 2))
    def forward(self, inputs):
        return self.stack(inputs)
"""


@pytest.mark.parametrize("source", [RENAMED, SWAPPED, OWN], ids=["renamed", "in another order", "stacked"])  # fmt: skip
def test_other_names_cost_what_is_asked_of_names_alone(grade: Grade, source: str) -> None:
    assert lost(grade(source)) == {"Net-names"}


def test_the_same_names_in_another_order_are_the_same(grade: Grade) -> None:
    swapped = SWAPPED.replace("self.a", "self.first").replace("self.b", "self.second")
    assert lost(grade(swapped)) == set()


@pytest.mark.parametrize(
    ("old", "new", "fails"),
    [
        ("torch.relu(", "torch.tanh(", {"output", "gradients"}),
        ("        return self.second(self.drop(x))", "        return self.second(self.drop(x)).detach()", {"gradients"}),
        ("        x = torch.relu(self.norm(self.first(x)))", "        x = torch.relu(self.norm(self.first(x).detach()))", {"gradients"}),
        ("        self.second = nn.Linear(hidden, 2)\n", "        self.second = nn.Linear(hidden, 2)\n        self.first.bias.requires_grad_(False)\n", {"gradients"}),
        ("nn.Linear(hidden, 2)", "nn.Linear(hidden, 2, bias=False)", {*LOOKS}),
        ("nn.Linear(hidden, 2)", "nn.Linear(hidden, 3)", {*LOOKS} - {"names"}),
        ("self.drop(x)", "nn.functional.dropout(x, 0.5)", {"output", "gradients"}),
        ("hidden)\n        self.norm", "hidden + 1)\n        self.norm", {*LOOKS} - {"names"}),
        ("class Net(nn.Module)", "class Net", {*LOOKS}),
        ("def forward", "def froward", {"output", "gradients"}),
    ],
)  # fmt: skip
def test_a_mistake_costs_what_it_changes(grade: Grade, old: str, new: str, fails: set[str]) -> None:
    assert old in NET
    found = {one.removeprefix("Net-") for one in lost(grade(NET.replace(old, new)))}
    assert found >= fails & {"output", "gradients"}
    assert not found - fails


def test_a_forgotten_bias_shows_though_biases_begin_at_zero() -> None:
    source = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.b = nn.Parameter(torch.ones(3)), nn.Parameter(torch.zeros(1))
    def forward(self, x):
        return x @ self.w + self.b
"""
    grade = grading(net(init=construct(), points=2), source)
    assert lost(grade(source.replace(" + self.b", " + 0 * self.b"))) == {"Net"}
    assert lost(grade(source.replace("torch.zeros(1)", "torch.ones(1)"))) == set()


def test_modes_and_buffers_can_be_compared() -> None:
    norm = NET.replace("self.drop(x)", "x")
    looks = {"train": 1.0, "buffers": 1.0, "eval": 1.0}
    grade = grading(net(points=looks), norm)
    slow = norm.replace("BatchNorm1d(hidden)", "BatchNorm1d(hidden, momentum=0.3)")
    assert lost(grade(slow)) == {"Net-buffers", "Net-eval"}
    always = norm.replace("self.norm(", "nn.functional.batch_norm(").replace("self.first(x))", "self.first(x), None, None, self.norm.weight, self.norm.bias, True)")  # fmt: skip
    assert lost(grade(always)) == {"Net-buffers", "Net-eval"}


def test_messages_say_which_parameter() -> None:
    grade = grading(net(points={"gradients": 1.0}))
    cut = NET.replace("self.second(self.drop(x))", "nn.functional.linear(x, self.second.weight, self.second.bias.detach())")  # fmt: skip
    (one,) = grade(cut).checks
    assert "second.bias" in say(one.message)


def test_cases_and_drawn_sizes() -> None:
    part = net(
        draw=lambda source: torch.randn(4, 2, generator=source.torch),
        init=lambda source: construct(2, hidden=int(source.numpy.integers(3, 6))),
        edges=(edge(torch.zeros(1, 2), name="one row"),),
        points=2,
    )
    grade = grading(part)
    one_row = NET.replace("        return", "        if len(x) == 1: x = x * 0\n        return")
    assert check(grade(one_row), "Net").message.code == "in-case"


def test_each_draw_has_parameters_of_its_own() -> None:
    plan = ready(net(), NET)
    loads = [
        step.arguments for one in plan.scripts for step in one.script.steps if step.do == "load"
    ]
    assert len(set(map(repr, loads))) == len(loads)


def test_gradients_that_nobody_asked_for_are_not_believed() -> None:
    job = ready(net(points={"output": 1.0}), NET).job("lab.py", b"", BUDGET)
    script = job.scripts[0]
    empty = [StepRecord() for _ in script.steps]
    empty[-1] = StepRecord(gradients={"first.weight": read(torch.zeros(2))})
    record = ScriptRecord(id=script.id, phase=script.phase, steps=tuple(empty))
    data = encode_frame(Loading()) + encode_frame(record)
    assert assemble(job, data, ending="done").scripts == {}


def test_names_under_which_parameters_are_loaded_are_no_answers() -> None:
    plan = ready(net(), NET)
    trace = trace_of_plan(plan, TOP + NET, BUDGET)
    assert list(sent_answers(plan.scripts, trace.scripts)) == []


TWO = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 4), nn.Linear(2, 4)
    def forward(self, pair):
        x, z = pair
        return torch.relu(self.first(x)) + self.second(z)
"""


@pytest.mark.parametrize("named", [False, True])
def test_forward_may_take_a_tuple_or_a_dict(named: bool) -> None:
    def pair(source: Any) -> Any:
        x, z = (torch.randn(4, width, generator=source.torch) for width in (3, 2))
        return ({"x": x, "z": z},) if named else ((x, z),)

    reference = TWO.replace("= pair\n", "= pair['x'], pair['z']\n") if named else TWO
    points = {"output": 1.0, "gradients": 1.0}
    grade = grading(net(draw=pair, init=construct(), points=points), reference)
    assert not lost(grade(reference.replace("torch.relu(self.first(x))", "self.first(x).relu()")))
    wrong = reference.replace("self.second(z)", "self.second(z[:1])")
    assert lost(grade(wrong)) == {"Net-output", "Net-gradients"}


def test_a_model_of_a_hundred_thousand_parameters_is_compared_by_its_output() -> None:
    large = NET.replace("nn.BatchNorm1d(hidden)", "nn.Identity()")

    def pictures(source: Any) -> Any:
        return torch.randn(3, 784, generator=source.torch)

    part = net(draw=pictures, init=construct(784, hidden=128), points={"output": 1.0})
    assert lost(grading(part, large)(large.replace("torch.relu", "torch.tanh"))) == {"Net-output"}
