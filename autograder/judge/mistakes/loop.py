"""What the statements of a training loop do, and how to move them about."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

from autograder.judge.mistakes.script import Body, Script, bodies, is_call_of, mentions, names_in

Test = Callable[[ast.stmt], bool]
_SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign)


def region(script: Script) -> list[ast.FunctionDef]:
    """Return the training function and the helpers that it may call, outer ones alone.

    Methods of classes are helpers, but for those of models, losses, data and optimizers.
    """
    others = {*script.contract.names("forward"), *script.contract.names("criterion")}
    model = script.model_class()
    found = []
    for statement in script.tree.body:
        if isinstance(statement, ast.ClassDef) and statement is not model:
            methods = [s for s in statement.body if isinstance(s, ast.FunctionDef)]
            names = {method.name for method in methods}
            if not names & {"__getitem__", "forward", "zero_grad"}:
                found += methods
        elif isinstance(statement, ast.FunctionDef) and statement.name not in others:
            found.append(statement)
    return found


def calls_itself(script: Script) -> bool:
    """Return whether the training function is written as a recursion."""
    train = script.function("train_model")
    return train is not None and any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == train.name
        for node in ast.walk(train)
    )


def all_bodies(script: Script) -> Iterator[Body]:
    """Yield every list of statements that takes part in training."""
    for function in region(script):
        yield from bodies(function)


def is_backward(statement: ast.stmt) -> bool:
    """Return whether a statement computes gradients by ``backward``."""
    return is_call_of(statement, ["backward"])


def is_zeroing(statement: ast.stmt) -> bool:
    """Return whether a statement empties a gradient buffer."""
    if is_call_of(statement, ["zero_grad"]):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Tuple):
        return all(is_zeroing(ast.Expr(part)) for part in statement.value.elts)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return is_call_of(statement, ["zero_", "fill_"]) and mentions(statement, "grad")
    if isinstance(statement, ast.AugAssign):
        return _is_buffer(statement.target) and isinstance(statement.op, (ast.Mult, ast.Sub))
    if not isinstance(statement, ast.Assign):
        return False
    targets = [
        inner
        for target in statement.targets
        for inner in (target.elts if isinstance(target, ast.Tuple) else [target])
    ]
    return all(map(_is_buffer, targets)) and _is_nothing(statement.value)


def _is_buffer(target: ast.expr) -> bool:
    """Return whether something is a ``.grad``, its ``.data``, or all of its elements."""
    while isinstance(target, ast.Subscript) or (
        isinstance(target, ast.Attribute) and target.attr == "data"
    ):
        target = target.value
    return isinstance(target, ast.Attribute) and target.attr == "grad"


def _is_nothing(value: ast.expr) -> bool:
    """Return whether a value is None, 0, zeros, something times 0, or such for each of several."""
    if isinstance(value, ast.Tuple):
        return all(map(_is_nothing, value.elts))
    if isinstance(value, ast.Constant):
        return not value.value
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, ast.Mult) and any(map(_is_nothing, (value.left, value.right)))
    called = value.func if isinstance(value, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name.startswith("zeros") or (
        isinstance(value, ast.Call) and name == "tensor" and all(map(_is_nothing, value.args))
    )


def is_step(statement: ast.stmt) -> bool:
    """Return whether a statement lets an optimizer take its step."""
    if not is_call_of(statement, ["step"]):
        return False
    return isinstance(statement.value.func, ast.Attribute)  # type: ignore[attr-defined]  # a call


def is_update(statement: ast.stmt) -> bool:
    """Return whether a statement moves parameters."""
    if not isinstance(statement, _SIMPLE) or is_zeroing(statement) or is_backward(statement):
        return False
    return is_step(statement) or is_manual_update(statement)


def is_manual_update(statement: ast.stmt) -> bool:
    """Return whether a statement moves one parameter by its gradient, written out."""
    if is_zeroing(statement) or not mentions(statement, "grad"):
        return False
    if isinstance(statement, (ast.Assign, ast.AugAssign)):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        if _is_buffer(target):
            return False
        if isinstance(target, ast.Attribute) and target.attr == "data":
            return True
        value = statement.value
        moved = isinstance(statement, ast.AugAssign) or isinstance(value, ast.BinOp)
        return moved and _meets_gradient(statement, ast.unparse(target))
    if not is_call_of(statement, ["sub_", "add_", "copy_"]):
        return False
    return not _is_buffer(statement.value.func.value)  # type: ignore[attr-defined]  # a method call


def _meets_gradient(statement: ast.stmt, code: str) -> bool:
    """Return whether the ``.grad`` of what that code stands for is used."""
    return any(
        isinstance(node, ast.Attribute) and node.attr == "grad" and ast.unparse(node.value) == code
        for node in ast.walk(statement)
    )


def is_toggle(statement: ast.stmt) -> bool:
    """Return whether a statement switches the recording of gradients on or off."""
    if is_call_of(statement, ["set_grad_enabled", "requires_grad_"]):
        return True
    return isinstance(statement, ast.Assign) and all(
        isinstance(target, ast.Attribute) and target.attr == "requires_grad"
        for target in statement.targets
    )


def is_recording(script: Script, statement: ast.stmt) -> bool:
    """Return whether a statement stores a loss in the lab's list."""
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


