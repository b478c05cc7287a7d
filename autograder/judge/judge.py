"""Judge one trace against the reference's: a pure function of data."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.errors import CourseError
from autograder.exercise.plan import Plan, PlannedScenario
from autograder.judge import words
from autograder.judge.checks import PROBE_CHECKS, TRAINING_CHECKS, role_of
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.objective import Landscape, Objective, isolated_objective
from autograder.judge.result import CheckResult, Diagnosis, Finding, Status, Verdict
from autograder.judge.view import ProbeView, ScenarioView
from autograder.protocol.job import ForwardProbe, Role, shown_name
from autograder.protocol.trace import Failure, Trace

KEPT_NOTES = 30
UNSEEN = Finding(outcome="absent", message=words.UNSEEN)
_STATUS_OF_ENDING: Mapping[str, Status] = {
    "sandbox": "sandbox_error",
    "time": "time_limit",
    "memory": "memory_limit",
    "output": "output_limit",
    "crash": "crashed",
}
_STATUS_OF_FAILURE: Mapping[str, Status] = {
    "time": "time_limit",
    "memory": "memory_limit",
    "output": "output_limit",
}


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
        status = status_of(trace)
        maximum = self._exercise.max_score
        if status in ("sandbox_error", "not_gradable"):
            score = None if status == "sandbox_error" else 0.0
            return Verdict(
                status=status,
                score=score,
                max_score=maximum,
                checks=(),
                message=_message(trace, status),
                notes=_notes(trace),
            )
        views = self._views(trace)
        with np.errstate(all="ignore"):  # diverged runs overflow; comparisons fail on NaN
            checks = tuple(self._check(name, trace, views) for name in self._exercise.points)
            diagnosis: tuple[Diagnosis, ...] = ()
            if self._diagnoser is not None and not all(check.passed for check in checks):
                diagnosis = self._diagnoser.diagnose(trace, checks, views)
        return Verdict(
            status=status,
            score=float(sum(check.points for check in checks)),
            max_score=maximum,
            checks=checks,
            diagnosis=diagnosis,
            message=_message(trace, status),
            notes=_notes(trace),
        )

    def _check(self, name: str, trace: Trace, views: dict[str, ScenarioView]) -> CheckResult:
        role = role_of(name)
        training = role == "train_model"
        finding = self._train(name, trace, views) if training else self._probe(role, trace)
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
        )

    def _probe(self, name: Role, trace: Trace) -> Finding:
        """Judge forward or criterion: all probes must pass."""
        tolerance = self._exercise.tolerance(name)
        findings = []
        for probe in self._plan.probes:
            if (name == "forward") is not isinstance(probe, ForwardProbe):
                continue
            record = trace.probes.get(probe.id)
            expected = self._reference.probes[probe.id]
            if record is None:
                return _unobserved(trace)
            public = probe.id in self._plan.public_probes
            view = ProbeView(
                observed=record,
                expected=expected,
                public=public,
                label=shown_name(self._exercise.contract, name),
                name=self._exercise.contract.names(name)[0],
            )
            findings.append(PROBE_CHECKS[name](view, tolerance))
        return worst(findings)

    def _train(self, name: str, trace: Trace, views: dict[str, ScenarioView]) -> Finding:
        """Judge a training check by the own scenarios, or by the isolated ones.

        It passes if it passes on all own scenarios, or if forward or criterion is wrong and it
        passes on all isolated ones. Isolated scenarios rescue, never punish: where forward and
        criterion are right there is nothing to rescue from, and what the own scenarios show is
        the training function's.
        """
        own = self._examine_kind(name, trace, views, "own")
        if own.outcome == "passed" or self._functions_right(trace):
            return own
        isolated = self._examine_kind(name, trace, views, "isolated")
        return own if isolated.outcome == "absent" else isolated

    def _functions_right(self, trace: Trace) -> bool:
        return all(self._probe(role, trace).outcome == "passed" for role in PROBE_CHECKS)

    def _examine_kind(
        self, name: str, trace: Trace, views: dict[str, ScenarioView], kind: str
    ) -> Finding:
        tolerance = self._exercise.tolerance(name)
        findings, hidden = [], []
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
            findings.append(finding)
            hidden += [] if planned.public else [finding]
        finding = worst(findings)
        if finding.outcome == "passed" and not any(one.outcome == "passed" for one in hidden):
            return UNSEEN  # the public scenarios' numbers are known beforehand: no evidence
        return finding

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


def worst(findings: list[Finding]) -> Finding:
    """Return the finding that decides: a failure, else a skip, else a pass that says something.

    All-absent stays absent: nothing passes without evidence.
    """
    for outcome in ("failed", "skipped"):
        for finding in findings:
            if finding.outcome == outcome:
                return finding
    passes = [finding for finding in findings if finding.outcome == "passed"]
    if not passes:
        return UNSEEN
    return next((finding for finding in passes if finding.message), passes[0])


def status_of(trace: Trace) -> Status:
    """Return the submission's status from how its trace ended and what limits it met."""
    if trace.ending == "sandbox":
        return "sandbox_error"
    loading = trace.loading
    if loading is not None and loading.unreadable is not None:
        return "memory_limit" if loading.unreadable.kind == "memory" else "not_gradable"
    if trace.ending != "done":
        return _STATUS_OF_ENDING[trace.ending]
    for failure in failures_of(trace):
        if failure.kind in _STATUS_OF_FAILURE:
            return _STATUS_OF_FAILURE[failure.kind]
    if loading is None or not loading.defined:
        return "not_gradable"
    return "graded"


def failures_of(trace: Trace) -> list[Failure]:
    """Return all failures in a trace, in the order in which they happened."""
    found = list(trace.loading.failures) if trace.loading else []
    found += [probe.failure for probe in trace.probes.values() if probe.failure]
    found += [scenario.failure for scenario in trace.scenarios.values() if scenario.failure]
    return found


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


def _message(trace: Trace, status: Status) -> str:
    loading = trace.loading
    if loading is not None and loading.unreadable is not None:
        return words.clean(loading.unreadable.text)
    if status == "not_gradable":
        first = loading.failures[0] if loading and loading.failures else None
        cause = f" {words.cell_failure(first)}." if first else ""
        return words.clean(f"{words.NOTHING_DEFINED}{cause}")
    message = words.STATUS_MESSAGES.get(status, "")
    return words.clean(f"{message} ({trace.detail})") if status == "sandbox_error" else message


def _notes(trace: Trace) -> tuple[str, ...]:
    if trace.loading is None:
        return ()
    notes = [words.cell_failure(failure) for failure in trace.loading.failures]
    notes += trace.loading.notes
    for record in trace.scenarios.values():
        notes += record.notes
    return tuple(dict.fromkeys(words.clean(note) for note in notes[:KEPT_NOTES]))
