"""Plant mistakes into how a training loop moves parameters and empties gradients."""

from __future__ import annotations

import ast
import copy
import functools
from collections.abc import Callable, Iterator

from autograder.judge.mistakes.loop import (
    Test,
    all_bodies,
    count,
    entry,
    guarded,
    holding,
    is_backward,
    is_manual_update,
    is_step,
    is_update,
    is_zeroing,
    lift,
    nth,
    parameter_of,
    region,
    remove,
    training_loop,
)
from autograder.judge.mistakes.script import Body, Script, bodies, is_call_of, parsed

MOST_VARIANTS = 4


def not_zeroed(script: Script) -> Iterator[Script]:
    """Never empty the buffers; or only before, or only after the whole loop."""
    if not count(script, is_zeroing):
        return
    planted = script.copy()
    lift(planted, is_zeroing)
    yield planted
    for offset in (0, 1):
        once = script.copy()
        zeroing = lift(once, is_zeroing)
        place = training_loop(once)
        if place is not None:
            body, index = place
            body[index + offset : index + offset] = [guarded(s) for s in zeroing]
            yield once


def one_not_zeroed(script: Script) -> Iterator[Script]:
    """Empty one buffer fewer than there are; or the wrong one twice."""
    found = [s for body in all_bodies(script) for s in body if is_zeroing(s)]
    targets = [parameter_of(statement) for statement in found]
    if len(set(targets)) < 2:
        return
    for number in range(min(len(found), MOST_VARIANTS)):
        planted = script.copy()
        remove(all_bodies(planted), nth(is_zeroing, number))
        yield planted


def zeroed_before_update(script: Script) -> Iterator[Script]:
    """Empty the buffers between backward and the update."""
    if not count(script, is_zeroing) or not count(script, is_backward):
        return
    planted = script.copy()
    moved = [guarded(_Emptied().visit(s)) for s in lift(planted, is_zeroing)]
    for body in list(all_bodies(planted)):
        for index in reversed([i for i, s in enumerate(body) if is_backward(s)]):
            body[index + 1 : index + 1] = copy.deepcopy(moved)
    yield planted


class _Emptied(ast.NodeTransformer):
    """Leaves a buffer of zeros where None was set."""

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:  # as ast calls it
        if len(node.targets) > 1 or isinstance(node.targets[0], ast.Tuple):
            return node
        target = ast.unparse(node.targets[0])
        return parsed(f"{target} = {target} * 0")[0]


def wrong_sign(script: Script) -> Iterator[Script]:
    """Step with the gradient, not against it: every parameter, or one of them."""
    manual = count(script, is_manual_update)
    planted = script.copy()
    changed = False
    for body in list(all_bodies(planted)):
        changed |= _turn(body, is_update)
    if changed:
        yield planted
    if manual > 1:
        for number in range(min(manual, MOST_VARIANTS)):
            one = script.copy()
            test = nth(is_manual_update, number)
            turned = [_turn(body, test) for body in list(all_bodies(one))]
            if any(turned):
                yield one


def _turn(body: Body, wanted: Callable[[ast.stmt], bool]) -> bool:
    changed = False
    for index in reversed(range(len(body))):
        statement = body[index]
        if is_step(statement) or _holds_step(statement):
            if wanted(statement) or _holds_step(statement):
                code = f"for _group in {_groups(statement)}:\n    _group['maximize'] = True"
                body[index:index] = parsed(code)
                changed = True
        elif is_manual_update(statement) and wanted(statement):
            changed |= _turn_update(statement)
    return changed


def _turn_update(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.AugAssign):
        swapped = {ast.Sub: ast.Add, ast.Add: ast.Sub}.get(type(statement.op))
        if swapped:
            statement.op = swapped()
        return swapped is not None
    if isinstance(statement, ast.Assign):
        return _turn_sum(statement.value)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value.func
        if is_call_of(statement, ["copy_"]):
            return _turn_sum(statement.value.args[0]) if statement.value.args else False
        if isinstance(called, ast.Attribute) and called.attr in ("sub_", "add_"):
            called.attr = {"sub_": "add_", "add_": "sub_"}[called.attr]
            return True
    return False


def _turn_sum(value: ast.expr) -> bool:
    swapped = None
    if isinstance(value, ast.BinOp):
        swapped = {ast.Sub: ast.Add, ast.Add: ast.Sub}.get(type(value.op))
        if swapped:
            value.op = swapped()
    return swapped is not None


def _holds_step(statement: ast.stmt) -> bool:
    """Return whether a statement keeps what an optimizer's step returns."""
    return isinstance(statement, ast.Assign) and is_step(ast.Expr(statement.value))


