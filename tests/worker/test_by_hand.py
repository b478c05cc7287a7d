"""Training without torch: parameters lie in arrays, lists, dicts and objects; all are recorded."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from autograder.exercise import Exercise, Functions, Variation
from autograder.exercise.plan import make_plan
from autograder.judge.judge import Judge
from autograder.protocol.array import unpack
from autograder.protocol.job import VERSION, Budget
from autograder.protocol.trace import Trace
from autograder.worker.by_hand import filled, held, put
from autograder.worker.observe import observe

from .observation import Observation, frames_of

BUDGET = Budget(cells_seconds=2.0, call_seconds=1.0)
START = {"net.layers.0": [[1.0], [-2.0]], "net.b": 0.5}
HEAD = """\
import numpy as np
X = np.ones((6, 2))
Y = np.ones((6, 1))
LOSS = []
lr = 0.1
"""
ARRAYS = """\
net = {"layers": [np.array([[1.0], [-2.0]])], "b": np.array([0.5])}
"""
REST = """
def forward(x):
    return x @ net["layers"][0] + net["b"]

def criterion(yhat, y):
    return ((yhat - y) ** 2).mean()

def train_model(n):
    for _ in range(n):
        apart = forward(X) - Y
        LOSS.append(criterion(forward(X), Y))
        net["layers"][0] = net["layers"][0] - lr * 2 * X.T @ apart / len(X)
        net["b"] = net["b"] - lr * 2 * apart.mean()
"""
OBJECT = """
class Net:
    pass
net = Net()
net.layers, net.b = ([[1], [-2]],), 0.5
net.layers = list(net.layers)
"""
OF_OBJECT = """
def forward(x):
    return [[row[0] * net.layers[0][0][0] + row[1] * net.layers[0][1][0] + net.b] for row in x]

def criterion(yhat, y):
    return sum((a[0] - b[0]) ** 2 for a, b in zip(yhat, y)) / len(y)

def train_model(n):
    for _ in range(n):
        yhat = forward(X)
        apart = [a[0] - b[0] for a, b in zip(yhat, Y)]
        LOSS.append(criterion(yhat, Y))
        for i in range(2):
            slope = 2 * sum(r * x[i] for r, x in zip(apart, X)) / len(X)
            net.layers[0][i][0] -= lr * slope
        net.b -= lr * 2 * sum(apart) / len(X)
