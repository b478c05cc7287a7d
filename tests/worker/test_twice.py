"""Graded names that are defined twice are noted with all places, and which list the last fills."""

from __future__ import annotations

import pytest

from autograder.protocol.trace import Note

from . import module_labs
from .conftest import Look
from .observation import CRITERION, FORWARD, GLOBALS, TRAIN, notebook, script

OTHER = "def forward(x):\n    return w * x + 0\n"
STUB = (
    "def forward(x):\n    '''Predict.'''\n    raise NotImplementedError('Write your code here')\n"
)


def notes_of(look: Look, *cells: str) -> list[Note]:
    return list(look(notebook(*cells), filename="slope.ipynb").notes)


def test_two_definitions_are_noted_at_the_one_that_counts(look: Look) -> None:
    cells = (GLOBALS, FORWARD, CRITERION, TRAIN, f"\n{OTHER}")
    assert notes_of(look, *cells) == [
        Note(
            code="defined-twice",
            values={"name": "forward", "before": "2:1"},
            cell=5,
            line=2,
        )
    ]


def test_all_earlier_ones_are_named_with_their_places_in_a_script(look: Look) -> None:
    source = f"{OTHER}{FORWARD}\n{FORWARD.replace('w * x', 'x * w')}"
    (note,) = look(source).notes
    assert (note.values["before"], note.line, note.cell) == (":1 :3", 6, None)


def test_the_list_that_the_last_one_fills_is_named(look: Look) -> None:
    cells = (GLOBALS, FORWARD, CRITERION, TRAIN, "LOSS2 = []\n" + TRAIN.replace("LOSS", "LOSS2"))
    (note,) = notes_of(look, *cells)
    assert note.code == "defined-twice-list"
    assert (note.values["own"], note.values["list"]) == ("LOSS2", "LOSS")


def test_a_stub_below_what_was_written_is_named(look: Look) -> None:
    (note,) = notes_of(look, GLOBALS, FORWARD, STUB)
    assert (note.code, note.cell) == ("defined-twice-stub", 3)


def test_an_import_or_an_object_of_the_name_is_a_definition(look: Look) -> None:
    for last in (
        "from torch.nn.functional import mse_loss as criterion",
        "criterion = torch.nn.MSELoss()",
    ):
        (note,) = notes_of(look, GLOBALS, CRITERION, last)
        assert (note.code, note.values["name"], note.cell) == ("defined-twice", "criterion", 3)


@pytest.mark.parametrize(
    "cells",
    [
        (FORWARD,),
        (STUB, FORWARD),
        (FORWARD, FORWARD),
        (FORWARD, "if lr > 1:\n    def forward(x):\n        return x\n"),
        ("try:\n    from fast import forward\nexcept ImportError:\n    def forward(x):\n        return w * x\n",),
        (FORWARD, "forward = torch.compile(forward, backend='eager')"),
        (FORWARD, "yhat = forward(X)"),
        (FORWARD, "def other():\n    def forward(x):\n        return x\n"),
        (FORWARD, "class Net:\n    def forward(self, x):\n        return x\n"),
        (FORWARD, "def helper(x): return x", "def helper(x): return 2 * x"),
    ],
    ids=[
        "once",
        "stub above",
        "copied",
        "in an if",
        "in a try",
        "wrapped",
        "called",
        "inner",
        "method",
        "helper",
    ],
)  # fmt: skip
def test_what_is_no_second_definition_is_not_noted(look: Look, cells: tuple[str, ...]) -> None:
    assert notes_of(look, GLOBALS, *cells) == []


def test_a_class_that_is_defined_twice_is_noted_and_a_new_model_is_not() -> None:
    other = module_labs.CLASS.replace("self.linear(x)", "self.linear(x) + 0")
    again = f"{other}{module_labs.OBJECTS}"
    (note,) = module_labs.run(module_labs.script(end=again)).loading.notes
    assert (note.code, note.values["name"]) == ("defined-twice", "Line")
    assert module_labs.run(module_labs.script(end=module_labs.OBJECTS)).loading.notes == ()


def test_a_right_file_is_not_noted(look: Look) -> None:
    assert look(script()).notes == ()
