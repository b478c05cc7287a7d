"""Two small labs of the Module contract, and sources of submissions to vary."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import msgspec
import numpy as np
import torch

from autograder.exercise import Exercise, Module, Variation
from autograder.exercise.plan import Plan, make_plan
from autograder.judge.compare import Values
from autograder.protocol.array import unpack
from autograder.protocol.job import Budget
from autograder.protocol.trace import CallRecord
from autograder.worker.observe import observe

from .observation import Observation, frames_of

SAMPLES = 6
BUDGET = Budget(cells_seconds=2.0, call_seconds=1.0)


def _data(inputs: str, generator: torch.Generator) -> dict[str, torch.Tensor]:
    x = torch.linspace(-1, 1, SAMPLES).view(-1, 1)
    return {inputs: x, "y": 2 * x - 1 + 0.1 * torch.randn(x.size(), generator=generator)}


def _lab(inputs: str, contract: Module) -> Plan:
    start = {"linear.weight": [[4.0]], "linear.bias": [1.0]}
    exercise = Exercise(
        lab="small",
        title="A line",
        contract=contract,
        data=lambda generator: _data(inputs, generator),
        objective=lambda parameters, data: torch.zeros(()),
        start={"linear.weight": [[-3.0]], "linear.bias": [2.0]},
        learning_rate=0.1,
        iterations=3,
        public_seeds=(1,),
        hidden_seeds=(20, 21, 22),
        variations=(
            Variation(name="other", start=start, learning_rate=0.05, calls=(1,)),
            Variation(name="continued", learning_rate=0.03, calls=(1, 2)),
            Variation(name="isolated", learning_rate=0.02, calls=(1,), isolated=True),
        ),
        points={"forward": 1, "criterion": 1, "final_parameters": 1},
    )
    return make_plan(exercise)


BATCHES = _lab(
    "x",
    Module(
        model_class=("Line", "OtherLine"),
        arguments=(1, 1),
        criterion=("criterion", "loss_fn"),
        train_model=("train_model", "fit"),
        model=("model", "net"),
        optimizer=("optimizer", "opt"),
        dataset=("dataset", "points"),
        loader=("loader", "batches"),
        batch_size=1,
        inputs="x",
        targets="y",
    ),
)
WHOLE = _lab("X", Module(model_class=("Line",), arguments=(1, 1), targets="y"))

IMPORTS = """\
import copy
import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset
"""
DATA = """\
class Points(Dataset):
    def __init__(self, n=6):
        self.x = torch.linspace(-1, 1, n).view(-1, 1)
        self.y = 0 * self.x
    def __getitem__(self, index):
        return self.x[index], self.y[index]
    def __len__(self):
        return len(self.x)
dataset = Points()
loader = DataLoader(dataset, batch_size=1)
"""
TENSORS = "X, y = torch.zeros(6, 1), torch.zeros(6, 1)\n"
CLASS = """\
class Line(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
    def forward(self, x):
        return self.linear(x)
"""
CRITERION = "criterion = nn.MSELoss()\n"
OBJECTS = """\
model = Line(1, 1)
optimizer = optim.SGD(model.parameters(), lr=0.1)
"""
STEP = """\
loss = criterion(model(x), y)
optimizer.zero_grad()
loss.backward()
optimizer.step()
"""


def training(
    step: str = STEP, first: str = "pass", last: str = "pass", over: str = "loader"
) -> str:
    """Return a training function over batches that takes this step with each."""
    body = step.strip().replace("\n", "\n            ")
    return f"""\
def train_model(epochs):
    {first}
    for _ in range(epochs):
        for x, y in {over}:
            {body}
    {last}
"""


def whole_training(step: str = STEP, first: str = "pass") -> str:
    """Return a training function that takes this step with all data."""
    body = step.strip().replace("(x)", "(X)").replace("\n", "\n        ")
    return f"def train_model(epochs):\n    {first}\n    for _ in range(epochs):\n        {body}\n"


def script(
    *,
    data: str = DATA,
    model: str = CLASS,
    criterion: str = CRITERION,
    objects: str = OBJECTS,
    train: str | None = None,
    end: str = "",
) -> str:
    """Return a right submission of the lab with batches, some parts replaced."""
    parts = (IMPORTS, data, model, criterion, objects, training() if train is None else train, end)
    return "\n".join(parts)


def whole(train: str | None = None, *, data: str = TENSORS, end: str = "") -> str:
    """Return a right submission of the lab without batches, some parts replaced."""
    return script(data=data, train=whole_training() if train is None else train, end=end)


def run(source: str, *, plan: Plan = BATCHES, budget: Budget = BUDGET) -> Observation:
    """Observe a source in this process."""
    frames: list[msgspec.Struct] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as the worker's entry does
        observe(plan.job("small.py", source.encode(), budget), frames.append)
    return frames_of(frames)


def kept(name: str) -> Any:
    """Return what a global of the observed submission holds now."""
    return vars(sys.modules["__main__"])[name]


def ends(found: Observation) -> dict[str, list[Values]]:
    """Return the flat parameters after each call of each scenario."""
    return {
        name: [
            np.concatenate([unpack(a).reshape(-1) for a in call.parameters.values()])
            for call in record.calls
        ]
        for name, record in found.scenarios.items()
    }


def only_call(found: Observation, scenario: str = "other") -> CallRecord:
    """Return the record of a scenario's only call."""
    (call,) = found.scenarios[scenario].calls
    return call


def by_hand(plan: Plan, scenario: str) -> list[Values]:
    """Return where plain gradient descent on the mean squared error ends after each call."""
    (found,) = [p.scenario for p in plan.scenarios if p.scenario.id == scenario]
    situation, contract = found.situation, plan.exercise.contract
    x, y = (unpack(situation.data[name]) for name in (contract.inputs, contract.targets))
    point = np.concatenate([unpack(a).reshape(-1) for a in situation.start.values()])
    size = plan.exercise.batch_size or len(x)
    after = []
    for count in found.calls:
        for _ in range(count):
            for first in range(0, len(x), size):
                rows, targets = x[first : first + size, 0], y[first : first + size, 0]
                error = point[0] * rows + point[1] - targets
                gradient = 2 * np.array([(error * rows).mean(), error.mean()])
                point = point - situation.learning_rate * gradient
        after.append(point)
    return after


def assert_same_training(observed: Observation, expected: Observation) -> None:
    """Require the same parameters after each call of all scenarios, but for rounding."""
    failures = observed.failures()
    assert not failures, failures
    found = ends(observed)
    for name, wanted in ends(expected).items():
        np.testing.assert_allclose(found[name], wanted, rtol=1e-5, atol=1e-6, err_msg=name)
