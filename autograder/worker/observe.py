"""Observe one submission: cells, probes, scenarios; a frame after each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import torch

from autograder.protocol.array import Array, pack
from autograder.protocol.job import (
    CriterionProbe,
    ForwardProbe,
    Functions,
    Job,
    Probe,
    Role,
    Scenario,
    steps_per_iteration,
)
from autograder.protocol.trace import (
    CallRecord,
    Done,
    Failure,
    Loading,
    Note,
    ProbeRecord,
    ScenarioRecord,
    Spent,
)
from autograder.worker.candidates import NothingUsable, choose, put_modules
from autograder.worker.cells import Cell
from autograder.worker.fault import describe
from autograder.worker.functions import FunctionsSubject
from autograder.worker.limit import SoftLimit, TimeUp, time_limit
from autograder.worker.loop import with_loop
from autograder.worker.module import ModuleSubject
from autograder.worker.namespace import load, new_namespace
from autograder.worker.recorder import KEPT_BYTES, Recorder, matrix
from autograder.worker.subject import Refused, Subject, refuse, tensor

Send = Callable[[msgspec.Struct], None]
MOST_VALUES = 100  # for each number given; (n, n) from broadcasting stays below
PLOT_NOTE = Note(code="plot-left-out")


def observe(job: Job, send: Send) -> None:
    """Run the submission of ``job`` and send a frame for each thing observed.

    Never raises for what student code does; may be killed at any moment, hence the frames.
    """
    try:
        chosen = choose(job)
    except NothingUsable as error:
        send(Loading(unreadable=Failure(kind="unreadable", text=str(error)), notes=error.notes))
        return
    except MemoryError:
        send(Loading(unreadable=Failure(kind="memory", text="the file is too large to read")))
        return
    namespace = new_namespace(job.contract, job.preset, job.inert)
    preset_losses = namespace[job.contract.losses[0]]
    shared = job.preset.start if isinstance(job.contract, Functions) else job.contract.model
    if chosen.modules:
        put_modules(chosen.modules, Path.cwd())

    def tell(cell: int | None) -> None:
        send(Spent(cell=cell, seconds=time.process_time()))

    loading = load(chosen.cells, namespace, job.contract, job.budget, shared, tell)
    loading = chosen.told_in(loading)
    send(loading)
    subject = make_subject(job, namespace, loading.defined, preset_losses)
    observer = Observer(job, subject, chosen.cells)
    for probe in job.probes:
        send(observer.probe(probe))
    for scenario in job.scenarios:
        send(observer.train(scenario))
    send(Spent(seconds=time.process_time(), longest_call=observer.longest_call))
    send(Done())


def make_subject(
    job: Job, namespace: dict[str, Any], defined: dict[str, str], preset_losses: list[float]
) -> Subject:
    """Return the subject that drives the job's contract."""
    make = FunctionsSubject if isinstance(job.contract, Functions) else ModuleSubject
    return make(job, namespace, defined, preset_losses)


