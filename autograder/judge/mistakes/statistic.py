"""Take a statistic of another argument: the classic slip of whoever standardises held-out data."""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from autograder.judge.mistakes.nodes import called, children, every_node, operand

_STATISTICS = frozenset(
    {"mean", "std", "var", "median", "quantile", "percentile", "std_mean", "var_mean"}
    | {"min", "max", "amin", "amax", "nanmean", "nanstd"}
)
_MEASURES = (ast.Sub, ast.Div)  # by which values are put beside a statistic
_TOGETHER = (ast.Sub, ast.Add, ast.Mult, ast.Div)


def of_another_argument(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a function with the statistics of one argument taken of another where that fits.

    It fits where the other is measured by them, or stands beside the first on an operator. Once all
    are taken of the other, and once the other alone is measured by its own.
    """
    if not isinstance(node, ast.FunctionDef):
        return
    given = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    seen = {ast.dump(node)}
    for taken, other in itertools.permutations(given, 2):
        held = _held(node, taken)
        measures = any(_is_measured(one, taken, other, held) for one in every_node(node))
        if not measures and not any(_side_by_side(one, {taken, other}) for one in every_node(node)):
            continue
        changes: list[ast.NodeTransformer] = [_Taken(taken, other)]
        changes += [_Own(taken, other, held)] if measures else []
        for change in changes:
            found = change.visit(copy.deepcopy(node))
            if ast.dump(found) not in seen:
                seen.add(ast.dump(found))
                yield found


def _held(function: ast.FunctionDef, taken: str) -> dict[str, ast.expr]:
    """Return what variables stand for that are made of statistics of an argument alone."""
    found: dict[str, ast.expr] = {}
    bound: list[str] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.append(node.id)
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            for target, value in _pairs(node.targets[0], node.value):
                if isinstance(target, ast.Name) and _is_of(value, taken, found):
                    found[target.id] = _Spelled(found).visit(copy.deepcopy(value))
    return {name: value for name, value in found.items() if bound.count(name) == 1}


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=False)
    else:
        yield target, value


def _is_of(node: ast.AST, taken: str, held: Mapping[str, ast.expr]) -> bool:
    """Say whether a value is made of statistics of an argument, and of no values of its own."""
    inside = list(_outside_statistics(node, taken))
    names = {one.id for one in inside if isinstance(one, ast.Name)}
    some = bool(names & held.keys()) or any(_is_statistic(one, taken) for one in inside)
    return some and taken not in names


def _outside_statistics(node: ast.AST, taken: str) -> Iterator[ast.AST]:
    yield node
    if not _is_statistic(node, taken):
        for one in children(node):
            yield from _outside_statistics(one, taken)


def _is_statistic(node: ast.AST, taken: str) -> bool:
    name, call = called(node)
    if call is None or name not in _STATISTICS:
        return False
    of = operand(call)
    return isinstance(of, ast.Name) and of.id == taken


def _measure(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """Return what is measured, and by what: the sides of ``-`` and ``/``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, _MEASURES):
        return node.left, node.right
    if isinstance(node, ast.AugAssign) and isinstance(node.op, _MEASURES):
        return node.target, node.value
    return None


def _is_measured(node: ast.AST, taken: str, other: str, held: Mapping[str, ast.expr]) -> bool:
    sides = _measure(node)
    return sides is not None and _names(sides[0], other) and _is_of(sides[1], taken, held)


def _names(node: ast.AST, name: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == name for one in every_node(node))


def _side_by_side(node: ast.AST, names: set[str]) -> bool:
    match node:
        case ast.BinOp(left=ast.Name(id=left), op=operator, right=ast.Name(id=right)):
            return isinstance(operator, _TOGETHER) and {left, right} == names
    return False


class _Spelled(ast.NodeTransformer):
    """Puts what variables stand for in their place."""

    def __init__(self, held: Mapping[str, ast.expr]) -> None:
        self._held = held

    def visit_Name(self, node: ast.Name) -> Any:  # as ast calls it
        return copy.deepcopy(self._held.get(node.id, node))


class _Taken(ast.NodeTransformer):
    """Takes every statistic of one argument of another."""

    def __init__(self, taken: str, other: str) -> None:
        self._taken, self._other = taken, other

    def visit_Call(self, node: ast.Call) -> Any:  # as ast calls it
        if not _is_statistic(node, self._taken):
            return self.generic_visit(node)
        of = operand(node)
        if isinstance(of, ast.Name):
            of.id = self._other
        return node


class _Own(ast.NodeTransformer):
    """Measures one argument by its own statistics, and the other as before."""

    def __init__(self, taken: str, other: str, held: Mapping[str, ast.expr]) -> None:
        self._taken, self._other, self._held = taken, other, held

    def visit_BinOp(self, node: ast.BinOp) -> Any:  # as ast calls it
        if _is_measured(node, self._taken, self._other, self._held):
            node.right = self._by_itself(node.right)
        return self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:  # as ast calls it
        if _is_measured(node, self._taken, self._other, self._held):
            node.value = self._by_itself(node.value)
        return self.generic_visit(node)

    def _by_itself(self, measure: ast.expr) -> Any:
        return _Taken(self._taken, self._other).visit(_Spelled(self._held).visit(measure))
