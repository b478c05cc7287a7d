"""What the statements of a training loop do, and how to move them about."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

from autograder.judge.mistakes.script import Body, Script, bodies, is_call_of, mentions, names_in

Test = Callable[[ast.stmt], bool]
_SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign)


def region(script: Script) -> list[ast.FunctionDef]:
    """Return the training function and the helpers that it may call, outer ones alone."""
    others = {*script.contract.names("forward"), *script.contract.names("criterion")}
    return [
        statement
        for statement in script.tree.body
        if isinstance(statement, ast.FunctionDef) and statement.name not in others
    ]


def all_bodies(script: Script) -> Iterator[Body]:
    """Yield every list of statements that takes part in training."""
    for function in region(script):
        yield from bodies(function)


def is_backward(statement: ast.stmt) -> bool:
    """Say whether a statement computes gradients by ``backward``."""
    return is_call_of(statement, ["backward"])


def is_zeroing(statement: ast.stmt) -> bool:
    """Say whether a statement empties a gradient buffer."""
    if is_call_of(statement, ["zero_grad"]):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return is_call_of(statement, ["zero_", "fill_"]) and mentions(statement, "grad")
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AugAssign):
        targets = [statement.target]
    else:
        return False
    return all(isinstance(t, ast.Attribute) and t.attr == "grad" for t in targets)


def is_step(statement: ast.stmt) -> bool:
    """Say whether a statement lets an optimizer take its step."""
    if not is_call_of(statement, ["step"]):
        return False
    return isinstance(statement.value.func, ast.Attribute)  # type: ignore[attr-defined]  # a call


def is_update(statement: ast.stmt) -> bool:
    """Say whether a statement moves parameters."""
    if not isinstance(statement, _SIMPLE) or is_zeroing(statement) or is_backward(statement):
        return False
    return is_step(statement) or is_manual_update(statement)


def is_manual_update(statement: ast.stmt) -> bool:
    """Say whether a statement moves one parameter by its gradient, written out."""
    if is_zeroing(statement) or not mentions(statement, "grad"):
        return False
    if isinstance(statement, (ast.Assign, ast.AugAssign)):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        if isinstance(target, ast.Attribute):
            return target.attr == "data"
        value = statement.value
        return isinstance(statement, ast.AugAssign) or isinstance(value, ast.BinOp)
    return is_call_of(statement, ["sub_", "add_", "copy_"])


def is_recording(script: Script, statement: ast.stmt) -> bool:
    """Say whether a statement stores a loss in the lab's list."""
    lists = set(script.contract.losses)
    if is_call_of(statement, ["append", "extend"]):
        called = statement.value.func  # type: ignore[attr-defined]  # a call, as just seen
        return bool(names_in(called) & lists)
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id in lists
    return False


def parameter_of(statement: ast.stmt) -> str:
    """Return the code of what an update or a zeroing is about, without ``.data`` and ``.grad``."""
    node: ast.AST
    if isinstance(statement, ast.Assign):
        node = statement.targets[0]
    elif isinstance(statement, ast.AugAssign):
        node = statement.target
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        node = statement.value.func
        node = node.value if isinstance(node, ast.Attribute) else node
    else:
        return ""
    while isinstance(node, ast.Attribute) and node.attr in ("data", "grad"):
        node = node.value
    return ast.unparse(node)


def remove(found: Iterator[Body] | list[Body], test: Test) -> list[ast.stmt]:
    """Remove the statements that fulfil ``test``; a list never stays empty. Return the removed."""
    removed = []
    for body in list(found):
        gone = [statement for statement in body if test(statement)]
        if gone:
            body[:] = [s for s in body if s not in gone] or [ast.Pass()]
            removed += gone
    return removed


def nth(test: Test, number: int) -> Test:
    """Return a test that only the ``number``-th statement fulfilling ``test`` passes."""
    seen = 0

    def one(statement: ast.stmt) -> bool:
        nonlocal seen
        if not test(statement):
            return False
        seen += 1
        return seen - 1 == number

    return one


def count(script: Script, test: Test) -> int:
    """Return how many statements of the training fulfil ``test``."""
    return sum(test(statement) for body in all_bodies(script) for statement in body)


def holding(body: Body, test: Test) -> list[int]:
    """Return the places in a body whose statement is, or holds, one that fulfils ``test``."""
    return [
        index
        for index, statement in enumerate(body)
        if test(statement) or any(test(inner) for inner in _inner(statement))
    ]


def _inner(statement: ast.stmt) -> Iterator[ast.stmt]:
    for body in bodies(statement):
        yield from body


def guarded(statement: ast.stmt) -> ast.stmt:
    """Return a statement that does nothing as long as there is no gradient."""
    guard = ast.parse("try:\n    pass\nexcept (TypeError, AttributeError):\n    pass").body[0]
    guard.body = [copy.deepcopy(statement)]  # type: ignore[attr-defined]  # a try
    return guard
