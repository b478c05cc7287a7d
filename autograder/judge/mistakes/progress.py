"""Plant mistakes into what a training loop goes through: counts, order, data, ends."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from autograder.judge.mistakes.loop import (
    all_bodies,
    calls_itself,
    count,
    entry,
    guarded,
    holding,
    is_backward,
    is_toggle,
    is_update,
    is_zeroing,
    only,
    remove,
)
from autograder.judge.mistakes.nodes import names_in
from autograder.judge.mistakes.script import (
    Body,
    Script,
    bodies,
    is_call_of,
    parsed,
)


def reset(script: Script) -> Iterator[Script]:
    """Set the parameters back to the lab's start whenever training is called."""
    planted = script.copy()
    function = planted.function("train_model")
    if function is not None and not calls_itself(script):
        lines = ["import torch"]
        for name in script.parameters:
            value = f"torch.tensor({script.start(name)!r})"
            lines.append(f"for _p in {script.held(name)}:")
            lines.append(f"    _p.data = {value}.reshape(_p.shape)")
        place = entry(function)
        function.body[place:place] = parsed("\n".join(lines))
        yield planted


def other_count(script: Script, change: Callable[[ast.expr], ast.expr]) -> Iterator[Script]:
    """Change the number of iterations that the loop is given."""
    planted = script.copy()
    function = planted.function("train_model")
    if function is None or not (function.args.posonlyargs or function.args.args):
        return
    first = [*function.args.posonlyargs, *function.args.args][0].arg
    changed = False
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and is_call_of(ast.Expr(node), ["range"]):
            for index, argument in enumerate(node.args):
                if isinstance(argument, ast.Name) and argument.id == first:
                    node.args[index] = change(argument)
                    changed = True
        if isinstance(node, ast.While) and isinstance(node.test, ast.Compare):
            for index, side in enumerate(node.test.comparators):
                if isinstance(side, ast.Name) and side.id == first:
                    node.test.comparators[index] = change(side)
                    changed = True
    if changed:
        yield planted


def extra_iteration(script: Script) -> Iterator[Script]:
    """Run one iteration more."""
    yield from other_count(script, lambda n: ast.BinOp(n, ast.Add(), ast.Constant(1)))


def missing_iteration(script: Script) -> Iterator[Script]:
    """Run one iteration fewer."""
    yield from other_count(script, lambda n: ast.BinOp(n, ast.Sub(), ast.Constant(1)))


def fixed_iterations(script: Script) -> Iterator[Script]:
    """Run a number of iterations of one's own."""
    yield from other_count(script, lambda _: ast.Constant(7))


def step_before_backward(script: Script) -> Iterator[Script]:
    """Move the parameters, and empty the buffers, before the new gradients are there."""
    planted = script.copy()
    done = False
    for body in list(all_bodies(planted)):
        places = [i for i, s in enumerate(body) if is_backward(s)]
        updates = holding(body, is_update)
        if len(places) != 1 or not updates:
            continue
        zeroing = [i for i in holding(body, is_zeroing) if i not in updates]
        if sum(_count(body[i]) for i in {*updates, *zeroing}) < count(script, is_zeroing):
            continue  # some are emptied elsewhere, it may be between backward and the update
        if any(is_toggle(statement) for statement in body):
            updates = sorted({*updates, *(i for i, s in enumerate(body) if is_toggle(s))})
        moved = [guarded(body[i]) for i in updates] + [guarded(body[i]) for i in zeroing]
        rest = [s for i, s in enumerate(body) if i not in (*updates, *zeroing)]
        index = next(i for i, s in enumerate(rest) if is_backward(s))
        body[:] = [*rest[:index], *moved, *rest[index:]]
        done = True
    if done:
        yield planted


def _count(statement: ast.stmt) -> int:
    """Return how often a statement empties buffers."""
    inner = sum(is_zeroing(s) for body in bodies(statement) for s in body)
    return inner + is_zeroing(statement)


def backward_missing(script: Script) -> Iterator[Script]:
    """Never compute gradients."""
    if count(script, is_backward):
        planted = script.copy()
        remove(all_bodies(planted), is_backward)
        yield planted


