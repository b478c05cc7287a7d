"""Each mistake planted in forward or criterion computes what it says."""

from __future__ import annotations

import ast
from collections.abc import Callable

import numpy as np
import pytest
import torch

from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.mistakes.script import Script
from autograder.protocol.array import pack
from autograder.protocol.job import Module, Situation
from tests.judge.mistakes.small import RIGHT, START, Run, script_of, variants

X = np.array([[0.5], [2.0], [-3.0]])
YHAT, Y = np.array([[1.0], [4.0], [-2.0]]), np.array([[2.0], [1.5], [-3.0]])
W, B = 3.0, -0.5

MODEL = """
class Line(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(x)

model = Line()
"""
SEQUENCE = "model = torch.nn.Sequential(torch.nn.Linear(1, 1))\n"


def planted(mistake: str, function: str) -> Run:
    (code,) = variants(mistake, function=function)
    run = Run(code)
    for name, value in (("w", W), ("b", B)):
        run.names[name].data.fill_(value)
    return run


@pytest.mark.parametrize(
    ("mistake", "wanted"),
    [
        ("bias-missing", W * X),
        ("bias-subtracted", W * X - B),
        ("forward-adds-weight", W + X + B),
        ("forward-ignores-parameters", START["w"] * X + START["b"]),
        ("shape-broadcast", (W * X + B).reshape(-1)),
    ],
)
def test_forward_gives_what_the_mistake_says(mistake: str, wanted: np.ndarray) -> None:
    value = planted(mistake, "forward").names["forward"](torch.tensor(X))
    assert value.shape == wanted.shape
    assert np.allclose(value.detach().numpy(), wanted)


@pytest.mark.parametrize(
    ("mistake", "formula"),
    [
        ("loss-sum-not-mean", lambda d: (d**2).sum()),
        ("loss-halved", lambda d: (d**2).mean() / 2),
        ("loss-root", lambda d: (d**2).mean() ** 0.5),
        ("loss-not-squared", lambda d: d.mean()),
        ("loss-absolute", lambda d: np.abs(d).mean()),
        ("shape-broadcast", lambda _: ((YHAT - Y.T) ** 2).mean()),
        ("loss-squared", lambda d: (d**2).mean()),
        ("one-sample-only", lambda d: d[0, 0] ** 2),
    ],
)
def test_criterion_gives_what_the_mistake_says(
    mistake: str, formula: Callable[[np.ndarray], float]
) -> None:
    run = planted(mistake, "criterion")
    loss = run.names["criterion"](torch.tensor(YHAT), torch.tensor(Y))
    assert np.isclose(loss.item(), formula(YHAT - Y))


@pytest.mark.parametrize(("function", "count"), [("forward", 1), ("criterion", 2)])
def test_a_cut_graph_keeps_the_value_and_nothing_stays_nothing(function: str, count: int) -> None:
    given = [torch.tensor(array, requires_grad=True) for array in (YHAT, Y)][:count]
    cut = planted("graph-broken", function).names[function](*given)
    assert not cut.requires_grad
    right = Run(RIGHT)
    for name, value in (("w", W), ("b", B)):
        right.names[name].data.fill_(value)
    assert torch.equal(cut, right.names[function](*given).detach())
    assert planted("returns-nothing", function).names[function](*given) is None


@pytest.mark.parametrize("code", [MODEL, SEQUENCE, MODEL.replace("Line(", "AnyName(")])
def test_a_models_forward_is_wrapped_wherever_it_is_written(code: str) -> None:
    contract = Module(model_class=("Line",))
    (mistake,) = [m for m in MISTAKES if (m.id, m.function) == ("bias-missing", "forward")]
    script = script_of(code, contract)
    assert mistake.plant is not None
    (variant,) = mistake.plant(script)
    names = {"torch": torch}
    exec(compile(variant.source(), "<small>", "exec"), names)  # our own code, planted
    model = names["model"]
    given = torch.tensor([[2.0]])
    (weight, _) = model.parameters()
    assert torch.allclose(model(given), weight * given)


def test_a_parameter_is_found_among_layers_whatever_they_are_called() -> None:
    start = {"hidden.weight": (4, 2), "hidden.bias": (4,), "out.weight": (4, 2), "out.bias": (3,)}
    preset = Situation(
        data={},
        start={name: pack(np.zeros(size), dtype="f4") for name, size in start.items()},
        learning_rate=0.1,
    )
    script = Script(ast.parse("net = None"), Module(model_class=("Net",)), preset)
    layers = [torch.nn.Linear(2, 4), torch.nn.Linear(2, 4)]
    layers[1].bias = torch.nn.Parameter(torch.zeros(3))
    names = {"net": torch.nn.Sequential(*layers)}
    found = [eval(script.held(name), names) for name in start]  # our own code
    assert [len(one) for one in found] == [1, 1, 1, 1]
    wanted = list(names["net"].parameters())
    assert all(one[0] is right for one, right in zip(found, wanted, strict=True))


def test_a_script_without_the_function_gets_no_mistake_in_it() -> None:
    code = "def train_model(n):\n    pass\n"
    for mistake in MISTAKES:
        if mistake.function != "train_model" and mistake.plant is not None:
            assert variants(mistake.id, code, function=mistake.function) == []


@pytest.mark.parametrize("code", [MODEL, SEQUENCE])
def test_two_mistakes_can_be_in_a_models_forward(code: str) -> None:
    script = script_of(code, Module(model_class=("Line",)))
    for name in ("bias-missing", "graph-broken"):
        plant = next(m.plant for m in MISTAKES if (m.id, m.function) == (name, "forward"))
        assert plant is not None
        (script,) = plant(script)
    names = {"torch": torch}
    exec(compile(script.source(), "<small>", "exec"), names)  # our own code, planted
    given = torch.tensor([[2.0]])
    (weight, _) = names["model"].parameters()
    value = names["model"](given)
    assert torch.allclose(value, weight * given)
    assert not value.requires_grad


def test_two_mistakes_can_be_in_criterion() -> None:
    script = script_of(RIGHT)
    for name in ("loss-absolute", "loss-sum-not-mean", "loss-halved"):
        plant = next(m.plant for m in MISTAKES if (m.id, m.function) == (name, "criterion"))
        assert plant is not None
        (script,) = plant(script)
    loss = Run(script.source()).names["criterion"](torch.tensor(YHAT), torch.tensor(Y))
    assert np.isclose(loss.item(), np.abs(YHAT - Y).sum() / 2)
