"""Small changes to a student's code before it runs, each at its own line and no more than that.

A stub's raise behind code acts as ``return``. A plot under a misspelled name is passed over. What a
name of the lab held is remembered where it is deleted, and an optimizer where another follows it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from autograder.worker.fault import STUB, is_stub_text

MARKS = "__autograder_marks__"
"""The builtin name under which rewritten code finds :class:`autograder.worker.marks.Marks`."""
_DRAWS = re.compile(r"(.*_)?(plot|draw|show)(_.*)?|set_para_loss")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)
_COMPOUND = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.TryStar, ast.Match)
_IDLE = (ast.Pass, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom)


def rewrite(
    tree: ast.Module,
    filename: str,
    source: str,
    *,
    graded: Collection[str],
    known: Collection[str],
    objects: Collection[str] = (),
) -> ast.Module:
    """Return the tree with these changes.

    ``graded`` are names of functions and classes that the lab asks for, ``known`` all of its names,
    ``objects`` those whose earlier objects are remembered when they are bound anew.
    """
    _Stubs(filename, graded).visit(tree)
    _Plots(filename, source.splitlines()).visit(tree)
    _Deletions(known, objects).visit(tree)
    return ast.fix_missing_locations(tree)


def _call(method: str, *arguments: object) -> ast.Call:
    """Return a call of one of the marks' methods with constants, or with expressions."""
    given = [a if isinstance(a, ast.expr) else ast.Constant(a) for a in arguments]  # type: ignore[arg-type]  # texts and numbers
    return ast.Call(ast.Attribute(ast.Name(MARKS, ast.Load()), method, ast.Load()), given, [])


class _Stubs(ast.NodeTransformer):
    """Turns the stub's raise behind code into a return, in graded functions' own frames."""

    def __init__(self, filename: str, graded: Collection[str]) -> None:
        self._filename = filename
        self._graded = graded
        self._worked = False

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        if node.name in self._graded:
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    self._rewrite(method)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name in self._graded:
            self._rewrite(node)
        return node

    def _rewrite(self, function: ast.FunctionDef) -> None:
        self._worked = False
        self._block(function.body)

    def _block(self, block: list[ast.stmt]) -> None:
        """Go through statements in their order; those of inner functions are their own."""
        made: list[ast.stmt] = []
        for place, statement in enumerate(block):
            if isinstance(statement, ast.Raise) and _is_stub(statement):
                made += self._stub(statement, block[place + 1 :])
                continue
            if isinstance(statement, _COMPOUND):
                for inner in _blocks(statement):
                    self._block(inner)
            elif not _is_idle(statement):
                self._worked = True
            made.append(statement)
        block[:] = made

    def _stub(self, stub: ast.Raise, below: list[ast.stmt]) -> list[ast.stmt]:
        """Pass a raise that stands behind code; note one that stands before the rest of it."""
        passed = _call("pass_stub", self._filename, stub.lineno)
        if self._worked:
            return [ast.copy_location(ast.Return(passed), stub)]
        if all(map(_is_idle, below)):
            return [stub]
        return [ast.copy_location(ast.Expr(passed), stub), stub]


def _blocks(statement: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a compound statement in the order of the document."""
    for part in ("body", "cases", "handlers", "orelse", "finalbody"):
        block = getattr(statement, part, [])
        if part in ("cases", "handlers"):
            for inner in block:
                yield inner.body
        else:
            yield block


def _is_stub(statement: ast.Raise) -> bool:
    """Return whether this is a stub's raise: without words of one's own."""
    error = statement.exc
    if isinstance(error, ast.Call) and not error.keywords:
        words = [str(a.value) if isinstance(a, ast.Constant) else "" for a in error.args]
        if not is_stub_text(" ".join(words)):
            return False
        error = error.func
    return isinstance(error, ast.Name) and error.id == STUB and statement.cause is None


def _is_idle(statement: ast.stmt) -> bool:
    """Return whether a statement does nothing of the function's work."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return ast.unparse(value.func).startswith("super(") and value.func.attr == "__init__"
    raises = isinstance(statement, ast.Raise)
    return raises or isinstance(value, ast.Constant) or isinstance(statement, _IDLE)


class _Plots(ast.NodeTransformer):
    """Wraps plots that stand alone as a statement, so that a misspelled root name is passed."""

    def __init__(self, filename: str, lines: list[str]) -> None:
        self._filename = filename
        self._lines = lines

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        root = _drawing_root(node.value)
        if root is None or node.lineno > len(self._lines):
            return self.generic_visit(node)
        line = self._lines[node.lineno - 1].strip()
        forgiven = _call("forgive", root, self._filename, node.lineno, line)
        handler = ast.ExceptHandler(
            ast.Name("NameError", ast.Load()),
            None,
            [ast.If(ast.UnaryOp(ast.Not(), forgiven), [ast.Raise()], [])],
        )
        guarded = ast.Try(body=[node], handlers=[handler], orelse=[], finalbody=[])
        return ast.copy_location(guarded, node)


def _drawing_root(value: ast.expr) -> str | None:
    """Return the name that a plot call begins with, as of ``get_surface.plot_ps()``."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return None
    if not _DRAWS.fullmatch(value.func.attr):
        return None
    part: ast.expr = value.func
    while isinstance(part, ast.Attribute | ast.Call | ast.Subscript):
        part = part.func if isinstance(part, ast.Call) else part.value
    return part.id if isinstance(part, ast.Name) else None


class _Deletions(ast.NodeTransformer):
    """Remembers what a name held before it is deleted, or bound anew, where the lab's names are.

    That is, outside functions and classes.
    """

    def __init__(self, known: Collection[str], objects: Collection[str]) -> None:
        self._known = known
        self._objects = objects

    def visit(self, node: ast.AST) -> ast.AST | list[ast.AST]:
        if isinstance(node, _SCOPES):
            return node
        found: ast.AST | list[ast.AST] = super().visit(node)
        return found

    def visit_Assign(self, node: ast.Assign) -> list[ast.AST]:
        names = [t.id for t in node.targets if isinstance(t, ast.Name) and t.id in self._objects]
        kept = [ast.Expr(_call("leave", name)) for name in names]
        return [*(ast.copy_location(one, node) for one in kept), node]

    def visit_Delete(self, node: ast.Delete) -> list[ast.AST]:
        parts = [p for t in node.targets for p in (t.elts if isinstance(t, ast.Tuple) else [t])]
        names = [p.id for p in parts if isinstance(p, ast.Name) and p.id in self._known]
        kept = [ast.Expr(_call("keep", name, ast.Name(name, ast.Load()))) for name in names]
        return [*(ast.copy_location(one, node) for one in kept), node]
