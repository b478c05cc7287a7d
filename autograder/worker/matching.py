"""Find which parameter of a student's model is which of the lab's, whatever they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import nn


class Mismatch(NamedTuple):
    """Why a model's parameters are not those of the lab."""

    text: str


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
        listed = [f"{n} {tuple(p.shape)}" for n, p in nn.Module.named_parameters(model)]
        needed = [f"{n} {tuple(shape)}" for n, shape in wanted.items()]
        text = f"the model's parameters are {', '.join(listed) or 'none'}; it should have "
        return Mismatch(f"{text}{', '.join(needed)}"[:300])
    return {name: found[name] for name in wanted}
