"""Each mistake planted in a training loop does what it says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autograder.judge.mistakes.registry import TRAINING
from tests.judge.mistakes.small import RIGHT, START, Rule, Run, loss, path, right, variants

FORMULA = """
def forward(x):
    return w * x + b

def criterion(yhat, y):
    return ((yhat - y) ** 2).mean()

def train_model(n):
    for _ in range(n):
        rest = forward(X).detach() - Y
        LOSS.append((rest ** 2).mean().item())
        w.data = w.data - lr * 2 * (rest * X).mean()
        b.data = b.data - lr * 2 * rest.mean()
"""
RULES: list[tuple[str, int, Rule]] = [
    ("gradient-not-zeroed", 0, lambda seen, rate: -rate * np.sum(seen, axis=0)),
    (
        "one-gradient-not-zeroed",
        0,
        lambda seen, rate: -rate * np.array([sum(g[0] for g in seen), seen[-1][1]]),
    ),
    ("gradient-zeroed-before-update", 0, lambda seen, _: 0 * seen[-1]),
    ("wrong-update-sign", 0, lambda seen, rate: rate * seen[-1]),
    ("wrong-update-sign", 1, lambda seen, rate: rate * seen[-1] * [-1, 1]),
    ("parameter-not-updated", 0, lambda seen, rate: -rate * seen[-1] * [0, 1]),
    ("parameter-not-updated", 1, lambda seen, rate: -rate * seen[-1] * [1, 0]),
    ("no-update", 0, lambda seen, _: 0 * seen[-1]),
    ("update-skipped", 0, lambda seen, rate: -rate * seen[-1] * (len(seen) % 2)),
    ("wrong-gradient", 0, lambda seen, rate: -rate * seen[-1] / 2),
    ("wrong-gradient", 1, lambda seen, rate: -rate * seen[-1][[1, 1]]),
]


@pytest.mark.parametrize(("mistake", "variant", "rule"), RULES)
def test_parameters_go_the_way_that_the_mistake_says(
    mistake: str, variant: int, rule: Rule
) -> None:
    ends = Run(variants(mistake)[variant]).train(4)
    assert np.allclose(ends, path(4, rule)[-1])


@pytest.mark.parametrize("variant", [1, 2])
def test_emptying_once_a_call_is_not_emptying(variant: int) -> None:
    run = Run(variants("gradient-not-zeroed")[variant])
    ends = run.train(3)
    assert np.allclose(ends, path(3, lambda seen, rate: -rate * np.sum(seen, axis=0))[-1])


def test_a_step_before_backward_uses_the_gradient_before() -> None:
    def late(seen: list[np.ndarray], rate: float) -> np.ndarray:
        return -rate * seen[-2] if len(seen) > 1 else 0 * seen[-1]

    ends = Run(variants("step-before-backward")[0]).train(3)
    assert np.allclose(ends, path(3, late)[-1])


def test_the_rate_is_the_labs_whatever_is_set() -> None:
    ends = Run(variants("learning-rate-ignored")[0], rate=0.01).train(3)
    assert np.allclose(ends, path(3, right)[-1])


@pytest.mark.parametrize(
    ("mistake", "count"),
    [("extra-iteration", 5), ("missing-iteration", 3), ("fixed-iterations", 7)],
)
def test_the_loop_runs_another_number_of_times(mistake: str, count: int) -> None:
    run = Run(variants(mistake)[0])
    assert np.allclose(run.train(4), path(count, right)[-1])
    assert len(run.losses) == count


def test_training_begins_anew_at_every_call() -> None:
    assert np.allclose(Run(variants("parameter-reset")[0]).train(3, 2), path(2, right)[-1])


def test_training_sees_the_first_sample_alone() -> None:
    ends = Run(variants("one-sample-only")[0]).train(2)
    assert np.allclose(ends, path(2, right, slice(1))[-1])


def test_an_answer_is_written_down() -> None:
    assert np.allclose(Run(variants("hard-coded-answer")[0]).train(2), [0.5, -0.75])


def test_no_loss_is_recorded_and_the_way_stays_right() -> None:
    run = Run(variants("loss-not-recorded")[0])
    assert np.allclose(run.train(3), path(3, right)[-1])
    assert run.losses == []


def test_losses_keep_their_graph() -> None:
    run = Run(variants("loss-recorded-as-tensor")[0])
    run.train(2)
    assert all(isinstance(entry, torch.Tensor) and entry.requires_grad for entry in run.losses)


@pytest.mark.parametrize(
    "stored", ["float(loss)", "loss.detach().numpy().astype(float)[()]", "loss.cpu().item()"]
)
def test_whatever_makes_a_number_of_the_loss_is_left_out(stored: str) -> None:
    (planted,) = variants("loss-recorded-as-tensor", RIGHT.replace("loss.item()", stored))
    assert "LOSS.append(loss)" in planted


def test_losses_are_those_after_the_update() -> None:
    run = Run(variants("loss-recorded-after-update")[0])
    run.train(3)
    assert np.allclose(run.losses, [loss(point) for point in path(3, right)[1:]])


def test_targets_are_paired_with_every_prediction() -> None:
    run = Run(variants("shape-broadcast")[0])
    run.train(1)
    names = run.names
    start = START["w"] * names["X"] + START["b"]
    assert np.allclose(run.losses, [((start - names["Y"].reshape(-1)) ** 2).mean().item()])


@pytest.mark.parametrize(
    ("mistake", "error"), [("backward-missing", TypeError), ("graph-broken", RuntimeError)]
)
def test_without_a_gradient_training_raises(mistake: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Run(variants(mistake)[0]).train(1)


@pytest.mark.parametrize(
    "mistake",
    [
        "gradient-not-zeroed",
        "one-gradient-not-zeroed",
        "gradient-zeroed-before-update",
        "step-before-backward",
        "backward-missing",
        "one-step-per-epoch",
    ],
)
def test_nothing_is_planted_where_the_construct_lacks(mistake: str) -> None:
    assert variants(mistake, FORMULA) == []


@pytest.mark.parametrize("mistake", [m.id for m in TRAINING if m.plant is not None])
def test_nothing_is_planted_where_there_is_no_loop(mistake: str) -> None:
    assert variants(mistake, "forward = criterion = train_model = print") == []


OPTIMIZER = RIGHT.replace("        w.grad = None\n        b.grad = None\n", "").replace(
    "        w.data = w.data - lr * w.grad\n        b.data = b.data - lr * b.grad\n",
    "        optimizer.step()\n        optimizer.zero_grad()\n",
)
BUILT_INSIDE = OPTIMIZER.replace(
    "    for _", "    optimizer = torch.optim.SGD([w, b], lr=lr)\n    for _"
)


@pytest.mark.parametrize(
    ("mistake", "variant", "rule"), [case for case in RULES if case[0] != "one-gradient-not-zeroed"]
)
def test_an_optimizers_steps_go_the_same_way(mistake: str, variant: int, rule: Rule) -> None:
    found = variants(mistake, BUILT_INSIDE)
    if len(found) > variant:
        assert np.allclose(Run(found[variant]).train(4), path(4, rule)[-1])
    else:
        assert (mistake, variant) in [("wrong-update-sign", 1), ("wrong-gradient", 1)]


def test_one_parameter_of_a_loop_over_them_can_stay() -> None:
    updates = "        w.data = w.data - lr * w.grad\n        b.data = b.data - lr * b.grad\n"
    code = RIGHT.replace(
        updates, "        for p in (w, b):\n            p.data = p.data - lr * p.grad\n"
    )
    ends = Run(variants("parameter-not-updated", code)[1]).train(3)
    assert np.allclose(ends, path(3, lambda seen, rate: -rate * seen[-1] * [1, 0])[-1])


def test_what_is_stored_is_still_computed() -> None:
    code = RIGHT.replace("LOSS.append(loss.item())", "").replace(
        "def train_model", "def one():\n    return 1.0\n\ndef train_model"
    )
    code = code.replace(
        "        loss.backward()", "        LOSS.append(one())\n        loss.backward()"
    )
    (planted,) = variants("loss-not-recorded", code)
    assert "one()" in planted.partition("def train_model")[2]


def test_a_list_that_the_loop_reads_is_left_alone() -> None:
    code = RIGHT.replace(
        "        loss.backward()", "        print(LOSS[-1])\n        loss.backward()"
    )
    assert variants("loss-not-recorded", code) == []
    assert variants("loss-recorded-after-update", code) == []
