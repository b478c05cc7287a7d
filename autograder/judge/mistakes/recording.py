"""Plant mistakes into how a training loop stores its losses."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from autograder.judge.mistakes.loop import (
    all_bodies,
    count,
    holding,
    is_recording,
    is_update,
    region,
)
from autograder.judge.mistakes.script import Body, Script, is_call_of, parsed

PLAIN = ("item", "tolist", "detach", "numpy", "cpu", "astype")


def not_recorded(script: Script) -> Iterator[Script]:
    """Store no loss."""
    if not count(script, lambda s: is_recording(script, s)) or _reads_list(script):
        return
    planted = script.copy()
    for body in list(all_bodies(planted)):
        _forget(planted, body)
    yield planted


def _forget(script: Script, body: Body) -> None:
    """Compute what would be stored, as it may do more than give a loss, and drop it."""
    for index, statement in enumerate(body):
        if is_recording(script, statement):
            body[index] = _computed(statement)


def _computed(statement: ast.stmt) -> ast.stmt:
    if isinstance(statement, ast.AugAssign):
        return ast.Expr(statement.value)
    call = statement.value  # type: ignore[attr-defined]  # a call, as it stores something
    if is_call_of(statement, ["extend"]):
        return ast.Expr(ast.Call(ast.Name("list", ast.Load()), call.args, []))
    return ast.Expr(call.args[-1]) if call.args else ast.Pass()


def _reads_list(script: Script) -> bool:
    """Return whether the training does anything with the list but store in it."""
    lists = set(script.contract.losses)
    stores = {
        id(node)
        for body in all_bodies(script)
        for statement in body
        if is_recording(script, statement)
        for node in ast.walk(statement)
    }
    return any(
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id in lists
        and id(node) not in stores
        for function in region(script)
        for node in ast.walk(function)
    )


def recorded_as_tensor(script: Script) -> Iterator[Script]:
    """Store the loss as it is, with its graph."""
    planted = script.copy()
    plain = _Plain()
    for body in list(all_bodies(planted)):
        for statement in body:
            if is_recording(script, statement):
                plain.visit(statement)
    if plain.changed:
        yield planted


class _Plain(ast.NodeTransformer):
    """Takes away, from the outside inwards, what makes a plain number of a tensor."""

    changed = False

    def visit_Call(self, node: ast.Call) -> ast.expr:  # as ast calls it
        inner = _peeled(node)
        if inner is not node:
            self.changed = True
            return inner
        if is_call_of(ast.Expr(node), ["append", "extend", "insert"]):
            self.generic_visit(node)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:  # as ast calls it
        inner = _peeled(node)
        self.changed |= inner is not node
        return inner


def _peeled(node: ast.expr) -> ast.expr:
    """Return what is converted, or the same node where nothing is."""
    inner: ast.expr = node
    if isinstance(node, ast.Subscript):
        inner = _peeled(node.value)
        return node if inner is node.value else inner
    if isinstance(node, ast.Call):
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in PLAIN:
            inner = called.value
        elif isinstance(called, ast.Name) and called.id == "float" and len(node.args) == 1:
            inner = node.args[0]
    return node if inner is node else _peeled(inner)


def recorded_late(script: Script) -> Iterator[Script]:
    """Store the loss that the iteration ends with."""
    forward, criterion = script.place_after("forward"), script.place_after("criterion")
    if forward is None or criterion is None or _reads_list(script):
        return
    model = forward[0] if not script.is_module else getattr(script.contract, "model", ("model",))[0]
    inputs, targets = script.contract.inputs, script.contract.targets
    planted = script.copy()
    done = False
    loops = (n for f in region(planted) for n in ast.walk(f) if isinstance(n, (ast.For, ast.While)))
    for body in [loop.body for loop in loops]:
        names = [_list_of(script, s) for s in body if is_recording(script, s)]
        if names and holding(body, is_update):
            _forget(script, body)
            late = f"{names[0]}.append({criterion[0]}({model}({inputs}), {targets}).item())"
            body.extend(parsed(late))
            done = True
    if done:
        yield planted


def _list_of(script: Script, statement: ast.stmt) -> str:
    """Return the name of the list that a loss is stored in."""
    lists = set(script.contract.losses)
    names = [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and n.id in lists]
    return names[0] if names else script.contract.losses[0]


def recorded_twice(script: Script) -> Iterator[Script]:
    """Store each loss a second time."""
    planted = script.copy()
    for body in list(all_bodies(planted)):
        for index in reversed([i for i, s in enumerate(body) if is_recording(script, s)]):
            body.insert(index, copy.deepcopy(body[index]))
    yield planted


def recorded_doubled(script: Script) -> Iterator[Script]:
    """Store twice the loss."""
    planted = script.copy()
    done = False
    for body in list(all_bodies(planted)):
        for statement in body:
            if is_recording(script, statement) and is_call_of(statement, ["append"]):
                call = statement.value  # type: ignore[attr-defined]  # a call, as just seen
                call.args[0] = ast.BinOp(ast.Constant(2), ast.Mult(), call.args[0])
                done = True
    if done:
        yield planted
