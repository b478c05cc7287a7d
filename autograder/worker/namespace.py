"""Run a submission's cells once, in a namespace with the lab's globals."""

from __future__ import annotations

import ast
import asyncio
import builtins
import inspect
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import FunctionType, ModuleType
from typing import Any

import msgspec
import numpy as np
import torch

from autograder.protocol.array import natural, unpack
from autograder.protocol.job import (
    ROLES,
    Budget,
    Contract,
    Functions,
    Module,
    Rule,
    Situation,
    names_by_role,
    records_of,
    rule_of,
)
from autograder.protocol.script import Sought
from autograder.protocol.trace import KEPT_BINDS, SHORTER, Failure, Loading
from autograder.worker import remark, source
from autograder.worker.absent import missing_in
from autograder.worker.cells import Cell
from autograder.worker.fault import describe, failure_of
from autograder.worker.inert import INERT, Inert
from autograder.worker.lack import Sequel
from autograder.worker.limit import TimeUp, Waited, time_limit
from autograder.worker.loop import with_loop
from autograder.worker.marks import Marks
from autograder.worker.missing import FINDER
from autograder.worker.outline import is_name, names_from, read_outline
from autograder.worker.own_names import survey
from autograder.worker.plot import Asked, Plot, PlotAsked
from autograder.worker.rewrite import MARKS, rewrite
from autograder.worker.shell import Shell
from autograder.worker.statements import Parsed, compilable, parse
from autograder.worker.unattended import ANSWERS_IN_A_CELL, answer_again
from autograder.worker.undrawn import imports_matplotlib, was_imported

KEPT_FAILURES = 20
_OPTIMIZERS = frozenset(one for one in vars(torch.optim).values() if isinstance(one, type))


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
            values = torch.from_numpy(natural(array))
            namespace[name] = values.float() if values.is_floating_point() else values
    if isinstance(contract, Functions):
        for name, array in preset.start.items():
            namespace[name] = torch.from_numpy(unpack(array)).float().requires_grad_()
    for name in contract.learning_rate[:1]:
        namespace[name] = preset.learning_rate
    for names in (contract.losses, *records_of(contract)):
        namespace.update({name: [] for name in names[:1]})
    return namespace


def _is_plain(value: object, rule: Rule | None = None) -> bool:
    """Return whether an optimizer does the steps of gradient descent, or of the lab's own rule."""
    if rule is not None:
        return type(value) is getattr(torch.optim, rule.optimizer)
    more = ("momentum", "weight_decay", "nesterov", "maximize")
    return type(value) is torch.optim.SGD and not any(
        group.get(name) for group in value.param_groups for name in more
    )


def ignore(cell: int | None) -> None:
    """Tell nobody which cell begins."""


class CellRunner:
    """Runs cells in document order; what a broken one still defines is kept."""

    def __init__(
        self,
        namespace: dict[str, Any],
        contract: Contract,
        budget: Budget,
        *,
        known: Iterable[str] = (),
        marks: Marks | None = None,
        tell: Callable[[int | None], None] = ignore,
    ) -> None:
        self._namespace = namespace
        self._preset = dict(namespace)
        self._graded = {name for role in ROLES for name in contract.names(role)}
        self._known = names_of(contract) | {*known}
        self._marks = marks or Marks()
        self._marks.namespace = namespace
        self._optimizers = contract.optimizer if isinstance(contract, Module) else ()
        self._rule = rule_of(contract)
        self._tell = tell
        self._seconds = budget.cells_seconds
        self._failures: list[Failure] = []
        self._cells: list[Cell] = []
        self._first = 0
        self._filename = ""
        self._tasks = asyncio.Runner()
        self.trees: list[ast.Module] = []
        self.plots = False
        self.shell = Shell(namespace, self._run_text)
        builtins.get_ipython = lambda: self.shell  # type: ignore[attr-defined]  # as IPython does
        setattr(builtins, MARKS, self._marks)

    def run(self, cells: list[Cell]) -> tuple[Failure, ...]:
        """Run all cells and return what went wrong. A cell may fail, the rest goes on."""
        FINDER.begin(lambda: list(_syntax(cells)), self._namespace)
        self._cells = cells
        for number, cell in enumerate(cells, start=1):
            self._cell = cell
            self._first = len(self._failures)
            self._filename = cell.filename
            self._tell(number)
            seed_everything()
            answer_again(ANSWERS_IN_A_CELL)
            asked = Asked.count
            try:
                with time_limit(self._seconds):
                    self._run_text(cell.source)
            except (TimeUp, Waited) as error:
                self._keep(error)
                self._seconds *= SHORTER
            except BaseException as error:  # the wall: student code may raise anything
                self._keep(error)
            if Asked.count > asked and len(self._failures) == self._first:
                self._keep(PlotAsked("a plot was asked for a value"))  # and the error was caught
        self._tell(None)
        with suppress(BaseException):  # tasks that are left end as they like
            self._tasks.close()
        for name, value in self._marks.kept.items():
            self._namespace.setdefault(name, value)
        self._put_optimizers_back()
        return tuple(self._missed(failure) for failure in self._failures)

    def _put_optimizers_back(self) -> None:
        """Put the lab's kind of optimizer back where another, for a comparison, took its name."""
        for name in self._optimizers:
            held = self._namespace.get(name)
            left = [one for one in self._marks.left.get(name, ()) if _is_plain(one, self._rule)]
            if type(held) in _OPTIMIZERS and not _is_plain(held, self._rule) and left:
                self._namespace[name] = left[-1]
                self._marks.note("optimizer-put-back", None, None, name=name)

    def _missed(self, failure: Failure) -> Failure:
        """Return a failure with those names that nothing else defined either."""
        names = [name for name in failure.binds if name not in self._namespace]
        return msgspec.structs.replace(failure, binds=tuple(names[:KEPT_BINDS]))

    def _run_text(self, text: str) -> None:
        tree = self._parse(text)
        self.trees.append(tree)
        rest = tree
        while rest.body:
            try:
                self._execute(rest)
            except (Exception, SystemExit) as error:
                line = self._line_of(error)
                left = [one for one in rest.body if (one.end_lineno or 0) >= line]
                if left and self._stood_in(left[0], error):
                    rest = ast.Module(left, [])
                    continue
                sequel = Sequel(self._run_statements, self._keep, self._namespace, self._preset)
                sequel.follow(rest.body, error)
            return

    def _stood_in(self, statement: ast.stmt, error: BaseException) -> bool:
        return isinstance(error, Exception) and FINDER.take_broken(statement, error)

    def _run_statements(self, statements: list[ast.stmt]) -> None:
        """Run what is below a statement that raised."""
        try:
            self._execute(ast.Module(statements, []))
        except Exception as error:
            if not self._stood_in(statements[0], error):
                raise
            self._execute(ast.Module(statements, []))

    def _parse(self, text: str) -> ast.Module:
        """Return what can be run of a text; what is lost is kept as failures."""
        parsed = parse(text, self._filename)
        self.plots |= imports_matplotlib(parsed.tree)
        known, graded = self._known, self._graded
        tree = rewrite(
            parsed.tree,
            self._filename,
            text,
            graded=graded,
            known=known,
            objects=self._optimizers,
        )
        try:
            source.compiled(tree, self._filename)
        except SyntaxError:
            self._keep_faults(parsed)
            parsed = compilable(tree, self._filename)
            tree = parsed.tree
        self._keep_faults(parsed)
        return tree

    def _execute(self, tree: ast.Module) -> None:
        """Run code; what awaits runs on a loop that lasts from cell to cell."""
        code = source.compiled(tree, self._filename)
        if code.co_flags & inspect.CO_COROUTINE:
            self._tasks.run(eval(code, self._namespace))  # noqa: S307  # as exec() below
        else:
            exec(code, self._namespace)

    def _keep_faults(self, parsed: Parsed) -> None:
        """Keep what was lost since it does not parse."""
        for fault in parsed.faults:
            name = fault.values.get("name", "")
            self._keep_failure(failure_of(fault, self._filename), (name,) if is_name(name) else ())

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