"""


def _data(generator: torch.Generator) -> dict[str, torch.Tensor]:
    X = torch.randn((6, 2), generator=generator)
    return {"X": X, "Y": X @ torch.tensor([[2.0], [-1.0]]) + 0.5}


def _objective(parameters: Any, data: Any) -> torch.Tensor:
    yhat = data["X"] @ parameters["net.layers.0"] + parameters["net.b"]
    result: torch.Tensor = ((yhat - data["Y"]) ** 2).mean()
    return result


PLAN = make_plan(
    Exercise(
        lab="small",
        title="A plane",
        contract=Functions(numpy=True),
        data=_data,
        objective=_objective,
        start=START,
        learning_rate=0.1,
        iterations=4,
        public_seeds=(1,),
        hidden_seeds=(10, 11),
        variations=(
            Variation(name="continued", start={"net.b": -3.0}, calls=(2, 3)),
            Variation(name="isolated", calls=(3,), isolated=True),
        ),
        points={"forward": 1, "criterion": 1, "loss_recorded": 1, "final_parameters": 2},
    )
)


@pytest.fixture(autouse=True)
def _main(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker makes a module for the submission."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


def run(source: str) -> Observation:
    frames: list[msgspec.Struct] = []
    observe(PLAN.job("small.py", source.encode(), BUDGET), frames.append)
    return frames_of(frames)


def ends(found: Observation) -> dict[str, list[float]]:
    assert not found.failures()
    return {
        name: [v for one in record.calls[-1].parameters.values() for v in unpack(one).reshape(-1)]
        for name, record in found.scenarios.items()
    }


def test_lists_and_attributes_train_as_arrays_and_keys_do() -> None:
    arrays, lists = run(HEAD + ARRAYS + REST), run(HEAD + OBJECT + OF_OBJECT)
    assert set(ends(arrays)) == {"public-1", "continued", "isolated"}
    for name, end in ends(arrays).items():
        assert len(end) == 3
        np.testing.assert_allclose(ends(lists)[name], end, rtol=1e-6)
    calls = arrays.scenarios["public-1"].calls
    assert [call.visited.shape for call in calls] == [(8, 3)]  # twice a step


def test_lists_are_lent_as_lists_where_the_file_has_lists() -> None:
    page = HEAD.replace("np.ones((6, 2))", "[[1.0, 1.0]] * 6").replace(
        "np.ones((6, 1))", "[[1.0]] * 6"
    )
    kept = (
        page
        + OBJECT
        + OF_OBJECT.replace("yhat = forward(X)", "yhat = forward(X)\n        X[0].copy")
    )
    assert ends(run(kept)).keys() == ends(run(HEAD + ARRAYS + REST)).keys()


def test_whole_numbers_become_fractions_where_they_begin_as_such() -> None:
    whole = ARRAYS.replace("[[1.0], [-2.0]]", "[[1], [-2]]").replace("[0.5]", "[0]")
    assert ends(run(HEAD + whole + REST)) == ends(run(HEAD + ARRAYS + REST))


def test_a_submission_is_judged_by_the_reference_without_any_gradient_of_torch() -> None:
    judge = Judge(PLAN, trace_of(HEAD + ARRAYS + REST))
    right = judge.judge(trace_of(HEAD + OBJECT + OF_OBJECT))
    assert right.score == right.max_score == 5
    uphill = REST.replace("- lr * 2 * X.T", "+ lr * 2 * X.T")
    lost = judge.judge(trace_of(HEAD + ARRAYS + uphill))
    assert [check.id for check in lost.checks if not check.passed] == ["final_parameters"]
    pinned = judge.judge(trace_of(HEAD + ARRAYS + REST.replace("x @ net", "x @ [[1], [-2]] # net")))
    assert "forward" in [check.id for check in pinned.checks if not check.passed]


def trace_of(source: str) -> Trace:
    found = run(source)
    return Trace(
        version=VERSION,
        loading=found.loading,
        probes=found.probes,
        scenarios=found.scenarios,
        ending="done",
        detail="",
        output="",
    )


def test_what_lies_nowhere_is_told_as_missing() -> None:
    lost = run(HEAD + REST).scenarios["public-1"].failure
    assert lost is not None
    assert (lost.cause, lost.values["name"]) == ("parameter-replaced", "net.layers.0")


def test_places_are_attributes_keys_and_numbers() -> None:
    class Net:
        W = 1.0

    names: dict[str, Any] = {"net": Net(), "tables": {0: {"b": 2.0}}, "pair": [3.0, 4.0]}
    wanted = {"net.W": 1.0, "tables.0.b": 2.0, "pair.1": 4.0, "net.X": None, "other.b": None}
    assert {name: held(names, name) for name in wanted} == wanted
    for name in ("net.W", "tables.0.b", "pair.1"):
        put(names, name, 9.0)
    assert [held(names, n) for n in ("net.W", "tables.0.b", "pair.1")] == [9.0] * 3


def test_values_take_the_kind_and_the_shape_of_the_students_own() -> None:
    values = np.array([1.0, 2.0])
    own = np.zeros((2, 1))
    assert filled(own, values) is own
    assert own.tolist() == [[1.0], [2.0]]
    nested: list[Any] = [[0], [0]]
    assert filled(nested, values) is nested
    assert nested == [[1.0], [2.0]]
    assert filled((0, 0), values) == (1.0, 2.0)
    assert type(filled(np.float32(0), values[:1])) is np.float32
    assert type(filled(3, values[:1])) is float
    kept = filled(np.zeros(2, dtype=np.int64), values)
    assert isinstance(kept, np.ndarray)
    assert kept.dtype == np.float64
