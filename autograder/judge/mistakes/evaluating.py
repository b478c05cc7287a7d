"""Plant mistakes into how a training evaluates, and into further lists that it fills."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.judge.mistakes.loop import all_bodies
from autograder.judge.mistakes.nodes import names_in
from autograder.judge.mistakes.script import Script, is_call_of, parsed
from autograder.protocol.job import records_of, validation_of


def values_not_recorded(script: Script) -> Iterator[Script]:
    """Store nothing in one of the lists."""
    for names in records_of(script.contract):
        yield from _dropped(script, names, every=True)


def values_missing(script: Script) -> Iterator[Script]:
    """Store nothing in the first iteration: one entry too few."""
    for names in records_of(script.contract):
        yield from _dropped(script, names, every=False)


def _dropped(script: Script, names: tuple[str, ...], *, every: bool) -> Iterator[Script]:
    planted = script.copy()
    done = False
    for body in list(all_bodies(planted)):
        for index, statement in enumerate(body):
            if is_call_of(statement, ["append"]) and names_in(statement) & set(names):
                call = statement.value  # type: ignore[attr-defined]  # a call, as just seen
                done = True
                body[index] = ast.Expr(call.args[0])
                if not every:
                    stored = ast.unparse(call.func.value)
                    late = f"{stored}.append({ast.unparse(call.args[0])})"
                    count = f"_count_{stored}"
                    body[index : index + 1] = parsed(
                        f"globals()[{count!r}] = globals().get({count!r}, 0) + 1\n"
                        f"if globals()[{count!r}] > 1:\n    {late}"
                    )
    if done and every:
        yield planted
    elif done:
        train = planted.function("train_model")
        if train is not None:
            train.body[:0] = parsed(f"globals()['_count_{names[0]}'] = 0")
            yield planted


def values_of_training_data(script: Script) -> Iterator[Script]:
    """Evaluate on the data that training uses."""
    validation = validation_of(script.contract)
    if validation is None:
        return
    contract = script.contract
    instead = {validation.inputs: contract.inputs, validation.targets: contract.targets}
    pairs = zip(
        (*validation.dataset, *validation.loader),
        (*getattr(contract, "dataset", ()), *getattr(contract, "loader", ())),
        strict=False,
    )
    planted = script.copy()
    change = _Renamed(instead | dict(pairs))
    for body in list(all_bodies(planted)):
        body[:] = [change.visit(statement) for statement in body]
    if change.changed:
        yield planted


class _Renamed(ast.NodeTransformer):
    def __init__(self, instead: dict[str, str]) -> None:
        self.instead, self.changed = instead, False

    def visit_Name(self, node: ast.Name) -> ast.expr:  # as ast calls it
        if node.id not in self.instead or not isinstance(node.ctx, ast.Load):
            return node
        self.changed = True
        return ast.Name(self.instead[node.id], ast.Load())


def best_not_kept(script: Script) -> Iterator[Script]:
    """End with the last parameters, not with the best."""
    if script.contract.keeps_best is True:
        yield from _without_call(script, "load_state_dict")


def in_train_mode(script: Script) -> Iterator[Script]:
    """Forget to switch to eval mode."""
    yield from _without_call(script, "eval")


def in_eval_mode(script: Script) -> Iterator[Script]:
    """Forget to switch back to train mode."""
    yield from _without_call(script, "train")


def _without_call(script: Script, name: str) -> Iterator[Script]:
    if validation_of(script.contract) is None and script.contract.keeps_best is not True:
        return
    planted = script.copy()
    done = False
    for body in list(all_bodies(planted)):
        for index, statement in enumerate(body):
            if is_call_of(statement, [name]):
                body[index] = ast.Pass()
                done = True
    if done:
        yield planted


def with_graph(script: Script) -> Iterator[Script]:
    """Forget no_grad."""
    if validation_of(script.contract) is None:
        return
    planted = script.copy()
    done = False
    for body in list(all_bodies(planted)):
        for index, statement in enumerate(body):
            if isinstance(statement, ast.With) and _is_quiet(statement):
                body[index : index + 1] = statement.body
                done = True
    for node in ast.walk(planted.tree):
        if isinstance(node, ast.FunctionDef) and any(_quiets(d) for d in node.decorator_list):
            node.decorator_list = [d for d in node.decorator_list if not _quiets(d)]
            done = True
    if done:
        yield planted


def _is_quiet(statement: ast.With) -> bool:
    return any(_quiets(item.context_expr) for item in statement.items)


def _quiets(node: ast.expr) -> bool:
    return bool({"no_grad", "inference_mode"} & names_in(node))
