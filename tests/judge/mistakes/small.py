"""A small right script, mistakes planted in it, and what its runs give."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from autograder.judge.compare import Values
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.mistakes.script import Script
from autograder.protocol.array import pack
from autograder.protocol.job import Contract, Functions, Situation

INPUTS = np.array([[-1.0], [0.5], [2.0], [3.0]])
TARGETS = np.array([[1.0], [-2.0], [0.5], [4.0]])
START = {"w": -1.0, "b": 2.0}
RATE = 0.1
RIGHT = """
def forward(x):
    return w * x + b

def criterion(yhat, y):
    return ((yhat - y) ** 2).mean()

def train_model(n):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad
        b.data = b.data - lr * b.grad
        w.grad = None
        b.grad = None
"""
Rule = Callable[[Sequence[Values], float], Values]


def script_of(code: str, contract: Contract | None = None) -> Script:
    """Return a script of the line's lab."""
    preset = Situation(
        data={"X": pack(INPUTS), "Y": pack(TARGETS)},
        start={name: pack(value, dtype="f4") for name, value in START.items()},
        learning_rate=RATE,
    )
    return Script(ast.parse(code), contract or Functions(), preset)


def variants(mistake_id: str, code: str = RIGHT, *, function: str = "train_model") -> list[str]:
    """Return the code with a mistake in it, one for each way to plant it."""
    plants = [m.plant for m in MISTAKES if (m.id, m.function) == (mistake_id, function)]
    assert plants
    assert plants[0] is not None
    return [variant.source() for variant in plants[0](script_of(code))]


class Run:
    """A script's namespace, with the lab's data and start in it."""

    def __init__(self, code: str, *, rate: float = RATE, dtype: torch.dtype = torch.double) -> None:
        self.names: dict[str, Any] = {
            "torch": torch,
            "X": torch.tensor(INPUTS, dtype=dtype),
            "Y": torch.tensor(TARGETS, dtype=dtype),
            "lr": rate,
            "LOSS": [],
        }
        for name, value in START.items():
            self.names[name] = torch.tensor(value, dtype=dtype, requires_grad=True)
        exec(compile(code, "<small>", "exec"), self.names)  # our own code, planted

    def train(self, *counts: int) -> Values:
        """Train once for each count, and return w and b."""
        for count in counts:
            self.names["train_model"](count)
        return np.array([self.names[name].item() for name in START])

    @property
    def losses(self) -> list[Any]:
        """The list of losses."""
        found: list[Any] = self.names["LOSS"]
        return found


def gradient(point: Values, rows: slice = slice(None)) -> Values:
    """Return the gradient of the mean squared error at w and b."""
    x, y = INPUTS[rows, 0], TARGETS[rows, 0]
    rest = point[0] * x + point[1] - y
    return np.array([2 * (rest * x).mean(), 2 * rest.mean()])


def loss(point: Values) -> float:
    """Return the mean squared error at w and b."""
    return float(((point[0] * INPUTS + point[1] - TARGETS) ** 2).mean())


def path(count: int, rule: Rule, rows: slice = slice(None)) -> Values:
    """Return the places ``[count + 1, 2]`` that a rule of gradients so far leads through."""
    points, seen = [np.array(list(START.values()))], []
    for _ in range(count):
        seen.append(gradient(points[-1], rows))
        points.append(points[-1] + rule(seen, RATE))
    return np.array(points)


def right(seen: Sequence[Values], rate: float) -> Values:
    """Gradient descent."""
    return -rate * seen[-1]
