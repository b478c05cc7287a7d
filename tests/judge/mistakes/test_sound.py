"""What is planted can be run: nothing fails for the planting's own sake."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.mistakes.script import Script, parsed
from autograder.judge.mistakes.sound import only_sound, unbound_reads
from tests.judge.mistakes.small import RIGHT, script_of, variants


def reads(body: str) -> set[str]:
    """Return what a function of these lines reads before it is bound."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return {name for _, name in unbound_reads(ast.parse(f"def f(n):\n{lines}\n"), {"print"})}


@pytest.mark.parametrize(
    ("body", "early"),
    [
        ("print(n)", set()),
        ("print(a)\na = 1", {"a"}),
        ("a = 1\nprint(a)", set()),
        ("a += 1", {"a"}),
        ("for i in n:\n    print(i)", set()),
        ("print([i for i in n])", set()),
        ("print((a := n), a)", set()),
        ("print(lambda x: x + a)", {"a"}),
        ("import torch.nn as nn\nnn.f()", set()),
        ("with n as a:\n    print(a)", set()),
        ("try:\n    pass\nexcept E as e:\n    print(e)", {"E"}),
        ("global a\na = a + 1", {"a"}),
    ],
)
def test_a_read_before_its_binding_is_seen(body: str, early: set[str]) -> None:
    assert reads(body) == early


def test_names_of_the_outer_level_and_the_lab_are_bound() -> None:
    tree = ast.parse("a = 1\ndef f():\n    return a + lr\n")
    assert unbound_reads(tree, {"lr"}) == set()
    assert unbound_reads(tree, set()) == {("f", "lr")}


def test_a_local_name_is_not_bound_by_the_outer_one() -> None:
    tree = ast.parse("p = 1\ndef f():\n    print(p)\n    p = 2\n")
    assert ("f", "p") in unbound_reads(tree, {"print"})


def replaced(*codes: str) -> list[Script]:
    """Return what is left of variants that have these lines for a training function's body."""

    def plant(script: Script) -> Iterator[Script]:
        for code in codes:
            variant = script.copy()
            function = variant.function("train_model")
            assert function is not None
            function.body = parsed(code)
            yield variant

    return list(only_sound(plant)(script_of(RIGHT)))


def test_a_variant_that_reads_what_nothing_binds_is_left_out() -> None:
    assert replaced("step = 1", "print(step)") != []
    assert replaced("print(step)") == []


def test_a_variant_that_does_not_compile_is_left_out() -> None:
    assert replaced("print(w)\nglobal w") == []


def test_a_variant_comes_once_and_never_unchanged() -> None:
    assert len(replaced("pass", "pass")) == 1
    plant = only_sound(lambda script: iter([script.copy()]))
    assert list(plant(script_of(RIGHT))) == []


def test_an_update_by_a_name_is_not_taken_apart() -> None:
    code = RIGHT.replace(
        "w.data = w.data - lr * w.grad", "step = lr * w.grad\n        w.data -= step"
    )
    for mistake in MISTAKES:
        if mistake.function == "train_model" and mistake.plant is not None:
            for source in variants(mistake.id, code):
                assert ("w.data -= step" in source) <= ("step = " in source)


def test_nothing_moves_is_planted_only_where_all_updates_are_known() -> None:
    code = RIGHT.replace("w.data = w.data - lr * w.grad", "move(w)")
    assert variants("no-update") != []
    assert variants("no-update", code) == []


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if m.plant], ids=lambda m: m.id)
def test_a_mistake_is_planted_in_a_copy(mistake: Mistake) -> None:
    script = script_of(RIGHT)
    before = ast.dump(script.tree)
    assert mistake.plant is not None
    list(mistake.plant(script))
    assert ast.dump(script.tree) == before


def test_what_changes_an_optimizer_stays_and_what_trains_goes() -> None:
    code = (
        "opt = torch.optim.SGD([w], lr=lr)\nopt.add_param_group({'params': [b]})\ntrain_model(3)\n"
        "def stride():\n    opt.step()\n"
    )
    source = script_of(RIGHT + code + "print(w)\n").source()
    assert "add_param_group" in source
    assert "train_model(3)" not in source
    assert "print(w)" not in source


def test_zeroing_inside_a_loop_over_parameters_moves_with_the_loop() -> None:
    code = RIGHT.replace(
        "        w.grad = None\n        b.grad = None\n",
        "        for p in (w, b):\n            p.grad = None\n",
    )
    moved = variants("gradient-zeroed-before-update", code)
    assert len(moved) == 1
    assert "for p in (w, b)" in moved[0]
