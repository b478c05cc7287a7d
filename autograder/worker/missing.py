"""Modules that student code imports and that are not here: an import of one gives a stand-in.

The last finder of all, and it answers nobody but the student's own statements. Where the file
itself is ready for the module not to be there, the import fails as anywhere.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import symtable
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import Any

from autograder.worker import source
from autograder.worker.absent import Origin, Place, StandInModule
from autograder.worker.fault import place_of
from autograder.worker.patch import Patches
from autograder.worker.remark import remark

NEVER = frozenset({"torch", "numpy", "matplotlib", "mpl_toolkits", "pylab", "autograder"})
"""What the labs are about is not stood in, nor a part of it that does not exist."""
NEEDS = {"torch.utils.tensorboard": "tensorboard"}
"""Parts of these that do nothing without somebody else's module."""
SCREEN = "_tkinter"
"""What Python's windows are drawn with: there is no screen here."""
LONGEST_NAME, MOST_NAMES = 100, 50
_IMPORTING = ("importlib", "importlib._bootstrap", "importlib._bootstrap_external")
_LEAVES = ("exit", "quit", "sys.exit", "os._exit")


class Finder(MetaPathFinder, Loader):
    """See the module's docstring. ``missing`` are the modules asked for, ``taken`` those stood in.

    Once the cells have run, ``open`` is off: no further names are taken, since a name made up in a
    hidden situation could tell of it.
    """

    def __init__(self) -> None:
        self.begin(list, {})

    def begin(self, whole: Callable[[], list[ast.Module]], namespace: Mapping[str, object]) -> None:
        """Get ready for a file that is to run in ``namespace``; ``whole`` gives its syntax."""
        self.missing: dict[str, None] = {}
        self.open = True
        self._whole = whole
        self._namespace = namespace

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        """Return what makes a stand-in, where the student's own import asks for this module."""
        frame = _importer(sys._getframe(1))
        if frame is None or not _may_be_missing(fullname):
            return None
        module = _named(fullname)
        return self._answer(frame, fullname, module)

    def _answer(self, frame: FrameType, name: str, module: str) -> ModuleSpec | None:
        if not self.open and module not in self.missing:
            return None
        if len(self.missing) < MOST_NAMES:
            self.missing.setdefault(module)
        if _is_expected(frame):
            return None
        return self._spec(name, module, place_of(frame))

    def _spec(self, name: str, module: str, place: Place) -> ModuleSpec:
        if not isinstance(sys.modules.get(name.rpartition(".")[0]), StandInModule):
            remark("missing-module", place=place, module=module)
        spec = ModuleSpec(name, self, is_package=True)
        spec.loader_state = (module, place)
        return spec

    def find_useless(self, name: str, frame: FrameType) -> ModuleSpec | None:
        """Return what makes a stand-in for an installed module that needs a missing one."""
        return self._answer(frame, name, NEEDS[name]) if _lacking(NEEDS[name]) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return a stand-in for the module."""
        module, place = spec.loader_state
        return StandInModule(spec.name, Origin(module, "", place), self._free_names)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: there is no code."""

    def settle(self, trees: Iterable[ast.Module]) -> tuple[str, ...]:
        """Say which modules a file imports that are not here; take no others from now on."""
        self.open = False
        for node in (node for tree in trees for node in ast.walk(tree)):
            for imported in _names_of(node):
                name = _lacking(NEEDS.get(imported, imported))
                if name and len(self.missing) < MOST_NAMES:
                    self.missing.setdefault(name)
        return tuple(sorted(self.missing))

    def take_broken(self, statement: ast.stmt, error: Exception) -> bool:
        """Stand in for an installed module that cannot be loaded here; say whether it was that.

        Such as one whose libraries of the system are not installed.
        """
        names = list(_names_of(statement))
        frame = _failed_in(error)
        if frame is None or not names:
            return False
        for name in names:
            root = name.partition(".")[0]
            if root in sys.modules or not _may_be_missing(root) or not _is_installed(root):
                continue  # what is loaded is not broken
            self.missing.setdefault(root)
            spec = self._spec(root, root, (*place_of(frame)[:1], statement.lineno))
            sys.modules[root] = importlib.util.module_from_spec(spec)
            return True
        return False

    def _free_names(self) -> list[str]:
        """Return the names that the file uses and has from nowhere."""
        used: set[str] = set()
        bound: set[str] = set(vars(builtins)) | set(self._namespace)
        for tree in self._whole():
            try:
                _sort_names(symtable.symtable(ast.unparse(tree), "<cell>", "exec"), used, bound)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
        return sorted(name for name in used - bound if not name.startswith("_"))


class _First(MetaPathFinder):
    """Asked before all others, since what needs a missing module is there itself."""

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        """Return what makes a stand-in, where the student's own import asks for such a module.

        Raises ModuleNotFoundError for what needs a screen: so tkinter and turtle are missing here.
        """
        if fullname == SCREEN:
            raise ModuleNotFoundError(f"No module named {SCREEN!r}", name=SCREEN)
        frame = _importer(sys._getframe(1)) if fullname in NEEDS else None
        return None if frame is None else FINDER.find_useless(fullname, frame)


