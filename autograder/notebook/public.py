"""Judge a live notebook in the lab's public situations. Help while working, never a grade."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograder.exercise.plan import PlannedScenario
from autograder.exercise.published import Published
from autograder.exercise.spec import Variation
from autograder.judge import words
from autograder.judge.checks import PROBE_CHECKS, TRAINING_CHECKS, role_of
from autograder.judge.judge import worst
from autograder.judge.objective import Landscape, LossSurface, isolated_objective
from autograder.judge.result import CheckResult, Finding
from autograder.judge.view import ProbeView, ScenarioView
from autograder.notebook.landscape import OwnLandscape
from autograder.notebook.preserve import preserved
from autograder.protocol.job import Budget, ForwardProbe, Probe, Role, Scenario, shown_name
from autograder.worker.namespace import find_defined
from autograder.worker.observe import Observer, make_subject
from autograder.worker.subject import Subject

BUDGET = Budget(call_seconds=5.0)


def judge_live(
    published: Published, namespace: dict[str, Any], checks: Sequence[str]
) -> list[CheckResult]:
    """Return the results of ``checks`` on the functions in ``namespace``, which stays as it is."""
    with preserved(namespace), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        live = _Live(published, namespace)
        return [_result(published, check, live.examine(check)) for check in checks]


def _result(published: Published, check: str, finding: Finding) -> CheckResult:
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
        hint=finding.hint,
    )


class _Live:
    """Runs each function once for all checks that look at it."""

    def __init__(self, published: Published, namespace: dict[str, Any]) -> None:
        self._published = published
        job = published.job(BUDGET)
        defined = find_defined(namespace, job.contract)
        losses = namespace.setdefault(job.contract.losses[0], [])
        self._subject: Subject = make_subject(job, namespace, defined, losses)
        self._observer = Observer(job, self._subject)
        self._probed: dict[str, Finding] = {}
        self._views: dict[str, list[ScenarioView | Finding]] = {}

    def examine(self, check: str) -> Finding:
        """Return what one check finds."""
        role = role_of(check)
        if role != "train_model":
            return self._probe(role)
        right = all(self._probe(role).outcome == "passed" for role in PROBE_CHECKS)
        kind = "own" if right else "isolated"
        tolerance = self._published.tolerance(check)
        return worst(
            [
                view if isinstance(view, Finding) else TRAINING_CHECKS[check](view, tolerance)
                for view in self._training(kind)
            ]
        )

    def _probe(self, role: Role) -> Finding:
        if role not in self._probed:
            tolerance = self._published.tolerance(role)
            self._probed[role] = worst(
                [
                    PROBE_CHECKS[role](
                        ProbeView(
                            observed=self._observer.probe(probe),
                            expected=self._published.expected_probes[probe.id],
                            public=True,
                            label=shown_name(self._published.contract, role),
                            name=self._published.contract.names(role)[0],
                        ),
                        tolerance,
                    )
                    for probe in self._probes(role)
                ]
            )
        return self._probed[role]

    def _probes(self, role: str) -> Iterator[Probe]:
        for probe in self._published.probes:
            if (role == "forward") is isinstance(probe, ForwardProbe):
                yield probe

    def _training(self, kind: str) -> list[ScenarioView | Finding]:
        if kind not in self._views:
            scenarios = [s for s in self._published.scenarios if s.kind == kind]
            self._views[kind] = [self._view(scenario) for scenario in scenarios]
        return self._views[kind]

    def _view(self, scenario: Scenario) -> ScenarioView | Finding:
        record = self._observer.train(scenario)
        if record.failure is not None:
            role = shown_name(self._published.contract, "train_model")
            message, hint = words.failure(record.failure, role, public=True)
            return Finding(outcome="failed", message=message, hint=hint)
        variation = Variation(name=scenario.id, isolated=scenario.kind == "isolated")
        return ScenarioView(
            planned=PlannedScenario(scenario=scenario, public=True, variation=variation),
            observed=record,
            expected=self._published.expected_scenarios[scenario.id],
            landscape=self._landscape(scenario),
        )

    def _landscape(self, scenario: Scenario) -> LossSurface:
        if scenario.kind == "isolated":
            objective = isolated_objective(self._published.contract)
            return Landscape(objective, scenario, self._published.batch_size)
        self._subject.set_situation(scenario.situation)
        return OwnLandscape(self._subject, scenario)
