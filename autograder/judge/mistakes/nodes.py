"""The nodes of a syntax tree, and the names in them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def every_node(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it in any order, in half the time of ``ast.walk``."""
    stack = [node]
    while stack:
        one = stack.pop()
        yield one
        stack += children(one)


def children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes right below a node."""
    for value in vars(node).values():
        if isinstance(value, list):
            yield from (part for part in value if isinstance(part, ast.AST))
        elif isinstance(value, ast.AST):
            yield value


def names_in(node: ast.AST) -> set[str]:
    """Return all names used below a node, those of attributes too."""
    found = set()
    for one in every_node(node):
        if isinstance(one, ast.Name):
            found.add(one.id)
        elif isinstance(one, ast.Attribute):
            found.add(one.attr)
    return found


def free_names(node: ast.AST) -> set[str]:
    """Return the names that a statement reads or sets outside of its own functions' scopes.

    Rather too many: what a comprehension binds counts as read.
    """
    if not isinstance(node, _FUNCTIONS):
        own = [node] if isinstance(node, ast.Name) else children(node)
        return {node.id} if isinstance(node, ast.Name) else set().union(*map(free_names, own))
    read: set[str] = set()
    bound = {one.arg for one in every_node(node.args) if isinstance(one, ast.arg)}
    declared: set[str] = set()
    for one in _own_nodes(children(node)):
        if isinstance(one, ast.Name):
            (read if isinstance(one.ctx, ast.Load) else bound).add(one.id)
        elif isinstance(one, (ast.Global, ast.Nonlocal)):
            declared.update(one.names)
        elif isinstance(one, (*_FUNCTIONS, ast.ClassDef, ast.comprehension)):
            read |= free_names(one)
            bound.update([one.name] if isinstance(one, _NAMED) else [])
    return read - bound | declared


def _own_nodes(roots: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a function's own scope, with the scopes inside as one node each."""
    stack = list(roots)
    while stack:
        one = stack.pop()
        yield one
        if not isinstance(one, (*_FUNCTIONS, ast.ClassDef, ast.comprehension)):
            stack += children(one)


def called(node: ast.AST) -> tuple[str, ast.Call | None]:
    """Return the last name of what a node calls, and the call."""
    if isinstance(node, ast.Call):
        match node.func:
            case ast.Attribute(attr=name) | ast.Name(id=name):
                return name, node
    return "", None


def operand(call: ast.Call) -> ast.expr | None:
    """Return what a call works on: its first argument, or the value whose method it is."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="np" | "numpy" | "torch" | "F" | "math")):
            return call.args[0] if call.args else None
        case ast.Attribute(value=value):
            return value
        case _:
            return call.args[0] if call.args else None
