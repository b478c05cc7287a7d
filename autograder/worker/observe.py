"""Observe one submission: cells, probes, scenarios; a frame after each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import process_time  # the real ones: sleeping moves the clock of code that runs here
from typing import Any, Literal

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
    Situation,
    is_numpy,
    rows_kept,
    steps_per_iteration,
    validation_of,
)
from autograder.protocol.steps import Share, opening_of, shares_of
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
from autograder.worker.attempt import RETRIED, Attempt, Attempts, Progress
from autograder.worker.by_hand import ByHandSubject
from autograder.worker.candidates import Chosen, NothingUsable, choose, put_modules
from autograder.worker.cells import Cell
from autograder.worker.fault import STUB, describe, innermost
from autograder.worker.functions import FunctionsSubject
from autograder.worker.limit import TimeUp, time_limit
from autograder.worker.listing import listing_of
from autograder.worker.loop import with_loop
from autograder.worker.losses import Form
from autograder.worker.marks import Marks
from autograder.worker.module import ModuleSubject
from autograder.worker.namespace import load, new_namespace
from autograder.worker.patch import Patches
from autograder.worker.place import take_place
from autograder.worker.recorder import Recorder, matrix
from autograder.worker.remark import taken
from autograder.worker.returned import changed, gradients_for, packed, tensor_result
from autograder.worker.share import Shares
from autograder.worker.subject import Quiet, Refused, Subject, tensor
from autograder.worker.unattended import ANSWERS_IN_A_CALL, answer_again
from autograder.worker.undrawn import plots_of
from autograder.worker.workshop import Workshop, standing_in
from autograder.worker.writing import lost_writes

Send = Callable[[msgspec.Struct], None]
PLOT_NOTE = Note(code="plot-left-out")


def observe(
    job: Job, send: Send, folder: Path | None = None, further: Iterable[Share] | None = None
) -> None:
    """Run the submission of ``job`` and send a frame for each thing observed.

    Never raises for what student code does; may be killed at any moment, hence the frames.
    ``folder`` is the student's own to work in, where there is one. ``further`` gives what is
    hidden, one thing after another, when it is asked for; by default it is in the job.
    """
    if further is None:
        job, further = opening_of(job), shares_of(job)
    try:
        chosen = choose(job)
    except NothingUsable as error:
        send(Loading(unreadable=Failure(kind="unreadable", text=str(error)), notes=error.notes))
        return
    except MemoryError:
        send(Loading(unreadable=Failure(kind="memory", text="")))
        return
    if job.listed:
        send(listing_of(chosen, job))
    if chosen.modules:
        put_modules(chosen.modules, Path.cwd())
    marks = Marks()
    with plots_of(job.plots), lost_writes(marks):
        _observe(job, chosen, marks, send, folder, further)
    send(Done())


def _observe(  # all that a run meets
    job: Job,
    chosen: Chosen,
    marks: Marks,
    send: Send,
    folder: Path | None,
    further: Iterable[Share],
) -> None:
    namespace = new_namespace(job.contract, job.preset, job.inert)
    preset_losses = namespace[job.contract.losses[0]] if job.contract.losses else []
    shared = job.preset.start if isinstance(job.contract, Functions) else job.contract.model
    if folder is not None:
        text = chosen.cells[0].source.encode("utf-8", "backslashreplace")
        take_place(folder / Path(chosen.name).name, text, namespace, Patches())

    def tell(cell: int | None) -> None:
        send(Spent(cell=cell, seconds=process_time()))

    loading = load(
        chosen.cells,
        namespace,
        job.contract,
        job.budget,
        shared,
        marks=marks,
        tell=tell,
        folder="" if folder is None else str(folder),
        sought=job.sought,
    )
    loading = chosen.told_in(loading)
    send(loading)

    def observing() -> Observer:
        subject = make_subject(job, namespace, loading.defined, preset_losses)
        return Observer(job, subject, chosen.cells, marks)

    shares = Shares(job, namespace, loading.defined, observing, chosen.cells)
    steps: Iterable[Job | Share] = itertools.chain([job], further)
    for share in steps:
        for frame in shares.frames_of(share):
            send(frame)
    send(Spent(seconds=process_time(), longest_call=shares.longest_call))


def make_subject(
    job: Job, namespace: dict[str, Any], defined: dict[str, str], preset_losses: list[float]
) -> Subject:
    """Return the subject that drives the job's contract."""
    make: type[Subject] = ModuleSubject
    if isinstance(job.contract, Functions):
        make = ByHandSubject if is_numpy(job.contract) else FunctionsSubject
    return make(job, namespace, defined, preset_losses)


