"""Run a submission's cells once, in a namespace that holds the lab's globals."""

from __future__ import annotations

import ast
import builtins
import random
import sys
import warnings
from collections.abc import Iterable
from types import CodeType, FunctionType, ModuleType
from typing import Any

import msgspec
import numpy as np
import torch

from autograder.protocol.array import unpack
from autograder.protocol.job import ROLES, Budget, Contract, Functions, Situation
from autograder.protocol.trace import Failure, Loading
from autograder.worker.cells import Cell, to_python
from autograder.worker.fault import describe
from autograder.worker.inert import INERT, Inert
from autograder.worker.lack import Sequel
from autograder.worker.limit import TimeUp, time_limit
from autograder.worker.marks import Marks
from autograder.worker.plot import Asked, Plot, PlotAsked
from autograder.worker.rewrite import MARKS, rewrite
from autograder.worker.shell import Shell
from autograder.worker.undrawn import imports_matplotlib, was_imported

KEPT_FAILURES = 20


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

    def __init__(
        self, namespace: dict[str, Any], contract: Contract, budget: Budget, marks: Marks
    ) -> None:
        self._namespace = namespace
        self._preset = dict(namespace)
        self._graded = {name for role in ROLES for name in contract.names(role)}
        self.known = names_of(contract)
        self._seconds = budget.cells_seconds
        self._failures: list[Failure] = []
        self._filename = ""
        self._marks = marks
        self.plots = False
        self.shell = Shell(namespace, self._run_text)
        builtins.get_ipython = lambda: self.shell  # type: ignore[attr-defined]  # as IPython does
        setattr(builtins, MARKS, marks)

    def run(self, cells: list[Cell]) -> tuple[Failure, ...]:
        """Run all cells and return what went wrong. A cell may fail, the rest goes on."""
        for cell in cells:
            self._filename = cell.filename
            seed_everything()
            asked, failed = Asked.count, len(self._failures)
            try:
                with time_limit(self._seconds):
                    self._run_text(cell.source)
            except TimeUp as error:
                self._keep(error)
                self._seconds *= 0.25
            except BaseException as error:  # the wall: student code may raise anything
                self._keep(error)
            if Asked.count > asked and len(self._failures) == failed:
                self._keep(PlotAsked("a plot was asked for a value"))  # and the error was caught
        for name, value in self._marks.kept.items():
            self._namespace.setdefault(name, value)
        return tuple(self._failures)

    def _run_text(self, source: str) -> None:
        tree = self._parse(source)
        self.plots |= imports_matplotlib(tree)
        rewrite(tree, self._filename, source, graded=self._graded, known=self.known)
        code: CodeType = compile(tree, self._filename, "exec")
        try:
            exec(code, self._namespace)
        except (Exception, SystemExit) as error:
            sequel = Sequel(self._run_statements, self._keep, self._namespace, self._preset)
            sequel.follow(tree.body, error)

    def _run_statements(self, statements: list[ast.stmt]) -> None:
        exec(compile(ast.Module(statements, []), self._filename, "exec"), self._namespace)

    def _parse(self, source: str) -> ast.Module:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return ast.parse(source, self._filename)
            except SyntaxError:
                return ast.parse(to_python(source), self._filename)

    def _keep(self, error: BaseException) -> None:
        if len(self._failures) < KEPT_FAILURES:
            self._failures.append(describe(error))


def names_of(contract: Contract) -> frozenset[str]:
    """Return all names that a lab speaks of, aliases with them."""
    values = msgspec.structs.astuple(contract)
    listed = [name for value in values if isinstance(value, tuple) for name in value]
    return frozenset(name for name in (*values, *listed) if isinstance(name, str))


def load(
    cells: list[Cell],
    namespace: dict[str, Any],
    contract: Contract,
    budget: Budget,
    parameters: Iterable[str] = (),
    marks: Marks | None = None,
) -> Loading:
    """Run the cells and say what they defined and what went wrong."""
    marks = marks or Marks()
    runner = CellRunner(namespace, contract, budget, marks)
    runner.known |= {*parameters}
    failures = runner.run(cells)
    defined = find_defined(namespace, contract)
    train = namespace.get(defined.get("train_model", ""))
    return Loading(
        failures=failures,
        notes=(*runner.shell.notes, *marks.take()),
        defined=defined,
        shadowed=own_variables(train, parameters),
        plots=runner.plots or was_imported(),
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
            if callable(value) and not isinstance(value, Inert | Plot):
                defined[role] = name
                break
    return defined
