"""What explains an error, a cut graph or an undone step is seen in the text."""

from __future__ import annotations

import pytest

from autograder.protocol.trace import What

from .conftest import Look
from .observation import CRITERION, FORWARD, TRAIN, script

KINDS = frozenset(
    {"foreign", "regraded", "cut", "early", "summed", "restored", "lost", "anew", "random"}
    | {"unpredicted"}
)
UPDATE = "w.data = w.data - lr * w.grad.data"


def seen(look: Look, source: str) -> list[tuple[str, str]]:
    return [(one.what, one.name) for one in look(source).sightings if one.what in KINDS]


def train(*lines: str, after: str = "") -> str:
    body = "\n        ".join(lines)
    return f"\ndef train_model(n):\n    for i in range(n):\n        {body}\n    {after}\n"


@pytest.mark.parametrize(
    ("line", "what", "name"),
    [
        ("w.data -= lr * loss.grad", "foreign", ""),
        ("w.data -= lr * w.data.grad", "foreign", ""),
        ("w.grad.data = w.grad.data - lr * w.grad.data", "regraded", ""),
        ("w.grad -= lr * w.grad", "regraded", ""),
        ("LOSS = LOSS.append(loss.item())", "lost", "LOSS"),
        ("loss = criterion(X, Y)", "unpredicted", "X"),
        ("loss = criterion(Y, X)", "unpredicted", "X"),
        ("rows = torch.randperm(len(X))", "random", "randperm"),
    ],
)
def test_a_line_of_training_is_seen(look: Look, line: str, what: What, name: str) -> None:
    source = script(train=train("loss = criterion(forward(X), Y)", "loss.backward()", line))
    assert seen(look, source) == [(what, name)]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["loss = criterion(forward(X).detach(), Y)"], "detach"),
        (["loss = criterion(forward(X), Y).item()"], "item"),
        (["with torch.no_grad():", "    loss = criterion(forward(X), Y)"], "no_grad"),
        (["with torch.no_grad():", "    p = forward(X)", "loss = criterion(p, Y)"], "no_grad"),
        (["loss = criterion(forward(X), Y)", "loss.data.backward()"], "data"),
    ],
)
def test_what_cuts_the_loss_off_is_seen(look: Look, lines: list[str], name: str) -> None:
    assert seen(look, script(train=train(*lines))) == [("cut", name)]


def test_a_sum_that_backward_goes_through_is_seen(look: Look) -> None:
    loss = "total = total + criterion(forward(X), Y)"
    assert seen(look, script(train=train(loss, "total.backward()"))) == [("summed", "total")]
    assert seen(look, script(train=train(loss, "LOSS.append(total.item())"))) == []


@pytest.mark.parametrize("line", ["w.data = best", "w.data.copy_(best)"])
def test_a_parameter_set_after_the_loop_is_seen(look: Look, line: str) -> None:
    assert seen(look, script(train=train(UPDATE, after=line))) == [("restored", "w")]
    assert seen(look, script(train=train(line, UPDATE))) == []


@pytest.mark.parametrize(
    ("text", "what", "name"),
    [
        ("return w.item() * x", "cut", "item"),
        ("return torch.nn.Linear(1, 1)(x)", "anew", "Linear"),
        ("y = w * x; y.sum().backward(); return y", "early", "backward"),
    ],
)
def test_what_cuts_forward_off_is_seen(look: Look, text: str, what: What, name: str) -> None:
    assert seen(look, script(forward=f"\ndef forward(x):\n    {text}\n")) == [(what, name)]


@pytest.mark.parametrize("decorator", ["torch.no_grad()", "torch.no_grad", "inference_mode()"])
def test_a_decorator_that_computes_without_a_graph_is_seen(look: Look, decorator: str) -> None:
    name = "inference_mode" if "inference" in decorator else "no_grad"
    before = f"from torch import inference_mode\n@{decorator}\n"
    assert ("cut", name) in seen(look, script(train=f"{before}{TRAIN}"))
    assert ("cut", name) in seen(look, script(forward=f"{before}{FORWARD}"))


@pytest.mark.parametrize(
    "how", ["@torch.no_grad()\ndef look():\n    ", "def look():\n  with torch.no_grad():\n    "]
)
def test_an_evaluation_without_a_graph_cuts_nothing_off(look: Look, how: str) -> None:
    evaluation = f"{how}return criterion(forward(X), Y)\n"
    lines = ["look()", "loss = criterion(forward(X), Y)", "loss.backward()"]
    assert seen(look, script(train=evaluation + train(*lines))) == []


def test_a_right_file_shows_none(look: Look) -> None:
    assert seen(look, script(forward=FORWARD, criterion=CRITERION, train=TRAIN)) == []
