"""Find what a file has in place of a missing name, such as the same under another name."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from torch import nn

from autograder.protocol.job import ROLES, Contract, Module, Role
from autograder.protocol.trace import Sighting, What
from autograder.worker.inert import INERT
from autograder.worker.outline import LOOPS, Outline, Piece, blocks, bound_names, is_name
from autograder.worker.routine import (
    Routine,
    is_trained,
    likest,
    measures,
    predicts,
    training_loop,
)

NEAR = 0.8
_ARGUMENTS: Mapping[Role, int] = {"forward": 1, "criterion": 2, "train_model": 1}


def lookalikes(
    outline: Outline,
    found: Sequence[Routine],
    namespace: Mapping[str, Any],
    contract: Contract,
    defined: Mapping[str, str],
) -> Iterator[Sighting]:
    """Yield for each role that is not defined what there is instead, if anything is.

    ``found`` are the functions of the file.
    """
    taken = set(defined.values())
    free = [
        one for one in found if one.name not in taken and one.name.partition(".")[0] not in taken
    ]
    for role in ROLES:
        if role in defined:
            continue
        names = contract.names(role)
        others = [one for one in free if one.kind != "function" or one.name not in names]
        sighting = (
            _lost(role, names, outline, namespace)
            or _left_out(role, names, outline, namespace)
            or _named(role, names, others)
            or (role == "forward" and isinstance(contract, Module) and _class(outline, namespace))
            or _alike(role, names, others, namespace)
            or _object(role, outline, namespace, taken)
            or (role == "train_model" and _loop(outline, free))
            or _similar(role, names, others)
        )
        if sighting:
            yield sighting


def _lost(
    role: Role, names: Sequence[str], outline: Outline, namespace: Mapping[str, Any]
) -> Sighting | None:
    """Return where a name was bound to something else in the end."""
    places = list(blocks(outline.pieces))
    for name in names:
        held = namespace.get(name, INERT)
        bindings = [piece for piece, _ in places if name in _binds(piece.statement)]
        if held is not INERT and not callable(held) and bindings:
            return _at("rebound", role, bindings[-1], name)
    return None


def _left_out(
    role: Role, names: Sequence[str], outline: Outline, namespace: Mapping[str, Any]
) -> Sighting | None:
    """Return where a name would be bound in a block that was not run, an ``if`` or a ``try``."""
    for piece, in_block in blocks(outline.pieces):
        bound = [name for name in names if in_block and name in _binds(piece.statement)]
        if bound and bound[0] not in namespace:
            return _at("skipped", role, piece, bound[0])
    return None


def _binds(statement: ast.stmt) -> set[str]:
    """Return what a statement binds, without what stands in its blocks."""
    inner = isinstance(statement, (ast.If, ast.For, ast.While, ast.With, ast.Try))
    return set() if inner else set(bound_names(statement))


def _named(role: Role, names: Sequence[str], found: Sequence[Routine]) -> Sighting | None:
    """Return a function of the right name that stands inside of another one, or of a class."""
    inside = [one for one in found if one.kind != "function" and one.own_name in names[:1]]
    if role == "forward":
        inside = [one for one in inside if one.kind == "inner"]
    return _of(role, inside[-1]) if inside else None


def _class(outline: Outline, namespace: Mapping[str, Any]) -> Sighting | None:
    """Return the last class of the file's own that is a model."""
    found = None
    for piece, _ in blocks(outline.pieces):
        if isinstance(piece.statement, ast.ClassDef):
            value = namespace.get(piece.statement.name)
            if isinstance(value, type) and issubclass(value, nn.Module):
                found = _at("class", "forward", piece, piece.statement.name)
    return found


def _alike(
    role: Role, names: Sequence[str], found: Sequence[Routine], namespace: Mapping[str, Any]
) -> Sighting | None:
    """Return the function that does what the missing one should."""

    def trained(name: str) -> bool:
        return is_trained(namespace.get(name))

    helpers = {one.name: one.node for one in found if one.kind == "function"}
    able: Mapping[Role, Callable[[Routine], bool]] = {
        "forward": lambda one: predicts(one, trained),
        "criterion": measures,
        "train_model": lambda one: training_loop(one.node, helpers) is not None,
    }
    best = likest(role, names, list(filter(able[role], found)), _ARGUMENTS[role])
    return _of(role, best) if best is not None else None


def _similar(role: Role, names: Sequence[str], found: Sequence[Routine]) -> Sighting | None:
    """Return the function whose name is nearly the missing one."""
    own = {one.name.lower(): one for one in found if one.kind == "function"}
    near = difflib.get_close_matches(names[0].lower(), own, n=1, cutoff=NEAR)
    return _at("similar", role, own[near[0]].piece, own[near[0]].name) if near else None


def _object(
    role: Role, outline: Outline, namespace: Mapping[str, Any], taken: set[str]
) -> Sighting | None:
    """Return the last global that is a model, or one of torch's losses, under another name."""
    if role == "train_model":
        return None
    found = None
    for piece, _ in blocks(outline.pieces):
        if not isinstance(piece.statement, ast.Assign):
            continue
        for name in bound_names(piece.statement):
            value = namespace.get(name)
            model = isinstance(value, nn.Module) and is_trained(value)
            loss = isinstance(value, nn.Module) and not model
            loss |= callable(value) and str(getattr(value, "__name__", "")).endswith("_loss")
            if name not in taken and (model if role == "forward" else loss):
                found = _at("object", role, piece, name)
    return found


def _loop(outline: Outline, found: Sequence[Routine]) -> Sighting | None:
    """Return a loop outside of all functions that trains."""
    helpers = {one.name: one.node for one in found}
    for piece, _ in blocks(outline.pieces):
        if isinstance(piece.statement, LOOPS) and training_loop(piece.statement, helpers):
            return _at("loop", "train_model", piece, "")
    return None


def _of(role: Role, routine: Routine) -> Sighting | None:
    place = Piece(routine.piece.filename, routine.node)  # type: ignore[arg-type]  # a lambda has a line
    return _at(routine.kind, role, place, routine.name)


def _at(what: What, role: Role, piece: Piece, name: str) -> Sighting | None:
    if not all(map(is_name, name.split("."))) and name:
        return None
    return Sighting(what=what, role=role, name=name, cell=piece.cell, line=piece.statement.lineno)
