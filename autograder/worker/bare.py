"""The code that is run without what is only for people: comments, docstrings, magics, layout.

Inside the wall, where files are parsed anyway: whoever shows a student's code to others shows
this. Names, and texts that the code itself uses, stay.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable

from autograder.worker.cells import Cell
from autograder.worker.outline import LARGEST_SOURCE, fresh_outline
from autograder.worker.shell import RUNS_ITS_BODY
from autograder.worker.statements import to_python

_SHELL = "get_ipython"


def bare_texts(cells: Iterable[Cell]) -> tuple[str, ...]:
    """Return the bare code of each cell, an empty text where there is none.

    Nothing at all where that cannot be had: then nobody is shown the code in this way.
    """
    found = list(cells)
    if sum(len(cell.source) for cell in found) > LARGEST_SOURCE:
        return ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return tuple(map(_bare, found))
        except Exception:  # noqa: BLE001  # a wall: words for people must cost no file its grade
            return ()


def _bare(cell: Cell) -> str:
    module = ast.Module(body=[one.statement for one in fresh_outline(cell).pieces], type_ignores=[])
    text = ast.unparse(_Bare().visit(module))
    return text.encode("utf-8", "backslashreplace").decode()


class _Bare(ast.NodeTransformer):
    """Takes out statements that are only a text, and calls of IPython's shell."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Leave no block without a statement."""
        super().generic_visit(node)
        if getattr(node, "body", None) == [] and not isinstance(node, ast.Module):
            vars(node)["body"] = [ast.Pass()]
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt] | None:
        """Take out what is only a text, and what IPython would do."""
        value = node.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return None
        if _calls_shell(value):
            return self._body_of(value)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Put what a refused command leaves in the place of one whose result is used."""
        return ast.List(elts=[], ctx=ast.Load()) if _calls_shell(node) else self.generic_visit(node)

    def _body_of(self, call: ast.expr) -> list[ast.stmt]:
        """Return the statements that a magic runs, as ``%%time`` does its cell."""
        texts = [one.value for one in getattr(call, "args", ()) if isinstance(one, ast.Constant)]
        if not texts or texts[0] not in RUNS_ITS_BODY or not isinstance(texts[-1], str):
            return []
        try:
            tree = ast.parse(texts[-1])
        except SyntaxError:
            tree = ast.parse(to_python(texts[-1]))
        self.visit(tree)  # in place
        return tree.body


def _calls_shell(node: ast.AST) -> bool:
    """Return whether a node is a call of a method of ``get_ipython()``, as magics become."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    inner = node.func.value
    called = inner.func if isinstance(inner, ast.Call) else None
    return isinstance(called, ast.Name) and called.id == _SHELL
