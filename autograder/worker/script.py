"""Do a part's scripts with what the cells defined: a record a step, whatever happens in it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import process_time  # the real one: sleeping moves the clock of code that runs here
from typing import Any

import msgspec
import torch
from torch import nn

from autograder.protocol.job import Job
from autograder.protocol.script import WHOLE, Script, Step
from autograder.protocol.trace import Failure, ScriptRecord, StepRecord
from autograder.protocol.value import Items, Kept, Made, Value, nodes_of
from autograder.worker.absent import missing_in
from autograder.worker.again import Run
from autograder.worker.calling import cannot_be_called
from autograder.worker.cells import Cell
from autograder.worker.effects import Watch
from autograder.worker.fault import describe, traceback_of
from autograder.worker.gradient import gradients_of
from autograder.worker.inert import silenced, still_lab, still_matplotlib
from autograder.worker.limit import SoftLimit, time_limit
from autograder.worker.mode import usual_modes
from autograder.worker.namespace import seed_everything
from autograder.worker.projection import projected
from autograder.worker.subject import Refused, refuse, refuse_missing
from autograder.worker.tree import Reader, first_items, may_change, plain, read, write
from autograder.worker.unattended import ANSWERS_IN_A_CALL, answer_again
from autograder.worker.undrawn import plots_are_undrawn
from autograder.worker.workshop import Workshop, bind, spot_of

ENDING = ("time", "wait", "memory")
"""Failures after which a part is not tried again."""


class Scripts:
    """Does scripts. Before each, every name is bound again to what the cells left there."""

    def __init__(
        self,
        job: Job,
        namespace: dict[str, Any],
        defined: Mapping[str, str],
        cells: Sequence[Cell] = (),
    ) -> None:
        self._job = job
        self._cells = cells
        self._namespace = namespace
        self._left = dict(namespace)
        self._defined = defined
        self._names = {one.names[0]: one.names for one in job.sought}
        self._workshop = Workshop(job.fixtures)
        self._spent: dict[str, Failure] = {}
        self.longest_call = 0.0

    def run(self, script: Script) -> ScriptRecord:
        """Do one script. Never raises for what student code does."""
        if script.given:
            return self._again(script)
        kept: dict[str, object] = {}
        self.put_back()
        if script.seed:
            seed_everything(script.seed)
        bind(script.bound, self._namespace, self._names, self._workshop)
        spent = f"{script.part}:{script.kind}:{script.aside}"
        steps = tuple(self._step(step, kept, spent) for step in script.steps)
        return ScriptRecord(id=script.id, phase=script.phase, variant=script.variant, steps=steps)

    def _again(self, script: Script) -> ScriptRecord:
        """Run the cells with what is given, and do the steps on what they leave."""
        self.put_back()
        given = {name: write(one, {}, self._workshop.make) for name, one in script.given.items()}
        plain = msgspec.structs.replace(script, given={})
        if script.part not in self._spent:
            run = Run(self._job, self._cells, given)
            ended = next((one for one in run.failures if one.kind in ENDING), None)
            if ended is None:
                return Scripts(self._job, run.namespace, run.defined).run(plain)
            self._spent[script.part] = ended
        steps = tuple(StepRecord(failure=self._spent[script.part]) for _ in script.steps)
        return ScriptRecord(id=script.id, phase=script.phase, variant=script.variant, steps=steps)

    def put_back(self) -> None:
        """Bind each name again to what the cells left there, and seed every generator."""
        usual_modes(torch.float32)
        seed_everything()
        for name in [name for name in self._namespace if name not in self._left]:
            del self._namespace[name]
        self._namespace.update(self._left)
        self._workshop.forget()

    def _step(self, step: Step, kept: dict[str, object], part: str) -> StepRecord:
        if part in self._spent:
            return StepRecord(failure=self._spent[part])
        began = process_time()
        try:
            with self._quiet(), time_limit(self._job.budget.call_seconds):
                return self._done(step, kept)
        except Refused as error:
            failure = error.failure
        except BaseException as error:  # the wall: student code may raise anything
            failure = _described(error, self._namespace)
            if issubclass(type(error), SoftLimit) and failure.kind == "time":
                failure = _limited(failure, self._job.budget.call_seconds)
        finally:
            self.longest_call = max(self.longest_call, process_time() - began)
        if failure.kind in ENDING:
            self._spent[part] = failure
        return StepRecord(failure=failure)

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Let nothing draw."""
        namespace = self._namespace
        stills = dict(still_lab(namespace, self._job.inert))
        if not plots_are_undrawn():
            stills |= still_matplotlib(namespace)
        with silenced(namespace, stills):
            yield

    def _done(self, step: Step, kept: dict[str, object]) -> StepRecord:
        """Do a step. Raises what student code raises, and Refused."""
        _require_kept(step, kept)
        target = self._target(step, kept)
        make = self._workshop.make
        given = [write(value, kept, make) for value in step.arguments]
        named = {name: write(value, kept, make) for name, value in step.named.items()}
        watch = Watch(step, given, named, kept.get(step.on), self._namespace)
        match step.do:
            case "read":
                result = target
            case "load":
                kept[_loaded(step.on)] = _load(target, given[0])
                result = None
            case "call" | "construct":
                _require_fitting(step, target, given, named)
                answer_again(ANSWERS_IN_A_CALL)
                with watch.watching():
                    result = target(*given, **named)
        if step.first:
            result = first_items(result, step.first)
        shown = projected(result, step.project) if step.project else result
        changed = _changed(step, given, named) if "arguments" in step.effects else ()
        effects = watch.found(result)
        value = _kept(step, result, shown, kept)
        gradients = gradients_of(step, shown, given, named, kept.get(_loaded(step.on)))
        return StepRecord(value=value, changed=changed, gradients=gradients, **effects)

    def _target(self, step: Step, kept: Mapping[str, object]) -> Any:
        """Return what a step is done with. Raises Refused where there is none."""
        first, *rest = step.name.split(".") if step.name else ("",)
        if step.on:
            value, names = kept[step.on], [first, *rest]
        else:
            value, names = self._own(first), rest
        for name in filter(None, names):
            try:
                value = getattr(value, name)
            except AttributeError:
                raise Refused(Failure(kind="missing", text="", name=name)) from None
        missing = missing_in(value)
        if missing is not None:
            refuse_missing(missing.module)
        return value

    def _own(self, name: str) -> Any:
        """Return what the file has under one of a name's aliases."""
        found = self._defined.get(name)
        if found is not None:
            return self._namespace[found]
        for alias in self._names.get(name, (name,)):
            missing = missing_in(self._namespace.get(alias))
            if missing is not None:
                refuse_missing(missing.module)
        raise Refused(Failure(kind="missing", text=""))


