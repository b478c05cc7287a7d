"""Training that stops early and goes back to its best: where the reference does, on any data."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from autograder.exercise import Exercise, Module, Recorded, Validation, Variation
from autograder.exercise.plan import make_plan
from autograder.grading.mutants import planted_in
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.diagnosis.mutants import Mutant
from autograder.judge.judge import Judge
from tests.parts import TOP, Grade, lost, trace_of, trace_of_plan

RIGHT = """
X, y = torch.ones(8, 1), torch.ones(8, 1)
X_val, y_val = torch.ones(8, 1), torch.ones(8, 1)
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
PATIENCE = 3
def train_model(epochs):
    least, waited, best = float("inf"), 0, model.state_dict()
    for _ in range(epochs):
        optimizer.zero_grad()
        criterion(model(X), y).backward()
        optimizer.step()
        with torch.no_grad():
            loss = criterion(model(X_val), y_val).item()
        VAL.append(loss)
        if loss < least:
            least, best = loss, {n: v.clone() for n, v in model.state_dict().items()}
            waited = 0
        else:
            waited += 1
        if waited >= PATIENCE:
            break
    model.load_state_dict(best)
"""


def drawn(slope: float, generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Points whose validation loss falls for some epochs and rises then."""
    X, X_val = (torch.randn((8, 1), generator=generator) for _ in range(2))
    return {"X": X, "y": 2 * X, "X_val": X_val, "y_val": slope * X_val}


def data(generator: torch.Generator) -> dict[str, torch.Tensor]:
    return drawn(0.5, generator)


def never_worse(generator: torch.Generator) -> dict[str, torch.Tensor]:
    return drawn(2.0, generator)


def predicted(parameters: Any, x: torch.Tensor) -> torch.Tensor:
    found: torch.Tensor = x @ parameters["linear.weight"].T + parameters["linear.bias"]
    return found


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return Exercise(
        lab="patient",
        title="Patient",
        contract=Module(
            model_class=("Net",),
            train_model=("train_model",),
            targets="y",
            validation=Validation(),
            keeps_best=True,
            stops_early=True,
        ),
        data=data,
        objective=lambda p, d: ((predicted(p, d["X"]) - d["y"]) ** 2).mean(),
        start={"linear.weight": [[-1.0]], "linear.bias": [0.3]},
        learning_rate=0.05,
        iterations=20,
        public_seeds=(1,),
        hidden_seeds=(10, 11, 12),
        variations=(
            Variation(name="never-worse", data=never_worse, calls=(6,)),
            Variation(name="never-worse-longer", data=never_worse, calls=(9,)),
            Variation(name="continued", calls=(20, 12)),
            Variation(name="isolated", learning_rate=0.05, calls=(5,), isolated=True),
        ),
        points={"forward": 1, "criterion": 1, "final_parameters": 3, "gradient_zeroing": 2},
        recorded=(
            Recorded(
                ("VAL",),
                lambda p, d: ((predicted(p, d["X_val"]) - d["y_val"]) ** 2).mean(),
                points=2,
            ),
        ),
    )


@pytest.fixture(scope="module")
def grade(exercise: Exercise) -> Grade:
    plan = make_plan(exercise)
    right = trace_of(exercise, RIGHT)
    mutants = [
        Mutant(mistakes=(mistake,), trace=trace_of_plan(plan, source))
        for mistake, source in planted_in(plan, (TOP + RIGHT).encode())
        if mistake.id in ("best-not-kept", "values-of-training-data")
    ]
    judge = Judge(plan, right, Diagnoser(plan, right, mutants))
    assert not lost(judge.judge(right))
    return lambda source: judge.judge(trace_of(exercise, source))


def changed(*pairs: tuple[str, str]) -> str:
    source = RIGHT
    for old, new in pairs:
        assert old in source
        source = source.replace(old, new)
    return source


BY_PLACE = (
    ("least, waited, best = float(\"inf\"), 0, model.state_dict()\n", "start = len(VAL)\n"),
    ("        if loss < least:\n            least, best = loss,", "        if loss == min(VAL[start:]):\n            place, best = len(VAL),"),
    ("            waited = 0\n        else:\n            waited += 1\n        if waited >= PATIENCE:\n            break\n", "        if len(VAL) - place == PATIENCE:\n            model.load_state_dict(best)\n            return\n"),
)  # fmt: skip


def test_another_way_to_stop_is_right(grade: Grade) -> None:
    assert not lost(grade(changed(*BY_PLACE)))


@pytest.mark.parametrize(
    ("pairs", "costs", "mistake"),
    [
        ([("            break\n", "            pass\n")], {"train_model-VAL"}, "never-stops"),
        ([(">= PATIENCE", "> PATIENCE")], {"train_model-VAL"}, "stops-late"),
        ([("PATIENCE = 3", "PATIENCE = 2")], {"train_model-VAL"}, "stops-soon"),
        ([("    model.load_state_dict(best)\n", "")], {"final_parameters"}, "best-not-kept"),
        ([("v.clone()", "v")], {"final_parameters"}, "best-not-kept"),
        (
            [("range(epochs)", "range(epochs - 1)")],
            {"final_parameters", "train_model-VAL"},
            "missing-iteration",
        ),
        (
            [("range(epochs)", "range(epochs - 2)")],
            {"final_parameters", "train_model-VAL"},
            "other-iteration-count",
        ),
        (
            [("model(X_val), y_val", "model(X), y")],
            {"final_parameters", "train_model-VAL"},
            "values-of-training-data",
        ),
    ],
)
def test_what_is_wrong_with_stopping_costs_its_check_and_is_named(
    grade: Grade, pairs: list[tuple[str, str]], costs: set[str], mistake: str
) -> None:
    verdict = grade(changed(*pairs))
    assert lost(verdict) == costs
    assert [one.id for one in verdict.diagnosis] == [mistake]


def test_mistakes_in_stopping_are_planted(exercise: Exercise) -> None:
    found = planted_in(make_plan(exercise), (TOP + RIGHT).encode())
    sources: dict[str, list[str]] = {}
    for mistake, source in found:
        sources.setdefault(mistake.id, []).append(source)
    assert "break" not in sources["never-stops"][0]
    assert "if waited >= PATIENCE + 1:" in sources["stops-late"][0]
    early, counted_on = sources["stops-soon"]
    assert "if waited >= PATIENCE - 1:" in early
    assert "waited = 0" not in counted_on.replace("least, waited, best", "")
