"""Find what explains an error, a cut graph or an undone step in the text: for messages only."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import nn

from autograder.protocol.job import Role
from autograder.protocol.trace import Sighting, What
from autograder.worker.change import is_gradient, is_update
from autograder.worker.outline import FUNCTIONS, LOOPS, Function, is_name, own_nodes
from autograder.worker.routine import argument_names, calls_in

_CUTS = frozenset({"item", "tolist", "detach", "numpy"})
_BLOCKS = frozenset({"no_grad", "inference_mode"})
_MAKES = frozenset({"tensor", "as_tensor", "from_numpy", "Tensor", "FloatTensor"})
_DRAWS = frozenset(
    {"randint", "randperm", "shuffle", "sample", "choice", "randrange", "permutation"}
)
_LAYERS = frozenset({"Linear", "Parameter", "LazyLinear", "Bilinear"})
Node = Function | ast.Lambda
Place = tuple[Node, int | None]
Found = tuple[What, str, int]


def misplaced(
    places: Sequence[Place], criterion: Sequence[str], inputs: str, targets: str
) -> Iterator[Sighting]:
    """Yield a call of the loss with the inputs as predictions, or with the targets as such."""
    for node, cell in places:
        for name, call in calls_in(node):
            if name not in criterion or len(call.args) != 2:
                continue
            first, second = (one.id if isinstance(one, ast.Name) else "" for one in call.args)
            what: What | None = None
            if first == targets and second != targets:
                what = "swapped"
            if {first, second} == {inputs, targets}:
                what = "unpredicted"
            if what is not None:
                shown = inputs if is_name(inputs) else ""
                yield Sighting(
                    what=what, role="train_model", name=shown, cell=cell, line=call.lineno
                )


def misused(
    role: Role, places: Sequence[Place], lab: Sequence[str], predicts: Sequence[str], *loss: str
) -> Iterator[Sighting]:
    """Yield what a function, and those that it calls, do that may explain what was observed.

    ``lab`` are the parameters' names, ``predicts`` those of forward and the model, ``loss`` those
    of criterion.
    """
    called = (*predicts, *loss)
    evaluates = any(_predicts_freely(node, predicts) for node, _ in places)
    for node, cell in places:
        if role == "train_model":
            reads = _in_training(node, lab, called, evaluates=evaluates)
        else:
            reads = _in_function(node)
        decorated = () if evaluates else _decorated(node)
        for what, name, line in (*decorated, *reads):
            shown = name if is_name(name) else ""
            yield Sighting(what=what, role=role, name=shown, cell=cell, line=line)


def made_anew(
    places: Sequence[Place], namespace: Mapping[str, Any], model: Sequence[str]
) -> Iterator[Sighting]:
    """Yield the models of the lab's class that training makes."""
    lab = next((namespace[name] for name in model if name in namespace), None)
    for node, cell in places:
        for name, call in calls_in(node) if isinstance(lab, nn.Module) else ():
            if namespace.get(name) is type(lab) and is_name(name):
                yield Sighting(
                    what="anew", role="train_model", name=name, cell=cell, line=call.lineno
                )


def _decorated(node: ast.AST) -> Iterator[Found]:
    """Yield decorators with which a function computes without a graph."""
    for part in getattr(node, "decorator_list", ()):
        made = part.func if isinstance(part, ast.Call) else part
        name = made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", "")
        if name in _BLOCKS:
            yield "cut", name, part.lineno


def _in_function(node: Node) -> Iterator[Found]:
    """Yield what cuts the result of forward or criterion off."""
    yield from _of_classes(list(ast.walk(node)))
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Attribute(attr="backward")):
                yield "early", "backward", part.lineno
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in _LAYERS:
                yield "anew", name, part.lineno
    yield from _cuts_of_result(node)


