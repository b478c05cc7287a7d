"""The mutants of one lab, and which of them did what a submission did."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from autograder.exercise.plan import Plan
from autograder.judge.diagnosis.coincidence import (
    Path,
    fails_alike,
    path_of,
    places_of,
    same_probes,
    same_way,
)
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.steps import Steps, read_steps
from autograder.judge.view import ScenarioView
from autograder.protocol.job import ROLES, ForwardProbe, Role
from autograder.protocol.trace import ScenarioRecord, Trace

RECORDING = {
    "loss-not-recorded",
    "loss-recorded-as-tensor",
    "loss-recorded-after-update",
}
Way = tuple[Path | None, Steps | None, bool]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mutant:
    """The reference with one mistake, or a pair within one function, and what it did."""

    mistakes: tuple[Mistake, ...]
    trace: Trace

    @property
    def role(self) -> Role:
        """The function that the mistake is in."""
        return self.mistakes[0].function


class Mutants:
    """All mutants of a lab that do anything else than its reference."""

    def __init__(self, plan: Plan, reference: Trace, mutants: Sequence[Mutant]) -> None:
        self.probes: Mapping[Role, tuple[str, ...]] = {
            "forward": tuple(p.id for p in plan.probes if isinstance(p, ForwardProbe)),
            "criterion": tuple(p.id for p in plan.probes if not isinstance(p, ForwardProbe)),
        }
        self._reference = reference
        self._ways: dict[int, Way] = {}  # by the records of mutants, which live as long
        self._of = {role: [m for m in mutants if self._counts(m, role)] for role in ROLES}

    def _counts(self, mutant: Mutant, role: Role) -> bool:
        """Say whether a mutant is of a function, and of use: else it names nothing."""
        if mutant.role != role or role == "train_model":
            return mutant.role == role
        ids = self.probes[role]
        return not same_probes(mutant.trace.probes, self._reference.probes, ids)

    def _those(self, role: Role, *, pairs: bool) -> list[Mutant]:
        """Return a function's mutants of one mistake, or those of two."""
        return [mutant for mutant in self._of[role] if (len(mutant.mistakes) > 1) is pairs]

    def with_values(self, trace: Trace, role: Role, *, pairs: bool = False) -> list[Mutant]:
        """Return the mutants whose forward or criterion gave the same in every probe."""
        ids = self.probes[role]
        mutants = self._those(role, pairs=pairs)
        return [m for m in mutants if same_probes(trace.probes, m.trace.probes, ids)]

    def with_way(self, views: Sequence[ScenarioView], *, pairs: bool = False) -> list[Mutant]:
        """Return the mutants that trained the same way in all scenarios."""
        return [m for m in self._those("train_model", pairs=pairs) if self._fits(m, views)]

    def with_error(self, records: Sequence[ScenarioRecord]) -> list[Mutant]:
        """Return the mutants that end in the same error in all scenarios."""
        mutants = self._those("train_model", pairs=False)
        return [m for m in mutants if fails_alike(records, m.trace.scenarios)]

    def _fits(self, mutant: Mutant, views: Sequence[ScenarioView]) -> bool:
        """Say whether training went the mutant's way in all scenarios, and not the reference's."""
        if mutant.mistakes[0].id in RECORDING:
            return False
        compared = different = 0
        for view in views:
            record = mutant.trace.scenarios.get(view.observed.id)
            if record is None:  # nobody knows how the mutant goes there
                return False
            observed = path_of(view.observed, view.landscape.start, view.step_counts)
            other, steps, differs = self._way_of(record, view)
            if other is None or observed is None:
                return False
            if view.steps and steps and len(view.steps.moves) != len(steps.moves):
                return False
            places = [places_of(each) if each else None for each in (view.steps, steps)]
            if not same_way(observed, other, (places[0], places[1])):
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
            self._ways[id(record)] = (ends, read_steps(record, start, counts), differs)
        return self._ways[id(record)]
