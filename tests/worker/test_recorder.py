"""What a recorder says of the parameters' names when student code has run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from autograder.worker.recorder import Recorder

Names = dict[str, object]


def leaf() -> torch.Tensor:
    return torch.ones(2, requires_grad=True)


def move(names: Names) -> None:
    held = names["w"]
    assert isinstance(held, torch.Tensor)
    with torch.no_grad():
        held.sub_(1.0)


def freeze(names: Names) -> None:
    held = names["w"]
    assert isinstance(held, torch.Tensor)
    held.requires_grad_(requires_grad=False)


@pytest.mark.parametrize(
    ("does", "holding"),
    [
        (lambda names: None, ""),
        (move, ""),
        (lambda names: names.update(b=leaf() * 2), "other"),
        (lambda names: names.pop("b"), "other"),
        (freeze, "frozen"),
        (lambda names: (freeze(names), names.update(b=leaf())), "other"),
    ],
    ids=["nothing", "moved", "another tensor", "gone", "frozen", "both"],
)
def test_it_knows_whether_names_hold_other_tensors_or_frozen_ones(
    does: Callable[[Names], object], holding: str
) -> None:
    names: Names = {"w": leaf(), "b": leaf()}
    recorder = Recorder(lambda: dict(names), ("w", "b"), 10)
    does(names)
    assert recorder.holding == holding


def test_a_new_call_begins_with_what_the_names_hold_then() -> None:
    names: Names = {"w": leaf()}
    recorder = Recorder(lambda: dict(names), ("w",), 10)
    names["w"] = leaf()
    assert recorder.holding == "other"
    recorder.clear()
    assert recorder.holding == ""
