"""Run a submission's cells once, in a namespace that holds the lab's globals."""

from __future__ import annotations

import ast
import asyncio
import builtins
import inspect
import random
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import torch

from autograder.protocol.array import unpack
from autograder.protocol.job import ROLES, Budget, Contract, Functions, Situation
from autograder.protocol.trace import Failure, Loading
from autograder.worker import remark, source
from autograder.worker.absent import missing_in
from autograder.worker.cells import Cell, to_python
from autograder.worker.fault import describe
from autograder.worker.inert import INERT
from autograder.worker.limit import TimeUp, time_limit
from autograder.worker.missing import FINDER
from autograder.worker.shell import Shell
from autograder.worker.unattended import ANSWERS_IN_A_CELL, answer_again

KEPT_FAILURES = 20
_BINDS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
)


def seed_everything(seed: int = 0) -> None:
    """Seed Python's, numpy's and torch's generators alike."""
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)


def new_namespace(contract: Contract, preset: Situation, inert: tuple[str, ...]) -> dict[str, Any]:
    """Return the globals of a fresh ``__main__``, with the names that the lab's page gives."""
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    namespace = module.__dict__
    namespace.update(dict.fromkeys(inert, INERT))
    if isinstance(contract, Functions) or not contract.dataset:
        for name, array in preset.data.items():
            namespace[name] = torch.from_numpy(unpack(array)).float()
    if isinstance(contract, Functions):
        for name, array in preset.start.items():
            namespace[name] = torch.from_numpy(unpack(array)).float().requires_grad_()
    namespace[contract.learning_rate[0]] = preset.learning_rate
    namespace[contract.losses[0]] = []
    return namespace


class CellRunner:
    """Runs cells in document order; what a broken one still defines is kept."""

    def __init__(self, namespace: dict[str, Any], budget: Budget) -> None:
        self._namespace = namespace
        self._seconds = budget.cells_seconds
        self._failures: list[Failure] = []
        self._filename = ""
        self._tasks = asyncio.Runner()
        self.trees: list[ast.Module] = []
        self.shell = Shell(namespace, self._run_text)
        builtins.get_ipython = lambda: self.shell  # type: ignore[attr-defined]  # as IPython does

    def run(self, cells: list[Cell]) -> tuple[Failure, ...]:
        """Run all cells and return what went wrong. A cell may fail, the rest goes on."""
        FINDER.begin(lambda: list(self._parsed(cells)), self._namespace)
        for cell in cells:
            self._filename = cell.filename
            seed_everything()
            answer_again(ANSWERS_IN_A_CELL)
            try:
                with time_limit(self._seconds):
                    self._run_text(cell.source)
            except TimeUp as error:
                self._keep(error)
                self._seconds *= 0.25
            except BaseException as error:  # the wall: student code may raise anything
                self._keep(error)
        with suppress(BaseException):  # tasks that are left end as they like
            self._tasks.close()
        return tuple(self._failures)

    def _parsed(self, cells: list[Cell]) -> Iterator[ast.Module]:
        """Yield the syntax of all cells that have one."""
        for cell in cells:
            with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                yield self._parse(cell.source)

    def _run_text(self, text: str) -> None:
        tree = self._parse(text)
        self.trees.append(tree)
        rest = tree
        while rest.body:
            try:
                self._execute(rest)
            except Exception as error:
                line = self._line_of(error)
                left = [one for one in rest.body if (one.end_lineno or 0) >= line]
                if left and FINDER.take_broken(left[0], error):
                    rest = ast.Module(left, [])
                    continue
                self._keep(error)
                self._define_rest(tree, line)
            return

    def _execute(self, tree: ast.Module) -> None:
        """Run code; what awaits runs on a loop that lasts from cell to cell."""
        code = source.compiled(tree, self._filename)
        if code.co_flags & inspect.CO_COROUTINE:
            self._tasks.run(eval(code, self._namespace))  # noqa: S307  # as exec() below
        else:
            exec(code, self._namespace)

    def _parse(self, text: str) -> ast.Module:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return ast.parse(text, self._filename)
            except SyntaxError:
                return ast.parse(to_python(text), self._filename)

    def _line_of(self, error: Exception) -> int:
        """Return the line of the cell whose statement raised."""
        traceback = error.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self._filename:
                return traceback.tb_lineno
            traceback = traceback.tb_next
        return 0

    def _define_rest(self, tree: ast.Module, line: int) -> None:
        """Run what binds names below the statement that raised; skip what only acts."""
        for statement in tree.body:
            if statement.lineno > line and isinstance(statement, _BINDS):
                try:
                    self._execute(ast.Module([statement], []))
                except Exception as later:
                    self._keep(later)

    def _keep(self, error: BaseException) -> None:
        if len(self._failures) < KEPT_FAILURES:
            self._failures.append(describe(error))


def load(
    cells: list[Cell],
    namespace: dict[str, Any],
    contract: Contract,
    budget: Budget,
    parameters: Iterable[str] = (),
    folder: str = "",
) -> Loading:
    """Run the cells and say what they defined and what went wrong.

    Modules that lie in ``folder`` are the student's own, too.
    """
    remark.forget()
    source.remember(cells, folder)
    runner = CellRunner(namespace, budget)
    failures = runner.run(cells)
    missing = FINDER.settle(runner.trees)
    defined = find_defined(namespace, contract)
    train = namespace.get(defined.get("train_model", ""))
    return Loading(
        failures=failures,
        notes=(*runner.shell.notes, *remark.taken()),
        missing=missing,
        defined=defined,
        shadowed=own_variables(train, parameters),
    )


def own_variables(function: object, names: Iterable[str]) -> tuple[str, ...]:
    """Return which of ``names`` are variables of a function's own, its arguments not counted."""
    if not isinstance(function, FunctionType):
        return ()
    code = function.__code__
    arguments = code.co_argcount + code.co_kwonlyargcount
    own = {*code.co_varnames[arguments:], *code.co_cellvars} - {*code.co_varnames[:arguments]}
    return tuple(name for name in names if name in own)


def find_defined(namespace: dict[str, Any], contract: Contract) -> dict[str, str]:
    """Return the roles that are defined, each with the name under which it was found."""
    defined: dict[str, str] = {}
    for role in ROLES:
        for name in contract.names(role):
            value = namespace.get(name)
            if callable(value) and value is not INERT and missing_in(value) is None:
                defined[role] = name
                break
    return defined
