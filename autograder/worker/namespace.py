"""Run a submission's cells once, in a namespace that holds the lab's globals."""

from __future__ import annotations

import ast
import builtins
import random
import sys
from collections.abc import Callable, Iterable
from types import CodeType, FunctionType, ModuleType
from typing import Any

import msgspec
import numpy as np
import torch

from autograder.protocol.array import unpack
from autograder.protocol.job import ROLES, Budget, Contract, Functions, Situation
from autograder.protocol.trace import KEPT_BINDS, SHORTER, Failure, Loading
from autograder.worker.cells import Cell
from autograder.worker.fault import describe, failure_of
from autograder.worker.inert import INERT
from autograder.worker.limit import TimeUp, Waited, time_limit
from autograder.worker.loop import with_loop
from autograder.worker.outline import is_name, names_from, read_outline
from autograder.worker.own_names import survey
from autograder.worker.shell import Shell
from autograder.worker.statements import Parsed, compilable, parse

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


def ignore(cell: int | None) -> None:
    """Tell nobody which cell begins."""


class CellRunner:
    """Runs cells in document order; what a broken one still defines is kept."""

    def __init__(
        self, namespace: dict[str, Any], budget: Budget, tell: Callable[[int | None], None] = ignore
    ) -> None:
        self._namespace = namespace
        self._tell = tell
        self._seconds = budget.cells_seconds
        self._failures: list[Failure] = []
        self._cells: list[Cell] = []
        self._first = 0
        self._filename = ""
        self.shell = Shell(namespace, self._run_text)
        builtins.get_ipython = lambda: self.shell  # type: ignore[attr-defined]  # as IPython does

    def run(self, cells: list[Cell]) -> tuple[Failure, ...]:
        """Run all cells and return what went wrong. A cell may fail, the rest goes on."""
        self._cells = cells
        for number, cell in enumerate(cells, start=1):
            self._cell = cell
            self._first = len(self._failures)
            self._filename = cell.filename
            self._tell(number)
            seed_everything()
            try:
                with time_limit(self._seconds):
                    self._run_text(cell.source)
            except (TimeUp, Waited) as error:
                self._keep(error)
                self._seconds *= SHORTER
            except BaseException as error:  # the wall: student code may raise anything
                self._keep(error)
        self._tell(None)
        return tuple(self._missed(failure) for failure in self._failures)

    def _missed(self, failure: Failure) -> Failure:
        """Return a failure with those names that nothing else defined either."""
        names = [name for name in failure.binds if name not in self._namespace]
        return msgspec.structs.replace(failure, binds=tuple(names[:KEPT_BINDS]))

    def _run_text(self, source: str) -> None:
        parsed = parse(source, self._filename)
        try:
            code: CodeType = compile(parsed.tree, self._filename, "exec")
        except SyntaxError:
            self._keep_faults(parsed)
            parsed = compilable(parsed.tree, self._filename)
            code = compile(parsed.tree, self._filename, "exec")
        self._keep_faults(parsed)
        try:
            exec(code, self._namespace)
        except Exception as error:
            self._keep(error)
            self._define_rest(parsed.tree, error)

    def _keep_faults(self, parsed: Parsed) -> None:
        """Keep what was lost since it does not parse."""
        for fault in parsed.faults:
            name = fault.values.get("name", "")
            self._keep_failure(failure_of(fault, self._filename), (name,) if is_name(name) else ())

    def _define_rest(self, tree: ast.Module, error: Exception) -> None:
        """Run what binds names below the statement that raised; skip what only acts."""
        below = error.__traceback__.tb_next if error.__traceback__ else None
        line = below.tb_lineno if below is not None else 0
        for statement in tree.body:
            if statement.lineno > line and isinstance(statement, _BINDS):
                code = compile(ast.Module([statement], []), self._filename, "exec")
                try:
                    exec(code, self._namespace)
                except Exception as later:
                    self._keep(later)

    def _keep(self, error: BaseException) -> None:
        """Keep a failure with what its statement, and the rest of its cell, would have bound."""
        failure = describe(error)
        if isinstance(error, TimeUp):
            failure = with_loop(failure, error, self._cells, self._seconds)
        self._keep_failure(failure, names_from(self._cell, self._line_of(error)))

    def _keep_failure(self, failure: Failure, binds: tuple[str, ...]) -> None:
        """Keep a failure; a later one in the same cell is nearer to what the rest would bind."""
        if len(self._failures) >= KEPT_FAILURES:
            return
        lost = {n for f in self._failures[self._first :] if f.kind == "syntax" for n in f.binds}
        binds = tuple(name for name in binds if name not in lost)
        for number, earlier in enumerate(self._failures[self._first :], start=self._first):
            left = tuple(name for name in earlier.binds if name not in binds)
            self._failures[number] = msgspec.structs.replace(earlier, binds=left)
        self._failures.append(msgspec.structs.replace(failure, binds=binds))

    def _line_of(self, error: BaseException) -> int:
        """Return the line of the cell that was run; 0 where the cell did not even parse."""
        traceback = error.__traceback__
        while traceback is not None and traceback.tb_frame.f_code.co_filename != self._filename:
            traceback = traceback.tb_next
        return 0 if traceback is None else traceback.tb_lineno


def load(
    cells: list[Cell],
    namespace: dict[str, Any],
    contract: Contract,
    budget: Budget,
    parameters: Iterable[str] = (),
    tell: Callable[[int | None], None] = ignore,
) -> Loading:
    """Run the cells and say what they defined and what went wrong.

    ``tell`` is told each cell that begins, and None after the last.
    """
    outline = read_outline(cells)
    runner = CellRunner(namespace, budget, tell)
    failures = runner.run(cells)
    defined = find_defined(namespace, contract)
    train = namespace.get(defined.get("train_model", ""))
    parameters = tuple(parameters)
    found = survey(outline, namespace, contract, defined, parameters)
    return Loading(
        failures=failures,
        notes=(*runner.shell.notes, *found.notes),
        defined=defined,
        shadowed=own_variables(train, parameters),
        sightings=found.sightings,
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
            if callable(namespace.get(name)) and namespace[name] is not INERT:
                defined[role] = name
                break
    return defined
