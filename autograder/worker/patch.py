"""Attributes that replace others, and what restores those."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


class Patches:
    """Replaced attributes; a zygote keeps them for good, ``check`` undoes them."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] = []

    def put(self, holder: Any, name: str, value: object) -> None:
        """Set an attribute of a module or class. One that it did not have is removed at the end."""
        own = vars(holder)
        if name in own:
            self.after(functools.partial(setattr, holder, name, own[name]))
        else:
            self.after(functools.partial(delattr, holder, name))
        setattr(holder, name, value)

    def wrap(self, holder: Any, name: str, make: Callable[[Any], object]) -> None:
        """Put what ``make`` returns for the attribute in its place, where there is one."""
        if hasattr(holder, name):
            self.put(holder, name, make(getattr(holder, name)))

    def after(self, step: Callable[[], object]) -> None:
        """Run a step when all is undone, the last one first."""
        self._undo.append(step)

    def undo(self) -> None:
        """Put everything back."""
        while self._undo:
            self._undo.pop()()
