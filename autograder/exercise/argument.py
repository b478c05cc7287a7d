"""Arguments that an author's draw returns: values, and placeholders for kept results."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np
import torch

from autograder.errors import SpecError
from autograder.exercise.act import Act
from autograder.protocol.script import Projection, Script, Step
from autograder.protocol.value import (
    Items,
    Kept,
    Made,
    Table,
    Text,
    Value,
    nodes_of,
    replaced,
    whole_in,
)
from autograder.words.catalogue import say
from autograder.worker.subject import Refused
from autograder.worker.tree import Reader

REASONS = {
    "value-deep": "spec-value-deep",
    "value-large": "spec-value-large",
    "value-iterator": "spec-value-iterator",
    "value-dtype": "spec-value-dtype",
    "value-device": "spec-value-device",
    "value-key": "spec-value-key",
}
"""The codes of what is said to authors where a student's value would be refused, too."""
Calls: TypeAlias = tuple[str, ...] | Mapping[str, Any]
"""Functions of other parts that something calls, with what stands for them where they are wrong."""
NEUTRAL_FORMS = ("like", "rows", "number")
"""The shapes of our own stand-ins, see ``worker/neutral.py``."""
_WHERE = re.compile(r"([A-Za-z_]\w*\.py):([A-Za-z_]\w*)")
LARGEST_SEED = 2**31 - 2  # of NumPy's and torch's
DUE = "result "
"""What the names of values begin with that the reference has still to give; none is Python's."""


@dataclasses.dataclass(frozen=True, eq=False)
class Result:
    """What a function of the reference gives; an item of it with ``result(…)[1]``."""

    name: str
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]
    at: tuple[int | str, ...] = ()
    do: Literal["call", "construct"] = "call"
    project: Projection = ""
    seed: int = 0

    def __getitem__(self, key: int | str) -> Result:
        """Return what stands for an item."""
        return dataclasses.replace(self, at=(*self.at, key))

    def __iter__(self) -> Any:
        """Refuse: how many items there are is not known yet. Raises TypeError."""
        raise TypeError("take the items of a result by their places: result(…)[0]")


def result(name: str, *arguments: Any, **named: Any) -> Any:
    """Return what stands for what the reference's function gives for these arguments.

    Draw them for this alone: where a script asks for the same, its answer would be handed out.
    """
    return Result(name, arguments, named)


