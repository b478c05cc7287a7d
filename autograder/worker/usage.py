"""Find which names of its own a function of the file uses where the lab has a name for it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from autograder.protocol.job import Contract, Functions, Module, Role, inputs_of
from autograder.protocol.trace import Sighting, What
from autograder.worker.change import factors, grown, moved_by
from autograder.worker.idle import by_default, commented, from_outside, idle
from autograder.worker.loop import is_fixed, times_of
from autograder.worker.misuse import made_anew, misplaced, misused
from autograder.worker.outline import LOOPS, Comment, Function, is_name, own_nodes
from autograder.worker.routine import (
    Routine,
    argument_names,
    calls_in,
    is_trained,
    parts_of,
    training_loop,
)

MOST_OF_A_KIND = 3
_LOSSES = ("loss", "cost", "crit", "err", "mse")
Variables = Mapping[str, ast.expr | None]


class Use(NamedTuple):
    """A name at a place in a function; ``inside``: it is an argument or variable of its own."""

    name: str
    inside: bool
    cell: int | None
    line: int


class Reach(NamedTuple):
    """A function, the variables of its own, and its cell."""

    node: Function | ast.Lambda
    variables: Variables
    cell: int | None

    def uses(self) -> list[Use]:
        """Return the names in it, in order, its arguments left out."""
        given = argument_names(self.node)
        parts = [part for part in ast.walk(self.node) if isinstance(part, ast.Name)]
        parts.sort(key=lambda part: (part.lineno, part.col_offset))
        return [self.use(part.id, part) for part in parts if part.id not in given]

    def use(self, name: str, at: ast.expr | ast.stmt) -> Use:
        """Return a name at a place in it."""
        return Use(name, name in self.variables, self.cell, at.lineno)


def usages(
    found: Iterable[Routine],
    namespace: Mapping[str, Any],
    contract: Contract,
    defined: Mapping[str, str],
    parameters: Iterable[str],
    comments: Iterable[Comment] = (),
) -> Iterator[Sighting]:
    """Yield the own names in forward and training, each kind where the lab's name is not used.

    ``found`` are the functions of the file, ``parameters`` those of the lab, or the names of its
    model.
    """
    routines = list(found)
    own = {one.name: one for one in routines if one.kind == "function"}
    methods = {one.name: one for one in routines if one.kind == "method"}
    lab = tuple(parameters)
    roles: tuple[Role, ...] = ("forward", "criterion", "train_model")
    for role in roles:
        name = defined.get(role, "")
        routine = own.get(name) or methods.get(f"{name}.forward")
        if routine is None:
            continue
        if role != "train_model":
            yield from from_outside(role, routine, contract)
            yield from misused(role, [(routine.node, routine.piece.cell)], lab, ())
        if role == "criterion":
            continue
        reached = _reached(routine, own)
        if isinstance(contract, Functions):
            yield from _parameters(reached, role, namespace, lab)
            if role == "forward":
                yield from by_default(routine, lab)
        if role == "train_model":
            places = [(reach.node, reach.cell) for reach in reached]
            yield from idle(places, lab)
            yield from commented(comments, places, lab)
            models = contract.model if isinstance(contract, Module) else ()
            predicts, loss = contract.names("forward"), contract.names("criterion")
            yield from misused(role, places, lab, predicts, *loss)
            yield from made_anew(places, namespace, models)
            yield from misplaced(places, contract.criterion, contract.inputs, contract.targets)
            yield from _fixed(routine, own, namespace)
            yield from _moved(reached, lab)
            yield from _models(reached, namespace, contract, lab)
            yield from _rates(reached, namespace, contract, lab)
            yield from _lists(reached, contract)
            yield from _data(reached, namespace, contract)
            yield from _numbered(reached, namespace, tuple(defined.values()))


def _reached(routine: Routine, own: Mapping[str, Routine]) -> list[Reach]:
    """Return a function and those of the file that it calls, and these call."""
    found = [routine]
    for one in found:  # grows while it goes
        called = dict.fromkeys(own[name] for name, _ in calls_in(one.node) if name in own)
        found += [other for other in called if other not in found]
    return [Reach(one.node, variables_of(one.node), one.piece.cell) for one in found]


def variables_of(node: Function | ast.Lambda) -> dict[str, ast.expr | None]:
    """Return a function's own arguments and variables, and what each is first where that shows."""
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    found: dict[str, ast.expr | None] = dict.fromkeys(argument_names(node))
    for argument, default in zip(reversed(positional), reversed(given.defaults), strict=False):
        found[argument.arg] = default
    found |= {a.arg: d for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True)}
    shared: set[str] = set()
    body = node.body if isinstance(node.body, list) else [node.body]
    for part in (inner for statement in body for inner in own_nodes(statement)):
        match part:
            case ast.Global(names=names):
                shared.update(names)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, value)
            case ast.Name(id=name, ctx=ast.Store()):
                found.setdefault(name, None)
    return {name: value for name, value in found.items() if name not in shared}


