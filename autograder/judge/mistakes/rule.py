"""Plant mistakes into a lab's own update rule: a setting, the clipping or the schedule left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.judge.mistakes.loop import all_bodies
from autograder.judge.mistakes.script import Script, is_call_of
from autograder.protocol.job import rule_of

CLIPS = ("clip_grad_norm_", "clip_grad_value_")


def settings_lost(script: Script) -> Iterator[Script]:
    """Leave a setting of the optimizer at what torch has by itself."""
    rule = rule_of(script.contract)
    if rule is None:
        return
    for name in rule.settings:
        planted = script.copy()
        change = _WithoutKeyword(rule.optimizer, name)
        planted.tree = change.visit(planted.tree)
        if change.changed:
            yield planted


class _WithoutKeyword(ast.NodeTransformer):
    def __init__(self, called: str, keyword: str) -> None:
        self.called, self.keyword, self.changed = called, keyword, False

    def visit_Call(self, node: ast.Call) -> ast.expr:  # as ast calls it
        self.generic_visit(node)
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        kept = [one for one in node.keywords if one.arg != self.keyword]
        if name == self.called and len(kept) < len(node.keywords):
            node.keywords, self.changed = kept, True
        return node


def plain_descent(script: Script) -> Iterator[Script]:
    """Take plain gradient descent in place of the lab's optimizer."""
    rule = rule_of(script.contract)
    if rule is None or rule.optimizer == "SGD":
        return
    planted = script.copy()
    change = _OtherClass(rule.optimizer, set(rule.settings))
    planted.tree = change.visit(planted.tree)
    if change.changed:
        yield planted


class _OtherClass(ast.NodeTransformer):
    def __init__(self, called: str, dropped: set[str]) -> None:
        self.called, self.dropped, self.changed = called, dropped, False

    def visit_Call(self, node: ast.Call) -> ast.expr:  # as ast calls it
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == self.called:
            node.func.attr, self.changed = "SGD", True
            node.keywords = [one for one in node.keywords if one.arg not in self.dropped]
        return node


def not_clipped(script: Script) -> Iterator[Script]:
    """Clip no gradients."""
    if rule_of(script.contract) is not None:
        yield from _without(script, lambda s: is_call_of(s, CLIPS))


def not_scheduled(script: Script) -> Iterator[Script]:
    """Never move the schedule on."""
    rule = rule_of(script.contract)
    if rule is not None and rule.schedule:
        yield from _without(script, lambda s: is_call_of(s, ["step"]) and "schedule" in _held(s))


def _held(statement: ast.stmt) -> str:
    return ast.unparse(statement).partition(".step")[0].lower()


def _without(script: Script, wanted: object) -> Iterator[Script]:
    planted = script.copy()
    done = False
    for body in list(all_bodies(planted)):
        for index, statement in enumerate(body):
            if callable(wanted) and wanted(statement):
                body[index] = ast.Pass()
                done = True
    if done:
        yield planted
