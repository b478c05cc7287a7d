"""Run a file's cells once more, with other data under names that the page gives values to."""

from __future__ import annotations

import ast
import builtins
import copy
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.protocol.job import Job
from autograder.protocol.trace import Failure
from autograder.worker import remark
from autograder.worker.cells import Cell
from autograder.worker.namespace import CellRunner, find_defined, new_namespace
from autograder.worker.rewrite import MARKS

GIVEN = "__given__"
_HOOKS = ("get_ipython", MARKS)
_OWN_NAMES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class Run:
    """What the cells of one more run left, under which names, and what went wrong in them."""

    def __init__(self, job: Job, cells: Sequence[Cell], given: Mapping[str, Any]) -> None:
        page, held = sys.modules["__main__"], {n: vars(builtins).get(n) for n in _HOOKS}
        try:
            self.namespace = new_namespace(job.contract, job.preset, job.inert)
            self.namespace |= {name: copy.deepcopy(value) for name, value in given.items()}
            self.namespace[GIVEN] = lambda name: copy.deepcopy(given[name])
            runner = _Runner(self.namespace, job, given)
            self.failures: tuple[Failure, ...] = runner.run(list(cells))
            self.defined = find_defined(self.namespace, job.contract, job.sought)
        finally:
            sys.modules["__main__"] = page
            vars(builtins).update(held)  # functions of the first run speak to these
            remark.forget()  # the first run has said it


class _Runner(CellRunner):
    """Binds each given name again after a statement that gives it a value of the page's.

    A statement that makes the new value from the old one, as ``X = X / X.max()`` does, stands.
    """

    def __init__(self, namespace: dict[str, Any], job: Job, given: Mapping[str, Any]) -> None:
        super().__init__(namespace, job.contract, job.budget)
        self._given = frozenset(given)

    def _execute(self, tree: ast.Module) -> None:
        body = _with_given(tree.body, self._given)
        super()._execute(ast.Module(body, tree.type_ignores))


def _with_given(body: Sequence[ast.stmt], given: frozenset[str]) -> list[ast.stmt]:
    """Return statements with the given names bound again after those that bind them."""
    found: list[ast.stmt] = []
    for statement in body:
        own = isinstance(statement, _OWN_NAMES)
        found.append(statement if own else _inside(statement, given))
        for name in sorted(_bound_anew(statement) & given):
            again = ast.parse(f"{name} = {GIVEN}({name!r})").body[0]
            found.append(ast.fix_missing_locations(_at(again, statement)))
    return found


def _inside(statement: ast.stmt, given: frozenset[str]) -> ast.stmt:
    """Return a statement with the same done in its blocks; the original stays as it is."""
    made = copy.copy(statement)
    for field in ("body", "orelse", "finalbody"):
        inner = getattr(statement, field, None)
        if isinstance(inner, list) and inner:
            setattr(made, field, _with_given(inner, given))
    if isinstance(made, (ast.Try, ast.TryStar)):
        made.handlers = [copy.copy(one) for one in made.handlers]
        for handler in made.handlers:
            handler.body = _with_given(handler.body, given)
    return made


def _at(made: ast.stmt, place: ast.stmt) -> ast.stmt:
    for node in ast.walk(made):
        ast.copy_location(node, place)
    return made


def _bound_anew(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds without reading them."""
    blocks = ("body", "orelse", "finalbody", "handlers")
    heads = [
        value
        for field, value in ast.iter_fields(statement)
        if field not in blocks or isinstance(statement, _OWN_NAMES)
    ]
    bound: set[str] = set()
    read: set[str] = set()
    if isinstance(statement, _OWN_NAMES[:3]):
        return {statement.name}
    for head in heads:
        for part in head if isinstance(head, list) else [head]:
            for node in ast.walk(part) if isinstance(part, ast.AST) else ():
                if isinstance(node, ast.Name):
                    (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
                elif isinstance(node, ast.alias):
                    bound.add((node.asname or node.name).partition(".")[0])
    return set() if isinstance(statement, ast.AugAssign) else bound - read
