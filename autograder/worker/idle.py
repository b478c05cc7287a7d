"""Find code that seems to update or return something, and does not: for messages only."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autograder.protocol.job import Contract, Module, Role
from autograder.protocol.trace import Sighting, What
from autograder.worker.change import is_update, moved_by
from autograder.worker.outline import Comment, Function, Piece, own_nodes
from autograder.worker.routine import Routine, argument_names, calls_in

_PURE = frozenset({"sub", "add", "mul", "div", "addcmul", "subtract", "zeros_like"})
_COPIES = frozenset({"deepcopy", "clone", "copy"})
_CALLED = frozenset({"step", "backward", "zero_grad", "zero_", "item"})
_MOVING = re.compile(r"\.grad\b|\.step\s*\(")
Node = Function | ast.Lambda
Found = tuple[What, str, int]


def idle(nodes: Sequence[tuple[Node, int | None]], lab: Sequence[str]) -> Iterator[Sighting]:
    """Yield what the functions that train do in vain, and whether they have no update at all."""
    for node, cell in nodes:
        for what, name, line in _in_vain(node, lab):
            yield Sighting(what=what, role="train_model", name=name, cell=cell, line=line)
    moves = any(_moves(part, lab) for node, _ in nodes for part in ast.walk(node))
    if not moves:
        yield Sighting(what="still", role="train_model")


def _in_vain(node: Node, lab: Sequence[str]) -> Iterator[Found]:
    body = node.body if isinstance(node.body, list) else []
    parts = [part for statement in body for part in own_nodes(statement)]
    read = {part.id for part in parts if isinstance(part, ast.Name) and _is_read(part)}
    turning = {part.target.id for part in parts if _is_plain_loop(part)}  # type: ignore[attr-defined]  # its target is a name
    read -= turning | _only_shown(parts)
    for part in parts:
        match part:
            case ast.Expr(value=value):
                yield from _dropped(value, lab)
            case ast.Assign(targets=[ast.Name(id=name) as target], value=value):
                foreign = name not in lab and name not in read
                if foreign and is_update(target, value, lab):
                    yield "unread", name, part.lineno
                if _is_of_own_gradient(name, value):
                    yield "reassigned", name, part.lineno
                if _is_copy(value, lab):
                    yield "copied", name, part.lineno
                if _is_remade(value):
                    yield "remade", name, part.lineno
    yield from _returns(body)
    yield from _hidden(node)


def _only_shown(parts: Sequence[ast.AST]) -> set[str]:
    """Return the names that are read in calls of print alone."""
    prints = [
        part
        for part in parts
        if isinstance(part, ast.Call) and getattr(part.func, "id", "") == "print"
    ]
    shown = [part.id for one in prints for part in ast.walk(one) if isinstance(part, ast.Name)]
    read = [part.id for part in parts if isinstance(part, ast.Name) and _is_read(part)]
    return {name for name in shown if read.count(name) == shown.count(name)}


def _is_of_own_gradient(name: str, value: ast.expr) -> bool:
    """Return whether a name is given what comes of its own ``.grad``: a new tensor."""
    return isinstance(value, ast.BinOp) and any(
        isinstance(part, ast.Attribute)
        and part.attr == "grad"
        and isinstance(part.value, ast.Name)
        and part.value.id == name
        for part in ast.walk(value)
    )


def _is_plain_loop(node: ast.AST) -> bool:
    return isinstance(node, ast.For) and isinstance(node.target, ast.Name)


def _is_read(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


def _moves(node: ast.AST, lab: Sequence[str]) -> bool:
    if isinstance(node, ast.Assign) and _stays(node):
        return False
    step = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "step"
    return step or moved_by(node, lab) is not None


def _stays(node: ast.Assign) -> bool:
    """Return whether a statement assigns a thing to itself."""
    return all(ast.unparse(target) == ast.unparse(node.value) for target in node.targets)


def _dropped(value: ast.expr, lab: Sequence[str]) -> Iterator[Found]:
    """Yield what a statement that is an expression leaves undone."""
    match value:
        case ast.Compare(ops=[ast.Eq()]):
            yield "compared", _root_of(value.left), value.lineno
        case ast.Attribute(attr=attr) if attr in _CALLED:
            yield "uncalled", _dotted(value), value.lineno
        case ast.BinOp(op=ast.Sub() | ast.Add()):
            if _mentions(value, lab):
                yield "dropped", "", value.lineno
        case ast.Call(func=ast.Attribute(attr=attr)) if attr in _PURE:
            if _mentions(value, lab):
                yield "dropped", "", value.lineno


def _mentions(value: ast.expr, lab: Sequence[str]) -> bool:
    parts = list(ast.walk(value))
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    gradient = any(isinstance(part, ast.Attribute) and part.attr == "grad" for part in parts)
    return gradient or bool(names.intersection(lab))


def _is_copy(value: ast.expr, lab: Sequence[str]) -> bool:
    """Return whether an expression copies something of the lab's."""
    for name, call in calls_in(value):
        inside = {part.id for part in ast.walk(call) if isinstance(part, ast.Name)}
        if name in _COPIES and inside.intersection(lab):
            return True
    return False