def _sort_names(table: symtable.SymbolTable, used: set[str], bound: set[str]) -> None:
    """Add the globals that a table reads, and those that it binds."""
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        own = symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
        if own and (top or symbol.is_declared_global()):
            bound.add(symbol.get_name())
        elif symbol.is_referenced() and (top or symbol.is_global()):
            used.add(symbol.get_name())
    for child in table.get_children():
        _sort_names(child, used, bound)


def _importer(frame: FrameType | None) -> FrameType | None:
    """Return the student's frame whose import this is; None where somebody else asks."""
    while frame is not None and frame.f_globals.get("__name__") in _IMPORTING:
        frame = frame.f_back
    return frame if frame is not None and source.is_own(frame) else None


def _may_be_missing(name: str) -> bool:
    """Return whether a module of this name may be stood in: other people's, and not an oddity.

    Of Python's own modules those that only another system has, such as winsound.
    """
    root, _, rest = name.partition(".")
    sound = len(name) <= LONGEST_NAME and all(part.isidentifier() for part in name.split("."))
    parts_of_python = rest and root in sys.stdlib_module_names
    if parts_of_python and not isinstance(sys.modules.get(root), StandInModule):
        return False
    return sound and root not in NEVER


def _named(name: str) -> str:
    """Return what is missing: the module, or the part of a package that is here."""
    root = name.partition(".")[0]
    found = sys.modules.get(root)
    return root if found is None or isinstance(found, StandInModule) else name


def _is_expected(frame: FrameType) -> bool:
    """Return whether the file does something else where the import fails.

    That is, a ``try`` around it catches the error, and goes on from there. One in a function that
    called this one counts if it speaks of imports.
    """
    for number, own in enumerate(source.own_frames(frame)):
        for node in source.around(own):
            if not isinstance(node, (ast.Try, ast.TryStar, ast.With)) or not source.in_body(
                own, node
            ):
                continue
            for caught in _caught(node):
                kinds = _kinds(caught, own)
                if kinds is None or any(
                    issubclass(ModuleNotFoundError, kind)
                    and (number == 0 or issubclass(kind, ImportError))
                    for kind in kinds
                ):
                    return True
    return False


def _caught(node: ast.Try | ast.TryStar | ast.With) -> Iterator[ast.expr | None]:
    """Yield what is caught; None for everything."""
    if isinstance(node, ast.With):
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("suppress"):
                yield from call.args
        return
    for handler in node.handlers:
        if not _gives_up(handler.body[-1]):
            yield handler.type


def _gives_up(last: ast.stmt) -> bool:
    """Return whether a handler ends in another error, or in the program's end."""
    if isinstance(last, ast.Raise):
        return True
    call = last.value if isinstance(last, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) in _LEAVES


def _kinds(caught: ast.expr | None, frame: FrameType) -> list[type] | None:
    """Return the exceptions that an expression names; None for all, or where that cannot be had."""
    if caught is None:
        return [BaseException]
    plain = (ast.Name, ast.Attribute, ast.Tuple, ast.Load)
    if not all(isinstance(node, plain) for node in ast.walk(caught)):
        return None
    try:
        code = compile(ast.Expression(caught), "<caught>", "eval")
        found: Any = eval(code, frame.f_globals, frame.f_locals)  # noqa: S307  # names alone
    except Exception:  # noqa: BLE001  # a name that is not there, or a property of the student's
        return None
    kinds = found if isinstance(found, tuple) else (found,)
    return [kind for kind in kinds if isinstance(kind, type)]


def _names_of(node: ast.AST) -> Iterator[str]:
    """Yield the modules that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module


def _lacking(name: str) -> str:
    """Return the module that is not here, or the part of a package that is; empty if it is here."""
    root = name.partition(".")[0]
    if isinstance(sys.modules.get(root), StandInModule):
        return root
    if root in sys.modules or not _may_be_missing(root):
        return ""
    spec = _found(root)
    if spec is None:
        return root
    bare = spec.loader is None  # a mere folder, such as google: to look into it loads nothing
    return name if name != root and bare and _found(name) is None else ""


def _found(name: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None


def _is_installed(name: str) -> bool:
    """Return whether there is such a module, and it is not one that was submitted."""
    spec = _found(name)
    return spec is not None and not source.is_handed_in(spec.origin or "")


def _failed_in(error: Exception) -> FrameType | None:
    """Return the student's frame whose import raised, if no other code of the student's did."""
    traceback = error.__traceback__
    own = None
    while traceback is not None:
        if source.is_own(traceback.tb_frame):
            own = traceback.tb_frame if own is None else None
            if own is None:
                return None
        traceback = traceback.tb_next
    return own


FINDER = Finder()


def install(patches: Patches) -> None:
    """Put the finder behind all others, and before them what finds useless modules."""
    first = _First()
    sys.meta_path.append(FINDER)
    sys.meta_path.insert(0, first)
    before = set(sys.modules)

    def remove() -> None:
        sys.meta_path.remove(FINDER)
        sys.meta_path.remove(first)
        for name in set(sys.modules) - before:
            if isinstance(sys.modules[name], StandInModule):
                del sys.modules[name]

    patches.after(remove)