class Observer:
    """Drives one subject. A function that ran out of time is not called again."""

    def __init__(self, job: Job, subject: Subject, cells: Sequence[Cell] = ()) -> None:
        self._job = job
        self._cells = cells
        self._subject = subject
        self._spent: dict[str, Failure] = {}
        self._probed: set[Role] = set()
        self._recorder: Recorder | None = None
        self.longest_call = 0.0

    @contextmanager
    def _limited(self) -> Iterator[None]:
        """Keep the limit of one call, and note what it took."""
        began = time.process_time()
        try:
            with time_limit(self._job.budget.call_seconds):
                yield
        finally:
            self.longest_call = max(self.longest_call, time.process_time() - began)

    def probe(self, probe: Probe) -> ProbeRecord:
        """Call forward or criterion once and record value and gradients."""
        role: Role = "forward" if isinstance(probe, ForwardProbe) else "criterion"
        if role in self._spent:
            return ProbeRecord(id=probe.id, failure=self._spent[role])
        try:
            with self._subject.quiet(0), self._limited():
                if role not in self._probed:
                    self._probed.add(role)
                    self._reset_for_probes(role)
                if isinstance(probe, ForwardProbe):
                    return self._forward(probe)
                return self._criterion(probe)
        except Refused as error:
            return ProbeRecord(id=probe.id, failure=error.failure)
        except BaseException as error:  # the wall: student code may raise anything
            return ProbeRecord(id=probe.id, failure=self._fault(role, error))

    def _reset_for_probes(self, role: Role) -> None:
        """Put everything back; what forward lacks costs criterion nothing."""
        try:
            self._subject.set_situation(self._job.preset)
        except Refused:
            if role == "forward":
                raise

    def _forward(self, probe: ForwardProbe) -> ProbeRecord:
        subject = self._subject
        subject.set_parameters(probe.parameters)
        function, extra = subject.bind("forward", 1)
        x = tensor(probe.x)
        value = _tensor_result(function(x, **extra), "forward", x.numel())
        gradients: dict[str, Array] | None = None
        if value.requires_grad:
            cotangent = tensor(probe.cotangent)
            weight = cotangent if value.shape == cotangent.shape else torch.ones_like(value)
            gradients = _gradients((weight * value).sum(), subject.leaves())
        return ProbeRecord(id=probe.id, value=_packed(value), gradients=gradients)

    def _criterion(self, probe: CriterionProbe) -> ProbeRecord:
        function, extra = self._subject.bind("criterion", 2)
        yhat = tensor(probe.yhat).requires_grad_()
        value = _tensor_result(function(yhat, tensor(probe.y), **extra), "criterion", yhat.numel())
        gradients: dict[str, Array] | None = None
        if value.requires_grad and value.numel() == 1:
            gradients = _gradients(value.sum(), {"yhat": yhat})
        return ProbeRecord(id=probe.id, value=_packed(value), gradients=gradients)

    def train(self, scenario: Scenario) -> ScenarioRecord:
        """Run the training function in one scenario and record every call.

        A run that raises is tried again with more and with less of the plots silenced: right
        code does not fail because a plot broke.
        """
        spent = f"train:{scenario.kind}"
        if spent not in self._spent and not {"forward", "criterion"} & self._spent.keys():
            spent = "train:own"  # what ran out of time there was the training function's own
        if spent in self._spent:
            return ScenarioRecord(id=scenario.id, failure=self._spent[spent])
        spent = f"train:{scenario.kind}"
        failure: Failure | None = None
        for level in (0, 1, 2):
            try:
                calls = self._run(scenario, scenario.calls, level)
                prefixes = self._prefixes(scenario, calls, level)
            except Refused as error:
                failure = error.failure
                break
            except BaseException as error:  # the wall: student code may raise anything
                failure = self._fault(spent, error)
                if failure.kind != "exception" or isinstance(error, KeyboardInterrupt):
                    break
            else:
                notes = (PLOT_NOTE,) if level == 1 else ()
                return ScenarioRecord(id=scenario.id, calls=calls, prefixes=prefixes, notes=notes)
        raised = failure is not None and failure.kind == "exception"  # a limit strikes by chance
        backwards = self._backwards() if raised else 0
        return ScenarioRecord(id=scenario.id, failure=failure, backwards=backwards)

    def _run(
        self, scenario: Scenario, counts: tuple[int, ...], level: int
    ) -> tuple[CallRecord, ...]:
        try:
            return self._recorded(scenario, counts, level)
        finally:
            self._subject.release()

    def _recorded(
        self, scenario: Scenario, counts: tuple[int, ...], level: int
    ) -> tuple[CallRecord, ...]:
        subject, situation = self._subject, scenario.situation
        recorder = Recorder(subject.leaves, subject.parameters, self._cap(scenario))
        self._recorder = recorder
        isolated = scenario.kind == "isolated"
        with time_limit(self._job.budget.call_seconds):
            subject.set_situation(situation, recorder if isolated else None)
            subject.set_optimizers(situation.learning_rate)
            if not isolated:
                subject.record_forward(recorder)
        records = []
        for count in counts:
            function, extra = subject.bind("train_model", 1)
            recorder.clear()
            with subject.quiet(level), recorder.hooked(), self._limited():
                function(count, **extra)
            records.append(
                CallRecord(
                    parameters=subject.read_parameters(situation.start),
                    losses=subject.read_losses(),
                    visited=recorder.visited,
                    fresh=recorder.fresh,
                    buffers=recorder.buffers,
                    steps_seen=recorder.steps_seen(),
                    held=recorder.held(count * self._batches(scenario)),
                )
            )
        return tuple(records)

    def _backwards(self) -> int:
        return self._recorder.backwards() if self._recorder else 0

    def _batches(self, scenario: Scenario) -> int:
        return steps_per_iteration(self._job.contract, scenario.situation)

    def _cap(self, scenario: Scenario) -> int:
        """Return how many rows are kept of each call, so that all calls fit into a frame."""
        values = sum(math.prod(array.shape) for array in scenario.situation.start.values())
        fitting = KEPT_BYTES // (8 * values * len(scenario.calls))
        return min(self._job.budget.recorded_steps, fitting)

    def _prefixes(
        self, scenario: Scenario, calls: tuple[CallRecord, ...], level: int
    ) -> Array | None:
        """Run 1, 2, … iterations from the same start where forward's calls hide the process."""
        (count, *more) = scenario.calls
        seen = calls[0].steps_seen == count or calls[0].held.shape[0] == count
        if seen or more or count > self._job.budget.prefix_runs or self._batches(scenario) > 1:
            return None
        rows = []
        for shorter in range(1, count + 1):
            (record,) = self._run(scenario, (shorter,), level)
            rows.append([v for array in record.parameters.values() for v in _floats(array)])
        return pack(matrix(rows))

    def _fault(self, role: str, error: BaseException) -> Failure:
        failure = describe(error, self._subject.namespace)
        if isinstance(error, TimeUp):
            seconds = self._job.budget.call_seconds
            failure = with_loop(failure, error, self._cells, seconds, self._subject.namespace)
            if failure.loop == "fixed" and not role.startswith("train"):  # nobody asks for a number
                failure = msgspec.structs.replace(failure, loop="for")
        if isinstance(error, SoftLimit):
            self._spent[role] = failure
        return failure


