"""The submissions that everything is measured on: right ways to solve ``slope``, each distinct.

The same functions as a script, as a notebook without plots, and as a notebook with the plots that
such labs have: the data, a figure in every iteration, the losses. The notebooks carry test cells
with assertions, as is usual with nbgrader, and run without this project's package.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

Workload = Literal["script", "plain", "plots"]
POINTS = {"forward": 2, "criterion": 2, "train_model": 6}

FORWARDS = ("return w * x", "return x * w", "return torch.mul(w, x)")
CRITERIA = (
    "return torch.mean((yhat - y) ** 2)",
    "return ((yhat - y) ** 2).mean()",
    "return torch.nn.functional.mse_loss(yhat, y)",
)
UPDATES = (
    ("w.data = w.data - lr * w.grad.data", "w.grad.data.zero_()"),
    ("w.data -= lr * w.grad.data", "w.grad.data.zero_()"),
    ("with torch.no_grad():", "    w.sub_(lr * w.grad)", "w.grad.zero_()"),
    ("w.data = w.data - lr * w.grad", "w.grad = None"),
    ("w.data -= lr * w.grad.data", "w.grad.data.fill_(0)"),
)
IMPORTS = "import matplotlib.pyplot as plt\nimport torch"
DATA = "X = torch.arange(-3, 3, 0.1).view(-1, 1)\nY = -3 * X + 0.1 * torch.randn(X.size())"
START = "w = torch.tensor(-10.0, requires_grad=True)\nlr = 0.1\nLOSS = []"
DATA_PLOT = """\
plt.plot(X.numpy(), Y.numpy(), "x", label="data")
plt.plot(X.numpy(), (-3 * X).numpy(), label="line of slope -3")
plt.xlabel("x")
plt.ylabel("y")
plt.legend()
plt.show()"""
DIAGRAM = """\
class Diagram:
    def __init__(self, X, Y, w, stop):
        start = w.item()
        self.X, self.Y, self.values = X.numpy(), Y.numpy(), torch.linspace(start, stop, 50)
        self.losses = [((value * X - Y) ** 2).mean().item() for value in self.values]

    def __call__(self, yhat, w, error, iteration):
        plt.subplot(212)
        plt.plot(self.X, self.Y, "ro", label="data")
        plt.plot(self.X, yhat.detach().numpy(), label="prediction")
        plt.ylim(-20, 20)
        plt.legend()
        plt.subplot(211)
        plt.title(f"iteration {iteration}")
        plt.plot(self.values.numpy(), self.losses)
        plt.plot(w.item(), error, "ro")
        plt.tight_layout()
        plt.show()


gradient_plot = Diagram(X, Y, w, stop=5)"""
LOSS_PLOT = """\
plt.plot(LOSS, "o-")
plt.xlabel("iteration")
plt.ylabel("loss")
plt.show()"""
TESTS = {
    "forward": """\
x = torch.tensor([[1.0], [-2.0]])
assert forward(x).shape == x.shape
assert torch.allclose(forward(x), -10 * x)""",
    "criterion": """\
assert abs(criterion(torch.tensor([1.0, 3.0]), torch.tensor([0.0, 1.0])).item() - 2.5) < 1e-6
assert criterion(forward(X), Y).requires_grad""",
    "train_model": """\
w = torch.tensor(-10.0, requires_grad=True)
LOSS = []
train_model(4)
assert len(LOSS) == 4
assert LOSS[-1] < LOSS[0] / 10
assert abs(w.item() + 3) < 0.5""",
}


def functions(index: int, *, plots: bool = False) -> dict[str, str]:
    """Return the source of the three functions, in one of the right ways."""
    plot = ["gradient_plot(yhat, w, loss.item(), iteration)"] if plots else []
    steps = [
        "yhat = forward(X)",
        "loss = criterion(yhat, Y)",
        *plot,
        "LOSS.append(loss.item())",
        "loss.backward()",
        *UPDATES[index % len(UPDATES)],
    ]
    loop = "".join(f"        {step}\n" for step in steps)
    return {
        "forward": f"def forward(x):\n    {FORWARDS[index % len(FORWARDS)]}\n",
        "criterion": f"def criterion(yhat, y):\n    {CRITERIA[index % len(CRITERIA)]}\n",
        "train_model": f"def train_model(n):\n    for iteration in range(n):\n{loop}",
    }


def script(index: int) -> bytes:
    """Return a script; its last comment makes it unlike all others."""
    parts = [IMPORTS, DATA, START, *functions(index).values(), "train_model(4)", f"# {index}"]
    return ("\n\n".join(parts) + "\n").encode()


def notebook(index: int, *, plots: bool, solution: bool = True) -> bytes:
    """Return a notebook in nbgrader's form; without ``solution`` the instructor's source."""
    body = functions(index, plots=plots)
    cells = [_code(IMPORTS), _code(DATA), _code(START)]
    if plots:
        cells += [_code(DATA_PLOT), _code(DIAGRAM)]
    for name, source in body.items():
        text = f"{source}\n# {index}" if solution else _hidden(source)
        cells.append(_code(text, name, solution=True))
        cells.append(_code(TESTS[name], f"test-{name}", points=POINTS[name]))
    if plots:
        cells.append(_code(LOSS_PLOT))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, indent=1).encode()


def submission(workload: Workload, index: int) -> bytes:
    """Return the bytes of one submission."""
    if workload == "script":
        return script(index)
    return notebook(index, plots=workload == "plots")


def write_class(folder: Path, workload: Workload, count: int) -> Path:
    """Write a class of ``count`` students to a new folder and return it."""
    folder.mkdir(parents=True)
    suffix = "py" if workload == "script" else "ipynb"
    for index in range(count):
        (folder / f"s{index:05}.{suffix}").write_bytes(submission(workload, index))
    return folder


def _hidden(source: str) -> str:
    """Put a function's body between nbgrader's marks."""
    head, _, rest = source.partition("\n")
    return f"{head}\n    ### BEGIN SOLUTION\n{rest}    ### END SOLUTION\n"


def _code(
    source: str, name: str = "", *, solution: bool = False, points: int | None = None
) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if name:
        metadata["nbgrader"] = {
            "grade": points is not None,
            "grade_id": name,
            "locked": points is not None,
            "schema_version": 3,
            "solution": solution,
            "task": False,
        }
        if points is not None:
            metadata["nbgrader"]["points"] = points
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": metadata,
        "outputs": [],
        "source": source.rstrip("\n"),
    }