def _parameters(
    reached: Sequence[Reach], role: Role, namespace: Mapping[str, Any], lab: Sequence[str]
) -> Iterator[Sighting]:
    """Yield tensors that are trained, or predicted with, where one of the lab's is not used."""
    uses = [use for reach in reached for use in reach.uses()]
    unused = _unused(reached, uses, namespace, lab)
    if unused:
        ours = [namespace.get(name) for name in lab]
        own = [use for use in uses if use.name not in lab or use.inside]
        own = [
            use
            for use in own
            if _made(use, reached, _is_leaf)
            or (
                not use.inside
                and not isinstance(namespace.get(use.name), nn.Module)
                and is_trained(namespace.get(use.name))
                and not any(namespace.get(use.name) is one for one in ours)
            )
        ]
        yield from _sightings("parameter", role, own, unused)


def _models(
    reached: Sequence[Reach], namespace: Mapping[str, Any], contract: Contract, lab: Sequence[str]
) -> Iterator[Sighting]:
    """Yield models that are trained where the lab's, or all of its parameters, are not used."""
    uses = [use for reach in reached for use in reach.uses()]
    unused = _unused(reached, uses, namespace, lab)
    if len(unused) < len(lab):
        return
    own = [
        use
        for use in uses
        if not use.inside
        and isinstance(namespace.get(use.name), nn.Module)
        and is_trained(namespace.get(use.name))
    ]
    instead = unused if isinstance(contract, Functions) else unused[:1]
    yield from _sightings("model", "train_model", own, instead)


def _numbered(
    reached: Sequence[Reach], namespace: Mapping[str, Any], functions: Sequence[str]
) -> Iterator[Sighting]:
    """Yield the number of an item, by enumerate(), with which a model or a function is called."""
    for reach in reached:
        for loop in ast.walk(reach.node):
            match loop:
                case ast.For(
                    target=ast.Tuple(elts=[ast.Name(id=number), ast.Name()]),
                    iter=ast.Call(func=ast.Name(id="enumerate")),
                ):
                    given = {
                        argument.id
                        for part in loop.body
                        for name, call in calls_in(part)
                        if name in functions or isinstance(namespace.get(name), nn.Module)
                        for argument in call.args
                        if isinstance(argument, ast.Name)
                    }
                    if number in given:
                        yield Sighting(
                            what="numbered",
                            role="train_model",
                            name=number,
                            cell=reach.cell,
                            line=loop.lineno,
                        )


def _unused(
    reached: Sequence[Reach], uses: Sequence[Use], namespace: Mapping[str, Any], lab: Sequence[str]
) -> list[str]:
    """Return which names of the lab are not used, nor their values by another name or a list."""
    known = {use.name for use in uses if not use.inside} | {*argument_names(reached[0].node)}
    held: list[Any] = [namespace.get(name) for name in known]
    held += [part for value in held for part in parts_of(value)]
    missing = object()
    return [
        name
        for name in lab
        if name not in known and not any(one is namespace.get(name, missing) for one in held)
    ]


def _made(use: Use, reached: Sequence[Reach], fits: Callable[[ast.expr], bool]) -> bool:
    """Return whether a variable of a function's own is first set to an expression that fits."""
    values = [reach.variables.get(use.name) for reach in reached] if use.inside else []
    return any(value is not None and fits(value) for value in values)


def _is_leaf(value: ast.expr) -> bool:
    """Return whether an expression makes a tensor with gradients of its own."""
    return any(
        name in ("Parameter", "requires_grad_")
        or any(keyword.arg == "requires_grad" for keyword in call.keywords)
        for name, call in calls_in(value)
    )


def _fixed(
    routine: Routine, own: Mapping[str, Routine], namespace: Mapping[str, Any]
) -> Iterator[Sighting]:
    """Yield the loop that trains where it runs equally often whatever is asked for."""
    helpers = {name: one.node for name, one in own.items()}
    loop = training_loop(routine.node, helpers)
    if loop is None:
        return
    inner = [part for part in ast.walk(loop) if isinstance(part, LOOPS)]
    if is_fixed(routine.node, inner):
        yield Sighting(
            what="fixed",
            role="train_model",
            times=times_of(loop, namespace.get),
            cell=routine.piece.cell,
            line=loop.lineno,
        )


