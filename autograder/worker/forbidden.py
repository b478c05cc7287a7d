"""Which functions that an author forbids were called: by what was called, not by words or names.

``torch.norm`` stands for torch's function in all its forms, the tensor's method and that of
``torch.linalg`` among them; ``nn.*`` for all of a module, but for the bare ``nn.Module`` and
``nn.Parameter`` that own layers are made of; ``sorted`` for what is built in.
"""

from __future__ import annotations

from typing import Any

_SHORT = {"np": "numpy", "nn": "torch.nn", "F": "torch.nn.functional"}
BUILT_IN = "builtins"
_BARE = ("Module", "Parameter")
EVERYTHING = "*"


class _Pattern:
    """One pattern: a module, and a name in it or everything."""

    def __init__(self, text: str) -> None:
        self.text = text
        prefix, _, self._last = text.rpartition(".")
        first, dot, rest = prefix.partition(".")
        self._module = f"{_SHORT.get(first, first)}{dot}{rest}" or BUILT_IN

    def matches(self, module: str, names: list[str]) -> bool:
        """Say whether it means a function of this module, below these names."""
        if self._last == EVERYTHING:
            inside = f"{module}.".startswith(f"{self._module}.")
            return inside and names[0] not in _BARE
        return module.partition(".")[0] == self._module.partition(".")[0] and self._last in names


class Forbidden:
    """Collects which patterns were met."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._patterns = [_Pattern(text) for text in patterns]
        self._met: set[str] = set()

    def see(self, module: object, qualified: str) -> None:
        """Note a function by its module and its qualified name."""
        if not isinstance(module, str):
            return
        names = qualified.split(".")
        self._met |= {one.text for one in self._patterns if one.matches(module, names)}

    def see_torch(self, name: str) -> None:
        """Note a function of torch's by its full name."""
        module, _, last = name.rpartition(".")
        self.see(module, last)

    def see_builtin(self, function: Any) -> None:
        """Note a function that is written in C."""
        name = getattr(function, "__name__", "")
        module = getattr(function, "__module__", None)
        if not isinstance(module, str):
            module = type(getattr(function, "__self__", None)).__module__
        if isinstance(name, str):
            self.see(module, name)

    def called(self) -> tuple[str, ...]:
        """Return the patterns that were met."""
        return tuple(sorted(self._met))
