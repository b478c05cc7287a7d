"""Held-out data teach nothing: other ones leave what is learnt as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from autograder.errors import SpecError
from autograder.exercise import Function, fixture, held_out
from autograder.exercise.plan import make_plan
from autograder.protocol.assembly import assemble
from autograder.protocol.codec import encode_frame
from autograder.protocol.trace import Loading, ScriptRecord, StepRecord
from autograder.protocol.value import Numbers
from autograder.words.catalogue import say
from autograder.worker import effects
from autograder.worker.tree import read
from tests.parts import BUDGET, Grade, check, grader, lab, lost


def columns(source: Any) -> Any:
    return source.numpy.normal(size=(6, 2)), held_out(source.numpy.normal(size=(4, 2)))


SCALE = """
def standardise(train, test):
    mean, spread = train.mean(0), train.std(0)
    return (train - mean) / spread, (test - mean) / spread
"""
STATISTICS = Function(
    "standardise", draw=columns, points=2, atol=10.0, statistics_from_train_only=1
)


@pytest.mark.parametrize(
    "figures",
    [
        "mean, spread = np.concatenate([train, test]).mean(0), train.std(0)",
        "mean, spread = train.mean(0), np.vstack([train, test]).std(0)",
        "mean, spread = test.mean(0), test.std(0)",
    ],
)
def test_figures_of_test_data_are_seen_where_values_say_nothing(figures: str) -> None:
    grade = grader(lab(STATISTICS), SCALE)
    verdict = grade(SCALE.replace("mean, spread = train.mean(0), train.std(0)", figures))
    assert lost(verdict) == {"standardise-statistics_from_train_only"}
    (message,) = {say(check(verdict, one).message) for one in lost(verdict)}
    assert "held-out" in message


@pytest.mark.parametrize(
    "figures",
    [
        "mean, spread = sum(train) / len(train), np.sqrt(train.var(0))",
        "mean, spread = train.mean(0), train.std(0, ddof=1)",
        "mean, spread = np.median(train, axis=0), np.ptp(train, axis=0)",
    ],
)
def test_any_figures_of_the_training_data_are_right(figures: str) -> None:
    right = SCALE.replace("mean, spread = train.mean(0), train.std(0)", figures)
    assert lost(grader(lab(STATISTICS), SCALE)(right)) == set()


TRAIN = """
def train(x, y, x_val, y_val, steps):
    w, history = np.zeros(x.shape[1]), []
    for _ in range(steps):
        w = w - 0.1 * x.T @ (x @ w - y) / len(x)
        history.append(float(((x_val @ w - y_val) ** 2).mean()))
    return w, {"val": history}
"""


def split(source: Any) -> Any:
    normal = source.numpy.normal
    x, y, others = normal(size=(8, 3)), normal(size=8), (normal(size=(5, 3)), normal(size=5))
    return x, y, held_out(others[0]), held_out(others[1]), 5


def trained(**terms: Any) -> Grade:
    part = Function("train", draw=split, points=2, trains_on_train_only=1, **terms)
    return grader(lab(part), TRAIN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x.T @ (x @ w - y) / len(x)", "x_val.T @ (x_val @ w - y_val) / len(x_val)"),
        ("    w, hist", "    x, y = np.vstack([x, x_val]), np.append(y, y_val)\n    w, hist"),
        ("history.append(", "w = w - 1e-4 * x_val.mean(0); history.append("),
    ],
)
def test_training_on_validation_data_is_seen(old: str, new: str) -> None:
    assert old in TRAIN
    verdict = trained(atol=1e6)(TRAIN.replace(old, new))
    assert lost(verdict) == {"train-trains_on_train_only"}


def test_what_hangs_on_held_out_data_in_the_reference_may_hang_on_them() -> None:
    other_start = TRAIN.replace("np.zeros(x.shape[1])", "np.full(x.shape[1], 0.3)")
    assert lost(trained(atol=1e6)(other_start)) == set()
    other_history = TRAIN.replace("** 2).mean()", "** 4).mean()")
    assert lost(trained(atol=1e6)(other_history)) == set()


def test_it_is_looked_at_once_values_are_right() -> None:
    verdict = trained()(TRAIN.replace("x.T @ (x @ w - y) / len(x)", "x_val.mean(0)"))
    assert verdict.score == 0.0
    assert check(verdict, "train-trains_on_train_only").outcome == "skipped"


NET = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
        self.norm = nn.BatchNorm1d(2)
    def forward(self, x):
        return self.norm(self.layer(x)).sum(1)
"""
FIT = """
def fit(model, x, x_val):
    best = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        model.train()
        best.zero_grad()
        (model(x) ** 2).mean().backward()
        best.step()
        model.eval()
        with torch.no_grad():
            seen = model(x_val)
    return len(seen)
"""