def names_of(contract: Contract) -> frozenset[str]:
    """Return all names that a lab speaks of, aliases with them."""
    values = msgspec.structs.astuple(contract)
    listed = [name for value in values if isinstance(value, tuple) for name in value]
    listed += [name for names in records_of(contract) for name in names]
    return frozenset(name for name in (*values, *listed) if isinstance(name, str))


def load(  # noqa: PLR0913  # all that a file meets
    cells: list[Cell],
    namespace: dict[str, Any],
    contract: Contract,
    budget: Budget,
    parameters: Iterable[str] = (),
    *,
    marks: Marks | None = None,
    tell: Callable[[int | None], None] = ignore,
    folder: str = "",
    sought: tuple[Sought, ...] = (),
) -> Loading:
    """Run the cells and say what they defined, also of what is ``sought``, and what went wrong.

    ``marks`` takes notes of what is passed over. ``tell`` is told each cell that begins, and None
    after the last. Modules that lie in ``folder`` are the student's own, too.
    """
    remark.forget()
    source.remember(cells, folder)
    outline, parameters, marks = read_outline(cells), tuple(parameters), marks or Marks()
    runner = CellRunner(namespace, contract, budget, known=parameters, marks=marks, tell=tell)
    failures = runner.run(cells)
    missing = FINDER.settle(runner.trees)
    defined = find_defined(namespace, contract, sought)
    train = namespace.get(defined.get("train_model", ""))
    found = survey(outline, namespace, contract, defined, parameters)
    return Loading(
        failures=failures,
        notes=(*runner.shell.notes, *marks.take(), *found.notes, *remark.taken()),
        missing=missing,
        defined=defined,
        shadowed=own_variables(train, parameters),
        sightings=found.sightings,
        plots=runner.plots or was_imported(),
    )


def _syntax(cells: Iterable[Cell]) -> Iterator[ast.Module]:
    """Yield the syntax of all cells."""
    for cell in cells:
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            yield parse(cell.source, cell.filename).tree


def own_variables(function: object, names: Iterable[str]) -> tuple[str, ...]:
    """Return which of ``names`` are variables of a function's own, its arguments not counted."""
    if not isinstance(function, FunctionType):
        return ()
    code = function.__code__
    arguments = code.co_argcount + code.co_kwonlyargcount
    own = {*code.co_varnames[arguments:], *code.co_cellvars} - {*code.co_varnames[:arguments]}
    return tuple(name for name in names if name in own)


def find_defined(
    namespace: dict[str, Any], contract: Contract, sought: tuple[Sought, ...] = ()
) -> dict[str, str]:
    """Return the roles and names that are defined, each with the name under which it was found."""
    defined: dict[str, str] = {}
    for role, names in names_by_role(contract, sought).items():
        for name in names:
            value = namespace.get(name)
            usable = callable(value) and not isinstance(value, Inert | Plot)
            if usable and missing_in(value) is None:
                defined[role] = name
                break
    for one in sought:
        held = [name for name in one.names if not _is_unfilled(namespace.get(name))]
        if not one.code and held:
            defined[one.names[0]] = held[0]
    return defined


def _is_unfilled(value: object) -> bool:
    """Return whether a variable still has the placeholder that the page gives it."""
    return value is None or value is Ellipsis
