"""What a page does for its readers alone goes; what anything depends on stays."""

from __future__ import annotations

import ast

import pytest

from autograder.judge.mistakes.needed import needed_statements
from autograder.judge.mistakes.nodes import free_names

FUNCTIONS = """
import matplotlib.pyplot as plt
def forward(x):
    return w * x
def show(axes):
    axes.plot(X)
"""


def kept(code: str, *, asked_for: str = "w", lasting: str = "w model") -> str:
    """Return what stays of statements below two functions."""
    body = ast.parse(FUNCTIONS + code).body
    found = needed_statements(body, asked_for.split(), lasting.split())
    return "\n".join(ast.unparse(one) for one in found if one not in body[:3])


@pytest.mark.parametrize(
    "code",
    [
        "for i in range(3):\n    plt.plot(i)",
        "path = []\nfor _ in range(30):\n    path.append(w.item())\n    train_model(1)",
        "large = Net(300)\nfor _ in range(60):\n    criterion(large(X), Y).backward()",
        "_, axes = plt.subplots()\naxes.plot(X)",
        "with torch.no_grad():\n    shown = forward(grid)",
        "for p in (0.0, 0.5):\n    torch.manual_seed(4)\n    seen = train(Net(p))",
        "if True:\n    print(forward(X))",
    ],
)
def test_demonstrations_go(code: str) -> None:
    assert kept(code) == ""


@pytest.mark.parametrize(
    "code",
    [
        "w = 3",
        "X = 3",
        "X[0] = 3",
        "base = 2\nX = base + 1",
        "for i in range(3):\n    X[i] = i",
        "for X in range(3):\n    pass",
        "for i in range(3):\n    X.append(i)",
        "with torch.no_grad():\n    w.fill_(2)",
        "kept = w.requires_grad_()",
        "if True:\n\n    def helper():\n        return 1\nX = helper()",
        "for i in range(3):\n    torch.set_default_dtype(torch.double)",
        "assert True",
        "setup()['w'] = 3",
        "w.data.add_(1)",
    ],
)
def test_what_functions_find_later_stays(code: str) -> None:
    assert kept(code) == code


def test_whatever_is_looked_up_by_name_stays() -> None:
    code = "one = 1\nname = 'one'\ndef g():\n    return globals()[name]"
    assert kept(code) == code


def test_a_lab_asks_for_names_that_no_function_reads() -> None:
    assert kept("answer = 3\nother = 4", asked_for="answer") == "answer = 3"


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("def f(a, b=c):\n    d = a + e\n    return d", {"c", "e"}),
        ("def f():\n    global a\n    a = b", {"a", "b"}),
        ("def f(x):\n    def g(y):\n        return x + y + z\n    return g", {"z"}),
        ("f = lambda x: x + y", {"f", "y"}),
        ("class C(B):\n    n = m\n    def f(self):\n        return k", {"B", "n", "m", "k"}),
        ("def f():\n    return [x for x in X] + x", {"x", "X"}),
    ],
)
def test_free_names_are_those_from_outside(code: str, names: set[str]) -> None:
    assert free_names(ast.parse(code)) == names