def _cuts_of_result(node: Node) -> Iterator[Found]:
    """Yield what cuts off that which a function returns, or what it is made of."""
    if isinstance(node, ast.Lambda):
        yield from _cuts(node.body)
        return
    parts = [part for statement in node.body for part in own_nodes(statement)]
    values = [part.value for part in parts if isinstance(part, ast.Return) and part.value]
    made = {id(value) for value in values}
    assigned = [part for part in parts if isinstance(part, (ast.Assign, ast.AugAssign))]
    for value in values:  # grows while it goes
        read = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
        for given in assigned:
            targets = given.targets if isinstance(given, ast.Assign) else [given.target]
            names = {one.id for t in targets for one in ast.walk(t) if isinstance(one, ast.Name)}
            if names & read and id(given.value) not in made:
                made.add(id(given.value))
                values.append(given.value)
    for value in values:
        yield from _cuts(value)
    for part in parts:
        if isinstance(part, ast.With) and any(id(one) in made for one in ast.walk(part)):
            yield from (("cut", name, part.lineno) for name in _without_graph(part.items))


def _predicts_freely(node: ast.AST, called: Sequence[str]) -> bool:
    """Return whether one of these is called outside of all blocks without a graph."""
    if any(_decorated(node)) or (isinstance(node, ast.With) and any(_without_graph(node.items))):
        return False
    if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        if name in called:
            return True
    return any(_predicts_freely(part, called) for part in ast.iter_child_nodes(node))


def _in_training(
    node: Node, lab: Sequence[str], called: Sequence[str], *, evaluates: bool
) -> Iterator[Found]:
    """Yield what training does; a block without a graph may be where it ``evaluates``."""
    body = node.body if isinstance(node.body, list) else []
    parts = [part for statement in body for part in own_nodes(statement)]
    turning = {part.target.id for part in parts if _is_plain_loop(part)}  # type: ignore[attr-defined]  # its target is a name
    made = {name for part in parts for name in _made_of(part, called)}
    results = made - {*lab, *turning, *argument_names(node)}
    yield from _of_gradients(parts, results)
    yield from _of_sums(parts)
    yield from _cuts_of_loss(parts, called, evaluates=evaluates)
    yield from _restored(body, lab)
    yield from _by_chance(parts)
    yield from _of_classes(parts)


def _of_classes(parts: Sequence[ast.AST]) -> Iterator[Found]:
    """Yield classes of losses that are called with what an object of theirs should get."""
    for part in parts:
        match part:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[_, _]):
                if name.endswith("Loss"):
                    yield "given", name, part.lineno


def _by_chance(parts: Sequence[ast.AST]) -> Iterator[Found]:
    """Yield what draws numbers, or an order, by chance."""
    for part in parts:
        match part:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in _DRAWS:
                yield "random", name, part.lineno


def _is_plain_loop(node: ast.AST) -> bool:
    return isinstance(node, ast.For) and isinstance(node.target, ast.Name)


