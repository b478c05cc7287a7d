"""A lab's own update rule is replayed by torch's class, at the parameters that were seen."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest
import torch

from autograder.errors import SpecError
from autograder.exercise import Exercise, Module, Rule, Variation
from autograder.exercise.loader import load_exercise
from autograder.exercise.plan import make_plan
from autograder.judge.judge import Judge
from tests.parts import check, grader, trace_of

MOMENTS = Path(__file__).parents[1] / "verification" / "moments" / "exercise.py"
PAGE = """\
X, y = torch.randn(8, 2), torch.randn(8)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2))
    def forward(self, x):
        return x @ self.weight
criterion = nn.MSELoss()
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
LOSS = []
def train_model(n):
    for _ in range(n):
        loss = criterion(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


def cancelling(generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Targets that hang on the first input alone; the second one's gradients cancel out."""
    first = torch.randn(4, generator=generator)
    X = torch.stack([torch.cat([first, first]), torch.tensor([1.0, 3.0, 7.0, 0.1] * 2)], 1)
    X[4:, 1] *= -1
    return {"X": X, "y": 3 * X[:, 0] + 0.3}


def lab(rule: Rule) -> Exercise:
    return Exercise(
        lab="adam",
        title="Adam",
        contract=Module(model_class=("Net",), targets="y", rule=rule),
        data=cancelling,
        objective=lambda p, d: ((d["X"] @ p["weight"] - d["y"]) ** 2).mean(),
        start={"weight": [0.0, 0.0]},
        learning_rate=0.1,
        iterations=5,
        public_seeds=(1,),
        hidden_seeds=(20,),
        variations=(
            Variation(name="longer", calls=(9,)),
            Variation(name="isolated", calls=(5,), isolated=True),
        ),
        points={"final_parameters": 3, "gradient_zeroing": 2},
    )


def test_a_step_that_is_nothing_but_rounding_costs_nothing() -> None:
    grade = grader(lab(Rule(optimizer="Adam")), PAGE)
    other = PAGE.replace("return x @ self.weight", "return (x * self.weight).sum(1) + 0 * x.sum()")
    other = other.replace("criterion(model(X), y)", "criterion(model(X.flip(0)), y.flip(0))")
    verdict = grade(other)
    assert verdict.score == verdict.max_score


def test_another_rule_costs_the_parameters_and_not_the_zeroing() -> None:
    grade = grader(lab(Rule(optimizer="Adam")), PAGE)
    for other in ("AdamW", "RMSprop", "SGD"):
        verdict = grade(
            PAGE.replace(
                "Adam(model.parameters(), lr=0.1",
                f"{other}(model.parameters(), lr=0.1{', weight_decay=1.0' if other == 'AdamW' else ''}",
            )
        )
        assert not check(verdict, "final_parameters").passed
        assert check(verdict, "gradient_zeroing").passed


def test_gradients_that_pile_up_are_not_taken_for_the_rule() -> None:
    grade = grader(lab(Rule(optimizer="Adam")), PAGE)
    verdict = grade(PAGE.replace("        optimizer.zero_grad()\n", ""))
    assert not check(verdict, "gradient_zeroing").passed


def test_an_optimizer_may_go_on_or_begin_anew_with_each_call() -> None:
    exercise = load_exercise(MOMENTS)
    calls = dataclasses.replace(exercise.variations[0], calls=(3, 3))
    exercise = dataclasses.replace(exercise, variations=(calls, *exercise.variations[1:]))
    folder = MOMENTS.parent
    verdicts = []
    reference = trace_of(exercise, (folder / "accepted" / "optimizers.py").read_text())
    for name in ("optimizers", "made_inside"):
        trace = trace_of(exercise, (folder / "accepted" / f"{name}.py").read_text())
        verdicts.append(Judge(make_plan(exercise), reference).judge(trace))
    assert [verdict.score for verdict in verdicts] == [8.0, 8.0]


@pytest.mark.parametrize(
    "rule",
    [
        Rule(optimizer="Adamant"),
        Rule(optimizer="functional"),
        Rule(settings={"momentum": -1.0}),
        Rule(settings={"momentom": 0.9}),
        Rule(schedule="StepDown"),
        Rule(schedule="StepLR"),
        msgspec.structs.replace(Rule(), every="epoch"),  # type: ignore[arg-type]
    ],
)
def test_a_rule_that_torch_does_not_have_is_refused(rule: Rule) -> None:
    with pytest.raises(SpecError, match=r"contract\.rule"):
        lab(rule)
