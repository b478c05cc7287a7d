"""Mistakes that fit any function: each applies where it should, and changes that one place alone."""

from __future__ import annotations

import ast

import pytest

from autograder.judge.mistakes.operators import OPERATORS, planted_by_operators
from autograder.judge.mistakes.script import Script
from autograder.protocol.job import NO_TRAINING, Situation

NOWHERE = Situation(data={}, start={}, learning_rate=0.0)
LINES = {
    "product-by-place": ("return a @ b", "return a * b"),
    "transpose-lost": ("return a.T @ b", "return a @ b"),
    "sum-lost": ("return np.sum(a, axis=0)", "return a"),
    "other-reduction": ("return a.mean()", "return a.sum()"),
    "other-axis": ("return a.sum(axis=-1)", "return a.sum(axis=0)"),
    "axis-lost": ("return a.sum(dim=1)", "return a.sum()"),
    "keepdims-lost": ("return a.sum(1, keepdims=True)", "return a.sum(1)"),
    "division-lost": ("return a / len(a)", "return a"),
    "factor-lost": ("return 0.5 * a", "return a"),
    "term-lost": ("return a + b", "return a"),
    "other-sign": ("return a - b", "return a + b"),
    "comparison-edge": ("return a < b", "return a <= b"),
    "comparison-turned": ("return a == b", "return a != b"),
    "condition-other": ("return a and b", "return a or b"),
    "one-off": ("return a[1:]", "return a[2:]"),
    "arguments-swapped": ("return np.subtract(a, b)", "return np.subtract(b, a)"),
    "operands-swapped": ("return a - b", "return b - a"),
    "results-swapped": ("return a, b", "return (b, a)"),
    "sum-overwritten": ("a += b", "a = b"),
    "function-lost": ("return np.sqrt(a)", "return a"),
    "copy-lost": ("return a.copy()", "return a"),
    "in-place": ("a = a - b", "a -= b"),
    "not-stored": ("a.kept = b", "pass"),
    "argument-changed": ("return a + b", "_found = a + b\n    a *= 0\n    return _found"),
    "rounded": ("return a // b", "return round(a / b)"),
    "other-statistic": ("return b - a.mean(0)", "return b - b.mean(0)"),
    "train-mode-after": ("a.train(b)", "a.train()"),
    "mode-lost": ("a.eval()", "pass"),
    "mode-ignored": (
        "return F.dropout(b, 0.2, training=a.training)",
        "return F.dropout(b, 0.2, training=True)",
    ),
}


def planted(line: str, more: str = "") -> dict[str, list[str]]:
    """Return what each operator makes of a function of one line."""
    tree = ast.parse(f"def f(a, b):\n    {line}\n{more}")
    found: dict[str, list[str]] = {}
    for one in planted_by_operators(Script(tree, NO_TRAINING, NOWHERE), {"f"}):
        found.setdefault(one.operator.id, []).append(one.source)
    return found


@pytest.mark.parametrize("operator", [one.id for one in OPERATORS])
def test_each_operator_makes_its_mistake(operator: str) -> None:
    line, mistaken = LINES[operator]
    assert f"def f(a, b):\n    {mistaken}\n" in planted(line)[operator]


def test_ids_and_sentences_differ() -> None:
    assert len({one.id for one in OPERATORS}) == len({one.condition for one in OPERATORS})


def test_only_the_part_itself_is_changed() -> None:
    other = "def g(a, b):\n    return a @ b\n"
    assert planted("return a @ b", other)["product-by-place"] == [
        "def f(a, b):\n    return a * b\n\ndef g(a, b):\n    return a @ b\n"
    ]


def test_a_class_is_changed_in_all_its_methods() -> None:
    tree = ast.parse(
        "class f:\n    def g(self, a):\n        return a - 1\n    def h(self, a):\n        return a - 2"
    )
    signs = [
        one.source
        for one in planted_by_operators(Script(tree, NO_TRAINING, NOWHERE), {"f"})
        if one.operator.id == "other-sign"
    ]
    assert len(signs) == 2
    assert len(set(signs)) == 2