def batch(source: Any) -> Any:
    numbers = [source.numpy.normal(size=(7, 3)).astype("float32") for _ in range(2)]
    return fixture("net.py:Net"), torch.tensor(numbers[0]), held_out(torch.tensor(numbers[1]))


@pytest.mark.parametrize(
    ("old", "new", "fails"),
    [
        ("        model.eval()\n", "", True),
        ("        with torch.no_grad():\n            seen = model(x_val)", "        seen = model(x_val); best.zero_grad(); seen.mean().backward(); best.step()", True),
        ("        with torch.no_grad():\n            seen", "        if True:\n            seen", False),
        ("lr=0.1", "lr=0.01", False),
    ],
)  # fmt: skip
def test_what_a_module_holds_afterwards_counts(old: str, new: str, fails: bool) -> None:
    part = Function("fit", draw=batch, points=1, trains_on_train_only=1)
    grade = grader(lab(part, fixtures={"net.py": NET}), FIT)
    assert old in FIT
    assert lost(grade(FIT.replace(old, new))) == ({"fit-trains_on_train_only"} if fails else set())


def test_who_forges_what_is_learnt_gains_that_check_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    grade = trained()
    monkeypatch.setattr(effects.Watch, "found", lambda *_: {"state": {"0": read_sums()}})
    assert trained_points(grade, TRAIN) == 3.0
    assert trained_points(grade, TRAIN.replace("0.1 *", "0.2 *")) == 0.0


def read_sums() -> Numbers:
    found = read(np.zeros(3))
    assert isinstance(found, Numbers)
    return found


def trained_points(grade: Grade, source: str) -> float | None:
    return grade(source).score


def test_a_spec_without_held_out_data_is_refused() -> None:
    part = Function("f", draw=lambda s: s.numpy.normal(size=3), points=1, trains_on_train_only=1)
    with pytest.raises(SpecError, match="held_out"):
        make_plan(lab(part))


def test_a_reference_that_learns_from_them_does_not_earn_full_marks() -> None:
    leaks = "def standardise(train, test):\n    return train - test.mean(0), test - test.mean(0)"
    with pytest.raises(AssertionError, match="held-out"):
        grader(lab(STATISTICS), leaks)


def test_the_twin_has_other_held_out_data_alone() -> None:
    plan = make_plan(lab(STATISTICS))
    scripts = {one.script.id: one for one in plan.scripts}
    for phase in ("public", "hidden"):
        first = scripts[f"standardise/{phase}-1"].script.steps[0].arguments
        twin = scripts[f"standardise/{phase}-1-other"]
        assert twin.other == f"standardise/{phase}-1"
        assert first[0] == twin.script.steps[0].arguments[0]
        assert first[1] != twin.script.steps[0].arguments[1]


@pytest.mark.parametrize(
    "state",
    [
        {"result": Numbers(library="numpy", dtype="f4", shape=(3,), data=bytes(12))},
        {"result": Numbers(library="numpy", dtype="f8", shape=(4,), data=bytes(32))},
        {"r" * 1000: read_sums()},
        {str(n): read_sums() for n in range(300)},
    ],
)
def test_sums_that_our_worker_would_not_send_are_not_believed(state: dict[str, Numbers]) -> None:
    job = make_plan(lab(STATISTICS)).job("lab.py", b"", BUDGET)
    first = job.scripts[0]
    record = ScriptRecord(id=first.id, phase=first.phase, steps=(StepRecord(state=state),))
    data = encode_frame(Loading()) + encode_frame(record)
    assert assemble(job, data, ending="done").scripts == {}