class Observer:
    """Drives one subject. A function that ran out of time is not called again."""

    def __init__(
        self, job: Job, subject: Subject, cells: Sequence[Cell] = (), marks: Marks | None = None
    ) -> None:
        self._job, self._subject, self._cells = job, subject, cells
        self._marks = marks or Marks()
        self._spent: dict[str, Failure] = {}
        self._probed: set[Role] = set()
        self._recorder: Recorder | None = None
        self._workshop = Workshop(job.fixtures)
        self._aliases = {one.names[0]: one.names for one in job.sought}
        self.longest_call = 0.0

    @contextmanager
    def _limited(self) -> Iterator[None]:
        """Keep the limit of one call, and note what it took."""
        began = process_time()
        try:
            with time_limit(self._job.budget.call_seconds):
                yield
        finally:
            self.longest_call = max(self.longest_call, process_time() - began)

    def probe(self, probe: Probe) -> ProbeRecord:
        """Call forward or criterion once and record value and gradients."""
        role: Role = "forward" if isinstance(probe, ForwardProbe) else "criterion"
        if role in self._spent:
            return ProbeRecord(id=probe.id, failure=self._spent[role])

        def once(quiet: Quiet) -> ProbeRecord:
            with self._subject.quiet(quiet), self._limited():
                if role not in self._probed:
                    self._probed.add(role)
                    self._reset_for_probes(role)
                if isinstance(self._subject, ByHandSubject):
                    return self._subject.probed(probe)
                if isinstance(probe, ForwardProbe):
                    return self._forward(probe)
                return self._criterion(probe)

        quiets = [quiet for quiet in self._subject.quiets() if quiet in ("plots", "drawn")]
        found = self._attempts(role, quiets).first(once)
        if isinstance(found, Attempt):
            return ProbeRecord(id=probe.id, failure=self._told(role, found))
        return found

    def _attempts(self, role: str, quiets: Sequence[Quiet], forms: Sequence[Form] = ()) -> Attempts:
        return Attempts(
            self._subject,
            quiets,
            forms=forms,
            describe=lambda error: self._fault(role, error),
            progress=self._progress if forms else lambda: (0, 0),
        )

    def _told(self, role: str, attempt: Attempt) -> Failure:
        """Return the failure; what met a limit is not called again."""
        if attempt.is_limit:
            self._spent[role] = attempt.failure
        return attempt.failure

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
        given = [tensor(one, subject.data_dtype) for one in (probe.x, *probe.more)]
        before = [one.clone() for one in given]
        with subject.apart():
            value = subject.bind("forward", len(given))(*given)
        value = tensor_result(value, sum(one.numel() for one in given))
        gradients: dict[str, Array] | None = None
        if value.requires_grad:
            cotangent = tensor(probe.cotangent, value.dtype)
            weight = cotangent if value.shape == cotangent.shape else torch.ones_like(value)
            gradients = gradients_for((weight * value).sum(), subject.leaves())
        record = ProbeRecord(id=probe.id, value=packed(value), gradients=gradients)
        return msgspec.structs.replace(record, changed=True) if changed(before, given) else record

    def _criterion(self, probe: CriterionProbe) -> ProbeRecord:
        dtype = self._subject.data_dtype
        yhat, y = tensor(probe.yhat, dtype).requires_grad_(), tensor(probe.y, dtype)
        value = self._subject.bind("criterion", 2)(yhat, y)
        value = tensor_result(value, yhat.numel())
        gradients: dict[str, Array] | None = None
        if value.requires_grad and value.numel() == 1:
            gradients = gradients_for(value.sum(), {"yhat": yhat})
        return ProbeRecord(id=probe.id, value=packed(value), gradients=gradients)

    def train(self, scenario: Scenario) -> ScenarioRecord:
        """Run the training function in one scenario and record every call.

        A run that raises is tried again in other ways: right code does not fail because a plot
        broke, or because its losses or data are of another kind than the page's.
        """
        spent = f"train:{scenario.kind}"
        if spent not in self._spent and not {"forward", "criterion"} & self._spent.keys():
            spent = "train:own"  # what ran out of time there was the training function's own
        if spent in self._spent:
            return ScenarioRecord(id=scenario.id, failure=self._spent[spent])
        spent = f"train:{scenario.kind}"
        self._marks.stub = None
        self._probed.clear()

        def once(quiet: Quiet) -> ScenarioRecord:
            calls = self._run(scenario, scenario.calls, quiet)
            prefixes = self._prefixes(scenario, calls, quiet)
            notes = (PLOT_NOTE,) if quiet == "all" else ()
            return ScenarioRecord(id=scenario.id, calls=calls, prefixes=prefixes, notes=notes)

        subject = self._subject
        found = self._attempts(spent, subject.quiets(), subject.loss_forms()).first(once)
        if isinstance(found, Attempt):
            failure = self._told(spent, found)
            raised = failure.kind in RETRIED  # a limit strikes by chance
            backwards = found.progress[0] if raised else 0
            partial = self._partial(scenario) if raised else None
            found = ScenarioRecord(
                id=scenario.id,
                failure=failure,
                backwards=backwards,
                holding=self._holding() if raised else "",
                partial=partial,
            )
        notes = (*found.notes, *self._marks.take(), *taken())
        return msgspec.structs.replace(found, notes=notes)

    def _holding(self) -> Literal["", "other", "frozen"]:
        """Return what the parameters' names hold, where student code left that readable."""
        try:
            return self._recorder.holding if self._recorder else ""
        except Exception:  # what student code left may be anything
            return ""

    def _partial(self, scenario: Scenario) -> CallRecord | None:
        """Return how far a call came that raised, None where nothing was trained."""
        recorder = self._recorder
        if recorder is None or recorder.visits() < 2 or len(scenario.calls) > 1:
            return None
        try:
            return self._record_of(recorder, scenario, scenario.calls[0])
        except Exception:  # what student code left may be anything
            return None

    def _record_of(self, recorder: Recorder, scenario: Scenario, count: int) -> CallRecord:
        """Return the state after a call."""
        subject = self._subject
        return CallRecord(
            parameters=subject.read_parameters(scenario.situation.start),
            losses=subject.read_losses(),
            visited=recorder.visited,
            fresh=recorder.fresh,
            buffers=recorder.buffers,
            steps_seen=recorder.steps_seen(),
            held=recorder.held(count * self._batches(scenario)),
            left=recorder.left,
            stepped=recorder.stepped,
            astray=recorder.astray,
            written=recorder.written,
            recorded=subject.read_records(),
            evaluated=recorder.evaluated,
        )

    def _progress(self) -> Progress:
        """Return how far the newest call came: how many gradients it computed, and predictions."""
        recorder = self._recorder
        return (recorder.backwards(), recorder.visits()) if recorder else (0, 0)

    def _run(
        self, scenario: Scenario, counts: tuple[int, ...], quiet: Quiet
    ) -> tuple[CallRecord, ...]:
        try:
            return self._recorded(scenario, counts, quiet)
        finally:
            self._subject.release()

    def _recorded(
        self, scenario: Scenario, counts: tuple[int, ...], quiet: Quiet
    ) -> tuple[CallRecord, ...]:
        subject, situation = self._subject, scenario.situation
        rows = self._rows_of(situation)
        recorder = Recorder(subject.leaves, subject.parameters, self._cap(scenario), rows)
        self._recorder = recorder
        isolated = scenario.kind == "isolated"
        with time_limit(self._job.budget.call_seconds):
            subject.set_situation(situation, recorder if isolated else None)
            subject.set_optimizers(situation.learning_rate)
            if not isolated:
                subject.record_forward(recorder)
        with standing_in(scenario.bound, subject.namespace, self._aliases, self._workshop):
            records = self._calls(recorder, scenario, counts, quiet)
        if self._marks.stub is not None and not _worked(records, situation):
            cell, line = self._marks.stub
            raise Refused(Failure(kind="not_implemented", text=STUB, cell=cell, line=line))
        return tuple(records)

    def _calls(
        self, recorder: Recorder, scenario: Scenario, counts: tuple[int, ...], quiet: Quiet
    ) -> list[CallRecord]:
        """Call the training function again and again."""
        subject, records = self._subject, []
        for count in counts:
            function = subject.bind("train_model", 1)
            recorder.clear()
            subject.begin_call(count)
            answer_again(ANSWERS_IN_A_CALL)
            with (
                subject.quiet(quiet),
                recorder.hooked(),
                self._limited(),
                self._stub_passed(),
            ):
                function(count)
            records.append(self._record_of(recorder, scenario, count))
        return records

    def _rows_of(self, situation: Situation) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Return the inputs that training evaluates on, and those that it trains on."""
        found = validation_of(self._job.contract)
        if found is None or is_numpy(self._job.contract):
            return None
        names = (found.inputs, self._job.contract.inputs)
        evaluated, trained = (tensor(situation.data[name]) for name in names)
        return evaluated, trained

    @contextmanager
    def _stub_passed(self) -> Iterator[None]:
        """Let the stub's raise at the end of a training that was done count as its return.

        Code of a live notebook was not rewritten.
        """
        try:
            yield
        except NotImplementedError as error:
            own = getattr(self._subject.function("train_model"), "__code__", None)
            failure = describe(error, self._subject.namespace)
            left = failure.kind == "not_implemented" and innermost(error) is own
            if not left or not self._progress()[0]:
                raise
            self._marks.note("stub-raise-left", failure.cell, failure.line)

    def _batches(self, scenario: Scenario) -> int:
        return steps_per_iteration(self._job.contract, scenario.situation)

    def _cap(self, scenario: Scenario) -> int:
        """Return how many rows are kept of each call, so that all calls fit into a frame."""
        fitting = rows_kept(scenario.situation, scenario.calls)
        return min(self._job.budget.recorded_steps, fitting)

    def _prefixes(
        self, scenario: Scenario, calls: tuple[CallRecord, ...], quiet: Quiet
    ) -> Array | None:
        """Run 1, 2, … iterations from the same start where forward's calls hide the process."""
        (count, *more) = scenario.calls
        seen = calls[0].steps_seen == count or calls[0].held.shape[0] == count
        if seen or more or count > self._job.budget.prefix_runs or self._batches(scenario) > 1:
            return None
        rows = []
        for shorter in range(1, count + 1):
            (record,) = self._run(scenario, (shorter,), quiet)
            rows.append([v for array in record.parameters.values() for v in _floats(array)])
        return pack(matrix(rows))

    def _fault(self, role: str, error: BaseException) -> Failure:
        """Return the failure; of a limit, with the loop that it struck in."""
        failure = describe(error, self._subject.namespace)
        if isinstance(error, TimeUp):
            seconds = self._job.budget.call_seconds
            failure = with_loop(failure, error, self._cells, seconds, self._subject.namespace)
            if failure.loop == "fixed" and not role.startswith("train"):  # nobody asks for a number
                failure = msgspec.structs.replace(failure, loop="for")
        return failure


def _floats(array: Array) -> list[float]:
    return list(memoryview(array.data).cast("d"))


def _worked(calls: Sequence[CallRecord], situation: Situation) -> bool:
    """Return whether training did anything: moved parameters, computed gradients, stored losses."""
    starts = {n: tensor(a).reshape(-1).tolist() for n, a in situation.start.items()}
    return any(
        call.steps_seen > 1
        or any(rows.shape[0] for rows in call.fresh.values())
        or (call.losses is not None and call.losses.kinds != "")
        or any(_floats(array) != starts[name] for name, array in call.parameters.items())
        for call in calls
    )