@pytest.mark.parametrize(
    "code",
    [
        "def f(a, b):\n    return a + b",
        "import numpy as np\nc = 1\n\n@np.vectorize\ndef f(a, b):\n    return a + b\nd = 2",
        "class C:\n    pass\n\ndef f(a, b):\n    return a + b\n\ndef g(a):\n    return a\nprint(g(1))",
    ],
)
def test_what_is_put_together_reads_as_if_written_at_once(code: str) -> None:
    """Lines are where Python's own writer puts them: people are told numbers of lines."""
    mutants = list(planted_by_operators(Script(ast.parse(code), NO_TRAINING, NOWHERE), {"f"}))
    assert mutants
    assert all(one.source == ast.unparse(ast.parse(one.source)) + "\n" for one in mutants)
    assert not any("print" in one.source for one in mutants)


@pytest.mark.parametrize(
    ("line", "mistaken"),
    [
        ("return int(a / b)", "return round(a / b)"),
        ("return math.floor(a)", "return round(a)"),
        ("return torch.floor(a / b)", "return torch.round(a / b)"),
    ],
)
def test_rounding_down_is_rounded_however_it_is_written(line: str, mistaken: str) -> None:
    assert [f"def f(a, b):\n    {mistaken}\n"] == planted(line)["rounded"]


STANDARDISED = """m, s = (a.mean(dim=0), a.std(dim=0))
    return ((a - m) / s, (b - m) / s)"""


def test_held_out_data_are_standardised_by_their_own_and_training_data_by_theirs() -> None:
    assert planted(STANDARDISED)["other-statistic"] == [
        (
            "def f(a, b):\n    m, s = (b.mean(dim=0), b.std(dim=0))\n"
            "    return ((a - m) / s, (b - m) / s)\n"
        ),
        (
            "def f(a, b):\n    m, s = (a.mean(dim=0), a.std(dim=0))\n"
            "    return ((a - m) / s, (b - b.mean(dim=0)) / b.std(dim=0))\n"
        ),
    ]


@pytest.mark.parametrize(
    ("line", "mistaken"),
    [
        ("return ((a - b) ** 2).sum() / ((a - a.mean()) ** 2).sum()", "b.mean()"),
        ("b -= np.mean(a)", "b -= np.mean(b)"),
        ("low, high = a.min(), a.max()\n    return (b - low) / (high - low)", "b.max() - b.min()"),
    ],
)
def test_a_statistic_is_taken_of_what_is_beside_it(line: str, mistaken: str) -> None:
    assert any(mistaken in source for source in planted(line)["other-statistic"])


@pytest.mark.parametrize(
    "line", ["return a.mean() * b", "return a - a.mean(0)", "return F.dropout(a, b).mean()"]
)
def test_no_statistic_is_taken_of_what_has_none_to_take(line: str) -> None:
    """A rate, a flag, an axis: nobody takes their mean."""
    assert "other-statistic" not in planted(line)


@pytest.mark.parametrize(
    ("line", "mistaken"),
    [
        ("if a.training:\n        b = b * 2", "if True:\n        b = b * 2"),
        ("return b if a.training else 0", "return b if True else 0"),
        ("return F.dropout(b, 0.2, a.training)", "return F.dropout(b, 0.2, True)"),
    ],
)
def test_what_is_for_train_mode_is_done_in_any_mode(line: str, mistaken: str) -> None:
    assert planted(line)["mode-ignored"] == [f"def f(a, b):\n    {mistaken}\n"]


@pytest.mark.parametrize("line", ["a.train()", "a.train(True)", "a.train(False)", "m = a.training"])
def test_modes_that_nothing_hangs_on_are_left(line: str) -> None:
    assert not {"train-mode-after", "mode-ignored"} & planted(line).keys()