def _is_remade(value: ast.expr) -> bool:
    """Return whether an expression makes a tensor with gradients of its own out of a number."""
    made = {"tensor", "Tensor", "FloatTensor", "Variable", "as_tensor", "Parameter"}
    again = any(name in ("item", "detach", "tolist") for name, _ in calls_in(value))
    wants = any(
        name == "requires_grad_" or any(k.arg == "requires_grad" for k in call.keywords)
        for name, call in calls_in(value)
    )
    loss = any(isinstance(p, ast.Name) and "loss" in p.id.lower() for p in ast.walk(value))
    return wants and loss and (again or any(name in made for name, _ in calls_in(value)))


def _root_of(value: ast.expr) -> str:
    return _dotted(value).partition(".")[0]


def _dotted(value: ast.expr) -> str:
    """Return a name with its attributes, nothing where there is more to it."""
    match value:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=owner, attr=attr):
            return f"{left}.{attr}" if (left := _dotted(owner)) else ""
    return ""


def _returns(body: Sequence[ast.stmt]) -> Iterator[Found]:
    """Yield a return that stands in a loop by itself: the loop does not get beyond its turn."""
    for statement in body:
        inner = getattr(statement, "body", ())
        if isinstance(statement, (ast.For, ast.While)):
            leaves = [one for one in inner if isinstance(one, (ast.Return, ast.Break))]
            yield from (("returns", _word(one), one.lineno) for one in leaves)
        if isinstance(statement, (ast.For, ast.While, ast.With)):
            yield from _returns(inner)


def _word(statement: ast.stmt) -> str:
    return "returns" if isinstance(statement, ast.Return) else "breaks"


def _hidden(node: Node) -> Iterator[Found]:
    """Yield arguments that hide a function of Python's own which is called here."""
    for name, call in calls_in(node):
        own = isinstance(call.func, ast.Name) and name in argument_names(node)
        if own and hasattr(builtins, name):
            yield "hidden", name, call.lineno


def commented(
    comments: Iterable[Comment], nodes: Sequence[tuple[Node, int | None]], lab: Sequence[str]
) -> Iterator[Sighting]:
    """Yield the comments in a function that hold an update of what nothing else updates."""
    spans = [(cell, node.lineno, node.end_lineno or node.lineno) for node, cell in nodes]
    live = [name for node, _ in nodes for name in _moved(node, lab)]
    for comment in comments:
        inside = any(
            comment.cell == cell and first <= comment.line <= last for cell, first, last in spans
        )
        if not inside or not _MOVING.search(comment.text):
            continue
        left = [name for statement in _parsed(comment.text) for name in _moved(statement, lab)]
        if left and (not live or (set(left) <= {*lab} and {*live} <= {*lab} - {*left})):
            yield Sighting(
                what="commented", role="train_model", cell=comment.cell, line=comment.line
            )


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _moved(node: ast.AST, lab: Sequence[str]) -> Iterator[str]:
    """Yield what updates in a node move; of an optimizer's step nobody reads which parameters."""
    for part in ast.walk(node):
        moved = moved_by(part, lab)
        if moved is not None:
            yield moved.id
        elif isinstance(part, ast.Call) and getattr(part.func, "attr", "") == "step":
            yield "step"


def from_outside(role: Role, routine: Routine, contract: Contract) -> Iterator[Sighting]:
    """Yield what forward or criterion reads from outside though it is given it: data, the model."""
    data = contract.inputs if role == "forward" else contract.targets
    models = contract.model if isinstance(contract, Module) else ()
    parts = [part for part in ast.walk(routine.node) if isinstance(part, ast.Name)]
    own = {*routine.arguments, *(part.id for part in parts if isinstance(part.ctx, ast.Store))}
    names = [name for name in (data, *models) if name not in own]
    used = [part for part in parts if part.id in names]
    for part in sorted(used, key=lambda part: (names.index(part.id), part.lineno))[:1]:
        yield Sighting(
            what="global", role=role, name=part.id, cell=routine.piece.cell, line=part.lineno
        )


def by_default(routine: Routine, lab: Sequence[str]) -> Iterator[Sighting]:
    """Yield arguments of forward that are named as parameters of the lab."""
    for name in routine.arguments:
        if name in lab:
            yield Sighting(
                what="default",
                role="forward",
                name=name,
                cell=routine.piece.cell,
                line=routine.node.lineno,
            )


def uncalled_class(
    pieces: Iterable[Piece], namespace: Mapping[str, Any], contract: Contract
) -> Iterator[Sighting]:
    """Yield the criterion where it is a class of losses and not an object of it."""
    for piece in pieces:
        match piece.statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute() | ast.Name()):
                held = namespace.get(name)
                if name in contract.criterion and isinstance(held, type):
                    yield Sighting(
                        what="uncalled",
                        role="criterion",
                        name=held.__name__ if held.__module__.startswith("torch.") else name,
                        cell=piece.cell,
                        line=piece.statement.lineno,
                    )
