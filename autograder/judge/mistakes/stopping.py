"""Plant mistakes into how training ends by itself: a loss that no longer falls, and patience."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from autograder.judge.mistakes.nodes import names_in
from autograder.judge.mistakes.script import Body, Script, bodies

_MORE = (ast.Gt, ast.GtE, ast.Eq)


def never_stops(script: Script) -> Iterator[Script]:
    """Go on where the loop should end."""

    def go_on(body: Body, index: int) -> bool:
        body[index] = ast.Pass()
        return True

    yield from _changed(script, go_on)


def stops_late(script: Script) -> Iterator[Script]:
    """Wait for one more epoch than patience allows."""
    yield from _changed(script, lambda body, index: _patience(body[index], 1))


def stops_soon(script: Script) -> Iterator[Script]:
    """Lose patience an epoch early; or count on where something got better in between."""
    yield from _changed(script, lambda body, index: _patience(body[index], -1))
    planted = script.copy()
    tests = [body[index].test for body, index in _ends(planted)]  # type: ignore[attr-defined]
    counted = set().union(*map(names_in, tests)) if tests else set()
    done = False
    for body in _bodies(planted):
        for index, statement in enumerate(body):
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=0)):
                    if name in counted and body is not _first(planted):
                        body[index] = ast.Pass()
                        done = True
    if done:
        yield planted


def _changed(script: Script, change: Callable[[Body, int], bool]) -> Iterator[Script]:
    if script.contract.stops_early is not True:
        return
    planted = script.copy()
    changed = [change(body, index) for body, index in _ends(planted)]  # all of them
    if any(changed):
        yield planted


def _bodies(script: Script) -> Iterator[Body]:
    train = script.function("train_model")
    if train is not None and script.contract.stops_early is True:
        yield from bodies(train)


def _first(script: Script) -> Body:
    train = script.function("train_model")
    return [] if train is None else train.body


def _ends(script: Script) -> list[tuple[Body, int]]:
    """Return the places where training may end: a condition that leaves its loop."""
    return [
        (body, index)
        for body in _bodies(script)
        if body is not _first(script)
        for index, statement in enumerate(body)
        if isinstance(statement, ast.If) and isinstance(statement.body[-1], (ast.Break, ast.Return))
    ]


def _patience(statement: ast.stmt, more: int) -> bool:
    """Compare with one more, or less, where a condition compares two values."""
    test = getattr(statement, "test", None)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    operator = ast.Add() if more > 0 else ast.Sub()
    if isinstance(test.ops[0], _MORE):
        test.comparators[0] = ast.BinOp(test.comparators[0], operator, ast.Constant(1))
    elif isinstance(test.ops[0], (ast.Lt, ast.LtE)):
        test.left = ast.BinOp(test.left, operator, ast.Constant(1))
    else:
        return False
    return True
