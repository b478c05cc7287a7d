"""What a judge needs to know of a lab, from its spec or from what students receive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from autograder.exercise.part import PartCheck, Random
from autograder.exercise.recorded import Measured, RecordedCheck
from autograder.exercise.spec import Tolerance
from autograder.protocol.job import Contract, Probe, Situation
from autograder.protocol.script import Sought
from autograder.protocol.trace import ScriptRecord

if TYPE_CHECKING:
    import torch

    from autograder.exercise.plan import PlannedScenario
    from autograder.exercise.scripts import PlannedScript


class Terms(Protocol):
    """A lab's checks with their points and tolerances; its objective where that is known."""

    @property
    def lab(self) -> str:
        """The lab's slug."""

    @property
    def contract(self) -> Contract:
        """How its code is driven."""

    @property
    def points(self) -> Mapping[str, float]:
        """Points by check."""

    @property
    def part_checks(self) -> Mapping[str, PartCheck]:
        """The checks of parts other than training, by their ids."""

    @property
    def random_parts(self) -> Mapping[str, Random]:
        """The parts whose results are random; none where their claims are not known."""

    @property
    def recorded_checks(self) -> Mapping[str, RecordedCheck]:
        """The checks of further lists that training fills, and of how it evaluates."""

    @property
    def measured(self) -> Mapping[str, Measured]:
        """What computes the values of those lists; nothing on a student's machine."""

    @property
    def max_score(self) -> float:
        """The sum of all points."""

    @property
    def batch_size(self) -> int | None:
        """Samples of one step; None where each step takes all."""

    @property
    def objective(
        self,
    ) -> Callable[[Mapping[str, torch.Tensor], Mapping[str, torch.Tensor]], torch.Tensor] | None:
        """The full-data loss; None on a student's machine: it is a part of the solution."""

    def tolerance(self, check: str) -> Tolerance:
        """Return the tolerance of a check."""


class Measure(Protocol):
    """Everything that is observed of a lab, and by which terms."""

    @property
    def exercise(self) -> Terms:
        """The lab's terms."""

    @property
    def preset(self) -> Situation:
        """The situation in which cells are run."""

    @property
    def public_probes(self) -> frozenset[str]:
        """The ids of probes that students may see."""

    @property
    def probes(self) -> tuple[Probe, ...]:
        """All probes."""

    @property
    def scenarios(self) -> tuple[PlannedScenario, ...]:
        """All scenarios."""

    @property
    def scripts(self) -> tuple[PlannedScript, ...]:
        """All scripts of parts."""

    @property
    def accepted(self) -> Mapping[str, tuple[Mapping[str, ScriptRecord], ...]]:
        """What files give that are right as well, by part: records by script."""

    @property
    def sought(self) -> tuple[Sought, ...]:
        """The names that the parts need."""