def _floats(array: Array) -> list[float]:
    return list(memoryview(array.data).cast("d"))


def _packed(value: torch.Tensor) -> Array:
    return pack(value.detach().double().numpy())


def _tensor_result(value: object, role: str, given: int) -> torch.Tensor:
    """Return the value where it is a tensor of sensible size for ``given`` numbers put in."""
    if isinstance(value, torch.Tensor):
        if value.numel() > MOST_VALUES * given:
            refuse("result", f"{role} returns {value.numel()} values for {given} given")
        return value
    what = "nothing" if value is None else f"a {type(value).__name__[:60]}, not a tensor"
    return refuse("result", f"{role} returns {what}")


def _gradients(total: torch.Tensor, leaves: Mapping[str, object]) -> dict[str, Array] | None:
    """Return the gradient of ``total`` for each leaf, zeros where it does not depend on it."""
    wanted = {n: v for n, v in leaves.items() if isinstance(v, torch.Tensor) and v.requires_grad}
    with suppress(RuntimeError):
        found = torch.autograd.grad(total, list(wanted.values()), allow_unused=True)
        return {
            name: _packed(torch.zeros_like(leaf) if gradient is None else gradient)
            for (name, leaf), gradient in zip(wanted.items(), found, strict=True)
        }
    return None