def lift(script: Script, test: Test) -> list[ast.stmt]:
    """Remove the statements that fulfil ``test``; return them fit to stand elsewhere.

    A block or loop that holds nothing else goes as a whole; a statement that uses the variable of
    a loop around it gets that loop.
    """
    return [s for function in region(script) for s in _lift(function.body, test, [])]


def _lift(body: Body, test: Test, loops: list[ast.For]) -> list[ast.stmt]:
    lifted, kept = [], []
    for statement in body:
        if only(statement, test):
            lifted.append(_within(loops, statement))
            continue
        around = [*loops, statement] if isinstance(statement, ast.For) else loops
        for field in ("body", "orelse", "finalbody"):
            inner = getattr(statement, field, None)
            if isinstance(inner, list) and inner:
                lifted += _lift(inner, test, around)
        kept.append(statement)
    body[:] = kept or [ast.Pass()]
    return lifted


def only(statement: ast.stmt, test: Test) -> bool:
    """Return whether a statement fulfils ``test``, or is a block of nothing but such ones."""
    if test(statement):
        return True
    if not isinstance(statement, (ast.For, ast.With, ast.If)):
        return False
    if isinstance(statement, ast.For) and _is_range(statement.iter):
        return False
    inner = [*statement.body, *getattr(statement, "orelse", [])]
    idle = [s for s in inner if isinstance(s, ast.Pass) or is_call_of(s, ["detach_"])]
    return len(inner) > len(idle) and all(s in idle or only(s, test) for s in inner)


def _is_range(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "range"


def _within(loops: list[ast.For], statement: ast.stmt) -> ast.stmt:
    for loop in reversed(loops):
        if names_in(loop.target) & names_in(statement):
            target, values = copy.deepcopy(loop.target), copy.deepcopy(loop.iter)
            statement = ast.For(target, values, [statement], [], None, lineno=0)
    return statement


def training_loop(script: Script) -> tuple[Body, int] | None:
    """Return the body of the training function, and the place of its first loop in it."""
    train = script.function("train_model")
    if train is None or calls_itself(script):
        return None
    for index, statement in enumerate(train.body):
        if any(isinstance(node, (ast.For, ast.While)) for node in ast.walk(statement)):
            return train.body, index
    return None


def entry(function: ast.FunctionDef) -> int:
    """Return the place after a function's docstring, imports and declarations of names."""
    early = (ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom)
    places = [0]
    for index, statement in enumerate(function.body, start=1):
        text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if isinstance(statement, early) or text:
            places.append(index)
    return places[-1]


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
    """Return the places in a body whose statement is, or contains, one that fulfils ``test``."""
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
