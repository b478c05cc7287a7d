"""Which statements of a script anything depends on: a mutant runs these alone.

A page trains and draws for its readers, and a mutant has none. A statement may go only if nothing
that stays reads a name that it binds, or an object that it changes: decided by the source, whatever
comes first. What is defined or imported stays, and so does what the lab asks for. Random numbers
drawn on the page may be others then: scenarios and scripts bring data, starts and seeds along.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from autograder.judge.mistakes.nodes import every_node, free_names

_COMPOUND = (ast.For, ast.While, ast.If, ast.With, ast.Try)
_MAY_GO = (*_COMPOUND, ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign)
_STAY = (ast.Raise, ast.Assert, ast.Delete, ast.Global, ast.Await)
_LOOKS_UP = frozenset({"globals", "locals", "vars", "eval", "exec", "getattr", "setattr"})
_READS = frozenset(
    {"clone", "detach", "dim", "item", "numpy", "size", "tolist"}
    | {"named_parameters", "parameters", "state_dict"}
)
_RESET = frozenset({"eval", "manual_seed", "seed", "train"})
"""What changes modes and seeds, which each scenario and script sets anew."""
SWITCHES = "torch"
"""Whose functions switch what all others do, such as precision."""


def needed_statements(
    body: Iterable[ast.stmt], asked_for: Collection[str], lasting: Collection[str]
) -> list[ast.stmt]:
    """Return the statements that definitions, and names that are ``asked_for``, depend on.

    ``lasting`` are names whose methods change what functions find later: models, optimizers.
    """
    found = [_Statement(node) for node in body]
    needed = {*asked_for, SWITCHES}
    plots = {name for one in found for name in one.plots}
    stays = {one for one in found if one.stays}
    waiting = [one for one in found if not one.stays]
    if any(one.reads & _LOOKS_UP for one in found):
        needed |= {name for one in found for name in one.stored}
    news: Collection[_Statement] = stays
    while news:
        needed |= {name for one in news for name in one.reads}
        news = [one for one in waiting if one.touches(needed - plots, lasting)]
        waiting = [one for one in waiting if one not in news]
        stays.update(news)
    return [one.node for one in found if one in stays]


class _Statement:
    """One statement at the top level: what it reads, binds and calls, with all that is in it."""

    def __init__(self, node: ast.stmt) -> None:
        nodes = list(every_node(node))
        self.node = node
        self.reads = free_names(node)
        self.stored = set(_stored(nodes))
        self.stays = not isinstance(node, _MAY_GO) or any(isinstance(one, _STAY) for one in nodes)
        self.plots = set(_plotting(node))
        self._calls = [one for one in nodes if isinstance(one, ast.Call)]
        alone = [one.value for one in nodes if isinstance(one, ast.Expr)]
        self._alone = {id(one) for one in alone if isinstance(one, ast.Call)}

    def touches(self, needed: set[str], lasting: Collection[str]) -> bool:
        """Return whether it binds or changes what is needed."""
        if isinstance(self.node, ast.Expr):
            return changes(self.node, needed.intersection(lasting))
        if "" in self.stored or self.stored & needed:
            return True
        return any(self._changes(call, needed, lasting) for call in self._calls)

    def _changes(self, call: ast.Call, needed: set[str], lasting: Collection[str]) -> bool:
        """Return whether a call is one of a method that may change a needed object.

        Of what is no lasting object only calls count whose result nobody takes.
        """
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        root = "" if _is_of_result(call.func) else root_of(call.func)
        if not (method and root) or root not in needed or method in _READS | _RESET:
            return False
        return id(call) in self._alone or (root in lasting and root != SWITCHES)


def _is_of_result(node: ast.AST) -> bool:
    """Return whether this is a part of what a function returned, as of ``f(x).grad``."""
    while isinstance(node, (ast.Call, ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return False


def changes(statement: ast.Expr, lasting: Collection[str]) -> bool:
    """Return whether a statement is a call of a method of one of these objects."""
    return isinstance(statement.value, ast.Call) and root_of(statement.value) in lasting


def root_of(node: ast.AST) -> str:
    """Return the name that a chain of attributes, calls and items begins with; else nothing."""
    while isinstance(node, (ast.Call, ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _stored(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that nodes bind, or store something in; nothing for what has no name."""
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (one.asname or one.name.partition(".")[0] for one in node.names)
        elif isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)) and not isinstance(
            node, (ast.Tuple, ast.List, ast.Starred)
        ):  # whose parts come, too
            yield "" if _is_of_result(node) else root_of(node)


def _plotting(node: ast.stmt) -> Iterator[str]:
    """Yield the names under which a statement imports something that draws."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        home = getattr(node, "module", "") or ""
        for one in node.names:
            if (home or one.name).partition(".")[0] == "matplotlib":
                yield one.asname or one.name.partition(".")[0]