def graph_broken(script: Script) -> Iterator[Script]:
    """Cut the prediction off inside the loop."""
    names = {*script.contract.names("forward"), *getattr(script.contract, "model", ())}
    cut = _Cut(names)
    planted = script.copy()
    train = planted.function("train_model")
    if train is not None:
        train.body = [cut.visit(statement) for statement in train.body]
        if cut.changed:
            yield planted


class _Cut(ast.NodeTransformer):
    def __init__(self, names: set[str]) -> None:
        self.names, self.changed = names, False

    def visit_Call(self, node: ast.Call) -> ast.expr:  # as ast calls it
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in self.names:
            self.changed = True
            return ast.Call(ast.Attribute(node, "detach", ast.Load()), [], [])
        return node


def one_step_per_epoch(script: Script) -> Iterator[Script]:
    """Take the step after the batches, not for each: with the last gradient, or all together."""
    for once_emptied in (False, True):
        planted = script.copy()
        done = False
        for inner, around in batch_loops(planted):
            steps = [s for s in inner.body if only(s, is_update)]
            zeroing = [s for s in inner.body if only(s, is_zeroing)]
            if not steps or not any(is_backward(s) for s in inner.body):
                continue
            done = True
            rest = [s for s in inner.body if s not in steps and s not in zeroing] or [ast.Pass()]
            inner.body[:] = rest if once_emptied else [*map(guarded, zeroing), *rest]
            index = around.index(inner)
            before = map(guarded, zeroing) if once_emptied else ()
            around[index : index + 1] = [*before, inner, *steps]
        if done:
            yield planted


def zeroed_per_epoch(script: Script) -> Iterator[Script]:
    """Empty the buffers before the batches, not for each of them."""
    planted = script.copy()
    for inner, around in batch_loops(planted):
        zeroing = [s for s in inner.body if only(s, is_zeroing)]
        inner.body[:] = [s for s in inner.body if s not in zeroing] or [ast.Pass()]
        index = around.index(inner)
        around[index:index] = map(guarded, zeroing)
    if batch_loops(script):
        yield planted


def one_sample_only(script: Script) -> Iterator[Script]:
    """Look at the first sample, or the first batch, alone."""
    if batch_loops(script):
        planted = script.copy()
        for inner, _ in batch_loops(planted):
            inner.body.append(ast.Break())
        yield planted
        again = script.copy()
        for inner, _ in batch_loops(again):
            sample = f"({ast.unparse(inner.iter)}).__iter__().__next__()"
            inner.body[:0] = parsed(f"{ast.unparse(inner.target)} = {sample}")
        yield again
        return
    planted = script.copy()
    train = planted.function("train_model")
    if train is not None:
        first = _First({script.contract.inputs, script.contract.targets})
        train.body = [first.visit(statement) for statement in train.body]
        if first.changed:
            yield planted


class _First(ast.NodeTransformer):
    def __init__(self, names: set[str], count: int = 1) -> None:
        self.names, self.count, self.changed = names, count, False

    def visit_Name(self, node: ast.Name) -> ast.expr:  # as ast calls it
        if node.id in self.names and isinstance(node.ctx, ast.Load):
            self.changed = True
            return ast.Subscript(node, ast.Slice(upper=ast.Constant(self.count)), ast.Load())
        return node


def targets_reshaped(script: Script) -> Iterator[Script]:
    """Give the targets another shape than the predictions have."""
    if getattr(script.contract, "loader", ()):
        return
    shape = script.preset.data[script.contract.targets].shape
    planted = script.copy()
    train = planted.function("train_model")
    if train is not None:
        change = _Reshaped(script.contract.targets, "(-1, 1)" if len(shape) == 1 else "(-1)")
        train.body = [change.visit(statement) for statement in train.body]
        if change.changed:
            yield planted


class _Reshaped(ast.NodeTransformer):
    def __init__(self, name: str, shape: str) -> None:
        self.name, self.shape, self.changed = name, shape, False

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id == self.name and isinstance(node.ctx, ast.Load):
            self.changed = True
            return ast.parse(f"{node.id}.reshape{self.shape}", mode="eval").body
        return node


