"""Which planted scripts are worth running: those that are no nonsense of the planting's own."""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Iterator

from autograder.judge.mistakes.mistake import Plant
from autograder.judge.mistakes.nodes import every_node
from autograder.judge.mistakes.script import Script
from autograder.protocol.job import records_of

_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_HOLD_STATEMENTS = (ast.stmt, ast.ExceptHandler, ast.match_case)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def only_sound(plant: Plant) -> Plant:
    """Return the plant without variants that change nothing, come twice, or cannot be run.

    A variant cannot be run where it does not compile, or where a function reads a variable of its
    own before, or without, giving it a value, and the script did not.
    """

    @functools.wraps(plant)
    def sound(script: Script) -> Iterator[Script]:
        given, known, original = _before(script)
        sources = {original}
        for variant in plant(script):
            source = variant.source()
            if source in sources:
                continue
            sources.add(source)
            if unbound_reads(variant.tree, given) <= known and _compiles(source):
                yield variant.finished(source)

    return sound


@functools.lru_cache(maxsize=16)  # scripts are equal if they are the same one
def _before(script: Script) -> tuple[set[str], set[tuple[str, str]], str]:
    """Return the names that are given, what a script reads unbound, and its code.

    All mistakes are planted into the same script, one after another; plants change copies.
    """
    given = _lab_names(script)
    return given, unbound_reads(script.tree, given), script.source()


def _compiles(source: str) -> bool:
    try:
        compile(source, "<planted>", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def _lab_names(script: Script) -> set[str]:
    """Return the names that the lab and Python put at a function's disposal."""
    contract = script.contract
    found = {*dir(builtins), *script.preset.data, *script.parameters, *contract.learning_rate[:1]}
    found |= {*contract.losses[:1], *getattr(contract, "model", ())[:1]}
    found |= {names[0] for names in records_of(contract)}
    return found | {*getattr(contract, "optimizer", ())[:1], *getattr(contract, "loader", ())[:1]}


def unbound_reads(tree: ast.Module, given: set[str]) -> set[tuple[str, str]]:
    """Return pairs of a function and a variable that it reads where nothing has bound it yet.

    ``given`` are names that need not be bound. Branches and loops are read from top to bottom;
    inner functions see all names around them.
    """
    known = given | _outer_names(tree)
    found: set[tuple[str, str]] = set()
    for statement in tree.body:
        for node in _functions(statement):
            reads = _Reads(node)
            own = reads.bound - reads.outer
            early = {name for name in reads.early if name in own or name not in known}
            found |= {(node.name, name) for name in early}
    return found


def _functions(statement: ast.stmt) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function that a statement defines; no expression needs to be looked into."""
    stack: list[ast.AST] = [statement]
    while stack:
        one = stack.pop()
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield one
        for value in vars(one).values():
            if isinstance(value, list) and value and isinstance(value[0], _HOLD_STATEMENTS):
                stack += value


def _outer_names(tree: ast.Module) -> set[str]:
    """Return the names that a script binds outside of functions."""
    found = set()
    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(statement.name)
            continue
        for node in every_node(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.alias):
                found.add((node.asname or node.name).partition(".")[0])
    return found


class _Reads(ast.NodeVisitor):
    """Walks one function in the order of evaluation. Inner functions run later: see all names."""

    def __init__(self, function: _Scope) -> None:
        arguments = function.args
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        given += [extra for extra in (arguments.vararg, arguments.kwarg) if extra]
        self.bound = {argument.arg for argument in given}
        self.early: set[str] = set()
        self.outer: set[str] = set()
        for statement in function.body if isinstance(function.body, list) else [function.body]:
            self.visit(statement)

    def visit_Name(self, node: ast.Name) -> None:  # as ast calls it
        if not isinstance(node.ctx, ast.Load):
            self.bound.add(node.id)
        elif node.id not in self.bound:
            self.early.add(node.id)

    def visit_Global(self, node: ast.Global) -> None:  # as ast calls it
        self.outer |= set(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:  # as ast calls it
        self.outer |= set(node.names)

    def visit_Assign(self, node: ast.Assign) -> None:  # as ast calls it
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:  # as ast calls it
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:  # as ast calls it
        self.visit(node.value)
        if isinstance(node.target, ast.Name) and node.target.id not in self.bound:
            self.early.add(node.target.id)
        self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:  # as ast calls it
        self.visit(node.value)
        self.visit(node.target)

    def visit_For(self, node: ast.For) -> None:  # as ast calls it
        self.visit(node.iter)
        self.visit(node.target)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def visit_alias(self, node: ast.alias) -> None:
        self.bound.add((node.asname or node.name).partition(".")[0])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:  # as ast calls it
        if node.name:
            self.bound.add(node.name)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:  # as ast calls it
        self.bound.add(node.name)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:  # as ast calls it
        for default in (*node.args.defaults, *node.decorator_list):
            self.visit(default)
        self.bound.add(node.name)

    def visit_Lambda(self, node: ast.Lambda) -> None:  # as ast calls it
        inner = _Reads(node)
        self.early |= {name for name in inner.early if name not in self.bound}

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, _COMPREHENSIONS):
            for part in node.generators:
                self.visit(part)
            for field in ("elt", "key", "value"):
                if hasattr(node, field):
                    self.visit(getattr(node, field))
        elif isinstance(node, ast.comprehension):
            self.visit(node.iter)
            self.visit(node.target)
            for condition in node.ifs:
                self.visit(condition)
        else:
            super().generic_visit(node)