def drawn_parameters(name: str, made: Act, seed: int) -> Any:
    """Return what stands for a module's parameters as the reference's class has them, moved."""
    return Result(
        name, made.arguments, made.named, do="construct", project="drawn-parameters", seed=seed
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Fixture:
    """What a file in ``fixtures/`` defines, or what that makes of arguments."""

    where: str
    arguments: tuple[Any, ...] = ()
    named: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    is_itself: bool = False

    def itself(self) -> Fixture:
        """Return what stands for a class itself, where it is not to be made."""
        return dataclasses.replace(self, is_itself=True)

    def made(self, read: Callable[[Any], Value]) -> Made:
        """Return it as it travels. Raises SpecError."""
        match = _WHERE.fullmatch(self.where) if isinstance(self.where, str) else None
        if match is None:
            raise SpecError(f"fixture({self.where!r})", say("spec-fixture"))
        return Made(
            file=match[1],
            name=match[2],
            arguments=tuple(map(read, self.arguments)),
            named={name: read(value) for name, value in self.named.items()},
            itself=self.is_itself,
        )


def fixture(where: str, *arguments: Any, **named: Any) -> Any:
    """Return what stands for what the author's file makes: ``fixture("vocab.py:Vocab", words)``.

    Without arguments a class is made and anything else, such as a function, handed over itself.
    """
    return Fixture(where, arguments, named)


@dataclasses.dataclass(frozen=True, eq=False)
class HeldOut:
    """A drawn value that has to change nothing of what is learnt: validation or test data."""

    value: Any


def held_out(value: Any) -> Any:
    """Return a value marked as data that nothing may be learnt from.

    Where ``trains_on_train_only`` or ``statistics_from_train_only`` is asked for, the same is
    called again with what another draw has in its place.
    """
    return HeldOut(value)


def exchanged(value: Any, by: Callable[[HeldOut], Any]) -> Any:
    """Return a drawn value with something else for each held-out one in it, in their order."""
    match value:
        case HeldOut():
            return by(value)
        case tuple() | list():
            return type(value)(exchanged(one, by) for one in value)
        case dict():
            return {name: exchanged(one, by) for name, one in value.items()}
        case Result() | Fixture() | Act():
            arguments, named = exchanged(value.arguments, by), exchanged(dict(value.named), by)
            return dataclasses.replace(value, arguments=arguments, named=named)
        case _:
            return value


def held_in(value: Any) -> list[HeldOut]:
    """Return the held-out values in a drawn one, in their order."""
    found: list[HeldOut] = []
    exchanged(value, found.append)
    return found


class Due(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value that the reference has still to give: the item ``at`` of what a step returns.

    Its name hangs on nothing else, so what two draws ask for alike is asked for once.
    """

    name: str
    step: Step
    at: tuple[int | str, ...] = ()
    seed: int = 0

    @property
    def waits(self) -> bool:
        """Whether another such value is among its arguments."""
        return bool(waiting_in((*self.step.arguments, *self.step.named.values())))

    def script(self) -> Script:
        """Return what the reference is sent."""
        return Script(
            id=self.name, part=self.name, phase="hidden", seed=self.seed, steps=(self.step,)
        )

    def given(self, values: Mapping[str, Value]) -> Due:
        """Return it with values in place of those that it waits for."""
        return msgspec.structs.replace(self, step=with_values(self.step, values))

    def item_of(self, value: Value) -> Value:
        """Return the item that is meant. Raises SpecError where there is none."""
        for key in self.at:
            found: Value | None = None
            if isinstance(value, Items) and value.kind != "set" and isinstance(key, int):
                found = value.items[key] if -len(value.items) <= key < len(value.items) else None
            if isinstance(value, Table):
                pairs = ((name, item) for name, item in value.pairs if _is_key(name, key))
                found = next((item for _, item in pairs), None)
            if found is None:
                raise SpecError(f"result({self.step.name!r})", say("spec-no-item", item=repr(key)))
            value = found
        return value


def _is_key(node: Value, key: int | str) -> bool:
    return node == Text(key) if isinstance(key, str) else whole_in(node) == key


def waiting_in(values: tuple[Value, ...]) -> set[str]:
    """Return the names of values that the reference has still to give."""
    kept = (node for value in values for node in nodes_of(value) if isinstance(node, Kept))
    return {node.name for node in kept if node.name.startswith(DUE)}


def with_values(step: Step, values: Mapping[str, Value]) -> Step:
    """Return a step with values in place of what stands for them in its arguments."""
    return msgspec.structs.replace(
        step,
        arguments=tuple(replaced(one, values) for one in step.arguments),
        named={name: replaced(one, values) for name, one in step.named.items()},
    )


class _Author(Reader):
    """Reads what an author wrote: with the way of arrays through memory, and what is kept.

    ``dues`` takes up, by their names, the values that the reference has still to give.
    """

    def __init__(self, key: str, dues: dict[str, Due]) -> None:
        super().__init__()
        self._key = key
        self._dues = dues

    def _due(self, value: Result) -> Value:
        step = Step(
            do=value.do,
            name=value.name,
            label=value.name,
            arguments=tuple(argument(one, self._key, self._dues) for one in value.arguments),
            named={name: argument(one, self._key, self._dues) for name, one in value.named.items()},
            project=value.project,
        )
        made_of = msgspec.msgpack.encode((step, value.at, value.seed))
        name = f"{DUE}{hashlib.sha256(made_of).hexdigest()[:16]}"
        self._dues[name] = Due(name=name, step=step, at=value.at, seed=value.seed)
        return Kept(name)

    def read(self, value: object, depth: int) -> Value:
        value = value.value if isinstance(value, HeldOut) else value
        if isinstance(value, Kept):
            return value
        if isinstance(value, Result):
            return self._due(value)
        if isinstance(value, Fixture):
            return value.made(lambda one: argument(one, self._key, self._dues))
        node = super().read(value, depth)
        if isinstance(value, torch.Tensor):
            strides = value.stride()
            return msgspec.structs.replace(
                node,
                layout=_layout(tuple(value.shape), strides),
                grad=bool(value.requires_grad),
            )
        if isinstance(value, np.ndarray):
            steps = tuple(step // max(value.itemsize, 1) for step in value.strides)
            return msgspec.structs.replace(node, layout=_layout(value.shape, steps))
        return node


def _layout(shape: tuple[int, ...], strides: tuple[int, ...]) -> str:
    """Return how an array lies in memory, as far as it travels: C, Fortran, or strided."""
    if 0 in shape or _follows(shape, strides):
        return "C"
    return "F" if _follows(shape[::-1], strides[::-1]) else "S"


def _follows(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    expected = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True


def argument(value: Any, key: str, dues: dict[str, Due]) -> Value:
    """Return a value as it is handed over. Raises SpecError where it cannot be."""
    try:
        return _Author(key, dues).read(value, 0)
    except Refused as error:
        code = REASONS.get(error.failure.cause, "spec-value-type")
        values = {"type": type(value).__name__} | error.failure.values
        raise SpecError(key, say(code, **values)) from error


def stand_ins(calls: Calls, key: str) -> dict[str, Made]:
    """Return what stands for functions that are called, by their names. Raises SpecError."""
    if not isinstance(calls, Mapping):
        calls = dict.fromkeys(calls, NEUTRAL_FORMS[0])
    found = {}
    for name, stand_in in calls.items():
        at = f"{key}[{name!r}]"
        made: object = None
        if isinstance(stand_in, Fixture):
            made = argument(stand_in, at, {})
        elif stand_in in NEUTRAL_FORMS:
            made = Made(name=str(stand_in))
        if not isinstance(made, Made):
            raise SpecError(at, say("spec-stand-in", forms=", ".join(NEUTRAL_FORMS)))
        found[name] = made
    return found
