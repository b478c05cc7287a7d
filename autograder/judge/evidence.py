"""What a check looks at: one probe or one scenario, observed and expected side by side."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import math

import msgspec
import numpy as np

from autograder.exercise.plan import PlannedScenario
from autograder.exercise.spec import Tolerance
from autograder.judge.compare import Values, compare
from autograder.judge.objective import LossSurface
from autograder.judge.steps import Steps, counts_of, end_of, in_turn, read_steps
from autograder.protocol.codec import encode
from autograder.protocol.job import Contract, Rule
from autograder.protocol.trace import ProbeRecord, ScenarioRecord

NEAR = Tolerance(rtol=1e-3, atol=1e-3)
ON_THE_WAY = 10.0  # a step from there would still be so many times as large as what counts as near


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProbeView:
    """One call of forward or criterion, the student's and the reference's.

    ``label`` is what the function is called to students. ``differentiable``: whether
    its result carries gradients, which it does where torch computes it.
    """

    observed: ProbeRecord
    expected: ProbeRecord
    public: bool
    label: str
    differentiable: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScenarioView:
    """One training scenario, the student's record and the reference's.

    ``rule`` is the lab's own, where it is more than gradient descent; ``contract`` is the lab's,
    where it is known.
    """

    planned: PlannedScenario
    observed: ScenarioRecord
    expected: ScenarioRecord
    landscape: LossSurface
    rule: Rule | None = None
    contract: Contract | None = None

    @functools.cached_property
    def counts(self) -> tuple[int, ...]:
        """Iterations of each call; where training stops early, as many as the reference ran."""
        return counts_of(self.planned, self.expected, self.landscape.batches)

    @property
    def step_counts(self) -> tuple[int, ...]:
        """Steps that each call should take: one an iteration, or one a batch."""
        return tuple(count * self.landscape.batches for count in self.counts)

    @functools.cached_property
    def digest(self) -> bytes:
        """A digest of all that was observed."""
        return hashlib.sha256(encode(self.observed)).digest()

    @functools.cached_property
    def steps(self) -> Steps | None:
        """The student's training process, None where it could not be seen."""
        return self.steps_of(self.observed)

    @functools.cached_property
    def expected_steps(self) -> Steps | None:
        """The reference's training process, None where it could not be seen."""
        return self.steps_of(self.expected)

    def steps_of(self, record: ScenarioRecord) -> Steps | None:
        """Return the training process of any record of this scenario."""
        start, counts = self.landscape.start, self.step_counts
        return read_steps(
            record,
            start,
            counts,
            keeps_best=self.planned.keeps_best,
            stops_early=self.planned.stops_early,
        )

    @functools.cached_property
    def gradients(self) -> Values:
        """Trusted gradients at the parameters before each step, ``[N, P]``, of its own batch."""
        steps = self.steps
        if steps is None:
            return np.zeros((0, self.landscape.start.size))
        if in_turn(steps.taken(len(self.counts)), self.landscape.batches):
            return self.landscape.step_gradients(steps.before)
        return self.landscape.evaluate(steps.before)[1]  # which batch is used is not known

    @functools.cached_property
    def reached(self) -> bool:
        """Whether training ended where the reference's did, on its way and not at the goal.

        Where steps cannot be seen this is evidence of them: on data never seen before, only right
        steps end at a place on the way.
        """
        ends, wanted = np.vstack(self.ends), np.vstack(self.expected_ends)
        if compare(ends, wanted, at=self.observed.id, tolerance=NEAR) is not None:
            return False
        _, gradients = self.landscape.evaluate(wanted[-1:])
        rate = self.planned.scenario.situation.learning_rate
        bounds = NEAR.atol + NEAR.rtol * np.abs(wanted[-1])
        return bool((np.abs(rate * gradients[0]) > ON_THE_WAY * bounds).any())

    @functools.cached_property
    def ends(self) -> list[Values]:
        """The student's parameters after each call, ``[P]`` each."""
        return [end_of(call) for call in self.observed.calls]

    @functools.cached_property
    def expected_ends(self) -> list[Values]:
        """The reference's parameters after each call."""
        return [end_of(call) for call in self.expected.calls]

    @property
    def coordinates(self) -> tuple[str, ...]:
        """For each of the flat parameters, the name of the parameter that it belongs to."""
        start = self.planned.scenario.situation.start
        return tuple(name for name, array in start.items() for _ in range(math.prod(array.shape)))


def without_graphs(record: ScenarioRecord) -> ScenarioRecord:
    """Return a record in which no entry of the loss list carries a graph.

    With our criterion in place of one that returns numbers, entries are tensors that no list of
    the student's would contain.
    """
    calls = [
        call
        if call.losses is None
        else msgspec.structs.replace(
            call,
            losses=msgspec.structs.replace(call.losses, kinds=call.losses.kinds.replace("g", "n")),
        )
        for call in record.calls
    ]
    return msgspec.structs.replace(record, calls=tuple(calls))
