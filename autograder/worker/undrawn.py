"""matplotlib as do-nothing modules that replace the real ones for a while.

Names are those of the real modules, so that a misspelled one raises as it does anywhere. What only
computes (colours, colour maps, settings) and what is not matplotlib's is the real thing.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Literal

from autograder.worker.plot import Drawn, Plot

ROOTS = frozenset({"matplotlib", "mpl_toolkits", "pylab"})
_COMPUTING = ("matplotlib.cm", "matplotlib.colors", "matplotlib.mlab")
_COMPUTING_NAMES = frozenset({"get_cmap"})
_PYPLOT = frozenset({"matplotlib.pyplot", "matplotlib.pylab", "pylab"})


def plots_of(kind: Literal["inert", "real"]) -> AbstractContextManager[None]:
    """Return a block in which matplotlib does nothing, or draws on the blank backend."""
    if kind == "inert":
        return undrawn_plots()
    from autograder.worker.blank import blank_plots  # noqa: PLC0415  # it loads matplotlib

    return blank_plots()


def imports_matplotlib(tree: ast.AST) -> bool:
    """Return whether code has a statement that imports it, wherever it is."""
    for node in ast.walk(tree):
        names: Sequence[str | None] = ()
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        if any(_is_plotting(name or "") for name in names):
            return True
    return False


def undrawn(name: str, value: object, *, within: str = "") -> Any:
    """Return the do-nothing counterpart of what matplotlib gives under ``name``, else ``value``."""
    if isinstance(value, ModuleType):
        return UndrawnModule(value) if _is_plotting(value.__name__) else value
    home = str(getattr(value, "__module__", ""))
    if isinstance(value, Plot) or not _is_plotting(home) or home.startswith(_COMPUTING):
        return value
    if type(value).__name__ == "RcParams":
        return value.copy()  # type: ignore[attr-defined]  # it is a dict
    return value if name in _COMPUTING_NAMES else Plot(name, of_pyplot=(within or home) in _PYPLOT)


def is_matplotlib(value: object) -> bool:
    """Return whether a student's name is a module, function, class or object of matplotlib."""
    if isinstance(value, Plot | Drawn | UndrawnModule):
        return True
    home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
    return isinstance(home, str) and _is_plotting(home) and not home.startswith(_COMPUTING)


def _is_plotting(name: str) -> bool:
    return name.partition(".")[0] in ROOTS


class UndrawnModule(ModuleType):
    """A module with the names of a real one, whose functions and classes do nothing."""

    def __init__(self, real: ModuleType) -> None:
        super().__init__(real.__name__)
        self.__path__: list[str] = []  # nobody but the importer below finds its submodules
        vars(self)["_UndrawnModule__real"] = real

    def __getattr__(self, name: str) -> Any:
        real = self.__real
        if name == "__all__":
            return getattr(real, name, [n for n in vars(real) if not n.startswith("_")])
        value = getattr(real, name)
        if name.startswith("__"):
            return value
        found = undrawn(name, value, within=real.__name__)
        vars(self)[name] = found
        return found


class _Importer(MetaPathFinder, Loader):
    """Imports do-nothing modules. Knows the real ones, and imports more of them where asked."""

    def __init__(self) -> None:
        self.real = _taken_out()
        self.asked = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        if not _is_plotting(fullname):
            return None
        self.asked = True
        if fullname not in self.real:
            self._load(fullname)
        known = fullname in self.real
        return ModuleSpec(fullname, self, is_package=True) if known else None

    def _load(self, fullname: str) -> None:
        """Import a real module with the real ones in place; nothing where that fails."""
        undrawn_modules = _taken_out()
        sys.meta_path.remove(self)
        sys.modules.update(self.real)
        try:
            with suppress(Exception):  # as a backend does that needs a screen
                importlib.import_module(fullname)
        finally:
            self.real = _taken_out()
            sys.modules.update(undrawn_modules)
            sys.meta_path.insert(0, self)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return UndrawnModule(self.real[spec.name])

    def exec_module(self, module: ModuleType) -> None:
        pass


def _taken_out() -> dict[str, ModuleType]:
    """Take all of matplotlib's modules out of those that are loaded, and return them."""
    return {name: sys.modules.pop(name) for name in [*sys.modules] if _is_plotting(name)}


def _installed() -> _Importer | None:
    return next((one for one in sys.meta_path if isinstance(one, _Importer)), None)


def plots_are_undrawn() -> bool:
    """Return whether what is imported now is the do-nothing matplotlib."""
    return _installed() is not None


def was_imported() -> bool:
    """Return whether the do-nothing matplotlib was imported since it is there."""
    importer = _installed()
    return importer is not None and importer.asked


@contextmanager
def undrawn_plots() -> Iterator[None]:
    """Let imports give the do-nothing matplotlib inside the block, and the real one after it."""
    importer = _Importer()
    sys.meta_path.insert(0, importer)
    try:
        yield
    finally:
        with suppress(ValueError):  # student code may have thrown it out
            sys.meta_path.remove(importer)
        _taken_out()
        sys.modules.update(importer.real)
