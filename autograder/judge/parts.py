"""Judge the parts of a lab besides training: a script's records beside the reference's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping

import msgspec

from autograder.exercise.measure import Measure
from autograder.exercise.part import HELD_OUT, VALUES, PartCheck
from autograder.exercise.scripts import PlannedScript
from autograder.judge import messages, part_messages
from autograder.judge.derivative import is_own_derivative, laws_of
from autograder.judge.effects import learns_alike
from autograder.judge.guard import BROKEN, guarded
from autograder.judge.own_names import culprit_of
from autograder.judge.part_looks import (
    compared,
    in_case,
    of_claims,
    of_counts,
    of_form,
    raised,
    raising,
)
from autograder.judge.result import PASSED, Finding, worst
from autograder.protocol.script import SELF, Kind, Script, Step
from autograder.protocol.trace import Failure, ScriptRecord, Trace
from autograder.protocol.value import Value
from autograder.words.text import text

MAKING = ("construct", "load")
"""Steps that every check of a part needs."""
WAITS = "step-before"
"""The worker's code of a step that needs what an earlier one did not leave."""
Alike = Callable[[ScriptRecord, ScriptRecord, PlannedScript], bool]
CLAIMS_UNTOLD = Finding(outcome="absent", message=text("claims-not-here"))


