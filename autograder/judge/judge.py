"""Judge one trace against the reference's: a pure function of data."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from autograder.errors import CourseError
from autograder.exercise.measure import Measure
from autograder.exercise.spec import WAY_CHECKS, Tolerance, function_of
from autograder.judge import messages
from autograder.judge.cache import Cache, Findings
from autograder.judge.checks import PROBE_CHECKS, TRAINING_CHECKS, Examine, role_of
from autograder.judge.checks.recorded import Look
from autograder.judge.diagnosis.departure import departure_of, is_unexplained
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.evidence import ProbeView, ScenarioView, without_graphs
from autograder.judge.guard import BROKEN, guarded
from autograder.judge.lacks import costs_of_lacks, missing_modules
from autograder.judge.notices import review_codes, text_of
from autograder.judge.objective import Surfaces, Trusted, Untold
from autograder.judge.own_names import OwnNames
from autograder.judge.parts import Parts
from autograder.judge.result import (
    UNSEEN,
    UNTOLD,
    CheckResult,
    Diagnosis,
    Finding,
    Verdict,
    worst,
)
from autograder.judge.review import CHECK_ERROR, DIAGNOSIS_ERROR
from autograder.judge.status import message_of, notes_of, status_of, told
from autograder.protocol.job import ForwardProbe, Role, rule_of, shown_name
from autograder.protocol.trace import Ending, Failure, Loading, Note, Trace
from autograder.words.catalogue import say
from autograder.words.text import NOTHING, Text, text

SLUG = re.compile(r"[a-z][a-z0-9_]{0,60}")
Probed = Mapping[Role, Mapping[str, Finding]]
"""What was found in each probe of forward and of criterion."""
Explained = tuple[tuple[Diagnosis, ...], Text]
"""The mistakes that explain what was lost, and where none does, how training departs."""


class Judge:
    """Holds one lab's plan and the reference's trace; judges any number of traces.

    ``surfaces`` are where losses and gradients come from: by default the plan's objective. Where
    the plan has none, as on a student's machine, they may not know all; what cannot be told then
    is skipped. ``unobserved`` is what is found of what was not tried, by default that it failed.
    ``cache`` is where answers about trajectories are kept; judges of one lab may share it.
    """

    def __init__(
        self,
        plan: Measure,
        reference: Trace,
        diagnoser: Diagnoser | None = None,
        *,
        surfaces: Surfaces | None = None,
        unobserved: Finding | None = None,
        cache: Cache | None = None,
    ) -> None:
        self._plan = plan
        self._reference = reference
        self._diagnoser = diagnoser
        self._exercise = plan.exercise
        self.cache = cache or Cache()
        self._surfaces = surfaces or Trusted(plan, self.cache)
        self._findings = Findings() if surfaces is None else None
        self._seen: tuple[Trace, bool, dict[str, ScenarioView]] | None = None
        self._unobserved = unobserved
        self._all_public = all(planned.public for planned in plan.scenarios)
        self.parts = Parts(plan, reference, unobserved)
        terms = plan.exercise
        self._further: dict[str, Examine] = {
            id_: Look(check=check, contract=terms.contract, value=terms.measured.get(id_))
            for id_, check in terms.recorded_checks.items()
        }

    def judge(self, trace: Trace, *, accepted: bool = False) -> Verdict:
        """Return the verdict on a trace. The score is the sum of the checks' points.

        A file of another lab earns nothing unless it was ``accepted`` by a person.
        """
        loading = trace.loading
        verdict = self._judged(trace)
        if loading is None or verdict.score is None:
            return verdict
        verdict = msgspec.structs.replace(verdict, file=messages.clean(loading.file))
        if not SLUG.fullmatch(loading.lab):
            return verdict
        return self._of_other_lab(verdict, loading, accepted=accepted)

    def _of_other_lab(self, verdict: Verdict, loading: Loading, *, accepted: bool) -> Verdict:
        values = {"file": loading.file, "other": loading.lab, "lab": self._exercise.lab}
        if accepted:
            told = text_of(Note(code="other-lab-accepted", values=values))
            return msgspec.structs.replace(verdict, notes=(told, *verdict.notes))
        full = verdict.status == "graded" and all(check.passed for check in verdict.checks)
        note = Note(code="other-lab-full-marks" if full else "other-lab", values=values)
        return Verdict(
            status="not_gradable",
            score=0.0,
            max_score=verdict.max_score,
            checks=(),
            message=text_of(note),
            notes=verdict.notes,
            review=(*review_codes([note]), *verdict.review),
            file=verdict.file,
        )

    def _judged(self, trace: Trace) -> Verdict:
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
                message=message_of(trace, status, self._exercise.contract),
                notes=notes_of(trace, lacks),
                review=review_codes([*told(trace), *lacks]),
                missing_modules=missing_modules(trace),
            )
        checks, explained = self.examine(trace, tuple(self._exercise.points))
        diagnosis, departure = explained or ((), NOTHING)
        broken = [CHECK_ERROR] if any(check.outcome == "error" for check in checks) else []
        broken += [DIAGNOSIS_ERROR] if explained is None else []
        lacks = costs_of_lacks(trace, checks, graded=True)
        return Verdict(
            status=status,
            score=float(sum(check.points for check in checks)),
            max_score=maximum,
            checks=checks,
            diagnosis=diagnosis,
            departure=departure,
            message=message_of(trace, status, self._exercise.contract),
            notes=notes_of(trace, lacks),
            review=(*broken, *review_codes([*told(trace), *lacks])),
            missing_modules=missing_modules(trace),
        )

    def examine(
        self, trace: Trace, names: Sequence[str]
    ) -> tuple[tuple[CheckResult, ...], Explained | None]:
        """Return the results of these checks, and what explains them; None where that broke."""
        with np.errstate(all="ignore"):  # diverged runs overflow; comparisons fail on NaN
            probed = {role: self._probed(role, trace) for role in PROBE_CHECKS}
            views = self._views(trace, right=_all_right(probed))
            checks = tuple(self._check(name, trace, views, probed) for name in names)
            found = guarded("mistakes", lambda: self._explained(trace, checks, views), None)
        return checks, found

    def right(self, trace: Trace) -> bool:
        """Return whether forward and criterion are right in every probe."""
        return _all_right({role: self._probed(role, trace) for role in PROBE_CHECKS})

    def _explained(
        self, trace: Trace, checks: tuple[CheckResult, ...], views: dict[str, ScenarioView]
    ) -> Explained:
        """Return the mistakes that explain what was lost, and where none does, the departure."""
        if self._diagnoser is None or all(check.passed for check in checks):
            return (), NOTHING
        diagnosis: tuple[Diagnosis, ...] = ()
        try:
            diagnosis = self._diagnoser.diagnose(trace, checks, views)
            departure = self._departure(trace, checks, diagnosis, views)
        except Untold:
            return diagnosis, NOTHING
        data = self._own(trace).data() if departure else NOTHING
        return diagnosis, messages.sentences(departure, data)

    def _departure(
        self,
        trace: Trace,
        checks: tuple[CheckResult, ...],
        diagnosis: tuple[Diagnosis, ...],
        views: dict[str, ScenarioView],
    ) -> Text:
        """Say where training departs, where it ran to its end everywhere and none knows why."""
        own = [p.scenario.id for p in self._plan.scenarios if p.scenario.kind == "own"]
        whole = all(name in views and views[name].observed.failure is None for name in own)
        ruled = rule_of(self._exercise.contract) is not None  # departures are from plain descent
        if ruled or not whole or not is_unexplained(checks, diagnosis):
            return NOTHING
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
        kind: Literal["own", "isolated", ""] = ""
        if name in self.parts.checks:
            finding, seen = self.parts.examine(name, trace)
            kind = "isolated" if seen == "isolated" else ""
        elif (role := role_of(name)) == "train_model":
            finding, kind = self._train(name, trace, views, probed)
            if name == "loss_recorded" and finding.outcome == "failed" and _stores_nothing(trace):
                message = self._own(trace).losses() or finding.message
                finding = msgspec.structs.replace(finding, message=message)
        else:
            finding = worst(list(probed[role].values()))
        passed = finding.outcome == "passed"
        worth = float(self._exercise.points[name])
        outcome = "skipped" if finding.outcome == "absent" else finding.outcome
        return CheckResult(
            id=name,
            function=function_of(name),
            outcome=outcome,
            passed=passed,
            points=worth if passed else worth * finding.share,
            max_points=worth,
            message=finding.message,
            hint=finding.hint,
            scenarios=kind,
            evidence=finding.evidence,
        )

    def findings(
        self, trace: Trace, *, isolated: bool = True, names: Iterable[str] | None = None
    ) -> dict[str, dict[str, Finding]]:
        """Return what each check, or those named, found in each probe or scenario, by their ids."""
        found: dict[str, dict[str, Finding]] = {}
        with np.errstate(all="ignore"):
            views = self._views(trace, right=self.right(trace))
            for name in self._exercise.points if names is None else names:
                if name in self.parts.checks:
                    found[name] = self.parts.findings(name, trace, isolated=isolated)
                    continue
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
        findings: dict[str, Finding] = {}
        if not self._plan.probes:
            return findings
        tolerance = self._exercise.tolerance(name)
        for probe in self._plan.probes:
            if (name == "forward") is not isinstance(probe, ForwardProbe):
                continue
            record = trace.probes.get(probe.id)
            if record is None:
                findings[probe.id] = self._unobserved or _unobserved(trace)
                continue
            if record.failure is not None and record.failure.kind == "missing":
                message, hint = self._own(trace).absence(name)
                findings[probe.id] = Finding(outcome="failed", message=message, hint=hint)
                continue
            view = ProbeView(
                observed=record,
                expected=self._reference.probes[probe.id],
                public=probe.id in self._plan.public_probes,
                label=shown_name(self._exercise.contract, name),
            )
            look = functools.partial(PROBE_CHECKS[name], view, tolerance)
            findings[probe.id] = guarded(f"{name} in {probe.id}", look, BROKEN)
        return findings

    def _train(
        self, name: str, trace: Trace, views: dict[str, ScenarioView], probed: Probed
    ) -> tuple[Finding, Literal["own", "isolated"]]:
        """Judge a training check by the own scenarios, or by the isolated ones.

        It passes if it passes on all own scenarios, or if forward, criterion or a function of
        another part that it calls is wrong and it passes on all isolated ones. Isolated scenarios
        rescue, never punish: where these are right there is nothing to rescue from, and what the
        own scenarios show is the training function's.
        """
        own = self._examine_kind(name, trace, views, "own")
        sound = _all_right(probed) and not self.parts.misleads_training(trace)
        if own.outcome == "passed" or sound:
            return own, "own"
        isolated = self._examine_kind(name, trace, views, "isolated")
        untold = own == UNTOLD and isolated.outcome != "passed"
        return (own, "own") if isolated.outcome == "absent" or untold else (isolated, "isolated")

    def _examine_kind(
        self, name: str, trace: Trace, views: dict[str, ScenarioView], kind: str
    ) -> Finding:
        findings = self._examined(name, trace, views, kind)
        finding = worst(list(findings.values()))
        public = {planned.scenario.id for planned in self._plan.scenarios if planned.public}
        hidden = [one for name, one in findings.items() if name not in public]
        shown = any(one.outcome == "passed" for one in hidden)
        if finding.outcome == "passed" and not shown and not self._all_public:
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
                finding = self._unobserved or _unobserved(trace)
            elif record.failure is not None:
                message, hint = self._failed(record.failure, trace, public=planned.public)
                finding = Finding(outcome="failed", message=message, hint=hint)
            elif planned.scenario.id in views:
                view = views[planned.scenario.id]
                examine = self._further.get(name) or TRAINING_CHECKS[name]
                look = functools.partial(_told, examine, view, tolerance)
                finding = self._looked_up(name, view, look)
            else:
                finding = Finding(outcome="failed", message=messages.UNSEEN)
            findings[planned.scenario.id] = finding
        return findings

    def _looked_up(self, name: str, view: ScenarioView, look: Callable[[], Finding]) -> Finding:
        """Return what a check finds in a record; where surfaces are known it depends on no more."""
        what = view.observed.id
        safe = functools.partial(guarded, f"{name} in {what}", look, BROKEN)
        if self._findings is None:
            return safe()
        return self._findings.finding((name, what, view.digest), safe)

    def _failed(self, failure: Failure, trace: Trace, *, public: bool) -> messages.Told:
        """Return message and hint for a training function that is not there, or did not work."""
        if failure.kind == "missing":
            own = self._own(trace)
            return own.absence(own.lost(failure, "train_model"))
        role = shown_name(self._exercise.contract, "train_model")
        return messages.failure(failure, role, public=public, times=self._own(trace).times())

    def _own(self, trace: Trace) -> OwnNames:
        return OwnNames(loading=trace.loading, contract=self._exercise.contract)

    def _returns_numbers(self, trace: Trace) -> bool:
        """Return whether the student's criterion returns numbers: then so are what they record."""
        failures = (
            record.failure
            for probe in self._plan.probes
            if not isinstance(probe, ForwardProbe)
            and (record := trace.probes.get(probe.id)) is not None
        )
        return any(one is not None and one.cause == "number-returned" for one in failures)

    def _views(self, trace: Trace, *, right: bool) -> dict[str, ScenarioView]:
        """Return a view of every scenario whose record is whole; of the last trace those kept."""
        if self._seen is not None and self._seen[0] is trace and self._seen[1] is right:
            return self._seen[2]
        views: dict[str, ScenarioView] = {}
        own_numbers = self._returns_numbers(trace)
        for planned in self._plan.scenarios:
            record = trace.scenarios.get(planned.scenario.id)
            if record is not None and own_numbers and planned.scenario.kind == "isolated":
                record = without_graphs(record)
            if record is not None and len(record.calls) == len(planned.scenario.calls):
                expected = self._reference.scenarios[record.id]
                views[record.id] = ScenarioView(
                    planned=planned,
                    observed=record,
                    expected=expected,
                    landscape=self._surfaces.of(planned, record, expected, right=right),
                    rule=rule_of(self._exercise.contract),
                    contract=self._exercise.contract,
                )
        self._seen = (trace, right, views)
        return views


