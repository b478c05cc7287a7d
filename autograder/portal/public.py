"""What the public checks say of a submission that was graded: as ``autograder check`` would.

Its stored trace is judged by what students have, so no student code runs, and nothing that is
hidden decides anything.
"""

from __future__ import annotations

import dataclasses

import msgspec

from autograder.course.folder import Course
from autograder.errors import AutograderError
from autograder.exercise.published import load_published, public_plan
from autograder.exercise.spec import Says
from autograder.grading.cache import Store
from autograder.grading.lab import load_lab
from autograder.grading.record import Grade
from autograder.judge.judge import Judge
from autograder.judge.result import Finding, Verdict
from autograder.notebook.public import shown
from autograder.report.write import planned_as
from autograder.words.text import text

UNTRIED = Finding(outcome="skipped", message=text("public-untried"))
"""Where forward or criterion is wrong, training is told apart by what only grading tries."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PublicChecks:
    """A lab's. ``broken`` judges what ended before it was done: what was not seen then failed."""

    exercise_sha256: str
    judge: Judge
    broken: Judge
    store: Store
    says: Says

    def of(self, grade: Grade) -> Verdict | None:
        """Return what they say, None where nothing of it is stored, or the lab is another now."""
        trace = self.store.read_trace(grade.trace) if grade.trace else None
        if trace is None or grade.exercise_sha256 != self.exercise_sha256:
            return None
        judge = self.judge if trace.ending == "done" else self.broken
        verdict = judge.judge(trace)
        checks = tuple(shown(one, self.says) for one in verdict.checks)
        return msgspec.structs.replace(verdict, checks=checks)


def open_checks(course: Course, lab: str) -> PublicChecks | None:
    """Return a lab's public checks, None where students have no numbers of it as it is now."""
    try:
        loaded = load_lab(course, lab)
        published = load_published(course.expected(lab))
    except AutograderError:
        return None
    exercise = loaded.plan.exercise
    if not all(planned_as(exercise, one) for one in published.scenarios if one.kind == "own"):
        return None
    plan, reference = public_plan(exercise), published.reference()
    return PublicChecks(
        exercise_sha256=loaded.sha256,
        judge=Judge(plan, reference, unobserved=UNTRIED),
        broken=Judge(plan, reference),
        store=Store(course.graded, lab),
        says=exercise.check_says,
    )
