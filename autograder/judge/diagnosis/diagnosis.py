"""Diagnose one trace: first failures, then matching mutants, then laws; else nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

from autograder.exercise.measure import Measure
from autograder.exercise.spec import CHECKS, WAY_CHECKS
from autograder.judge.checks import role_of
from autograder.judge.checks.recorded import Look
from autograder.judge.diagnosis import failures, naming, resting
from autograder.judge.diagnosis.counts import STOPS, read_counts, read_stops
from autograder.judge.diagnosis.course import CourseMistake, CourseMistakes, with_course
from autograder.judge.diagnosis.departure import part_at_fault
from autograder.judge.diagnosis.differences import read_differences
from autograder.judge.diagnosis.failures import Happening
from autograder.judge.diagnosis.forward_formulas import read_expression
from autograder.judge.diagnosis.functions import read_criterion, read_forward
from autograder.judge.diagnosis.inner_losses import TOLD, as_seen, read_inner
from autograder.judge.diagnosis.loss_list import read_losses
from autograder.judge.diagnosis.mutants import Mutant, Mutants
from autograder.judge.diagnosis.pairs import Pair
from autograder.judge.diagnosis.part_mutants import PartMutant, PartMutants
from autograder.judge.diagnosis.parts import read_parts
from autograder.judge.diagnosis.recorded import disproved, read_recorded
from autograder.judge.diagnosis.rests import predicts_once, read_rests
from autograder.judge.diagnosis.rows import read_lengths, read_rows
from autograder.judge.diagnosis.update_formulas import Fault, read_updates
from autograder.judge.diagnosis.update_rules import (
    Law,
    read_ends,
    read_laws,
    read_resets,
    read_zeroed,
    so_for,
)
from autograder.judge.evidence import ScenarioView
from autograder.judge.mistakes.failure_messages import HAPPENED
from autograder.judge.motion import motion_of
from autograder.judge.own_names import OwnNames, with_own_names
from autograder.judge.result import CheckResult, Diagnosis
from autograder.protocol.job import Role, inputs_of, is_numpy, rule_of
from autograder.protocol.trace import Landmark, ScenarioRecord, Trace
from autograder.words.text import NOTHING, text

TRAINING: Role = "train_model"
LEAST_PROBES = 2  # what one alone shows may be so there by chance
_END = frozenset({"too-slow", "infinite-loop", "fixed-iterations", "waits-forever"})
"""What by itself lets a submission take too long."""


_SUMS = frozenset({"gradient-not-zeroed", "losses-added-up"})
"""What coincides in numbers; the buffers' values show which of the two it is."""


_FITTED = frozenset({"other-optimizer", "weight-decay", "learning-rate-changes", "update-skipped"})
"""What a formula says more of than that it is so."""


_OF_PARAMETERS = frozenset({"wrong-update-sign", "wrong-gradient", "parameter-not-updated"})
"""What may be so of some parameters alone."""


