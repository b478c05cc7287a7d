"""A function of another part that training calls: where it is wrong, training is tried without."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from autograder.errors import SpecError
from autograder.exercise import (
    Evaluation,
    Exercise,
    Function,
    Module,
    Recorded,
    Validation,
    Variation,
    fixture,
)
from tests.parts import Grade, grader, lost

FIXTURES = {
    "net.py": "from torch import nn\nclass Half(nn.Module):\n    def forward(self, x):\n        return x / 2\n",
    "standins.py": "def size(model, x, y):\n    return float(sum(p.abs().sum() for p in model.parameters()))\n",
}  # fmt: skip
RIGHT = """
X = X_val = torch.ones(4, 1)
y = y_val = torch.ones(4, 1)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)
    def forward(self, x):
        return self.linear(x)
criterion = nn.MSELoss()
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
VAL = []
def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        loss = criterion(model(x), y).item()
    model.train()
    return loss
def train_model(epochs):
    for _ in range(epochs):
        optimizer.zero_grad()
        criterion(model(X), y).backward()
        optimizer.step()
        VAL.append(evaluate(model, X_val, y_val))
"""


def data(generator: torch.Generator) -> dict[str, torch.Tensor]:
    return {
        name: torch.randn((rows, 1), generator=generator)
        for name, rows in (("X", 6), ("y", 6), ("X_val", 5), ("y_val", 5))
    }


def predicted(parameters: Any, x: torch.Tensor) -> torch.Tensor:
    found: torch.Tensor = x @ parameters["linear.weight"].T + parameters["linear.bias"]
    return found


def spec(**fields: Any) -> Exercise:
    usual = {"calls": {"evaluate": fixture("standins.py:size")}}
    return Exercise(
        lab="evaluated",
        title="Evaluated",
        parts=(
            Function(
                "evaluate",
                draw=lambda source: (
                    fixture("net.py:Half"),
                    torch.randn((3, 1), generator=source.torch),
                    torch.randn((3, 1), generator=source.torch),
                ),
                points=2,
                eval_mode=1,
                no_grad=1,
            ),
        ),
        contract=Module(
            model_class=("Net",), train_model=("train_model",), targets="y", validation=Validation()
        ),
        data=data,
        objective=lambda p, d: ((predicted(p, d["X"]) - d["y"]) ** 2).mean(),
        start={"linear.weight": [[-1.0]], "linear.bias": [2.0]},
        learning_rate=0.1,
        iterations=4,
        public_seeds=(1,),
        hidden_seeds=(10, 11, 12),
        variations=(
            Variation(name="other-rate", learning_rate=0.2, calls=(3,)),
            Variation(name="isolated", learning_rate=0.05, calls=(3,), isolated=True),
        ),
        points={"forward": 1, "criterion": 1, "final_parameters": 2, "gradient_zeroing": 1},
        recorded=(
            Recorded(
                "VAL", lambda p, d: ((predicted(p, d["X_val"]) - d["y_val"]) ** 2).mean(), points=2
            ),
        ),
        evaluation=Evaluation(eval_mode=1, no_grad=1),
        fixtures=FIXTURES,
        **{**usual, **fields},
    )


@pytest.fixture(scope="module")
def grade() -> Grade:
    return grader(spec(), RIGHT)


@pytest.mark.parametrize(
    ("old", "new", "fails"),
    [
        (").item()\n    model", ").item() + 1\n    model", {"evaluate", "evaluate-eval_mode", "evaluate-no_grad"}),
        ("    model.eval()\n", "    raise NotImplementedError\n", {"evaluate", "evaluate-eval_mode", "evaluate-no_grad"}),
        ("def evaluate", "def evaluated", {"evaluate", "evaluate-eval_mode", "evaluate-no_grad"}),
        ("    model.eval()\n", "", {"evaluate-eval_mode"}),
        ("    model.train()\n", "", {"evaluate-eval_mode"}),
        ("with torch.no_grad()", "with torch.enable_grad()", {"evaluate-no_grad"}),
    ],
)  # fmt: skip
def test_what_it_does_wrong_costs_its_own_part(
    grade: Grade, old: str, new: str, fails: set[str]
) -> None:
    assert old in RIGHT
    assert lost(grade(RIGHT.replace(old, new))) == fails


TRAINED = "        VAL.append(evaluate(model, X_val, y_val))\n"
INLINE = "        VAL.append(criterion(model(X_val), y_val).item())\n"


def test_training_that_does_not_call_it_is_judged_by_itself(grade: Grade) -> None:
    modes = {"train_model-eval_mode", "train_model-no_grad"}
    assert lost(grade(RIGHT.replace(TRAINED, INLINE))) == modes
    wrong = RIGHT.replace("    model.eval()\n", "").replace(TRAINED, INLINE)
    assert lost(grade(wrong)) == {*modes, "evaluate-eval_mode"}
    unasked = RIGHT.replace("    model.eval()\n", "").replace(TRAINED, "")
    assert lost(grade(unasked)) == {*modes, "evaluate-eval_mode", "train_model-VAL"}


def test_training_that_is_wrong_as_well_is_not_rescued(grade: Grade) -> None:
    wrong = RIGHT.replace("    model.eval()\n", "").replace("        optimizer.zero_grad()\n", "")
    assert {"evaluate-eval_mode", "gradient_zeroing"} <= lost(grade(wrong))


@pytest.mark.parametrize("calls", [("nowhere",), {"evaluate": fixture("standins.py:other")}])
def test_what_stands_for_it_is_looked_for_before_anything_runs(calls: Any) -> None:
    with pytest.raises(SpecError):
        grader(spec(calls=calls), RIGHT)
