"""What the functions of a file do, as far as their source shows: train, predict, measure a loss."""

from __future__ import annotations

import ast
import difflib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import torch
from torch import nn

from autograder.protocol.job import Role
from autograder.worker.outline import FUNCTIONS, LOOPS, Function, Outline, Piece, blocks

AnyLoop = ast.For | ast.AsyncFor | ast.While
MOST_PARTS = 20
Kind = Literal["function", "method", "inner"]
_GRADIENTS = frozenset({"backward", "step"})
_MOVES = frozenset({"sub_", "add_", "copy_", "addcmul_"})
_REDUCES = frozenset({"mean", "sum", "norm"})
_DRAWS = frozenset({"plot", "scatter", "show", "figure", "subplots", "contour", "contourf"})
_LIKE: Mapping[Role, tuple[str, ...]] = {
    "train_model": ("train", "fit", "descent", "descend", "learn", "optimi", "loop"),
    "forward": ("forward", "predict", "model", "hypothesis", "line"),
    "criterion": ("criterion", "loss", "mse", "cost", "err"),
}


class Routine(NamedTuple):
    """A function of the file: its name, with that of the class or function that it stands in."""

    name: str
    kind: Kind
    node: Function | ast.Lambda
    piece: Piece

    @property
    def own_name(self) -> str:
        """Its name alone."""
        return self.name.rpartition(".")[2]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of its arguments."""
        return argument_names(self.node)

    @property
    def required(self) -> int:
        """How many arguments it must be given by position, ``self`` not counted."""
        arguments = self.node.args
        count = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
        return count - (self.kind == "method")


def argument_names(node: Function | ast.Lambda) -> tuple[str, ...]:
    """Return the names of a function's arguments."""
    given = node.args
    listed = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return tuple(argument.arg for argument in listed if argument is not None)


def routines(outline: Outline) -> list[Routine]:
    """Return all functions of a file, those in classes and in other functions too."""
    found: list[Routine] = []
    for piece, _ in blocks(outline.pieces):
        match piece.statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() as node:
                found.append(Routine(node.name, "function", node, piece))
                found += _inside(node, "inner", piece)
            case ast.ClassDef() as node:
                found += _inside(node, "method", piece)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as node):
                found.append(Routine(name, "function", node, piece))
    return found


def _inside(owner: Function | ast.ClassDef, kind: Kind, piece: Piece) -> Iterator[Routine]:
    for node in ast.walk(owner):
        if isinstance(node, FUNCTIONS) and node is not owner:
            yield Routine(f"{owner.name}.{node.name}", kind, node, piece)


def calls_in(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yield the last name of what is called, and the call, for each call in a node."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            match call.func:
                case ast.Attribute(attr=name) | ast.Name(id=name):
                    yield name, call


def computes_gradients(node: ast.AST) -> bool:
    """Return whether a node goes backward, takes an optimizer's step or asks autograd."""
    return any(
        name in _GRADIENTS or (name == "grad" and bool(call.args)) for name, call in calls_in(node)
    )


def descends(node: ast.AST) -> bool:
    """Return whether something in a node moves against something: ``w = w - lr * g`` and such."""
    for part in ast.walk(node):
        match part:
            case ast.Assign(targets=[ast.Attribute(attr="data")]):
                return True
            case ast.AugAssign(op=ast.Sub(), value=ast.BinOp(op=ast.Mult())):
                return True
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.BinOp(left=left, op=ast.Sub(), right=ast.BinOp(op=ast.Mult())),
            ) if any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(left)):
                return True
    return any(name in _MOVES for name, _ in calls_in(node))


def training_loop(node: ast.AST, helpers: Mapping[str, Function | ast.Lambda]) -> AnyLoop | None:
    """Return the first loop in a node that trains, by itself or by a function that it calls."""
    for loop in ast.walk(node):
        if isinstance(loop, LOOPS) and (
            computes_gradients(loop)
            or descends(loop)
            or any(
                name in helpers and computes_gradients(helpers[name]) for name, _ in calls_in(loop)
            )
        ):
            return loop
    return None


def predicts(routine: Routine, trained: Callable[[str], bool]) -> bool:
    """Return whether a function returns something times a parameter, or what a model gives.

    ``trained`` says whether a global name holds what is trained.
    """
    node, given = routine.node, routine.arguments
    if computes_gradients(node) or measures(routine) or _draws(node) or not _returns(node):
        return False
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    multiplies = any(
        isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Mult, ast.MatMult))
        for part in ast.walk(node)
    ) or any(name in ("matmul", "mm", "linear", "mul") for name, _ in calls_in(node))
    own = any(trained(name) for name in names - {*given})
    model = any(trained(name) for name, _ in calls_in(node))
    if routine.kind == "method" and routine.own_name == "forward":
        return True
    return bool(given) and (model or (multiplies and (own or len(given) > 1)))


def measures(routine: Routine) -> bool:
    """Return whether a function returns a mean, a sum or one of torch's losses."""
    node = routine.node
    if computes_gradients(node) or _draws(node) or not _returns(node) or routine.required < 1:
        return False
    called = {name for name, _ in calls_in(node)}
    averages = any(
        isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div) for part in ast.walk(node)
    ) and any(isinstance(part, ast.AugAssign) for part in ast.walk(node))
    return averages or any(
        name in _REDUCES or name.endswith(("_loss", "Loss", "cross_entropy")) for name in called
    )


def likest(
    role: Role, wanted: Sequence[str], found: Sequence[Routine], arguments: int
) -> Routine | None:
    """Return that of several functions which is the likeliest to be meant; None of none.

    The right name counts first, then whether it stands at the top level, then what it is like.
    """

    def rank(routine: Routine) -> tuple[bool, bool, bool, bool, float]:
        name = routine.own_name.lower()
        near = max(difflib.SequenceMatcher(None, name, one.lower()).ratio() for one in wanted)
        return (
            routine.own_name in wanted,
            routine.kind == "function",
            any(part in name for part in _LIKE[role]),
            routine.required == arguments,
            near,
        )

    return max(found, key=rank, default=None)


def is_trained(value: object) -> bool:
    """Return whether a value is what is trained: a tensor with gradients, several, a model."""
    try:
        if isinstance(value, torch.Tensor):
            return bool(value.requires_grad)
        if isinstance(value, nn.Module):
            return next(nn.Module.parameters(value), None) is not None
        return any(isinstance(one, torch.Tensor) and one.requires_grad for one in parts_of(value))
    except Exception:  # noqa: BLE001  # a student's class may do anything when it is looked at
        return False


def parts_of(value: object) -> list[Any]:
    """Return the items of a list, a dict or an object of a student's class, of many the first."""
    if type(value) in (list, tuple):
        return list(value[:MOST_PARTS])  # type: ignore[index]  # it is a list or a tuple
    kept: Any = value if type(value) is dict else {}
    if type(value).__module__ == "__main__" and not isinstance(value, type):
        kept = object.__getattribute__(value, "__dict__")
    return [kept[key] for key in itertools.islice(kept, MOST_PARTS)]


def _returns(node: Function | ast.Lambda) -> bool:
    return isinstance(node, ast.Lambda) or any(
        isinstance(part, ast.Return) and part.value is not None for part in ast.walk(node)
    )


def _draws(node: ast.AST) -> bool:
    return any(name in _DRAWS for name, _ in calls_in(node))