def _told(examine: Examine, view: ScenarioView, tolerance: Tolerance) -> Finding:
    """Run a training check; what it cannot know here it does not report."""
    try:
        return examine(view, tolerance)
    except Untold:
        return UNTOLD


def _all_right(probed: Probed) -> bool:
    return all(worst(list(found.values())).outcome == "passed" for found in probed.values())


_ENDED: dict[Ending, str] = {
    "time": "reference-time",
    "memory": "reference-memory",
    "output": "reference-output",
    "crash": "reference-crash",
    "sandbox": "reference-sandbox",
}


def require_whole(trace: Trace, path: str) -> None:
    """Raise CourseError where a reference's process did not run to its end."""
    if trace.ending == "done":
        return
    observed = [*trace.scripts, *trace.probes, *trace.scenarios]
    where = text("reference-in-cells" if trace.loading is None else "reference-after-cells")
    where = text("reference-after", what=str(observed[-1])) if observed else where
    why = text(_ENDED[trace.ending], detail=trace.detail)
    raise CourseError(say("reference-broke-off", path=path, where=where, why=why))


def require_full_marks(verdict: Verdict, path: str) -> None:
    """Raise CourseError where the reference itself does not earn every point."""
    lost = [f"{check.id}: {say(check.message)}" for check in verdict.checks if not check.passed]
    if verdict.status != "graded" or lost:
        reason = "; ".join(lost) or say(verdict.message)
        if verdict.status != "graded":
            said = say(verdict.message) or reason
            reason = " ".join((f"{verdict.status}.", said, *map(say, verdict.notes[:1])))
        raise CourseError(say("reference-not-full", path=path, reason=reason))


def _stores_nothing(trace: Trace) -> bool:
    """Return whether the loss list was empty after every call, and each came to its end."""
    records = trace.scenarios.values()
    lists = [call.losses for one in records for call in one.calls]
    whole = bool(lists) and all(one.failure is None for one in records)
    return whole and all(losses is None or not losses.kinds for losses in lists)


def _unobserved(trace: Trace) -> Finding:
    message, hint = messages.not_observed(trace.ending)
    return Finding(outcome="failed", message=message, hint=hint)
