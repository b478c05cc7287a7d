"""What a statement changes: a parameter, and by which factors; or a list, and by which entry."""

from __future__ import annotations

import ast
from collections.abc import Sequence

_IN_PLACE = frozenset({"sub_", "add_", "addcmul_"})
_OPTIMIZERS = frozenset({"SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "LBFGS"})


def is_update(target: ast.expr, value: ast.expr, lab: Sequence[str]) -> bool:
    """Return whether an assignment moves a parameter, or whatever has a gradient, by a product."""
    parts = list(ast.walk(value))
    product = any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult) for part in parts)
    gradient = any(isinstance(part, ast.Attribute) and part.attr == "grad" for part in parts)
    root = _root(target)
    return product and (gradient or (root is not None and root.id in lab))


def factors(node: ast.AST, lab: Sequence[str]) -> list[ast.expr]:
    """Return the expressions in a node that contain a rate: of updates, and of optimizers."""
    match node:
        case ast.Assign(targets=[target], value=value) | ast.AugAssign(target=target, value=value):
            return [value] if is_update(target, value, lab) else []
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            rates = [keyword.value for keyword in node.keywords if keyword.arg in ("lr", "alpha")]
            if name in _OPTIMIZERS:
                return [*node.args[1:2], *rates]
            if name in _IN_PLACE:
                return [*node.args, *rates]
    return []


def moved_by(node: ast.AST, lab: Sequence[str]) -> ast.Name | None:
    """Return the name that a node moves, by an update or in place."""
    match node:
        case ast.Assign(targets=[target], value=value) | ast.AugAssign(target=target, value=value):
            moves = is_update(target, value, lab) and not is_gradient(target)
            return _root(target) if moves else None
        case ast.Call(func=ast.Attribute(value=held, attr=name)) if name in _IN_PLACE:
            return _root(held)
    return None


def is_gradient(target: ast.expr) -> bool:
    """Return whether a target is a ``.grad``, or its data."""
    while isinstance(target, ast.Attribute):
        if target.attr == "grad":
            return True
        target = target.value
    return False


def _root(target: ast.expr) -> ast.Name | None:
    """Return the name that attributes are asked of."""
    while isinstance(target, ast.Attribute):
        target = target.value
    return target if isinstance(target, ast.Name) else None


def grown(node: ast.AST) -> tuple[str, ast.expr] | None:
    """Return the name of a list that a node appends to, and what it appends."""
    match node:
        case ast.Call(func=ast.Attribute(value=held, attr="append" | "extend"), args=[entry]):
            name = _dotted(held)
            return (name, entry) if name else None
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(func=ast.Attribute(attr="append"), args=[ast.Name(id=left), entry]),
        ) if name == left:  # numpy's
            return name, entry
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=ast.List() as entry):
            return name, entry
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.BinOp(left=ast.Name(id=left), op=ast.Add(), right=ast.List() as entry),
        ) if name == left:
            return name, entry
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))], value=entry):
            return name, entry
    return None


def _dotted(held: ast.expr) -> str:
    """Return the name of a list, after that of the object that it belongs to; else nothing."""
    match held:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=owner, attr=name):
            return f"{_dotted(owner)}.{name}".lstrip(".")
        case ast.Subscript(value=owner):
            return _dotted(owner)
    return ""
