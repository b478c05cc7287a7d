"""The specs that docs/training.md shows are specs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from autograder.exercise import Evaluation, Module
from autograder.exercise.plan import make_plan
from autograder.protocol.job import is_numpy

PAGE = Path(__file__).resolve().parents[2] / "docs" / "training.md"


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_whole_spec_makes_a_plan() -> None:
    names: dict[str, Any] = {}
    exec(blocks()[0], names)
    plan = make_plan(names["exercise"])
    assert {one.scenario.situation.data["y"].dtype for one in plan.scenarios} == {"i8"}


def test_what_is_added_to_a_spec_can_be_added() -> None:
    first, contract, recorded, accuracy = blocks()[:4]
    names: dict[str, Any] = {}
    exec("from autograder.exercise import *\nimport torch\n" + accuracy, names)
    exec(contract, names)
    assert isinstance(names["contract"], Module)
    exec(f"validation_loss = accuracy\n{recorded}", names)
    assert [one.check for one in names["recorded"]] == [
        "train_model-VAL",
        "train_model-ACC",
    ]
    assert names["evaluation"] == Evaluation(eval_mode=1, no_grad=1)
    exec(blocks()[4], names)
    assert names["contract"].rule.optimizer == "AdamW"
    assert "Exercise(" in first


def test_what_is_shown_without_torch_makes_such_a_contract() -> None:
    names: dict[str, Any] = {"rows": lambda source: (source.numpy.normal(size=3),)}
    exec("from autograder.exercise import *\n" + blocks()[5], names)
    assert is_numpy(names["contract"])
    assert list(names["start"]) == ["net.W", "net.b"]