class Parts:
    """Holds the scripts of a lab and what the reference did in them."""

    def __init__(self, plan: Measure, reference: Trace, unobserved: Finding | None) -> None:
        self._plan = plan
        self._reference = reference
        self._unobserved = unobserved
        self.checks: Mapping[str, PartCheck] = plan.exercise.part_checks
        self._names = {one.names[0]: one.names for one in plan.sought}
        own: dict[str, set[str]] = {}
        for check in self.checks.values():
            own.setdefault(check.part, set()).update(check.labels)
        self._labels = {part: frozenset(labels) for part, labels in own.items()}
        self._part_of = {check.shown: check.part for check in self.checks.values()}
        self._random = plan.exercise.random_parts
        self._kinds = {one.script.id: one.script.kind for one in plan.scripts}
        self._public = {one.script.id for one in plan.scripts if one.public}
        self._all_public = len(self._public) == len(plan.scripts)

    def examine(self, name: str, trace: Trace) -> tuple[Finding, Kind]:
        """Return what decides a check, and in which kind of scripts it was seen.

        All own scripts of its part must pass it. Where a function of another part is wrong that
        the part calls, all isolated ones may, in which something neutral stands for it: they
        rescue, never punish. A process check is looked at where the values of the part are right.
        """
        check = self.checks[name]
        finding, kind = self._decided(name, trace)
        if check.kind == VALUES:
            return self._carried(check, trace, finding), kind
        values = [
            self._decided(one.id, trace)[0]
            for one in self.checks.values()
            if one.part == check.part and one.kind == VALUES
        ]
        if any(one.outcome != "passed" for one in values):
            message = text("values-first", role=check.shown)
            return Finding(outcome="skipped", message=message, hint=messages.MEND_FIRST), kind
        return finding, kind

    def _carried(self, check: PartCheck, trace: Trace, finding: Finding) -> Finding:
        """Let what is the derivative of a wrong forward earn what the author allows."""
        if finding.outcome != "failed" or not check.derivative_of:
            return finding
        pairs = self._pairs(check)
        expected = self._expected(check.part, trace)
        look = functools.partial(is_own_derivative, check, pairs, trace.scripts, expected)
        if not pairs or guarded(check.id, look, None) is not True:
            return finding
        labels = (step.label for step in pairs[0][0].script.steps)
        label = next((one for one in labels if one in check.labels), check.shown)
        message = text("derivative-of-own", role=label, forward=check.derivative_of)
        share = check.derivative_share
        return Finding(outcome="failed", message=message, hint=messages.MEND_FIRST, share=share)

    def _pairs(self, check: PartCheck) -> list[tuple[PlannedScript, PlannedScript]]:
        """Return scripts of a part, each with the one that calls forward beside its arguments."""
        known = {one.script.id: one for one in self._plan.scripts}
        own = (one for one in known.values() if one.script.part == check.part and one.beside)
        return [(known[one.beside], one) for one in own]

    def underived(self) -> list[str]:
        """Return the checks whose reference is not seen to be the derivative that it should be."""
        records = self._reference.scripts
        return [
            check.id
            for check in self.checks.values()
            if check.derivative_of
            and not any(
                laws_of(check, base, other, records[base.script.id], records[other.script.id])
                for base, other in self._pairs(check)
            )
        ]

    def _expected(self, part: str, trace: Trace) -> Mapping[str, ScriptRecord]:
        """Return what a trace is held to: the reference, or the file that is right as well.

        All scripts are held to one: that by which most of the part's values are right.
        """
        others = self._plan.accepted.get(part, ())
        ways = [self._reference.scripts, *others]
        if len(ways) == 1:
            return ways[0]
        values = [one for one in self.checks.values() if one.part == part and one.kind == VALUES]

        def right(way: Mapping[str, ScriptRecord]) -> int:
            found = (self._findings(check, trace, way, isolated=False) for check in values)
            return sum(worst(list(one.values())).outcome == "passed" for one in found)

        return max(ways, key=right)

    def _decided(self, name: str, trace: Trace) -> tuple[Finding, Kind]:
        found = self.findings(name, trace)
        own = worst([found[one] for one in found if self._kinds[one] == "own"])
        if own.outcome == "passed" or not self._calls_wrong(self.checks[name].part, trace):
            return own, "own"
        apart = {one: finding for one, finding in found.items() if self._kinds[one] == "isolated"}
        isolated = worst(list(apart.values()))
        unseen = all(one in self._public for one in apart) and not self._all_public
        if isolated.outcome == "absent" or (isolated.outcome == "passed" and unseen):
            return own, "own"
        return isolated, "isolated"

    def _calls_wrong(self, part: str, trace: Trace) -> bool:
        """Say whether a function that a part calls was seen to be wrong itself."""
        return self._wrong(self.needed([part]) - {part}, trace, values_alone=True)

    def called_in_training(self) -> set[str]:
        """Return the parts whose functions training calls, and those that these call."""
        bound = {name for planned in self._plan.scenarios for name in planned.scenario.bound}
        return self.needed({self._part_of[name] for name in bound if name in self._part_of})

    def misleads_training(self, trace: Trace) -> bool:
        """Say whether one of these was seen to be wrong, or to do what it must not."""
        return self._wrong(self.called_in_training(), trace, values_alone=False)

    def _wrong(self, parts: Iterable[str], trace: Trace, *, values_alone: bool) -> bool:
        return any(
            one.outcome == "failed"
            for helper in parts
            for check in self.checks.values()
            if check.part == helper and (check.kind == VALUES or not values_alone)
            for script, one in self.findings(check.id, trace, isolated=False).items()
            if script in trace.scripts
        )

    def needed(self, parts: Iterable[str]) -> set[str]:
        """Return these parts, and those whose functions they call."""
        found = set(parts)
        for planned in self._plan.scripts:
            if planned.script.part in found:
                found |= {self._part_of[name] for name in planned.script.bound}
        return found

    def findings(self, name: str, trace: Trace, *, isolated: bool = True) -> dict[str, Finding]:
        """Return what a check found in each script of its part."""
        check = self.checks[name]
        if check.kind == "no_loops":
            return self._counted(check, trace)
        if check.kind == "same_seed_same_result":
            return self._twins(check, trace, lambda first, again, _: first.steps == again.steps)
        if check.kind in HELD_OUT:
            return self._twins(check, trace, self._learns_alike)
        expected = self._expected(check.part, trace)
        return self._findings(check, trace, expected, isolated=isolated)

    def _findings(
        self,
        check: PartCheck,
        trace: Trace,
        expected: Mapping[str, ScriptRecord],
        *,
        isolated: bool,
    ) -> dict[str, Finding]:
        found = {}
        for planned in self._plan.scripts:
            apart = planned.beside or (planned.script.bound and not isolated)
            if planned.script.part != check.part or apart:
                continue
            script = planned.script.id
            record = trace.scripts.get(script)
            if record is None:
                found[script] = self._unobserved or _unobserved(trace)
                continue
            look = functools.partial(self._examine, check, planned, record, expected[script], trace)
            finding = guarded(f"{check.id} in {script}", look, BROKEN)
            found[script] = _with_stand_ins(planned, finding)
        return found

    def _counted(self, check: PartCheck, trace: Trace) -> dict[str, Finding]:
        """Return what the counts of calls and lines say, public and hidden ones apart."""
        found = {}
        for public in (True, False):
            counts: dict[int, int] = {}
            last = ""
            for planned in self._plan.scripts:
                own = planned.script.part == check.part and planned.public is public
                if own and planned.size:
                    last = planned.script.id
                    record = trace.scripts.get(last)
                    if record is None:
                        return {last: self._unobserved or _unobserved(trace)}
                    counts[planned.size] = sum(step.events for step in record.steps)
            if counts:
                found[last] = of_counts(check.shown, counts)
        return found

    def _examine(
        self,
        check: PartCheck,
        planned: PlannedScript,
        record: ScriptRecord,
        expected: ScriptRecord,
        trace: Trace,
    ) -> Finding:
        if check.chance:
            return self._by_chance(check, planned, record, expected, trace)
        looked = 0
        deviations: list[float] = []
        steps = planned.script.steps
        last = max(
            (n for n, one in enumerate(steps) if one.label in check.labels), default=len(steps)
        )
        for at, step in enumerate(steps[: last + 1]):
            own = not check.labels or step.label in check.labels
            if not own and (step.do not in MAKING or step.label in self._labels[check.part]):
                continue  # it costs another check, or none
            wanted = expected.steps[at].failure
            raises = raising(planned, at, wanted)
            found = self._step(check, planned, record, at, trace, raises)
            if found is None and (raises or wanted is not None):
                found = raised(
                    self._role(check, planned.script, step),
                    planned,
                    record.steps[at],
                    wanted,
                    raises,
                )
            elif found is None:
                found = compared(
                    check, self._role(check, planned.script, step), planned, at, record, expected
                )
            if found.outcome != "passed":
                return found
            looked += 1
            deviations += [] if found.deviation is None else [found.deviation]
        if not looked:
            return Finding(outcome="absent")
        return msgspec.structs.replace(
            PASSED, deviation=max(deviations, default=None), evidence="values"
        )

    def _by_chance(
        self,
        check: PartCheck,
        planned: PlannedScript,
        record: ScriptRecord,
        expected: ScriptRecord,
        trace: Trace,
    ) -> Finding:
        """Judge random results of equal calls by what the author claims of them."""
        drawn: list[Value] = []
        for at, right in enumerate(expected.steps):
            mine = record.steps[at].value
            found = self._step(check, planned, record, at, trace, "")
            if found is None and right.value is None:
                continue  # a step on the way to a result
            if found is None and mine is not None and right.value is not None:
                found = of_form(check.shown, mine, right.value)
                drawn.append(mine)
            elif found is None:
                message = text("returned-nothing-comparable", role=check.shown)
                found = Finding(outcome="failed", message=message)
            if found is not None:
                return found
        part = self._random.get(check.part)
        if part is None:  # claims are an author's code, and stay with the author
            return CLAIMS_UNTOLD
        scripts = sum(one.script.part == check.part for one in self._plan.scripts)
        steps = part.first_round(planned.script.steps)
        return of_claims(part, steps, drawn, expected, part.alpha / scripts)

    def _learns_alike(self, first: ScriptRecord, other: ScriptRecord, twin: PlannedScript) -> bool:
        """Say whether what other held-out data leave alone in the reference's was left alone."""
        records = self._reference.scripts
        return learns_alike((first, other), (records[twin.other], records[twin.script.id]))

    def _twins(self, check: PartCheck, trace: Trace, alike: Alike) -> dict[str, Finding]:
        """Say whether a script and its twin are alike, such as with equal seeds."""
        found = {}
        for planned in self._plan.scripts:
            beside = planned.other if check.kind in HELD_OUT else planned.again
            if planned.script.part != check.part or not beside:
                continue
            first, again = (trace.scripts.get(one) for one in (beside, planned.script.id))
            if first is None or again is None:
                found[planned.script.id] = self._unobserved or _unobserved(trace)
            elif alike(first, again, planned):
                found[planned.script.id] = PASSED
            else:
                message, hint = part_messages.process(check.kind, check.shown)
                finding = Finding(outcome="failed", message=message, hint=hint)
                found[planned.script.id] = finding
        return found

    def _step(  # which step, of what, and who asks
        self,
        check: PartCheck,
        planned: PlannedScript,
        record: ScriptRecord,
        at: int,
        trace: Trace,
        raises: str,
    ) -> Finding | None:
        """Return what is to be said of a step that failed, None where it did not.

        Of one that waits for another that failed, that one is told, or it is skipped where that
        one costs a check of its own.
        """
        failure = record.steps[at].failure
        if failure is None or raises:
            return None
        if failure.kind == "fixture":
            return Finding(outcome="error", message=part_messages.fixture_failure(failure))
        if failure.cause == WAITS:
            first = next(n for n, one in enumerate(record.steps) if one.failure is not None)
            before = planned.script.steps[first]
            if first != at and before.label in self._labels[check.part] - set(check.labels):
                role = self._role(check, planned.script, planned.script.steps[at])
                message = text(
                    "step-before-failed",
                    role=role,
                    before=self._role(check, planned.script, before),
                )
                return Finding(outcome="skipped", message=message, hint=messages.MEND_FIRST)
            at, failure = first, record.steps[first].failure or failure
        role = self._role(check, planned.script, planned.script.steps[at])
        if failure.kind == "missing" and not failure.name:
            return self._missing(planned.script.steps[at], trace)
        message, hint = messages.failure(failure, role, public=planned.public)
        return Finding(outcome="failed", message=in_case(planned, message), hint=hint)

    def _missing(self, step: Step, trace: Trace) -> Finding:
        """Say that a name is not there, and which cell that did not run is to blame."""
        name = step.name.partition(".")[0]
        names = self._names.get(name, (name,))
        culprit = culprit_of(trace.loading, names)
        if culprit is not None:
            cause = messages.cell_failure(culprit)
            reason = text("not-run-because", cause=cause)
            message = text("not-defined-because", wanted=names[0], reason=reason)
            return Finding(outcome="failed", message=message, hint=messages.MEND_FIRST)
        failure = Failure(kind="missing", text="")
        message, hint = messages.failure(failure, names[0], public=True)
        return Finding(outcome="failed", message=message, hint=hint)

    def _role(self, check: PartCheck, script: Script, step: Step) -> str:
        """Return what a step's function is called to students, after what it is asked of."""
        if step.on == SELF:
            plain = step.name in ("", "__call__")
            return check.shown if plain else f"{check.shown}.{step.name}"
        source = next((one for one in script.steps if step.on in one.keep), None)
        if step.name and step.on and source is not None and source.do == "call":
            return f"{self._role(check, script, source)}(…).{step.name}"
        return step.name or check.shown


def _with_stand_ins(planned: PlannedScript, finding: Finding) -> Finding:
    """Say with a finding what stood for which functions."""
    names = list(planned.script.bound)
    if not names or finding.outcome == "passed" or not finding.message:
        return finding
    return msgspec.structs.replace(finding, message=part_messages.stood_for(names, finding.message))


def _unobserved(trace: Trace) -> Finding:
    message, hint = messages.not_observed(trace.ending)
    return Finding(outcome="failed", message=message, hint=hint)
