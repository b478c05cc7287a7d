"""Judge functions in the lab's public situations. Help while working, never a grade."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from autograder.exercise.plan import PlannedScenario
from autograder.exercise.published import Published
from autograder.exercise.spec import Variation
from autograder.judge import words
from autograder.judge.checks import PROBE_CHECKS, TRAINING_CHECKS, role_of
from autograder.judge.finding import worst
from autograder.judge.objective import LossSurface
from autograder.judge.own_names import OwnNames
from autograder.judge.result import CheckResult, Finding
from autograder.judge.view import ProbeView, ScenarioView
from autograder.notebook.hush import hushed
from autograder.notebook.landscape import IsolatedLandscape, OwnLandscape
from autograder.notebook.pictures import Drawn, draw
from autograder.notebook.preserve import preserved
from autograder.protocol.job import Budget, ForwardProbe, Probe, Role, Scenario, shown_name
from autograder.protocol.trace import Failure, Loading, ProbeRecord, ScenarioRecord
from autograder.worker.fault import describe
from autograder.worker.limit import SoftLimit, time_limit
from autograder.worker.namespace import find_defined
from autograder.worker.observe import Observer, make_subject
from autograder.worker.subject import Subject

Kind = Literal["own", "isolated", ""]
BUDGET = Budget(call_seconds=5.0, cells_seconds=10.0)
TOTAL_SECONDS = 25.0
FURTHER = "That need not be wrong: the grade looks at further situations."
NOT_TRIED = "Not tried: what was tried before took more than {seconds:g} seconds."


class Judged(NamedTuple):
    """Results, pictures of the training, and what was recorded of functions and training."""

    results: list[CheckResult]
    pictures: list[Drawn]
    probes: dict[str, ProbeRecord]
    scenarios: dict[str, ScenarioRecord]


def judge_live(
    published: Published,
    namespace: dict[str, Any],
    checks: Sequence[str],
    preset_losses: list[float] | None = None,
    loading: Loading | None = None,
) -> Judged:
    """Judge ``checks`` on the functions in ``namespace``, which stays as it is.

    ``preset_losses`` is the loss list that was in the namespace before any cell was run, and
    ``loading`` how these went. Raises KeyboardInterrupt where the user ends a function that runs.
    """
    with preserved(namespace), hushed(), np.errstate(all="ignore"):
        live = _Live(published, namespace, preset_losses, loading)
        results = [_result(published, check, *live.examine(check)) for check in checks]
        trained = any(role_of(check) == "train_model" for check in checks)
        pictures = live.pictures() if trained else []
    return Judged(results, pictures, live.probes, live.scenarios)


def _result(published: Published, check: str, finding: Finding, kind: Kind) -> CheckResult:
    worth = published.points[check]
    passed = finding.outcome == "passed"
    return CheckResult(
        id=check,
        function=role_of(check),
        outcome="skipped" if finding.outcome == "absent" else finding.outcome,
        passed=passed,
        points=worth if passed else 0.0,
        max_points=worth,
        message=words.clean(finding.message),
        hint=FURTHER if finding.outcome == "absent" else finding.hint,
        scenarios=kind,
        evidence=finding.evidence,
    )


class _Live:
    """Runs each function once for all checks that look at it."""

    def __init__(
        self,
        published: Published,
        namespace: dict[str, Any],
        preset_losses: list[float] | None,
        loading: Loading | None,
    ) -> None:
        self._published = published
        self._names = OwnNames(loading=loading, contract=published.contract)
        job = published.job(BUDGET)
        defined = find_defined(namespace, job.contract)
        losses = namespace.setdefault(job.contract.losses[0], [])
        if preset_losses is not None:
            losses = preset_losses
        self._subject: Subject = make_subject(job, namespace, defined, losses)
        self._observer = Observer(job, self._subject)
        self._ends = time.monotonic() + TOTAL_SECONDS
        self._probed: dict[str, Finding] = {}
        self._views: dict[str, list[ScenarioView | Finding]] = {}
        self.probes: dict[str, ProbeRecord] = {}
        self.scenarios: dict[str, ScenarioRecord] = {}

    def examine(self, check: str) -> tuple[Finding, Kind]:
        """Return what one check finds, and in which kind of scenarios."""
        role = role_of(check)
        if role != "train_model":
            return self._probe(role), ""
        right = all(self._probe(role).outcome == "passed" for role in PROBE_CHECKS)
        kind: Kind = "own" if right else "isolated"
        found = [
            view if isinstance(view, Finding) else self._judged(check, view)
            for view in self._training(kind)
        ]
        return worst(found), kind

    def pictures(self) -> list[Drawn]:
        """Return pictures of the lab's own situation, where the functions could train in it."""
        for view in self._views.get("own", ()):
            if isinstance(view, ScenarioView) and isinstance(view.landscape, OwnLandscape):
                try:
                    with time_limit(BUDGET.call_seconds):
                        scenario = view.planned.scenario
                        return draw(self._published, scenario, view.observed, view.landscape)
                except (SoftLimit, Exception):  # noqa: BLE001  # the functions may raise anything
                    return []
        return []

    def _judged(self, check: str, view: ScenarioView) -> Finding:
        """Run a check, which calls forward and criterion along the way of the parameters."""
        try:
            with time_limit(BUDGET.call_seconds):
                return TRAINING_CHECKS[check](view, self._published.tolerance(check))
        except (SoftLimit, Exception) as error:  # noqa: BLE001  # the functions may raise anything
            return self._failed("forward", describe(error, self._subject.namespace))

    def _failed(self, role: Role, failure: Failure) -> Finding:
        if failure.text.startswith("KeyboardInterrupt"):
            raise KeyboardInterrupt
        label = shown_name(self._published.contract, role)
        if failure.kind == "missing":
            message, hint = self._names.absence(self._names.lost(failure, role))
        else:
            message, hint = words.failure(failure, label, public=True, times=self._names.times())
        return Finding(outcome="failed", message=message, hint=hint)

    def _late(self) -> Finding | None:
        if time.monotonic() < self._ends:
            return None
        return Finding(outcome="skipped", message=NOT_TRIED.format(seconds=TOTAL_SECONDS))

    def _probe(self, role: Role) -> Finding:
        if role not in self._probed:
            found = [self._late() or self._probe_once(role, one) for one in self._probes(role)]
            self._probed[role] = worst(found)
        return self._probed[role]

    def _probe_once(self, role: Role, probe: Probe) -> Finding:
        record = self.probes[probe.id] = self._observer.probe(probe)
        if record.failure is not None and record.failure.text.startswith("KeyboardInterrupt"):
            raise KeyboardInterrupt
        if record.failure is not None and record.failure.kind == "missing":
            return self._failed(role, record.failure)
        view = ProbeView(
            observed=record,
            expected=self._published.expected_probes[probe.id],
            public=True,
            label=shown_name(self._published.contract, role),
        )
        return PROBE_CHECKS[role](view, self._published.tolerance(role))

    def _probes(self, role: str) -> Iterator[Probe]:
        for probe in self._published.probes:
            if (role == "forward") is isinstance(probe, ForwardProbe):
                yield probe

    def _training(self, kind: str) -> list[ScenarioView | Finding]:
        if kind not in self._views:
            scenarios = [s for s in self._published.scenarios if s.kind == kind]
            self._views[kind] = [self._late() or self._view(scenario) for scenario in scenarios]
        return self._views[kind]

    def _view(self, scenario: Scenario) -> ScenarioView | Finding:
        record = self.scenarios[scenario.id] = self._observer.train(scenario)
        if record.failure is not None:
            return self._failed("train_model", record.failure)
        variation = Variation(name=scenario.id, isolated=scenario.kind == "isolated")
        return ScenarioView(
            planned=PlannedScenario(scenario=scenario, public=True, variation=variation),
            observed=record,
            expected=self._published.expected_scenarios[scenario.id],
            landscape=self._landscape(scenario),
        )

    def _landscape(self, scenario: Scenario) -> LossSurface:
        if scenario.kind == "isolated":
            return IsolatedLandscape(self._published.contract, scenario)
        self._subject.set_situation(scenario.situation)
        return OwnLandscape(self._subject, scenario)
