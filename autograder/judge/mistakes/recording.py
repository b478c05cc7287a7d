"""Plant mistakes into how a training loop stores its losses."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.judge.mistakes.loop import (
    all_bodies,
    count,
    holding,
    is_recording,
    is_update,
    remove,
)
from autograder.judge.mistakes.script import Script, parsed


def not_recorded(script: Script) -> Iterator[Script]:
    """Store no loss."""

    def test(statement: ast.stmt) -> bool:
        return is_recording(script, statement)

    if count(script, test):
        planted = script.copy()
        remove(all_bodies(planted), test)
        yield planted


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
    changed = False

    def visit_Call(self, node: ast.Call) -> ast.expr:  # as ast calls it
        self.generic_visit(node)
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in ("item", "tolist", "detach"):
            if not node.args:
                self.changed = True
                return called.value
        elif isinstance(called, ast.Name) and called.id == "float" and len(node.args) == 1:
            self.changed = True
            return node.args[0]
        return node


def recorded_late(script: Script) -> Iterator[Script]:
    """Store the loss that the iteration ends with."""
    forward, criterion = script.place_after("forward"), script.place_after("criterion")
    if forward is None or criterion is None:
        return

    def test(statement: ast.stmt) -> bool:
        return is_recording(script, statement)

    losses = script.contract.losses[0]
    model = forward[0] if not script.is_module else getattr(script.contract, "model", ("model",))[0]
    inputs, targets = script.contract.inputs, script.contract.targets
    late = f"{losses}.append({criterion[0]}({model}({inputs}), {targets}).item())"
    planted = script.copy()
    done = False
    for body in list(all_bodies(planted)):
        if any(test(s) for s in body) and holding(body, is_update):
            body[:] = [s for s in body if not test(s)] + parsed(late)
            done = True
    if done:
        yield planted