def _receiver(statement: ast.stmt) -> str:
    """Return the code of the object whose method a statement calls."""
    return ast.unparse(statement.value.func.value)  # type: ignore[attr-defined]  # a method call


def _groups(statement: ast.stmt) -> str:
    """Return the code of an optimizer's groups; other objects that can step have none."""
    return f"getattr({_receiver(statement)}, 'param_groups', ())"


def _has_closure(statement: ast.stmt) -> bool:
    """Return whether a step computes its gradients by itself."""
    call = statement.value  # type: ignore[attr-defined]  # a method call
    return bool(call.args or call.keywords)


def not_updated(script: Script) -> Iterator[Script]:
    """Leave one parameter of several where it is."""
    if len(script.parameters) < 2:
        return
    manual = count(script, is_manual_update)
    if manual > 1:
        for number in range(min(manual, MOST_VARIANTS)):
            planted = script.copy()
            remove(all_bodies(planted), nth(is_manual_update, number))
            yield planted
    elif manual:
        yield from _all_but_one(script)
    else:
        for name in script.parameters:
            emptied = "    if _p.grad is not None:\n        _p.grad.zero_()"
            code = f"for _p in {script.held(name)}:\n{emptied}"
            yield from _before_steps(script, code)


def _all_but_one(script: Script) -> Iterator[Script]:
    """Leave one parameter out where one statement moves them all, one after the other."""
    for name in () if script.is_module else script.parameters:
        planted = script.copy()
        for body in list(all_bodies(planted)):
            for index in [i for i, s in enumerate(body) if is_manual_update(s)]:
                (guard,) = parsed(f"if {parameter_of(body[index])} is not {name}:\n    pass")
                guard.body = [body[index]]  # type: ignore[attr-defined]  # an if
                body[index] = guard
        yield planted


def _before_steps(script: Script, code: str, *, gradients: bool = True) -> Iterator[Script]:
    """Yield the script with ``code`` before each step of an optimizer.

    Where it changes ``gradients``, a step that computes them by itself leaves no place for it.
    """
    planted = script.copy()
    steps = [s for body in all_bodies(planted) for s in body if is_step(s) or _holds_step(s)]
    if not steps or (gradients and any(map(_has_closure, steps))):
        return
    for body in list(all_bodies(planted)):
        for index in reversed([i for i, s in enumerate(body) if s in steps]):
            body[index:index] = parsed(code.format(groups=_groups(body[index])))
    yield planted


def no_update(script: Script) -> Iterator[Script]:
    """Never move anything."""
    updates = [s for body in all_bodies(script) for s in body if is_update(s)]
    if any(is_step(s) and _has_closure(s) for s in updates):
        return
    named = {parameter_of(s) for s in updates if is_manual_update(s)} & {*script.parameters}
    if updates and len(named) in (0, len(script.parameters)):
        planted = script.copy()
        remove(all_bodies(planted), is_update)
        yield planted


class _Literal(ast.NodeTransformer):
    def __init__(self, names: set[str], value: float) -> None:
        self.names, self.value, self.changed = names, value, False

    def visit_Name(self, node: ast.Name) -> ast.expr:  # as ast calls it
        if node.id in self.names and isinstance(node.ctx, ast.Load):
            self.changed = True
            return ast.copy_location(ast.Constant(self.value), node)
        return node


def rate_ignored(script: Script) -> Iterator[Script]:
    """Write the lab's learning rate into the loop as a number."""
    planted = script.copy()
    literal = _Literal(set(script.contract.learning_rate), script.rate)
    for function in region(planted):
        function.body = [literal.visit(statement) for statement in function.body]
    if literal.changed:
        yield planted
    else:
        code = "for _group in {groups}:\n    _group['lr'] = " + repr(script.rate)
        yield from _before_steps(script, code, gradients=False)


def wrong_gradient(script: Script) -> Iterator[Script]:
    """Step by half of the gradient; or move one parameter by another's gradient."""
    yield from _before_steps(
        script,
        "for _group in {groups}:\n"
        "    for _p in _group['params']:\n"
        "        _p.grad = None if _p.grad is None else _p.grad * 0.5",
    )
    updates = [s for body in all_bodies(script) for s in body if is_manual_update(s)]
    if updates:
        yield _with_updates(script, _Halved(), is_manual_update)
    names = list(dict.fromkeys(parameter_of(statement) for statement in updates))
    if len(names) > 1:
        for number, name in enumerate(names[:MOST_VARIANTS]):
            other = _OtherGradient(name, names[number - 1])
            yield _with_updates(script, other, functools.partial(_updates, name))


