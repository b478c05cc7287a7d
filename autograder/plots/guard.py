"""Keep a failing picture from breaking the training that called it."""

from __future__ import annotations

import functools
import random
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import torch

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Guarded")


class PlotWarning(UserWarning):
    """A picture could not be drawn. The text says why; training went on."""


class Guarded:
    """An object whose guarded methods never raise, and warn once in its life."""

    _warned = False


def guarded_method(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R | None]:
    """Turn the first error of an object's methods into a warning, and further ones into nothing.

    A call with the wrong arguments counts as an error too. The next call is tried again.
    """

    @functools.wraps(method)
    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            with np.errstate(all="ignore"):
                return method(self, *args, **kwargs)
        except Exception as problem:  # noqa: BLE001  # no picture is worth a broken training
            if not self._warned:
                self._warned = True
                name = type(self).__name__
                text = f"{_sentence(name, problem)} {name} will not say so again."
                warnings.warn(text, PlotWarning, stacklevel=2)
            return None

    return call


def guarded(function: Callable[P, R]) -> Callable[P, R | None]:
    """Turn an error of a plotting function into a warning; it then returns None."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            with np.errstate(all="ignore"):
                return function(*args, **kwargs)
        except Exception as problem:  # noqa: BLE001  # as above
            warnings.warn(_sentence(function.__name__, problem), PlotWarning, stacklevel=2)
            return None

    return call


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave random states and warning filters as they were, whatever happens inside.

    For drawing alone, not for each recorded step: changing filters makes Python repeat warnings
    of the student's own loop that it would print once.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own, array, tensor = random.getstate(), np.random.get_state(), torch.get_rng_state()
        cuda: Any = torch.cuda  # not typed throughout
        devices = cuda.get_rng_state_all() if cuda.is_initialized() else []
        try:
            yield
        finally:
            random.setstate(own)
            np.random.set_state(array)
            torch.set_rng_state(tensor)
            if devices:
                cuda.set_rng_state_all(devices)


def _sentence(name: str, problem: Exception) -> str:
    text = str(problem).strip().partition("\n")[0].rstrip(".")
    if not isinstance(problem, ValueError) or not text:
        text = f"{type(problem).__name__}: {text}".removesuffix(": ")
    return f"{name} could not draw: {text}. Training goes on without the picture."