def batch_loops(script: Script) -> list[tuple[ast.For, Body]]:
    """Return the loops over batches inside another loop, each with the body around it."""
    if not getattr(script.contract, "loader", ()):
        return []
    known = {*script.contract.names("criterion"), "backward"}
    return [
        (inner, body)
        for body in all_bodies(script)
        for inner in body
        if isinstance(inner, ast.For)
        and holding(inner.body, is_update)
        and names_in(inner) & known
        and "range" not in names_in(inner.iter)
    ]


def hard_coded(script: Script) -> Iterator[Script]:
    """Write an answer into the parameters."""
    yield from _set_at_end(script, lambda index: repr(0.5 - 1.25 * index))


def _set_at_end(script: Script, value: Callable[[int], str]) -> Iterator[Script]:
    planted = script.copy()
    function = planted.function("train_model")
    if function is None or calls_itself(script):
        return
    lines = []
    for index, name in enumerate(script.parameters):
        lines.append(f"for _p in {script.held(name)}:\n    _p.data.fill_({value(index)})")
    function.body += parsed("\n".join(lines))
    yield planted


def other_data(script: Script) -> Iterator[Script]:
    """Predict from the targets, compare with the inputs, or exchange the two."""
    inputs, targets = script.contract.inputs, script.contract.targets
    if script.preset.data[inputs].shape != script.preset.data[targets].shape:
        return
    for instead in (
        {inputs: targets, targets: inputs},
        {inputs: targets},
        {targets: inputs},
    ):
        planted = script.copy()
        train = planted.function("train_model")
        if train is not None and not batch_loops(script):
            change = _Renamed(instead)
            train.body = [change.visit(statement) for statement in train.body]
            yield planted


class _Renamed(ast.NodeTransformer):
    def __init__(self, instead: Mapping[str, str]) -> None:
        self.instead = instead

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(self.instead.get(node.id, node.id), node.ctx)


def part_of_rows(script: Script) -> Iterator[Script]:
    """Train on the first half of the data, or leave the last batch out."""
    if batch_loops(script):
        planted = script.copy()
        for inner, _ in batch_loops(planted):
            inner.iter = ast.parse(f"list({ast.unparse(inner.iter)})[:-1]", mode="eval").body
        yield planted
        return
    planted = script.copy()
    train = planted.function("train_model")
    count = script.preset.data[script.contract.targets].shape[0]
    if train is not None:
        half = _First({script.contract.inputs, script.contract.targets}, count // 2)
        train.body = [half.visit(statement) for statement in train.body]
        if half.changed:
            yield planted


def half_the_iterations(script: Script) -> Iterator[Script]:
    """Run half of the iterations, or two too few; of a single epoch these would leave nothing."""
    if getattr(script.contract, "loader", ()):
        return
    yield from other_count(script, lambda n: ast.BinOp(n, ast.FloorDiv(), ast.Constant(2)))
    yield from other_count(script, lambda n: ast.BinOp(n, ast.Sub(), ast.Constant(2)))


def criterion_arguments_swapped(script: Script) -> Iterator[Script]:
    """Hand predictions and targets to the criterion in the other order."""
    planted = script.copy()
    train = planted.function("train_model")
    known = {*script.contract.names("criterion")}
    for node in ast.walk(train) if train is not None else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
            node.args.reverse()
    yield planted


def stops_early(script: Script) -> Iterator[Script]:
    """Leave the loop as soon as the loss is a third of the first."""
    planted = script.copy()
    train = planted.function("train_model")
    loader: tuple[str, ...] = getattr(script.contract, "loader", ())
    if train is None or loader:
        return
    changed = False
    for loop in [node for node in ast.walk(train) if isinstance(node, (ast.For, ast.While))]:
        for index in [i for i, s in enumerate(loop.body) if is_backward(s)][:1]:
            call = loop.body[index].value  # type: ignore[attr-defined]  # a call: it goes backward
            held = call.func.value
            if isinstance(held, ast.Name) and held.id != "torch":
                code = f"_now = float({held.id})\n_first = _now if _first is None else _first\n"
                loop.body[index:index] = parsed(f"{code}if _now < _first / 3:\n    break")
                changed = True
    if changed:
        train.body[entry(train) : entry(train)] = parsed("_first = None")
        yield planted
