"""Which parameter of a model is which of the lab's, whatever they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import nn


class Mismatch(NamedTuple):
    """Which parameters a model has that are not the lab's, and which it should have.

    ``lacks_bias``: all of the lab's are there but the bias.
    """

    own: str
    wanted: str
    lacks_bias: bool


LONGEST = 150
_SAME: tuple[Callable[[str, str], bool], ...] = (
    lambda own, name: own == name,
    lambda own, name: own.rpartition(".")[2] == name.rpartition(".")[2],
    lambda own, name: own.rpartition(".")[2][:1] == name.rpartition(".")[2][:1],
    lambda own, name: True,  # noqa: ARG005  # by order alone
)


def match_parameters(
    model: nn.Module, wanted: Mapping[str, torch.Size]
) -> dict[str, nn.Parameter] | Mismatch:
    """Return the model's parameters under the lab's names.

    Of those with as many values, one of the same name is taken, else of the same last part of it
    (``fc.weight`` for ``linear.weight``), else of the same first letter (``b`` for ``bias``), else
    the first in order.
    """
    own = dict(nn.Module.named_parameters(model))
    found: dict[str, nn.Parameter] = {}
    for same in _SAME:
        for name, shape in wanted.items():
            if name in found:
                continue
            for candidate, parameter in own.items():
                if parameter.numel() == shape.numel() and same(candidate, name):
                    found[name] = parameter
                    del own[candidate]
                    break
    missing = [name for name in wanted if name not in found]
    if missing or own:
        every = dict(nn.Module.named_parameters(model))
        listed = ", ".join(f"{n} {tuple(p.shape)}" for n, p in every.items())
        needed = ", ".join(f"{n} {tuple(shape)}" for n, shape in wanted.items())
        last, due = ([n.rpartition(".")[2] for n in names] for names in (every, wanted))
        lacks_bias = bool(every) and sorted([*last, "bias"]) == sorted(due)
        return Mismatch(listed[:LONGEST], needed[:LONGEST], lacks_bias)
    return {name: found[name] for name in wanted}
