"""Diagnose one trace: what happened, then mutants that coincide, then laws; else nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from autograder.exercise.plan import Plan
from autograder.judge import words
from autograder.judge.checks import role_of
from autograder.judge.diagnosis import happened
from autograder.judge.diagnosis.coincidence import (
    Path,
    path_of,
    same_probes,
    same_way,
    steps_of,
)
from autograder.judge.diagnosis.happened import Happening
from autograder.judge.diagnosis.laws import motion_of, read_ends, read_laws
from autograder.judge.diagnosis.parts import read_parts
from autograder.judge.diagnosis.probed import Pair, read_criterion, read_forward
from autograder.judge.diagnosis.recorded import read_losses
from autograder.judge.mistakes.happened import HAPPENED
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.result import CheckResult, Diagnosis
from autograder.judge.view import ScenarioView
from autograder.protocol.job import ROLES, ForwardProbe, Role
from autograder.protocol.trace import ScenarioRecord, Trace

RECORDING = {
    "loss-not-recorded",
    "loss-recorded-as-tensor",
    "loss-recorded-after-update",
}
Way = tuple[Path | None, Path | None, bool]
PATH_CHECKS = frozenset({"loss_decreases", "final_parameters", "gradient_zeroing"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mutant:
    """The reference with one mistake, or a pair within one function, and what it did."""

    mistakes: tuple[Mistake, ...]
    trace: Trace

    @property
    def role(self) -> Role:
        """The function that the mistake is in."""
        return self.mistakes[0].function


class Diagnoser:
    """Holds one lab's mutants; names mistakes in any number of traces."""

    def __init__(self, plan: Plan, reference: Trace, mutants: Sequence[Mutant]) -> None:
        self._plan = plan
        self._reference = reference
        self._contract = plan.exercise.contract
        self._probes: dict[Role, tuple[str, ...]] = {
            "forward": tuple(p.id for p in plan.probes if isinstance(p, ForwardProbe)),
            "criterion": tuple(p.id for p in plan.probes if not isinstance(p, ForwardProbe)),
        }
        self._ways: dict[int, Way] = {}  # by the records of mutants, which live as long
        self._mutants = {
            role: [m for m in mutants if m.role == role and self._differs(m)] for role in ROLES
        }

    def _differs(self, mutant: Mutant) -> bool:
        """Say whether a mutant does anything else than the reference: else it names nothing."""
        role = mutant.role
        if role != "train_model":
            ids = self._probes[role]
            return not same_probes(mutant.trace.probes, self._reference.probes, ids)
        return True

    def diagnose(
        self, trace: Trace, checks: Iterable[CheckResult], views: Mapping[str, ScenarioView]
    ) -> tuple[Diagnosis, ...]:
        """Return what explains the checks that did not pass, an entry for each mistake."""
        lost: dict[Role, list[CheckResult]] = {}
        for check in checks:
            if not check.passed:
                lost.setdefault(role_of(check.id), []).append(check)
        found: list[Diagnosis] = []
        right = not {"forward", "criterion"} & set(lost)
        ended, ending = happened.of_ending(trace, self._plan) or (None, None)
        for role, failed in lost.items():
            if ending is not None and role == (ended or next(iter(lost))):
                found.append(self._happened(ending, role))
            elif role == "train_model":
                found += self._training(trace, failed, views, own=right)
            else:
                found += self._probed(trace, role)
        return tuple(dict.fromkeys(found))

    def _probed(self, trace: Trace, role: Role) -> list[Diagnosis]:
        ids = self._probes[role]
        for probe_id in ids:
            record = trace.probes.get(probe_id)
            if record is not None and record.failure is not None:
                what = happened.of_failure(record.failure, trace.loading)
                return [self._happened(what, role)] if what else []
        fitting = [
            mutant
            for mutant in self._mutants[role]
            if same_probes(trace.probes, mutant.trace.probes, ids)
        ]
        return self._named(fitting, role) if fitting else self._read(trace, role)

    def _read(self, trace: Trace, role: Role) -> list[Diagnosis]:
        """Read from values and gradients what no mutant shows."""
        pairs = [
            Pair(
                probe=probe,
                observed=trace.probes[probe.id],
                expected=self._reference.probes[probe.id],
            )
            for probe in self._plan.probes
            if probe.id in self._probes[role] and probe.id in trace.probes
        ]
        if len(pairs) < len(self._probes[role]):
            return []
        reading = read_forward(pairs) if role == "forward" else read_criterion(pairs)
        return [self._diagnosis(reading.id, role, detail=reading.detail)] if reading else []

    def _named(self, fitting: Sequence[Mutant], role: Role) -> list[Diagnosis]:
        """Return the single mistakes that fit, else the pairs; several are said to be several."""
        singles = [mutant for mutant in fitting if len(mutant.mistakes) == 1]
        groups = list(
            dict.fromkeys(
                tuple(mistake.id for mistake in mutant.mistakes) for mutant in singles or fitting
            )
        )
        several = len(groups) > 1
        ids = groups if singles else groups[:1]
        return [self._diagnosis(i, role, several=several) for group in ids for i in group]

    def _diagnosis(
        self, mistake_id: str, role: Role, *, detail: str = "", several: bool = False
    ) -> Diagnosis:
        mistake = next(m for m in MISTAKES if m.id == mistake_id and m.function == role)
        texts = [mistake.explanation, detail]
        if several:
            texts.append(words.SEVERAL)
        return Diagnosis(
            id=mistake_id, function=role, message=" ".join(text for text in texts if text)
        )

    def _happened(self, what: Happening, role: Role, *, several: bool = False) -> Diagnosis:
        message = what.message(self._contract, role)
        if not message:
            return self._diagnosis(what.id, role)
        if several:
            message = f"{message} {words.SEVERAL}"
        return Diagnosis(id=what.id, function=role, message=message)

    def _training(
        self,
        trace: Trace,
        failed: Sequence[CheckResult],
        views: Mapping[str, ScenarioView],
        *,
        own: bool,
    ) -> list[Diagnosis]:
        kind = "own" if own else "isolated"
        records = [
            trace.scenarios[planned.scenario.id]
            for planned in self._plan.scenarios
            if planned.scenario.kind == kind and planned.scenario.id in trace.scenarios
        ]
        broken = next((record for record in records if record.failure is not None), None)
        if broken is not None:
            return self._broken(broken, trace)
        seen = [views[record.id] for record in records if record.id in views]
        found = self._recording(failed, seen)
        if any(check.id in PATH_CHECKS for check in failed):
            found = self._way(trace, seen) + found
        return found

    def _broken(self, record: ScenarioRecord, trace: Trace) -> list[Diagnosis]:
        failure = record.failure
        if failure is None:
            return []
        found = happened.of_training(record, self._plan.preset.start, trace.loading)
        alone = None if found else happened.of_failure(failure, trace.loading)
        several = len(found) > 1
        return [
            self._happened(what, "train_model", several=several)
            for what in (found or (alone,))
            if what is not None
        ]

    def _recording(
        self, failed: Sequence[CheckResult], views: Sequence[ScenarioView]
    ) -> list[Diagnosis]:
        if not any(check.id == "loss_recorded" for check in failed) or not views:
            return []
        what = read_losses(views)
        if what is None:
            return []
        if what.detail or what.id not in HAPPENED:
            return [self._diagnosis(what.id, "train_model", detail=what.detail)]
        return [self._happened(Happening(id=what.id), "train_model")]

    def _way(self, trace: Trace, views: Sequence[ScenarioView]) -> list[Diagnosis]:
        """Name the mistake that makes the parameters go another way."""
        resting = happened.of_rest(trace, views)
        if resting:
            return self._resting(resting)
        fitting = [mutant for mutant in self._mutants["train_model"] if self._fits(mutant, views)]
        if fitting:
            return self._named(fitting, "train_model")
        anew = happened.starts_anew(views)
        if anew:
            whole = set(anew) == set(views[0].coordinates)
            detail = "" if whole else f"That is so for {' and '.join(anew)}."
            return [self._diagnosis("parameter-reset", "train_model", detail=detail)]
        motions = [motion for view in views if (motion := motion_of(view)) is not None]
        laws = read_laws(motions) if len(motions) == len(views) else []
        laws = laws or read_ends(views) or read_parts(views)
        if laws:
            return [self._diagnosis(law.id, "train_model", detail=law.detail) for law in laws]
        return []

    def _resting(self, ids: tuple[str, ...]) -> list[Diagnosis]:
        """Name what leaves the parameters where they are."""
        if len(ids) == 1:
            return [self._happened(Happening(id=ids[0]), "train_model")]
        return [self._diagnosis(found, "train_model", several=True) for found in ids]

    def _fits(self, mutant: Mutant, views: Sequence[ScenarioView]) -> bool:
        """Say whether training went the mutant's way in all scenarios, and not the reference's."""
        if mutant.mistakes[0].id in RECORDING:
            return False
        compared = different = 0
        for view in views:
            record = mutant.trace.scenarios.get(view.observed.id)
            if record is None:
                continue
            observed = path_of(view.observed, view.landscape.start, view.step_counts)
            other, steps, differs = self._way_of(record, view)
            if other is None or observed is None:
                return False
            if not same_way(observed, other, (view.steps.after if view.steps else None, steps)):
                return False
            compared += 1
            different += differs
        return compared >= 1 and different >= 1

    def _way_of(self, record: ScenarioRecord, view: ScenarioView) -> Way:
        """Return a mutant's ends and steps, and whether it leaves the reference's; read once."""
        if id(record) not in self._ways:
            start, counts = view.landscape.start, view.step_counts
            ends, expected = path_of(record, start, counts), path_of(view.expected, start, counts)
            known = ends is not None and expected is not None
            differs = known and not same_way(ends, expected, (None, None))
            self._ways[id(record)] = (ends, steps_of(record, start, counts), differs)
        return self._ways[id(record)]
