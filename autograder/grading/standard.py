"""What submissions of a lab are measured by: the reference's trace and those of known mistakes.

Whoever has these needs no reference any more: a package holds them instead of it.
"""

from __future__ import annotations

import dataclasses

from autograder.errors import SandboxError
from autograder.exercise.plan import Plan
from autograder.grading.lab import Lab
from autograder.grading.mutants import observe_mutants, observe_part_mutants
from autograder.grading.observe import Observatory
from autograder.grading.own_mistakes import own_mistakes
from autograder.grading.settle import settled
from autograder.judge.cache import Cache
from autograder.judge.diagnosis.course import CourseMistake
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.diagnosis.mutants import Mutant
from autograder.judge.diagnosis.part_mutants import PartMutant
from autograder.judge.judge import Judge, require_full_marks, require_whole
from autograder.protocol.job import Budget, File
from autograder.protocol.trace import Trace
from autograder.words.catalogue import say


@dataclasses.dataclass(frozen=True, kw_only=True)
class Standard:
    """See the module's docstring. Nothing in ``plan`` waits for the reference any more."""

    plan: Plan
    reference: Trace
    mutants: tuple[Mutant, ...] = ()
    own: tuple[CourseMistake, ...] = ()
    parts: tuple[PartMutant, ...] = ()
    cache: Cache = dataclasses.field(default_factory=Cache, repr=False, compare=False)

    def judge(self, *, diagnose: bool = True) -> Judge:
        """Return the judge of the lab; without ``diagnose`` it names no mistake."""
        if not diagnose:
            return Judge(self.plan, self.reference, cache=self.cache)
        diagnoser = Diagnoser(self.plan, self.reference, self.mutants, self.own, self.parts)
        return Judge(self.plan, self.reference, diagnoser, cache=self.cache)

    def require_full_marks(self, path: str) -> None:
        """Raise CourseError naming the check in which the reference's own trace loses points."""
        require_full_marks(self.judge(diagnose=False).judge(self.reference), path)


def observe_standard(
    lab: Lab, observatory: Observatory, budget: Budget, *, diagnose: bool = True
) -> Standard:
    """Observe the reference through the same path as everyone, and require full marks.

    Then the known mistakes and the course's own, or their stored traces. Raises AutograderError.
    """
    path, source = lab.reference_path, lab.reference_source
    lab = dataclasses.replace(lab, plan=settled(lab.plan, path, source, observatory, budget))
    job = lab.job((File(name=path.name, data=source),), budget)
    trace = observatory.observe_one(job).trace
    if trace.ending == "sandbox":
        raise SandboxError(say("reference-not-observed", path=path, detail=trace.detail))
    require_whole(trace, str(path))
    standard = Standard(plan=lab.plan, reference=trace)
    standard.require_full_marks(str(path))
    if not diagnose:
        return standard
    return dataclasses.replace(
        standard,
        mutants=observe_mutants(lab, observatory, budget),
        own=own_mistakes(lab, observatory, budget),
        parts=observe_part_mutants(lab, observatory, budget),
    )
