"""Judge one trace against the reference's: a pure function of data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from autograder.errors import CourseError
from autograder.exercise.plan import Plan, PlannedScenario
from autograder.judge import words
from autograder.judge.checks import PROBE_CHECKS, TRAINING_CHECKS, role_of
from autograder.judge.diagnosis.departure import WAY_CHECKS, departure_of, is_unexplained
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.finding import UNSEEN, worst
from autograder.judge.lacks import costs_of_lacks, missing_modules, with_known_modules
from autograder.judge.notices import review_codes
from autograder.judge.objective import Landscape, Objective, isolated_objective
from autograder.judge.result import CheckResult, Diagnosis, Finding, Verdict
from autograder.judge.status import message_of, noted, notes_of, status_of
from autograder.judge.view import ProbeView, ScenarioView
from autograder.protocol.job import ForwardProbe, Role, shown_name
from autograder.protocol.trace import Trace

Probed = Mapping[Role, Mapping[str, Finding]]
"""What was found in each probe of forward and of criterion."""


class Judge:
    """Holds one lab's plan and the reference's trace; judges any number of traces."""

    def __init__(self, plan: Plan, reference: Trace, diagnoser: Diagnoser | None = None) -> None:
        self._plan = plan
        self._reference = reference
        self._diagnoser = diagnoser
        self._exercise = plan.exercise
        self._landscapes = {
            planned.scenario.id: Landscape(
                self._objective(planned), planned.scenario, plan.exercise.batch_size
            )
            for planned in plan.scenarios
        }

    def _objective(self, planned: PlannedScenario) -> Objective:
        if planned.scenario.kind == "own":
            return self._exercise.objective
        return isolated_objective(self._exercise.contract)

    def judge(self, trace: Trace) -> Verdict:
        """Return the verdict on a trace. The score is the sum of the checks' points."""
        trace = with_known_modules(trace)
        status = status_of(trace)
        maximum = self._exercise.max_score
        if status in ("sandbox_error", "not_gradable"):
            score = None if status == "sandbox_error" else 0.0
            lacks = costs_of_lacks(trace, (), graded=False)
            return Verdict(
                status=status,
                score=score,
                max_score=maximum,
                checks=(),
                message=message_of(trace, status),
                notes=notes_of(trace, lacks),
                review=review_codes([*noted(trace), *lacks]),
                missing_modules=missing_modules(trace),
            )
        views = self._views(trace)
        with np.errstate(all="ignore"):  # diverged runs overflow; comparisons fail on NaN
            probed = {role: self._probed(role, trace) for role in PROBE_CHECKS}
            checks = tuple(
                self._check(name, trace, views, probed) for name in self._exercise.points
            )
            diagnosis: tuple[Diagnosis, ...] = ()
            departure = ""
            if self._diagnoser is not None and not all(check.passed for check in checks):
                diagnosis = self._diagnoser.diagnose(trace, checks, views)
                departure = self._departure(trace, checks, diagnosis, views)
        lacks = costs_of_lacks(trace, checks, graded=True)
        return Verdict(
            status=status,
            score=float(sum(check.points for check in checks)),
            max_score=maximum,
            checks=checks,
            diagnosis=diagnosis,
            departure=departure,
            message=message_of(trace, status),
            notes=notes_of(trace, lacks),
            review=review_codes([*noted(trace), *lacks]),
            missing_modules=missing_modules(trace),
        )

    def _departure(
        self,
        trace: Trace,
        checks: tuple[CheckResult, ...],
        diagnosis: tuple[Diagnosis, ...],
        views: dict[str, ScenarioView],
    ) -> str:
        """Say where training departs, where it ran to its end everywhere and none knows why."""
        own = [p.scenario.id for p in self._plan.scenarios if p.scenario.kind == "own"]
        whole = all(name in views and views[name].observed.failure is None for name in own)
        if not whole or not is_unexplained(checks, diagnosis):
            return ""
        found = [
            self._examined(check.id, trace, views, "own")
            for check in checks
            if check.id in WAY_CHECKS
        ]
        failed = [name for name in own if any(one[name].outcome == "failed" for one in found)]
        return departure_of([views[name] for name in own], failed)

    def _check(
        self, name: str, trace: Trace, views: dict[str, ScenarioView], probed: Probed
    ) -> CheckResult:
        role = role_of(name)
        kind: Literal["own", "isolated", ""] = ""
        if role == "train_model":
            finding, kind = self._train(name, trace, views, probed)
        else:
            finding = worst(list(probed[role].values()))
        passed = finding.outcome == "passed"
        worth = float(self._exercise.points[name])
        outcome = "skipped" if finding.outcome == "absent" else finding.outcome
        return CheckResult(
            id=name,
            function=role,
            outcome=outcome,
            passed=passed,
            points=worth if passed else 0.0,
            max_points=worth,
            message=words.clean(finding.message),
            hint=finding.hint,
            scenarios=kind,
            evidence=finding.evidence,
        )

    def findings(self, trace: Trace, *, isolated: bool = True) -> dict[str, dict[str, Finding]]:
        """Return what each check found in each probe or scenario, by their ids."""
        views = self._views(trace)
        found: dict[str, dict[str, Finding]] = {}
        with np.errstate(all="ignore"):
            for name in self._exercise.points:
                role = role_of(name)
                if role == "train_model":
                    found[name] = self._examined(name, trace, views, "own")
                    if isolated:
                        found[name] |= self._examined(name, trace, views, "isolated")
                else:
                    found[name] = self._probed(role, trace)
        return found

    def _probed(self, name: Role, trace: Trace) -> dict[str, Finding]:
        """Judge forward or criterion in each probe: all must pass."""
        tolerance = self._exercise.tolerance(name)
        findings = {}
        for probe in self._plan.probes:
            if (name == "forward") is not isinstance(probe, ForwardProbe):
                continue
            record = trace.probes.get(probe.id)
            expected = self._reference.probes[probe.id]
            if record is None:
                findings[probe.id] = _unobserved(trace)
                continue
            public = probe.id in self._plan.public_probes
            view = ProbeView(
                observed=record,
                expected=expected,
                public=public,
                label=shown_name(self._exercise.contract, name),
                name=self._exercise.contract.names(name)[0],
            )
            findings[probe.id] = PROBE_CHECKS[name](view, tolerance)
        return findings

    def _train(
        self, name: str, trace: Trace, views: dict[str, ScenarioView], probed: Probed
    ) -> tuple[Finding, Literal["own", "isolated"]]:
        """Judge a training check by the own scenarios, or by the isolated ones.

        It passes if it passes on all own scenarios, or if forward or criterion is wrong and it
        passes on all isolated ones. Isolated scenarios rescue, never punish: where forward and
        criterion are right there is nothing to rescue from, and what the own scenarios show is
        the training function's.
        """
        own = self._examine_kind(name, trace, views, "own")
        functions = [worst(list(found.values())).outcome for found in probed.values()]
        if own.outcome == "passed" or all(outcome == "passed" for outcome in functions):
            return own, "own"
        isolated = self._examine_kind(name, trace, views, "isolated")
        return (own, "own") if isolated.outcome == "absent" else (isolated, "isolated")

    def _examine_kind(
        self, name: str, trace: Trace, views: dict[str, ScenarioView], kind: str
    ) -> Finding:
        findings = self._examined(name, trace, views, kind)
        finding = worst(list(findings.values()))
        public = {planned.scenario.id for planned in self._plan.scenarios if planned.public}
        hidden = [one for name, one in findings.items() if name not in public]
        if finding.outcome == "passed" and not any(one.outcome == "passed" for one in hidden):
            return UNSEEN  # the public scenarios' numbers are known beforehand: no evidence
        return finding

    def _examined(
        self, name: str, trace: Trace, views: dict[str, ScenarioView], kind: str
    ) -> dict[str, Finding]:
        """Judge each scenario of a kind."""
        tolerance = self._exercise.tolerance(name)
        findings = {}
        for planned in self._plan.scenarios:
            if planned.scenario.kind != kind:
                continue
            record = trace.scenarios.get(planned.scenario.id)
            if record is None:
                finding = _unobserved(trace)
            elif record.failure is not None:
                public = planned.public
                role = shown_name(self._exercise.contract, "train_model")
                message, hint = words.failure(record.failure, role, public=public)
                finding = Finding(outcome="failed", message=message, hint=hint)
            elif planned.scenario.id in views:
                finding = TRAINING_CHECKS[name](views[planned.scenario.id], tolerance)
            else:
                finding = Finding(outcome="failed", message=words.UNSEEN)
            findings[planned.scenario.id] = finding
        return findings

    def _views(self, trace: Trace) -> dict[str, ScenarioView]:
        """Return a view of every scenario whose record is whole."""
        views = {}
        for planned in self._plan.scenarios:
            record = trace.scenarios.get(planned.scenario.id)
            if record is not None and len(record.calls) == len(planned.scenario.calls):
                views[record.id] = ScenarioView(
                    planned=planned,
                    observed=record,
                    expected=self._reference.scenarios[record.id],
                    landscape=self._landscapes[record.id],
                )
        return views


def require_full_marks(verdict: Verdict, path: str) -> None:
    """Raise CourseError where the reference itself does not earn every point."""
    lost = [f"{check.id}: {check.message}" for check in verdict.checks if not check.passed]
    if verdict.status != "graded" or lost:
        reason = "; ".join(lost) or verdict.message
        if verdict.status != "graded":
            reason = f"{verdict.status}. {verdict.message or reason}"
        raise CourseError(f"{path}: the reference does not earn full marks: {reason}")


def _unobserved(trace: Trace) -> Finding:
    message, hint = words.not_observed(trace.ending)
    return Finding(outcome="failed", message=message, hint=hint)
