"""Plant mistakes into steps that are written without torch: no ``.grad`` shows them.

A step is an assignment to where the spec says that a parameter lies.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from autograder.judge.mistakes.loop import all_bodies, entry
from autograder.judge.mistakes.script import Body, Script, parsed, path_of
from autograder.protocol.job import is_numpy

MOST_VARIANTS = 4
_SWAPPED: dict[type[ast.operator], type[ast.operator]] = {ast.Sub: ast.Add, ast.Add: ast.Sub}


def wrong_sign(script: Script) -> Iterator[Script]:
    """Step uphill: with every parameter, or with one of them."""
    for chosen in _choices(script):
        yield _with(script, chosen, _turned)


def not_updated(script: Script) -> Iterator[Script]:
    """Leave one parameter of several where it is."""
    names = list(dict.fromkeys(_moved(script)))
    for name in names[:MOST_VARIANTS] if len(script.parameters) > 1 else ():
        yield _with(script, {name}, lambda _: [])


def no_update(script: Script) -> Iterator[Script]:
    """Never move anything."""
    if {*_moved(script)} == {*script.parameters}:
        yield _with(script, {*script.parameters}, lambda _: [])


def wrong_gradient(script: Script) -> Iterator[Script]:
    """Step by half of what is right."""
    if _moved(script):
        yield _with(script, {*script.parameters}, lambda s: _by(s, "({step}) * 0.5"))


def piled_up(script: Script) -> Iterator[Script]:
    """Step by the sum of all steps so far, as where sums of gradients begin only once."""
    train = script.function("train_model")
    if not _moved(script) or train is None:
        return
    planted = _with(script, {*script.parameters}, _summed)
    train = planted.function("train_model")
    if train is not None:
        train.body[entry(train) : entry(train)] = parsed("_sums = {}")
        yield planted


def _choices(script: Script) -> list[set[str]]:
    """Return all parameters together, and each of several alone."""
    names = list(dict.fromkeys(_moved(script)))
    alone = [{name} for name in names[:MOST_VARIANTS]] if len(names) > 1 else []
    return [{*names}, *alone] if names else []


def _moved(script: Script) -> list[str]:
    """Return the parameter of each step, in a lab without torch."""
    if not is_numpy(script.contract):
        return []
    found = (_place(s, script) for body in all_bodies(script) for s in body)
    return [name for name in found if name is not None]


def _with(script: Script, names: set[str], change: Callable[[ast.stmt], Body]) -> Script:
    planted = script.copy()
    for body in list(all_bodies(planted)):
        for index in reversed(range(len(body))):
            if _place(body[index], planted) in names:
                body[index : index + 1] = change(body[index]) or parsed("pass")
    return planted


def _place(statement: ast.stmt, script: Script) -> str | None:
    """Return the parameter that a statement moves, None where it moves none."""
    target = _target(statement)
    if target is None or _step(statement) is None:
        return None
    path = path_of(target)
    for name in script.parameters:
        own = name.split(".")
        if path == own or (path[:1] == ["self"] and len(own) > 1 and path[1:] == own[1:]):
            return name
    return None


def _target(statement: ast.stmt) -> ast.expr | None:
    if isinstance(statement, ast.AugAssign):
        return statement.target
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return statement.targets[0]
    return None


def _step(statement: ast.stmt) -> ast.expr | None:
    """Return by what a statement moves its target: ``w -= step``, ``w = w - step``."""
    if isinstance(statement, ast.AugAssign) and type(statement.op) in _SWAPPED:
        return statement.value
    target = _target(statement)
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp):
        value = statement.value
        same = target is not None and path_of(value.left) == path_of(target)
        if same and type(value.op) in _SWAPPED:
            return value.right
    return None


def _turned(statement: ast.stmt) -> Body:
    owner = statement if isinstance(statement, ast.AugAssign) else statement.value  # type: ignore[attr-defined]  # an assignment
    owner.op = _SWAPPED[type(owner.op)]()
    return [statement]


def _by(statement: ast.stmt, code: str) -> Body:
    """Return the statement with another step, in whose ``code`` the right one is {step}."""
    step = _step(statement)
    (made,) = parsed(code.format(step="" if step is None else ast.unparse(step)))
    value = made.value  # type: ignore[attr-defined]  # an expression
    if isinstance(statement, ast.AugAssign):
        statement.value = value
    elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp):
        statement.value.right = value
    return [statement]


def _summed(statement: ast.stmt) -> Body:
    target, step = _target(statement), _step(statement)
    if target is None or step is None:
        return [statement]
    key = repr(ast.unparse(target))
    first = parsed(f"_sums[{key}] = _sums.get({key}, 0) + ({ast.unparse(step)})")
    return [*first, *_by(statement, f"_sums[{key}]")]