def _made_of(node: ast.AST, called: Sequence[str]) -> Iterator[str]:
    """Yield the names that are given the result of one of these calls."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            if any(inner in called for inner, _ in calls_in(value)):
                yield name


def _of_gradients(parts: Sequence[ast.AST], results: set[str]) -> Iterator[Found]:
    """Yield gradients of what is no parameter, and updates that change a gradient."""
    for part in parts:
        match part:
            case ast.Attribute(attr="grad", value=owner, ctx=ast.Load()):
                foreign = isinstance(owner, ast.Name) and owner.id in results
                if foreign or (isinstance(owner, ast.Attribute) and owner.attr == "data"):
                    yield "foreign", "", part.lineno
            case (
                ast.Assign(targets=[target], value=value)
                | ast.AugAssign(target=target, value=value)
            ) if is_gradient(target) and is_update(target, value, ()) and _subtracts(part):
                yield "regraded", "", part.lineno
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Attribute(attr="append", value=ast.Name(id=left))),
            ) if name == left:
                yield "lost", name, part.lineno


def _subtracts(node: ast.Assign | ast.AugAssign) -> bool:
    """Return whether a statement takes something away, and does not only multiply by zero."""
    made = node.op if isinstance(node, ast.AugAssign) else getattr(node.value, "op", None)
    return isinstance(made, ast.Sub)


def _of_sums(parts: Sequence[ast.AST]) -> Iterator[Found]:
    """Yield a running sum that backward() is called on."""
    summed: dict[str, int] = {}
    for part in parts:
        match part:
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add()):
                summed.setdefault(name, part.lineno)
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.BinOp(op=ast.Add(), left=a, right=b)
            ):
                if any(isinstance(one, ast.Name) and one.id == name for one in (a, b)):
                    summed.setdefault(name, part.lineno)
    for part in parts:
        match part:
            case ast.Call(func=ast.Attribute(attr="backward", value=ast.Name(id=name))):
                if name in summed:
                    yield "summed", name, summed[name]


def _cuts(node: ast.AST) -> Iterator[Found]:
    """Yield what makes plain numbers of tensors, or computes without a graph."""
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Attribute(attr=name)) if name in _CUTS:
                yield "cut", name, part.lineno
            case ast.Call(func=ast.Name(id="float" | "int" as name), args=[value]):
                if not _is_count(value):
                    yield "cut", name, part.lineno
            case ast.Attribute(attr="data"):
                yield "cut", "data", part.lineno
            case ast.With(items=items):
                for name in _without_graph(items):
                    yield "cut", name, part.lineno
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[_, *_]):
                if name in _MAKES:
                    yield "cut", name, part.lineno


def _is_count(value: ast.expr) -> bool:
    """Return whether a value is written down, or tells how many there are."""
    called = {name for name, _ in calls_in(value)}
    parts = list(ast.walk(value))
    shape = any(isinstance(part, ast.Attribute) and part.attr == "shape" for part in parts)
    return isinstance(value, ast.Constant) or shape or bool(called & {"len", "numel", "size"})


def _without_graph(items: Sequence[ast.withitem]) -> Iterator[str]:
    for item in items:
        yield from (name for name, _ in calls_in(item) if name in _BLOCKS)


def _cuts_of_loss(
    parts: Sequence[ast.AST], called: Sequence[str], *, evaluates: bool
) -> Iterator[Found]:
    """Yield what cuts off the prediction, or the loss, that training goes backward from."""
    for part in parts:
        match part:
            case ast.With(items=items, body=body):
                inside = any(name in called for one in body for name, _ in calls_in(one))
                for name in _without_graph(items) if inside and not evaluates else ():
                    yield "cut", name, part.lineno
            case ast.Assign(value=value):
                if any(name in called for name, _ in calls_in(value)):
                    yield from (found for found in _cuts(value) if found[1] not in _BLOCKS)
            case ast.Call(func=ast.Attribute(attr="backward", value=value)):
                yield from _cuts(value)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(attr="set_grad_enabled"), args=[ast.Constant(value=False)]
                )
            ):
                yield "cut", "set_grad_enabled", part.lineno


def _restored(body: Sequence[ast.stmt], lab: Sequence[str]) -> Iterator[Found]:
    """Yield a parameter that is set after the loop, to a name alone or a copy."""
    looped = False
    for statement in body:
        if looped and not isinstance(statement, (*LOOPS, *FUNCTIONS)):
            for part in own_nodes(statement):
                name = _set(part, lab)
                if name:
                    yield "restored", name, part.lineno  # type: ignore[attr-defined]  # a statement or a call
                    break
        looped = looped or isinstance(statement, LOOPS)


def _set(node: ast.AST, lab: Sequence[str]) -> str:
    """Return what a node sets to something that was kept; nothing where it does not."""
    match node:
        case ast.Assign(targets=[target], value=value):
            root = target
            while isinstance(root, ast.Attribute):
                root = root.value
            plain = not any(isinstance(one, ast.BinOp) for one in ast.walk(value))
            if isinstance(root, ast.Name) and root.id in lab and plain:
                return "" if is_gradient(target) else root.id
        case ast.Call(func=ast.Attribute(attr="load_state_dict")):
            return "load_state_dict"
        case ast.Call(func=ast.Attribute(attr="copy_" | "fill_", value=owner)):
            names = [one.id for one in ast.walk(owner) if isinstance(one, ast.Name)]
            if set(names) & set(lab) and not is_gradient(owner):
                return names[0]
    return ""