class Diagnoser:
    """Holds one lab's mutants; names mistakes in any number of traces."""

    def __init__(
        self,
        plan: Measure,
        reference: Trace,
        mutants: Sequence[Mutant],
        course: Sequence[CourseMistake] = (),
        part_mutants: Sequence[PartMutant] = (),
    ) -> None:
        self._parts = PartMutants(plan, reference, part_mutants)
        self._plan = plan
        self._reference = reference
        self._contract = plan.exercise.contract
        terms = plan.exercise
        self._looks = {
            id_: Look(check=check, contract=terms.contract, value=terms.measured.get(id_))
            for id_, check in terms.recorded_checks.items()
        }
        self._mutants = Mutants(plan, reference, mutants)
        self._course = CourseMistakes(plan, reference, course)

    def diagnose(
        self, trace: Trace, checks: Iterable[CheckResult], views: Mapping[str, ScenarioView]
    ) -> tuple[Diagnosis, ...]:
        """Return what explains the checks that did not pass, an entry for each mistake.

        A check that broke has nothing to be explained. The course's own words go before ours.
        """
        checks = tuple(checks)
        found = self._known(trace, checks, views)
        return with_course(found, self._course.fitting(trace, checks), checks)

    def _known(
        self, trace: Trace, checks: Sequence[CheckResult], views: Mapping[str, ScenarioView]
    ) -> tuple[Diagnosis, ...]:
        """Name the mistakes that every lab knows."""
        lost: dict[Role, list[CheckResult]] = {}
        checks = tuple(checks)
        for check in checks:
            if not check.passed and check.id in CHECKS:
                lost.setdefault(role_of(check.id), []).append(check)
        found: list[Diagnosis] = []
        right = not {"forward", "criterion"} & set(lost)
        whole = {role: [c for c in failed if c.outcome != "error"] for role, failed in lost.items()}
        lost = {role: failed for role, failed in whole.items() if failed}
        ended, ending = failures.of_ending(trace, self._plan) or (None, None)
        names = OwnNames(loading=trace.loading, contract=self._contract)
        for role, failed in lost.items():
            named: list[Diagnosis] = []
            is_end = ending is not None and role == (ended or next(iter(lost)))
            if role == TRAINING:
                ruled_out = disproved(checks, self._looks)
                named = self._training(trace, failed, views, names, ruled_out, own=right)
            elif not is_end:
                named = self._probed(trace, role, names)
            if ending is not None and is_end and not _END.intersection(one.id for one in named):
                if role == TRAINING and ending.id == "too-slow" and names.is_fixed():
                    ending = dataclasses.replace(ending, id="fixed-iterations")
                named += self._happened([ending], role)
            found += [with_own_names(one, names) for one in named]
        others = [check for check in checks if check.id not in CHECKS]
        found += self._parts.name(trace, [one for one in others if one.id not in self._looks])
        if not any(one.failure for one in trace.scenarios.values()):
            found += self._further(others, views, alone=TRAINING not in lost)
        if is_numpy(self._contract):
            found = [naming.by_hand(one) for one in found]
        return tuple(dict.fromkeys(found))

    def _further(
        self, checks: Sequence[CheckResult], views: Mapping[str, ScenarioView], *, alone: bool
    ) -> list[Diagnosis]:
        """Name what is wrong with further lists, and with how training evaluates.

        ``alone``: nothing else of training is wrong, so nothing was named for it yet.
        """
        lost = [c.id for c in checks if not c.passed and c.id in self._looks]
        terms = self._plan.exercise
        pairs = [(self._looks[check], terms.tolerance(check)) for check in lost]
        if not lost or not views:
            return []
        own = [view for view in views.values() if view.planned.scenario.kind == "own"]
        found = read_recorded(pairs, list(views.values()))
        return found or naming.name_laws(read_stops(own) if alone else [], TRAINING)

    def _happened(self, happenings: Sequence[Happening], role: Role) -> list[Diagnosis]:
        return naming.name_happenings(happenings, self._contract, role)

    def _probed(self, trace: Trace, role: Role, names: OwnNames) -> list[Diagnosis]:
        """Name what is wrong with forward or criterion."""
        for probe_id in self._mutants.probes[role]:
            record = trace.probes.get(probe_id)
            if record is not None and record.failure is not None:
                what = failures.of_failure(record.failure, names, role)
                if what is None or what.id in failures.FAINT:
                    what = failures.of_reading(names, role) or what
                return self._happened([what], role) if what else []
        seen = failures.of_reading(names, role)
        mutants = naming.name_mutants(self._mutants.with_values(trace, role), role)
        read = self._read(trace, role)
        ids = {one.id for one in mutants}
        if seen and any("loss-always" in one.message.codes() for one in read):
            return self._happened([seen], role)
        shown = failures.of_broken_graph(names, role)
        if shown is not None and ids <= {"graph-broken"}:
            return self._happened([shown], role)
        if read and {one.id for one in read} == ids:
            return read  # with the number that fits
        if ids == {"parameters-exchanged"} and role == "forward":
            return [self._exchanged(trace)]
        fitted = [one for one in read if one.id.endswith("-other-formula")]
        return (
            mutants
            or [one for one in read if one not in fitted]
            or naming.name_pairs(self._mutants.with_values(trace, role, pairs=True), role)
            or fitted
            or self._happened([seen] if seen else [], role)
        )

    def _exchanged(self, trace: Trace) -> Diagnosis:
        """Say how forward combines parameters, where mutants say that it is in another way."""
        pairs = self._pairs(trace, "forward")
        reading = read_expression(pairs) if len(pairs) >= LEAST_PROBES else None
        detail = NOTHING if reading is None else reading.detail
        return naming.name_mistake("parameters-exchanged", "forward", detail=detail)

    def _read(self, trace: Trace, role: Role) -> list[Diagnosis]:
        """Read from values and gradients what no mutant shows."""
        pairs = self._pairs(trace, role)
        if role == "forward" and len(inputs_of(self._contract)) > 1:
            return []  # what is read is of one input
        if len(pairs) < max(len(self._mutants.probes[role]), LEAST_PROBES):
            return []
        reading = read_forward(pairs) if role == "forward" else read_criterion(pairs)
        cut = is_numpy(self._contract) and reading is not None and reading.id == "graph-broken"
        if reading is None or cut:  # there is no graph
            return []
        return [naming.name_mistake(reading.id, role, detail=reading.detail)]

    def _pairs(self, trace: Trace, role: Role) -> list[Pair]:
        """Return a function's probes, as far as they were observed."""
        return [
            Pair(
                probe=probe,
                observed=trace.probes[probe.id],
                expected=self._reference.probes[probe.id],
            )
            for probe in self._plan.probes
            if probe.id in self._mutants.probes[role] and probe.id in trace.probes
        ]

    def _training(
        self,
        trace: Trace,
        failed: Sequence[CheckResult],
        views: Mapping[str, ScenarioView],
        names: OwnNames,
        ruled_out: Collection[str],
        *,
        own: bool,
    ) -> list[Diagnosis]:
        """Name what is wrong with training, by the scenarios that decide.

        Where one took too long, what those before it show may be the cause. Numbers are told
        where they are those of a public scenario, too.
        """
        kind = "own" if own else "isolated"
        records = [
            trace.scenarios[planned.scenario.id]
            for planned in self._plan.scenarios
            if planned.scenario.kind == kind and planned.scenario.id in trace.scenarios
        ]
        broken = next((record for record in records if record.failure is not None), None)
        seen = [views[record.id] for record in records if record.id in views]
        if broken is not None:
            marks = trace.listing.landmarks if trace.listing is not None else ()
            named = self._broken(broken, names, marks)
            if any(one.id == "too-slow" for one in named):
                earlier = _told_of(seen, self._way(trace, names, seen, ruled_out))
                return earlier if _END.intersection(one.id for one in earlier) else earlier + named
            if all(one.id in failures.FAINT for one in named):
                named = naming.name_mutants(self._mutants.with_error(records), TRAINING) or named
            return named
        found = self._recording(failed, seen)
        if any(check.id in WAY_CHECKS for check in failed):
            found = self._way(trace, names, seen, ruled_out) + found
        return _told_of(seen, found)

    def _broken(
        self, record: ScenarioRecord, names: OwnNames, marks: Sequence[Landmark]
    ) -> list[Diagnosis]:
        """Name what the error of a training function shows."""
        if record.failure is None:
            return []
        found = failures.of_training(record, self._plan.preset.start, names, marks)
        alone = None if found else failures.of_failure(record.failure, names, TRAINING)
        return self._happened(found or ([alone] if alone else []), TRAINING)

    def _recording(
        self, failed: Sequence[CheckResult], views: Sequence[ScenarioView]
    ) -> list[Diagnosis]:
        if not any(check.id == "loss_recorded" for check in failed) or not views:
            return []
        what = read_losses(views)
        if what is None:
            return []
        if what.detail or what.id not in HAPPENED:
            return [naming.name_mistake(what.id, TRAINING, detail=what.detail)]
        return self._happened([Happening(id=what.id)], TRAINING)

    def _way(
        self,
        trace: Trace,
        names: OwnNames,
        views: Sequence[ScenarioView],
        ruled_out: Collection[str],
    ) -> list[Diagnosis]:
        """Name the mistake that makes the parameters go another way."""
        marks = trace.listing.landmarks if trace.listing is not None else ()
        by_hand = is_numpy(self._contract)
        rest = resting.of_rest(names, views, marks, by_hand=by_hand) if views else ()
        if rest == ("no-update",) and resting.steps_first(trace, views):
            zeros = Happening(id="step-before-backward", said=text("steps-by-zero"))
            return self._happened([zeros], TRAINING)
        if len(rest) > 1:
            return naming.name_mistakes(rest, TRAINING)
        if rest:
            said = resting.unreached(rest[0], views)
            return self._happened([Happening(id=rest[0], said=said)], TRAINING)
        return self._stops(views, ruled_out) or self._moves(views, names, ruled_out)

    def _stops(self, views: Sequence[ScenarioView], ruled_out: Collection[str]) -> list[Diagnosis]:
        """Name why training ends at another epoch: what is measured, or when it ends."""
        stops = read_stops(views)
        fitting = self._fitting(views, ruled_out) if stops else []
        why = fitting if not {one.mistakes[0].id for one in fitting} & STOPS else []
        return naming.name_mutants(why, TRAINING) or naming.name_laws(stops, TRAINING)

    def _moves(
        self, views: Sequence[ScenarioView], names: OwnNames, ruled_out: Collection[str]
    ) -> list[Diagnosis]:
        """Name what is wrong with the steps, by the lab's own rule or by gradient descent."""
        if rule_of(self._contract) is not None:  # laws are those of plain gradient descent
            laws = read_counts(views) if views else []
            fitting = [] if laws else self._fitting(views, ruled_out)
            return naming.name_laws(laws, TRAINING) or naming.name_mutants(fitting, TRAINING)
        laws = (read_zeroed(views) or read_counts(views)) if views else []
        if laws or not views:
            return naming.name_laws(laws, TRAINING)
        return self._descent(views, names, ruled_out)

    def _descent(
        self, views: Sequence[ScenarioView], names: OwnNames, ruled_out: Collection[str]
    ) -> list[Diagnosis]:
        """Name the mistake in steps that should be those of plain gradient descent."""
        if predicts_once(views):
            return self._happened([Happening(id="prediction-outside-loop")], TRAINING)
        found = self._steps(views, ruled_out)
        if not found and names.restored() and resting.only_ends_depart(views):
            return self._happened(
                [Happening(id="last-step-undone", said=names.restored())], TRAINING
            )
        if not found and names.random() and part_at_fault(views) == "gradient":
            drawn = Law(id="wrong-rows", detail=names.random(), words=naming.BY_CHANCE)
            return naming.name_laws([drawn], TRAINING)
        parts = any("mistake-gradient-not-zeroed-wholly" in one.message.codes() for one in found)
        if found and not parts and {one.id for one in found} <= _SUMS:
            summed = failures.adds_losses_up(views)
            kept = "losses-added-up" if summed else "gradient-not-zeroed"
            return naming.name_mistakes([kept], TRAINING)
        return found

    def _steps(self, views: Sequence[ScenarioView], ruled_out: Collection[str]) -> list[Diagnosis]:
        """Name the mistake in the steps: by mutants, by laws, by rows of the data, by pairs."""
        if resting.goes_back_twice(views):
            return naming.name_laws(
                [Law(id="wrong-gradient", detail=text("goes-back-twice"))], TRAINING
            )
        fault = part_at_fault(views)
        fitting = self._fitting(views, ruled_out)
        known = {mutant.mistakes[0].id for mutant in fitting}
        laws: list[Law] = []
        if known <= _OF_PARAMETERS:  # a law says of which
            laws = _laws(views)
            if fault == "gradient" and {law.id for law in laws} <= known:
                laws = read_inner(views) or laws
        elif known <= {"one-sample-only", "wrong-rows", "wrong-data"}:  # rows say which
            (first, *_) = known
            read = read_rows(views, self._contract)
            laws = [
                law if law.id == "wrong-data" else dataclasses.replace(law, id=first)
                for law in read
            ]
            known = {first} if laws else known
        elif known <= _FITTED:  # formulas say which
            laws = read_rests(views) or read_updates(views, fault)
        ids = {law.id for law in laws}
        if known and ids != known:
            if fault == "gradient" and len(known) == 1 and known <= set(TOLD):
                return naming.name_laws(as_seen([Law(id=min(known))], views, fault), TRAINING)
            return naming.name_mutants(fitting, TRAINING)
        if not known and (not laws or "wrong-gradient" in ids):  # of other rows, it may be
            laws = self._in_steps(views, laws, fault)
        if laws:
            return naming.name_laws(as_seen(laws, views, fault), TRAINING)
        return naming.name_pairs(self._mutants.with_way(views, pairs=True), TRAINING)

    def _fitting(self, views: Sequence[ScenarioView], ruled_out: Collection[str]) -> list[Mutant]:
        """Return the mutants that trained the same way, but for one that skips what never came.

        One that would have cost a check that passed is none of them.
        """
        fitting = self._mutants.with_way(views)
        fitting = [one for one in fitting if one.mistakes[0].id not in ruled_out]
        if all(map(_goes_on, views)):
            return fitting
        return [one for one in fitting if one.mistakes[0].id != "update-skipped"]

    def _in_steps(self, views: Sequence[ScenarioView], laws: list[Law], fault: Fault) -> list[Law]:
        """Read the steps where no mutant fits; what hooks saw rules some readings out."""
        return (
            (read_rows(views, self._contract) if fault != "update" else [])
            or (read_inner(views) if fault == "gradient" else [])
            or read_rests(views)
            or read_updates(views, fault)
            or laws
            or read_differences(views)
            or read_lengths(views, self._contract, fault)
        )


def _told_of(views: Sequence[ScenarioView], found: list[Diagnosis]) -> list[Diagnosis]:
    """Return what may be shown of mistakes that were read from these scenarios."""
    if any(view.planned.public for view in views):
        return found
    return [naming.without_numbers(one) for one in found]


def _goes_on(view: ScenarioView) -> bool:
    """Return whether each call predicts as often as it should step, where predictions are seen."""
    calls = zip(view.observed.calls, view.step_counts, strict=False)
    seen = [(call.visited.shape[0], due) for call, due in calls]
    return all(count == 0 or count >= due for count, due in seen)


def _laws(views: Sequence[ScenarioView]) -> list[Law]:
    """Return what the steps obey, and whether each call begins anew; else what the ends show."""
    motions = [motion for view in views if (motion := motion_of(view)) is not None]
    laws = read_laws(motions) if len(motions) == len(views) else []
    anew = failures.starts_anew(views)
    if anew:
        whole = set(anew) == set(views[0].coordinates)
        laws = [*laws, Law(id="parameter-reset", detail=NOTHING if whole else so_for(anew))]
    else:
        laws = [*laws, *read_resets(views)]
    return laws or read_ends(views) or read_parts(views)
