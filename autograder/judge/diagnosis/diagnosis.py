"""Diagnose one trace: what happened, then mutants that coincide, then laws; else nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from autograder.exercise.plan import Plan
from autograder.judge.checks import role_of
from autograder.judge.diagnosis import happened
from autograder.judge.diagnosis.coincidence import (
    Path,
    fails_alike,
    near,
    path_of,
    places_of,
    same_probes,
    same_way,
    steps_of,
)
from autograder.judge.diagnosis.laws import motion_of, read_ends, read_laws, read_resets, rests
from autograder.judge.mistakes.happened import HAPPENED
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.result import CheckResult, Diagnosis
from autograder.judge.view import ScenarioView
from autograder.protocol.array import unpack
from autograder.protocol.job import ROLES, ForwardProbe, Role, shown_name
from autograder.protocol.trace import ScenarioRecord, Trace

RECORDING = {
    "loss-not-recorded",
    "loss-recorded-as-tensor",
    "loss-recorded-after-update",
}
SEVERAL = "What was seen fits this and the other mistakes named."
TOGETHER = "This and {other} together give what was seen."
EITHER_PAIR = "This and {other} together give what was seen, and so does the other pair named."
MOST_PAIRS = 2
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
        for role, failed in lost.items():
            if role == "train_model":
                found += self._training(trace, failed, views, own=right)
            else:
                found += self._probed(trace, role)
        return tuple(dict.fromkeys(found))

    def _probed(self, trace: Trace, role: Role) -> list[Diagnosis]:
        ids = self._probes[role]
        for probe_id in ids:
            record = trace.probes.get(probe_id)
            if record is not None and record.failure is not None:
                kind = happened.of_failure(record.failure, trace.loading)
                return [self._happened(kind, role)] if kind else []
        singles, pairs = self._split(role)
        fitting = [m for m in singles if same_probes(trace.probes, m.trace.probes, ids)]
        if fitting:
            return self._named(fitting, role)
        if role == "forward" and self._rests(trace, ids):
            return [self._diagnosis("forward-ignores-parameters", role)]
        fitting = [m for m in pairs if same_probes(trace.probes, m.trace.probes, ids)]
        return self._paired(fitting, role)

    def _rests(self, trace: Trace, ids: tuple[str, ...]) -> bool:
        """Say whether forward gives other values, and nothing of them follows the parameters."""
        for probe_id in ids:
            observed, expected = trace.probes.get(probe_id), self._reference.probes[probe_id]
            if observed is None or observed.value is None or expected.value is None:
                return False
            gradients = (observed.gradients or {}).values()
            if any(unpack(gradient).any() for gradient in gradients):
                return False
            if near(unpack(observed.value).reshape(-1), unpack(expected.value).reshape(-1)):
                return False
        return True

    def _named(self, fitting: Sequence[Mutant], role: Role) -> list[Diagnosis]:
        """Return the single mistakes that fit; several are said to be several."""
        ids = list(dict.fromkeys(mutant.mistakes[0].id for mutant in fitting))
        text = SEVERAL if len(ids) > 1 else ""
        return [self._diagnosis(i, role, more=text) for i in ids]

    def _paired(self, fitting: Sequence[Mutant], role: Role) -> list[Diagnosis]:
        """Return the pair that fits, two that do as several; more would be a guess."""
        pairs = list(dict.fromkeys(tuple(m.id for m in mutant.mistakes) for mutant in fitting))
        if len(pairs) > MOST_PAIRS:
            return []
        text = TOGETHER if len(pairs) == 1 else EITHER_PAIR
        found = []
        for pair in pairs:
            for one, other in (pair, pair[::-1]):
                found.append(self._diagnosis(one, role, more=text.format(other=other)))
        return found

    def _diagnosis(
        self, mistake_id: str, role: Role, *, detail: str = "", more: str = ""
    ) -> Diagnosis:
        mistake = next(m for m in MISTAKES if m.id == mistake_id and m.function == role)
        texts = (mistake.explanation, detail, more)
        return Diagnosis(
            id=mistake_id, function=role, message=" ".join(text for text in texts if text)
        )

    def _happened(self, kind: str, role: Role) -> Diagnosis:
        for mistake in MISTAKES:
            if mistake.id == kind and mistake.function == role:
                return Diagnosis(id=kind, function=role, message=mistake.explanation)
        text = HAPPENED[kind].format(name=shown_name(self._contract, role))
        return Diagnosis(id=kind, function=role, message=text)

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
            return self._broken(broken, trace) or self._failing(records)
        seen = [views[record.id] for record in records if record.id in views]
        found = self._recording(failed, seen)
        if any(check.id in PATH_CHECKS for check in failed):
            found = self._way(trace, seen) + found
        return found

    def _broken(self, record: ScenarioRecord, trace: Trace) -> list[Diagnosis]:
        failure = record.failure
        if failure is None:
            return []
        kind = happened.of_training(record, self._plan.preset.start)
        kind = kind or happened.of_failure(failure, trace.loading)
        return [self._happened(kind, "train_model")] if kind else []

    def _failing(self, records: Sequence[ScenarioRecord]) -> list[Diagnosis]:
        """Name the mistakes whose mutants end in the same error in all scenarios."""
        fitting = [
            mutant
            for mutant in self._mutants["train_model"]
            if len(mutant.mistakes) == 1 and fails_alike(records, mutant.trace.scenarios)
        ]
        return self._named(fitting, "train_model")

    def _recording(
        self, failed: Sequence[CheckResult], views: Sequence[ScenarioView]
    ) -> list[Diagnosis]:
        if not any(check.id == "loss_recorded" for check in failed) or not views:
            return []
        kind = happened.of_losses(views)
        return [self._diagnosis(kind, "train_model")] if kind else []

    def _way(self, trace: Trace, views: Sequence[ScenarioView]) -> list[Diagnosis]:
        """Name the mistake that makes the parameters go another way."""
        if not views:
            return []
        if all(rests(view) for view in views):
            return self._resting(trace, views)
        singles, pairs = self._split("train_model")
        fitting = [mutant for mutant in singles if self._fits(mutant, views)]
        if fitting:
            return self._named(fitting, "train_model")
        motions = [motion for view in views if (motion := motion_of(view)) is not None]
        laws = read_laws(motions) if len(motions) == len(views) else []
        laws = laws + read_resets(views) or read_ends(views)
        if laws:
            return [self._diagnosis(law.id, "train_model", detail=law.detail) for law in laws]
        return self._paired([m for m in pairs if self._fits(m, views)], "train_model")

    def _split(self, role: Role) -> tuple[list[Mutant], list[Mutant]]:
        """Return a function's mutants: those of one mistake, and those of two."""
        mutants = self._mutants[role]
        singles = [mutant for mutant in mutants if len(mutant.mistakes) == 1]
        return singles, [mutant for mutant in mutants if len(mutant.mistakes) > 1]

    def _resting(self, trace: Trace, views: Sequence[ScenarioView]) -> list[Diagnosis]:
        """Name what leaves all parameters where they are: side evidence tells some apart."""
        if trace.loading is not None and trace.loading.shadowed:
            return [self._diagnosis("shadowed-parameter", "train_model")]
        backwards = any(
            len(unpack(array))
            for view in views
            for call in view.observed.calls
            for array in call.fresh.values()
        )
        other = "gradient-zeroed-before-update" if backwards else "backward-missing"
        return [self._diagnosis(i, "train_model", more=SEVERAL) for i in (other, "no-update")]

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
            places = places_of(view.steps) if view.steps else None
            if not same_way(observed, other, (places, steps)):
                return False
            compared += 1
            different += differs
        return compared >= 1 and different >= 1

    def _way_of(self, record: ScenarioRecord, view: ScenarioView) -> Way:
        """Return a mutant's ends and steps, and whether it leaves the reference's; read once."""
        if id(record) not in self._ways:
            start, counts = view.landscape.start, view.step_counts
            ends, expected = path_of(record, start, counts), path_of(view.expected, start, counts)
            differs = False
            if ends is not None and expected is not None:
                differs = not same_way(ends, expected, (None, None))
            self._ways[id(record)] = (ends, steps_of(record, start, counts), differs)
        return self._ways[id(record)]
