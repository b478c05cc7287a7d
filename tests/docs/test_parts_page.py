"""The specs that docs/parts.md shows are specs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from autograder.exercise import Exercise, Function
from autograder.exercise.part import Part
from autograder.exercise.plan import make_plan

PAGE = Path(__file__).resolve().parents[2] / "docs" / "parts.md"
IMPORTS = "import numpy as np\nimport torch\nfrom autograder.exercise import *\n"
GIVEN = "def labelled(source):\n    return source.numpy.normal(size=(5, 3)), [0, 1, 2, 0, 1]\n"
FILES = {"vocab.py": "class Vocab: pass"}
HELPER = Function("softmax", draw=lambda source: source.numpy.normal(size=3), points=1)


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_whole_spec_makes_a_plan() -> None:
    names: dict[str, Any] = {}
    exec(blocks()[0], names)
    plan = make_plan(names["exercise"])
    assert [one.script.id for one in plan.scripts] == [
        "softmax/public-1",
        "softmax/hidden-1",
        "softmax/hidden-2",
        "softmax/hidden-3",
        "softmax/case-1",
    ]


def test_each_part_that_is_shown_makes_scripts() -> None:
    found = 0
    for block in blocks()[1:]:
        definition, _, shown = block.rpartition("\n\n\n")
        definition = f"{GIVEN}{definition}"
        names: dict[str, Any] = {}
        exec(f"{IMPORTS}{definition}\npart = {shown}", names)
        part = names["part"]
        assert isinstance(part, Part)
        exercise = Exercise(
            lab="lab",
            title="",
            parts=(HELPER, part),
            public_seeds=(1,),
            hidden_seeds=(2,),
            fixtures=FILES,
        )
        found += bool(make_plan(exercise).scripts)
    assert found == 11
