"""A lab's own mistakes: files in ``rejected/`` with the words for students, observed once.

Their traces are stored as those of submissions are. A file is run like a submission: it may be one.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograder.course.header import without_header
from autograder.exercise.plan import Plan
from autograder.grading.declared import Declared, own_declared, rejected
from autograder.grading.lab import Lab
from autograder.grading.observe import Observatory
from autograder.judge.diagnosis.course import CourseMistake
from autograder.protocol.job import Budget, Job
from autograder.protocol.trace import Trace


def own_mistakes(lab: Lab, observatory: Observatory, budget: Budget) -> tuple[CourseMistake, ...]:
    """Return the mistakes that a lab's files bring. Raises CourseError with file and line."""
    files = rejected(lab.reference_path.parent)
    declared = own_declared(files, lab.plan.exercise.points)
    return observe_own(declared, lab.plan, observatory, budget)


def observe_own(
    declared: Sequence[Declared], plan: Plan, observatory: Observatory, budget: Budget
) -> tuple[CourseMistake, ...]:
    """Return mistakes with their traces; what did not run to its end is never shown."""
    jobs = (own_job(plan, one.path.read_bytes(), budget) for one in declared)
    traces = {n: result[-1].trace for n, result in observatory.observe(enumerate(jobs))}
    found = [
        course_mistake(one, traces[number])
        for number, one in enumerate(declared)
        if traces[number].ending == "done"
    ]
    return tuple(one for one in found if one is not None)


def own_job(plan: Plan, data: bytes, budget: Budget) -> Job:
    """Return the job of a file in ``rejected/``; other words in its header make no other job."""
    return plan.job(f"{plan.exercise.lab}.py", without_header(data), budget)


def course_mistake(declared: Declared, trace: Trace) -> CourseMistake | None:
    """Return the mistake that a file brings, None where it brings none."""
    own = declared.own
    if own is None:
        return None
    return CourseMistake(id=own.id, says=own.says, hint=own.hint, fails=declared.fails, trace=trace)