def _moved(reached: Sequence[Reach], lab: Sequence[str]) -> Iterator[Sighting]:
    """Yield globals that updates assign to where they do not assign to one of the lab's."""
    uses = []
    for reach in reached:
        held = (moved_by(node, lab) for node in ast.walk(reach.node))
        uses += [reach.use(name.id, name) for name in held if name is not None]
    moved = {use.name for use in uses}
    own = [use for use in uses if use.name not in lab and not use.inside]
    yield from _sightings("moved", "train_model", own, [one for one in lab if one not in moved])


def _rates(
    reached: Sequence[Reach], namespace: Mapping[str, Any], contract: Contract, lab: Sequence[str]
) -> Iterator[Sighting]:
    """Yield what steps are multiplied by where it is not the lab's rate."""
    rates = contract.learning_rate
    found, numbers = list[Use](), list[Use]()
    for reach in reached:
        parts = (
            p for node in ast.walk(reach.node) for f in factors(node, lab) for p in ast.walk(f)
        )
        for part in parts:
            if isinstance(part, ast.Name):
                given = part.id in argument_names(reach.node)
                if part.id in rates and (given or part.id not in reach.variables):
                    return
                if part.id in reach.variables:
                    fits = _is_number(reach.variables[part.id])
                else:
                    fits = _holds_number(namespace.get(part.id))
                found += [reach.use(part.id, part)] if fits else []
            elif isinstance(part, ast.expr) and _is_number(part):
                numbers.append(reach.use("", part))
    yield from _sightings("rate", "train_model", found, rates[:1])
    if not found:
        yield from _sightings("number", "train_model", numbers, rates[:1])


def _is_number(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and type(value.value) in (int, float)


def _holds_number(value: object) -> bool:
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return len(value.shape) == 0 and not is_trained(value)
    return type(value) in (int, float) or isinstance(value, np.number)


def _lists(reached: Sequence[Reach], contract: Contract) -> Iterator[Sighting]:
    """Yield the lists that are appended to where the lab's is not, those of losses alone if any."""
    found: list[tuple[bool, Use]] = []
    for reach in reached:
        for node in ast.walk(reach.node):
            appended = grown(node)
            if appended is None:
                continue
            name, entry = appended
            use = reach.use(name, node)  # type: ignore[arg-type]  # statements and calls have a line
            if name == contract.losses[0] and not use.inside:
                return
            told = f"{name} {ast.unparse(entry)}".lower()
            found.append((any(word in told for word in _LOSSES), use))
    likely = [use for loss, use in found if loss] or [use for _, use in found]
    yield from _sightings("list", "train_model", likely, contract.losses[:1])


def _data(
    reached: Sequence[Reach], namespace: Mapping[str, Any], contract: Contract
) -> Iterator[Sighting]:
    """Yield the data that training works on where it uses none of the lab's."""
    lab: tuple[str, ...] = (*inputs_of(contract), contract.targets)
    loads = isinstance(contract, Module) and contract.dataset
    if isinstance(contract, Module) and contract.dataset:
        lab = (*contract.loader, *contract.dataset)
    uses = [use for reach in reached for use in reach.uses()]
    unused = _unused(reached, uses, namespace, lab)
    if loads and len(unused) < len(lab):  # one alias of each is enough
        return
    own = [use for use in uses if not use.inside and _is_data(namespace.get(use.name))]
    own = [use for use in own if use.name not in lab]
    yield from _sightings("data", "train_model", own, unused[:1] if loads else unused)


def _is_data(value: object) -> bool:
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return len(value.shape) > 0 and not is_trained(value)
    return isinstance(value, (DataLoader, Dataset))


def _sightings(
    what: What, role: Role, uses: Sequence[Use], instead: Sequence[str]
) -> Iterator[Sighting]:
    """Yield the first use of each name, of a few."""
    sound = [use for use in uses if all(map(is_name, use.name.split("."))) or not use.name]
    first = {use.name: use for use in reversed(sound)}
    kept = sorted(first.values(), key=uses.index)[:MOST_OF_A_KIND] if instead else []
    for use in kept:
        yield Sighting(
            what=what,
            role=role,
            name=use.name,
            instead=tuple(instead),
            inside=use.inside,
            cell=use.cell,
            line=use.line,
        )
