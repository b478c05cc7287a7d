"""Process-wide modes of torch: what a file's last cells leave switched on is switched off again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.nn import functional

_left: list[Any] = []  # a mode ends with the object that began it


def usual_modes(parameters: torch.dtype) -> None:
    """Put back what is usual: gradients, no inference mode, no autocast, no anomaly detection.

    A default dtype that was set after the parameters were made, which are of another one, is
    float32 again.
    """
    if torch.is_inference_mode_enabled():
        _left.append(torch.inference_mode(mode=False))
        _left[-1].__enter__()
    torch.set_grad_enabled(mode=True)
    if torch.is_autocast_enabled("cpu"):
        torch.set_autocast_enabled("cpu", False)  # noqa: FBT003  # by place alone
    if torch.is_anomaly_enabled():
        torch.autograd.set_detect_anomaly(mode=False)
    if torch.are_deterministic_algorithms_enabled():
        torch.use_deterministic_algorithms(mode=False)
    if torch.get_default_dtype() not in (torch.float32, parameters):
        torch.set_default_dtype(torch.float32)
    if {"raise", "call"} & set(np.geterr().values()):
        np.seterr(all="warn")


DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout")


@contextmanager
def without_dropout() -> Iterator[None]:
    """Let dropout keep every value, in modules and as a function."""
    own = {name: getattr(functional, name) for name in (*DROPOUTS, "feature_alpha_dropout")}

    def kept(input: torch.Tensor, *_: object, **__: object) -> torch.Tensor:  # noqa: A002
        return input

    vars(functional).update(dict.fromkeys(own, kept))
    try:
        yield
    finally:
        vars(functional).update(own)


def kept_modes() -> list[Callable[[], object]]:
    """Return what puts these modes back to what they are now."""
    dtype, anomaly = torch.get_default_dtype(), torch.is_anomaly_enabled()
    autocast = torch.is_autocast_enabled("cpu")
    deterministic, errors = torch.are_deterministic_algorithms_enabled(), np.geterr()

    def undo() -> None:
        torch.set_default_dtype(dtype)
        torch.set_autocast_enabled("cpu", autocast)
        np.seterr(**errors)
        if torch.is_anomaly_enabled() != anomaly:
            torch.autograd.set_detect_anomaly(anomaly)
        if torch.are_deterministic_algorithms_enabled() != deterministic:
            torch.use_deterministic_algorithms(deterministic)

    return [undo]
