"""Judge functions in the lab's public situations. Help while working, never a grade.

The judge is the one that grades; here it has no objective, and looks at functions that live.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from time import monotonic  # the real one: sleeping moves the clock of code that runs here
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
import numpy as np

from autograder.exercise.published import Published
from autograder.exercise.spec import Says, function_of
from autograder.judge import messages
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.diagnosis.mutants import mutants_of
from autograder.judge.judge import Judge
from autograder.judge.result import CheckResult, Diagnosis, Finding
from autograder.notebook.hush import hushed
from autograder.notebook.landscape import LiveSurfaces
from autograder.notebook.pictures import Drawn, draw
from autograder.notebook.preserve import preserved
from autograder.protocol.job import VERSION, Budget, ForwardProbe, Functions, Role
from autograder.protocol.trace import (
    Failure,
    Loading,
    ProbeRecord,
    ScenarioRecord,
    ScriptRecord,
    Trace,
)
from autograder.words.text import NOTHING, Text, text
from autograder.worker.cells import Cell
from autograder.worker.furnish import furnish_kernel
from autograder.worker.marks import Marks
from autograder.worker.namespace import find_defined, own_variables
from autograder.worker.observe import Observer, make_subject
from autograder.worker.patch import Patches
from autograder.worker.script import Scripts
from autograder.worker.subject import Subject

BUDGET = Budget(call_seconds=5.0, cells_seconds=10.0)
TOTAL_SECONDS = 25.0


class Judged(NamedTuple):
    """Results, pictures of the training, what was recorded, and what explains the results."""

    results: list[CheckResult]
    pictures: list[Drawn]
    probes: dict[str, ProbeRecord]
    scenarios: dict[str, ScenarioRecord]
    diagnosis: tuple[Diagnosis, ...] = ()
    departure: Text = NOTHING
    scripts: Mapping[str, ScriptRecord] = MappingProxyType({})


class RunFile(NamedTuple):
    """A file whose cells were run: how that went, and the loss list that was there before."""

    cells: Sequence[Cell] = ()
    loading: Loading | None = None
    preset_losses: list[float] | None = None
    marks: Marks | None = None


def judge_live(
    published: Published,
    namespace: dict[str, Any],
    checks: Sequence[str],
    file: RunFile | None = None,
) -> Judged:
    """Judge ``checks`` on the functions in ``namespace``, which stays as it is.

    ``file`` is the one whose cells defined them. Raises KeyboardInterrupt where the user ends a
    function that runs.
    """
    with preserved(namespace), hushed(), _unattended(), np.errstate(all="ignore"):
        return _Live(published, namespace, file or RunFile()).judged(checks)


@contextlib.contextmanager
def _unattended() -> Iterator[None]:
    """Have nothing wait in the calls of functions."""
    patches = Patches()
    furnish_kernel(patches)
    try:
        yield
    finally:
        patches.undo()


class _Live:
    """Runs each function once for all checks that look at it."""

    def __init__(
        self,
        published: Published,
        namespace: dict[str, Any],
        file: RunFile,
    ) -> None:
        self._published = published
        job = published.job(BUDGET)
        defined = find_defined(namespace, job.contract, job.sought)
        self._subject: Subject | None = None
        self._observer: Observer | None = None
        if published.scenarios:
            losses = namespace.setdefault(job.contract.losses[0], [])
            if file.preset_losses is not None:
                losses = file.preset_losses
            self._subject = make_subject(job, namespace, defined, losses)
            self._observer = Observer(job, self._subject, file.cells, file.marks)
        self._doer = Scripts(job, namespace, defined)
        self._scripts: dict[str, ScriptRecord] = {}
        self._loading = file.loading or _loading_of(published, namespace, defined)
        self._ends = monotonic() + TOTAL_SECONDS
        self._probes: dict[str, ProbeRecord] = {}
        self._scenarios: dict[str, ScenarioRecord] = {}
        measure, reference = published.measure(), published.reference()
        message = text("not-tried", seconds=f"{TOTAL_SECONDS:g}")
        self._judge = Judge(
            measure,
            reference,
            Diagnoser(measure, reference, mutants_of(published)),
            surfaces=self._surfaces(),
            unobserved=Finding(outcome="skipped", message=message),
        )

    def judged(self, checks: Sequence[str]) -> Judged:
        """Observe what these checks look at, and judge it."""
        roles = {function_of(check) for check in checks}
        trains = "train_model" in roles
        self._do(roles | (self._judge.parts.called_in_training() if trains else set()))
        self._probe({"forward", "criterion"} if trains else roles)
        if trains:
            trace = self._trace()
            right = self._judge.right(trace) and not self._judge.parts.misleads_training(trace)
            self._train("own")
            if not right:
                self._train("isolated")
        results, explained = self._judge.examine(self._trace(), checks)
        diagnosis, departure = explained or ((), NOTHING)
        says = self._published.says
        return Judged(
            [_shown(result, says) for result in results],
            self._pictures() if trains else [],
            self._probes,
            self._scenarios,
            diagnosis if says == "mistake" else (),
            departure if says != "where" else NOTHING,
            self._scripts,
        )

    def _surfaces(self) -> LiveSurfaces | None:
        """Return where losses and gradients come from, None where nothing is trained."""
        if self._subject is None:
            return None
        return LiveSurfaces(self._published, self._subject, BUDGET.call_seconds)

    def _do(self, parts: set[str]) -> None:
        """Do the scripts of some parts."""
        needed = self._judge.parts.needed(parts)
        for script in self._published.job(BUDGET).scripts:
            if script.part in needed and monotonic() < self._ends:
                record = self._doer.run(script)
                self._scripts[script.id] = record
                for step in record.steps:
                    _require_uninterrupted(step.failure)
        self._doer.put_back()

    def _trace(self) -> Trace:
        return Trace(
            version=VERSION,
            loading=self._loading,
            probes=self._probes,
            scenarios=self._scenarios,
            scripts=self._scripts,
            ending="done",
        )

    def _probe(self, roles: Collection[str]) -> None:
        if self._observer is None:
            return
        for probe in self._published.probes:
            role: Role = "forward" if isinstance(probe, ForwardProbe) else "criterion"
            if role in roles and monotonic() < self._ends:
                record = self._observer.probe(probe)
                self._probes[probe.id] = record
                _require_uninterrupted(record.failure)

    def _train(self, kind: str) -> None:
        if self._observer is None:
            return
        for scenario in self._published.scenarios:
            if scenario.kind == kind and monotonic() < self._ends:
                record = self._observer.train(scenario)
                self._scenarios[scenario.id] = record
                _require_uninterrupted(record.failure)

    def _pictures(self) -> list[Drawn]:
        """Return pictures of the lab's own situation, as far as the functions train in it."""
        for scenario in self._published.scenarios:
            record = self._scenarios.get(scenario.id)
            losses = self._surfaces()
            if scenario.kind == "own" and record is not None and losses is not None:
                return draw(self._published, scenario, record, losses.losses_of(scenario))
        return []


def _loading_of(
    published: Published, namespace: dict[str, Any], defined: dict[str, str]
) -> Loading:
    """Return what is known of a notebook that lives, without its cells."""
    contract = published.contract
    names = published.preset.start if isinstance(contract, Functions) else contract.model
    train = namespace.get(defined.get("train_model", ""))
    return Loading(defined=defined, shadowed=own_variables(train, tuple(names)), live=True)


def _require_uninterrupted(failure: Failure | None) -> None:
    if failure is not None and failure.raised == "KeyboardInterrupt":
        raise KeyboardInterrupt


def _shown(result: CheckResult, says: Says) -> CheckResult:
    """Return a result as far as the course wants it to be shown."""
    if result.outcome == "skipped" and not result.hint:
        result = msgspec.structs.replace(result, hint=messages.FURTHER)
    if says != "where" or result.passed:
        return result
    message = text("somewhere-wrong", role=result.function)
    return msgspec.structs.replace(result, message=message, hint=NOTHING)
