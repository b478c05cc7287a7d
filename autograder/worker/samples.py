"""Put a situation's data into the student's dataset and loader, or into ones that fit."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, SequentialSampler

from autograder.worker.subject import can_take

Fields = tuple[str, str]


class Samples(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Pairs of inputs and targets, with the arrays as attributes under the lab's names."""

    def __init__(self, arrays: Mapping[str, torch.Tensor], fields: Fields) -> None:
        vars(self).update(arrays)
        self._inputs, self._targets = (arrays[name] for name in fields)
        self.len = len(self._inputs)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self._inputs[index], self._targets[index]

    def __len__(self) -> int:
        return self.len


def fitting_dataset(own: object, arrays: Mapping[str, torch.Tensor], fields: Fields) -> Any:
    """Return the student's dataset with the data copied into it, else one of ours."""
    with contextlib.suppress(Exception):  # its methods are student code: ours then takes its place
        if isinstance(own, Dataset) and all(
            can_take(vars(own).get(name), arrays[name]) for name in fields
        ):
            for name in fields:
                vars(own)[name].copy_(arrays[name])
            if _gives(own, arrays, fields):
                return own
    return Samples(arrays, fields)


def _gives(own: Any, arrays: Mapping[str, torch.Tensor], fields: Fields) -> bool:
    """Return whether the first and last pair come out of it as the data has them."""
    size = len(arrays[fields[0]])
    if len(own) != size:
        return False
    for index in (0, size - 1):
        pair = own[index]
        for name, value in zip(fields, pair, strict=True):
            if not torch.equal(value, arrays[name][index].to(value.dtype)):
                return False
    return True


def fitting_loader(own: object, dataset: Any, batch_size: int) -> Any:
    """Return the student's loader where it is a plain one over ``dataset``, else one of ours."""
    if (
        type(own) is DataLoader
        and own.dataset is dataset
        and own.batch_size == batch_size
        and type(own.sampler) is SequentialSampler
        and own.num_workers == 0
        and not own.drop_last
    ):
        return own
    return DataLoader(dataset, batch_size=batch_size)
