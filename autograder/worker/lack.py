"""Errors caused by what is missing here, not by the student: and how a cell goes on.

In a notebook a cell ends at its first error. The student's machine had the drive, the file, the
command or the module; there the cell went on.
"""

from __future__ import annotations

import ast
import io
import locale
import os
import re
import subprocess
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, Literal

from autograder.worker.fault import causes_of, describe, innermost, traceback_of
from autograder.worker.outline import bound_names

Mode = Literal["all", "bindings", "new"]
"""Which statements below one that raised are still run: all; what only binds names; what binds
names that nothing was bound to yet."""
_ORDER: tuple[Mode, ...] = ("all", "bindings", "new")
_LACKS = (
    OSError,
    ImportError,
    EOFError,
    locale.Error,
    io.UnsupportedOperation,
    subprocess.SubprocessError,
)
_TEXTS = re.compile(
    r"NVIDIA|CUDA|cudnn|\bMPS\b|^TclError|[Dd]ownload|Dataset not found"
    r"|^AttributeError: module '[\w.]+' has no attribute '"
)
_ENVIRONMENT = vars(type(os.environ))["__getitem__"].__code__
_BINDS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
)


def is_lack(error: BaseException) -> bool:
    """Return whether an error comes of something that is not here, or was raised because of one."""
    return any(_is_lack(one) for one in causes_of(error))


def _is_lack(error: BaseException) -> bool:
    kind = type(error)
    if issubclass(kind, _LACKS) or _TEXTS.search(describe(error).text):
        return True
    return issubclass(kind, KeyError) and innermost(error) is _ENVIRONMENT


def mode_after(error: BaseException) -> Mode:
    """Return what is still run below a statement that raised this."""
    if issubclass(type(error), SystemExit):
        return "new"
    stub = describe(error).kind == "not_implemented"
    return "all" if stub or is_lack(error) else "bindings"


Place = tuple[int, int]
Run = Callable[[list[ast.stmt]], None]
"""Runs statements in the student's namespace; raises what they raise."""


class Sequel:
    """Runs what is below a statement that raised, one statement at a time."""

    def __init__(
        self,
        run: Run,
        keep: Callable[[BaseException], None],
        namespace: MutableMapping[str, Any],
        preset: MutableMapping[str, Any],
    ) -> None:
        self._run = run
        self._keep = keep
        self._namespace = namespace
        self._preset = preset
        self._mode: Mode = "all"
        self._missing: set[str] = set()

    def follow(self, body: Sequence[ast.stmt], error: BaseException) -> None:
        """Go on below the statement of ``body`` in which ``error`` was raised."""
        place = _place(error)
        number = next((n for n, s in enumerate(body) if _holds(s, place)), len(body) - 1)
        self._failed(body[number], error)
        self._go_on(body[number + 1 :])

    def _go_on(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            if self._is_wanted(statement):
                try:
                    self._run([statement])
                except (Exception, SystemExit) as error:
                    self._failed(statement, error)

    def _failed(self, statement: ast.stmt, error: BaseException) -> None:
        """Take in that a statement raised, and go on within the branch of an ``if``.

        What only lacks a name that would have been bound above is not told of.
        """
        follows = type(error) is NameError and error.name in self._missing
        self._missing |= {name for name in bound_names(statement) if name not in self._namespace}
        if not follows:
            self._keep(error)
            self._mode = max(self._mode, mode_after(error), key=_ORDER.index)
        self._go_on(_inside(statement, _place(error)))

    def _is_wanted(self, statement: ast.stmt) -> bool:
        if self._mode == "all":
            return True
        if not isinstance(statement, _BINDS):
            return False
        return self._mode == "bindings" or any(
            name not in self._namespace or self._namespace[name] is self._preset.get(name)
            for name in bound_names(statement)
        )


def _inside(statement: ast.stmt, place: Place) -> list[ast.stmt]:
    """Return what is below a place in the branches of an ``if``, the innermost first."""
    for branch in (statement.body, statement.orelse) if isinstance(statement, ast.If) else ():
        for number, inner in enumerate(branch):
            if _holds(inner, place):
                return [*_inside(inner, place), *branch[number + 1 :]]
    return []


def _place(error: BaseException) -> Place:
    """Return line and column at which the cell itself, not what it called, raised."""
    traceback = traceback_of(error)
    while traceback is not None and traceback.tb_frame.f_code.co_name != "<module>":
        traceback = traceback.tb_next
    if traceback is None:
        return (0, 0)
    positions = [*traceback.tb_frame.f_code.co_positions()]
    line, _, column, _ = positions[traceback.tb_lasti // 2]
    return (line or traceback.tb_lineno, column or 0)


def _holds(statement: ast.stmt, place: Place) -> bool:
    end = (statement.end_lineno or statement.lineno, statement.end_col_offset or 0)
    return (statement.lineno, statement.col_offset) <= place <= end
