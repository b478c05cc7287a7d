"""A model's parameters are found whatever they are called; what is missing or too much is named."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from autograder.worker.matching import Mismatch, match_parameters

ONE = torch.Size([1])
LINE = {"linear.weight": torch.Size([1, 1]), "linear.bias": ONE}


class Model(nn.Module):
    """A module with parameters of the given sizes, in this order."""

    def __init__(self, **sizes: int | tuple[int, ...]) -> None:
        super().__init__()
        for name, size in sizes.items():
            setattr(self, name, nn.Parameter(torch.zeros(size)))


def names(model: nn.Module, wanted: dict[str, torch.Size]) -> dict[str, str]:
    """Return for each of the lab's names that of the parameter found."""
    found = match_parameters(model, wanted)
    assert not isinstance(found, Mismatch), found
    own = {id(parameter): name for name, parameter in model.named_parameters()}
    return {name: own[id(parameter)] for name, parameter in found.items()}


@pytest.mark.parametrize(
    ("model", "found"),
    [
        (Model(bias=1, weight=1), ["weight", "bias"]),
        (Model(b=1, w=1), ["w", "b"]),
        (Model(B=1, bias=1), ["B", "bias"]),
        (Model(slope=1, b=1), ["slope", "b"]),
        (Model(b=1, slope=1), ["slope", "b"]),
        (Model(m=1, c=1), ["m", "c"]),
        (Model(w=(1, 1), b=()), ["w", "b"]),
    ],
    ids=["name", "first letter", "name first", "one letter", "order left", "order", "any shape"],
)
def test_parameters_are_found_by_name_then_letter_then_order(
    model: nn.Module, found: list[str]
) -> None:
    wanted = {"weight": ONE, "bias": ONE}
    assert list(names(model, wanted).values()) == found


@pytest.mark.parametrize("layer", ["linear", "lin", "fc", "bias", "weight"])
def test_the_last_part_of_a_dotted_name_counts(layer: str) -> None:
    model = nn.Module()
    model.add_module(layer, nn.Linear(1, 1))
    assert list(names(model, LINE).values()) == [f"{layer}.weight", f"{layer}.bias"]


def test_the_last_part_counts_before_its_first_letter() -> None:
    model = nn.Module()
    model.add_module("own", Model(shift=1, scale=1))
    wanted = {"norm.scale": ONE, "norm.shift": ONE}
    assert list(names(model, wanted).values()) == ["own.scale", "own.shift"]


def test_the_whole_name_counts_before_its_last_part() -> None:
    model = nn.Module()
    model.add_module("other", nn.Linear(1, 1))
    model.add_module("linear", nn.Linear(1, 1))
    wanted = {**LINE, "other.weight": ONE, "other.bias": ONE}
    assert names(model, wanted) == {name: name for name in wanted}


def test_numbers_of_values_count_before_names() -> None:
    """A weight that is called b still is the weight, where only it has as many values."""
    model = Model(w=1, b=(1, 2))
    wanted = {"linear.weight": torch.Size([1, 2]), "linear.bias": ONE}
    assert names(model, wanted) == {"linear.weight": "b", "linear.bias": "w"}


@pytest.mark.parametrize(
    ("model", "listed"),
    [
        (nn.Linear(1, 1, bias=False), "weight (1, 1)"),
        (Model(weight=1, bias=1, scale=1), "weight (1,), bias (1,), scale (1,)"),
        (Model(weight=2, bias=1), "weight (2,), bias (1,)"),
        (nn.Module(), ""),
    ],
    ids=["one missing", "one too many", "another size", "none"],
)
def test_other_parameters_than_the_lab_s_are_listed(model: nn.Module, listed: str) -> None:
    found = match_parameters(model, LINE)
    lacks_bias = listed == "weight (1, 1)"
    assert found == Mismatch(listed, "linear.weight (1, 1), linear.bias (1,)", lacks_bias)


def test_a_long_list_is_cut() -> None:
    found = match_parameters(Model(**{f"parameter_{n}": 1 for n in range(100)}), LINE)
    assert isinstance(found, Mismatch)
    assert len(found.own) == 150
