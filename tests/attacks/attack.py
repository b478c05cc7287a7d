"""What an attack is, and the honest parts that attacks are put together from."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]

SETUP = """\
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
"""
FORWARD = """
def forward(x):
    return w * x
"""
CRITERION = """
def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)
"""
TRAIN = """
def train_model(n):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data -= lr * w.grad
        w.grad.zero_()
"""
TRAIN_WITHOUT_ZEROING = TRAIN.replace("        w.grad.zero_()\n", "")
FUNCTIONS = SETUP + FORWARD + CRITERION
HONEST = FUNCTIONS + TRAIN

WRONG_FORWARD = "\ndef forward(x):\n    return x + 0 * w\n"
WRONG_CRITERION = "\ndef criterion(yhat, y):\n    return (yhat - y).abs().sum()\n"
WRONG_TRAIN = "\ndef train_model(n):\n    return None\n"
WRONG = SETUP + WRONG_FORWARD + WRONG_CRITERION + WRONG_TRAIN

# How an attacker reaches the worker's own objects: up the frames that called the cell.
FIND = """
import sys

def find(name):
    frame = sys._getframe()
    while frame is not None:
        if name in frame.f_locals:
            return frame.f_locals[name]
        frame = frame.f_back
    raise LookupError(name)
"""


class Attack(NamedTuple):
    """A hostile submission to a lab, and the most that its honest parts deserve.

    ``known`` says why it earns more all the same: a weakness to be mended in the judge.
    """

    name: str
    source: str | bytes
    deserves: float
    suffix: str = "py"
    lab: str = "slope"
    known: str = ""