def _described(error: BaseException, namespace: dict[str, Any]) -> Failure:
    """Return the failure; where a file of the author's raised, its words say in which line."""
    failure, spot = describe(error, namespace), spot_of(traceback_of(error))
    if spot is None:
        return failure
    text = f"{failure.text} ({spot[0]}, line {spot[1]})"
    return msgspec.structs.replace(failure, text=text)


def _limited(failure: Failure, seconds: float) -> Failure:
    return Failure(
        kind=failure.kind, text=failure.text, cell=failure.cell, line=failure.line, seconds=seconds
    )


def _require_kept(step: Step, kept: Mapping[str, object]) -> None:
    """Raise Refused where an earlier step should have kept something and did not."""
    wanted = {step.on} - {""}
    for value in (*step.arguments, *step.named.values()):
        wanted |= {node.name for node in nodes_of(value) if isinstance(node, Kept)}
    if wanted - kept.keys():
        refuse("step-before")


def _require_fitting(step: Step, target: Any, given: list[Any], named: dict[str, Any]) -> None:
    """Raise Refused where a function cannot be called as the lab calls it."""
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):  # builtins have none; what is no function says so itself
        return
    try:
        signature.bind(*given, **named)
    except TypeError as error:
        raise Refused(cannot_be_called(step.name or step.on, target, str(error))) from None


def _kept(step: Step, result: Any, shown: Any, kept: dict[str, object]) -> Value | None:
    """Keep what is to be kept of a result; return the rest of what is shown of it as it travels."""
    if not step.keep:
        return read(shown) if step.record else None
    if WHOLE in step.keep.values():
        kept.update(dict.fromkeys((n for n, at in step.keep.items() if at == WHOLE), result))
        return read(shown) if step.record and step.project else None
    result = shown
    if not issubclass(type(result), (tuple, list)):
        refuse("nothing-returned" if result is None else "object-returned")
    base: type[Any] = tuple if issubclass(type(result), tuple) else list
    items = list(base.__iter__(result))
    places = {at: name for name, at in step.keep.items()}
    for at, name in places.items():
        if at >= len(items):
            refuse("step-before")
        kept[name] = items[at]
    reader = Reader()
    nodes: list[Value] = [
        Kept(places[at]) if at in places else reader.read(item, 1) for at, item in enumerate(items)
    ]
    return Items("tuple", tuple(nodes)) if step.record else None


def _changed(step: Step, given: list[Any], named: dict[str, Any]) -> tuple[str, ...]:
    """Return which arguments are not any more what they were, by place or name."""
    pairs = {str(at): pair for at, pair in enumerate(zip(step.arguments, given, strict=True))}
    pairs |= {name: (value, named[name]) for name, value in step.named.items()}
    return tuple(
        name for name, (value, now) in pairs.items() if may_change(value) and _moved(value, now)
    )


def _moved(value: Value, now: object) -> bool:
    if any(isinstance(node, (Kept, Made)) for node in nodes_of(value)):
        return False  # the student's own may be anything, and an author's thing has a state
    try:
        return read(now) != plain(value)
    except Refused:
        return True


def _loaded(name: str) -> str:
    """Return under what the parameters of a kept module are kept, by the names of their values."""
    return f"{name} loaded"


def _load(module: Any, values: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Copy values into a module's parameters and return these by the values' names.

    By name, else by order and shape. Any other object gets them as attributes that it has:
    gradients before a step, for one. Raises Refused.
    """
    if not isinstance(module, nn.Module):
        if not all(hasattr(module, name) for name in values):
            refuse("not-a-module", name="")
        for name, value in values.items():
            setattr(module, name, value)
        return {}
    own: dict[str, torch.Tensor] = {**dict(nn.Module.named_parameters(module))}
    if set(own) != set(values):
        own = _by_shape(own, values)
    if any(own[name].shape != value.shape for name, value in values.items()):
        refuse("load-mismatch")
    with torch.no_grad():
        for name, value in values.items():
            own[name].copy_(value)
    return own


def _by_shape(
    own: Mapping[str, torch.Tensor], values: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Return parameters in the order of values, where shapes allow.

    Else those of the same name and shape, and of the others the next of each shape.
    """
    if len(own) != len(values):
        refuse("load-mismatch")
    pairs = dict(zip(values, own.values(), strict=True))
    if all(pairs[name].shape == value.shape for name, value in values.items()):
        return pairs
    found = {
        name: own[name]
        for name, value in values.items()
        if name in own and own[name].shape == value.shape
    }
    left = [one for name, one in own.items() if name not in found]
    for name, value in values.items():
        if name in found:
            continue
        at = next((n for n, one in enumerate(left) if one.shape == value.shape), None)
        if at is None:
            refuse("load-mismatch")
        found[name] = left.pop(at)
    return found