def _updates(name: str, statement: ast.stmt) -> bool:
    return is_manual_update(statement) and parameter_of(statement) == name


def _with_updates(script: Script, change: ast.NodeTransformer, test: Test) -> Script:
    """Return the script with those updates changed that fulfil ``test``."""
    planted = script.copy()
    for body in list(all_bodies(planted)):
        body[:] = [change.visit(s) if test(s) else s for s in body]
    return planted


class _Halved(ast.NodeTransformer):
    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:  # as ast calls it
        inner = node.value if node.attr == "data" else node
        if not isinstance(node.ctx, ast.Load):
            return node
        if isinstance(inner, ast.Attribute) and inner.attr == "grad":
            return ast.BinOp(node, ast.Mult(), ast.Constant(0.5))
        return node


class _OtherGradient(ast.NodeTransformer):
    def __init__(self, name: str, other: str) -> None:
        self.name, self.other = name, other

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:  # as ast calls it
        if node.attr == "grad" and ast.unparse(node.value) == self.name:
            return ast.Attribute(ast.parse(self.other, mode="eval").body, "grad", node.ctx)
        self.generic_visit(node)
        return node


def parameters_zeroed(script: Script) -> Iterator[Script]:
    """Set the parameters to zero where the buffers are emptied."""
    planted = script.copy()
    train = planted.function("train_model")
    zeroed = "\n".join(
        f"for _p in {script.held(n)}:\n    _p.data.zero_()" for n in script.parameters
    )
    for body in list(all_bodies(planted)) if train is not None else ():
        for index in reversed([i for i, s in enumerate(body) if is_update(s)][-1:]):
            body[index + 1 : index + 1] = parsed(zeroed)
    yield planted


def losses_added_up(script: Script) -> Iterator[Script]:
    """Go backward through the sum of all losses so far."""
    planted = script.copy()
    train = planted.function("train_model")
    if train is None:
        return
    for body in list(all_bodies(planted)):
        for index in reversed([i for i, s in enumerate(body) if is_backward(s)]):
            call = body[index].value  # type: ignore[attr-defined]  # a call, as it goes backward
            held = call.func.value
            if ast.unparse(held) == "torch.autograd":
                held = call.args[0]
            code = f"_sum = _sum + {ast.unparse(held)}\n_sum.backward(retain_graph=True)"
            body[index : index + 1] = parsed(code)
    train.body[entry(train) : entry(train)] = parsed("_sum = 0.0")
    yield planted


def update_after_loop(script: Script) -> Iterator[Script]:
    """Take update and emptying out of the loop, to its end."""
    planted = script.copy()
    if getattr(script.contract, "loader", ()):
        return
    found = training_loop(planted)
    if found is None:
        return
    body, place = found
    loop = body[place]
    if not isinstance(loop, ast.For | ast.While):
        return
    own = loop.body
    first = min(holding(own, is_update), default=0)
    others = {*range(first, len(own))} - {*holding(own, is_update), *holding(own, is_zeroing)}
    if first and not others:
        body[place + 1 : place + 1] = own[first:]
        del own[first:]
        yield planted


def momentum_added(script: Script) -> Iterator[Script]:
    """Give the optimizer a momentum."""
    code = "for _group in {groups}:\n    _group['momentum'] = 0.9"
    yield from _before_steps(script, code, gradients=False)


def decay_added(script: Script) -> Iterator[Script]:
    """Give the optimizer a weight decay."""
    code = "for _group in {groups}:\n    _group['weight_decay'] = 0.1"
    yield from _before_steps(script, code, gradients=False)


def rate_shrinks(script: Script) -> Iterator[Script]:
    """Make the rate smaller with every step."""
    code = "for _group in {groups}:\n    _group['lr'] *= 0.9"
    yield from _before_steps(script, code, gradients=False)


def every_second(script: Script) -> Iterator[Script]:
    """Run the update in every second iteration alone."""
    planted = script.copy()
    train = planted.function("train_model")
    if train is None or not any(is_backward(s) for body in bodies(train) for s in body):
        return
    changed = False
    for body in list(bodies(train)):
        for index in reversed(range(len(body))):
            if is_update(body[index]):
                (guard,) = parsed("if _turn % 2:\n    pass")
                guard.body = [body[index]]  # type: ignore[attr-defined]  # an if
                body[index] = guard
                changed = True
            elif is_backward(body[index]):
                body[index + 1 : index + 1] = parsed("_turn = _turn + 1")
    train.body[entry(train) : entry(train)] = parsed("_turn = 0")
    if changed:
        yield planted
