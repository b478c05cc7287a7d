"""The light half of a run: check the paths, choose the isolation, name the engine.

Imports neither torch nor the judge: where every grade is reused, neither is needed, and else the
zygote starts first, so that both load side by side.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from autograder.course.folder import Course, find_course, require_writable
from autograder.course.submission import Submission, find_submissions
from autograder.engines.engine import LOCAL, Engine, scheduler_address
from autograder.engines.pool import LocalEngine
from autograder.errors import CourseError, IsolationError
from autograder.grading.variant import ONE, Variants, course_variants
from autograder.sandbox.detection import Trial, detect
from autograder.sandbox.message import Level, Policy
from autograder.sandbox.registry import STRONG
from autograder.words.catalogue import say

ENTRY = "autograder.worker.entry"
CLUSTER = "autograder.engines.cluster"  # imported only where it is asked for: it loads dask


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What the command line says."""

    submitted: Path
    assignment: str
    course: Path | None = None
    out: Path | None = None
    jobs: int = 1
    engine: str = LOCAL
    fresh: bool = False
    real_plots: bool = False
    allow_weak_isolation: bool = False
    timeout_seconds: float | None = None
    memory_bytes: int = 1_024_000_000
    disk_bytes: int = 64_000_000
    output_bytes: int = 1_000_000
    processes: int = 32
    students: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()

    def policy(self) -> Policy:
        """Return the sandbox's hard limits, but for the time: a lab says how much of that."""
        return Policy(
            memory_bytes=self.memory_bytes,
            disk_bytes=self.disk_bytes,
            output_bytes=4 * self.output_bytes,
            processes=self.processes,
        )


def choose_isolation(*, allow_weak: bool) -> Trial:
    """Return the best level that works. Raises IsolationError where only a weak one does."""
    trial = detect()
    if trial.level not in STRONG and not allow_weak:
        raise IsolationError(say("no-secure-sandbox"))
    return trial


def choose_engine(settings: Settings, submissions: int) -> tuple[Level, Callable[[], Engine]]:
    """Return the level that will be used, and what starts the engine.

    Raises AutograderError where it cannot be had.
    """
    address = scheduler_address(settings.engine)
    policy = settings.policy()
    if not address:
        level = choose_isolation(allow_weak=settings.allow_weak_isolation).level
        jobs = max(1, min(settings.jobs, submissions))
        return level, lambda: LocalEngine(level, policy, ENTRY, jobs)
    try:
        cluster = importlib.import_module(CLUSTER)
    except ModuleNotFoundError as error:
        raise CourseError(say("engine-needs", engine=settings.engine, name=error.name)) from error
    weak = settings.allow_weak_isolation
    engine: Engine = cluster.DaskEngine(
        address, policy, ENTRY, label=settings.assignment, allow_weak=weak
    )
    return engine.level, lambda: engine


@dataclasses.dataclass(frozen=True, kw_only=True)
class Opening:
    """A run about to start: what is graded, where, and by which engine.

    Those that are ``accepted`` count from now on even if they say that they are of another lab.
    ``variants`` says who is graded with which hidden data.
    """

    settings: Settings
    course: Course
    submissions: list[Submission]
    out: Path
    level: Level
    start_engine: Callable[[], Engine]
    accepted: Sequence[Submission] = ()
    variants: Variants = ONE

    @functools.cached_property
    def engine(self) -> Engine:
        """The engine; it starts when it is first asked for."""
        return self.start_engine()

    def knowing(self, variants: Mapping[str, Sequence[int]]) -> Opening:
        """Return the run in which students keep the variants of their attempts."""
        return dataclasses.replace(
            self, variants=dataclasses.replace(self.variants, known=variants)
        )

    @property
    def strong(self) -> bool:
        """Whether the isolation counts."""
        return self.level in STRONG

    def close(self) -> None:
        """End the engine, if it was started and has not ended."""
        engine = self.__dict__.pop("engine", None)
        if engine is not None:
            engine.close()


def open_run(settings: Settings) -> Opening:
    """Check everything that is cheap to check. Raises AutograderError."""
    course = find_course(settings.course, settings.submitted)
    course.exercise(settings.assignment)
    course.reference(settings.assignment)
    submissions = find_submissions(settings.submitted, settings.assignment, course.lab_names())
    if not submissions:
        raise CourseError(say("no-submissions", submitted=settings.submitted))
    _require_students(submissions, course, settings)
    accepted = _only(submissions, settings.accept, settings)
    if settings.students:
        submissions = _only(submissions, settings.students, settings)
    out = require_writable(settings.out or course.graded)
    level, start_engine = choose_engine(settings, len(submissions))
    return Opening(
        settings=settings,
        course=course,
        submissions=submissions,
        accepted=accepted,
        out=out,
        level=level,
        start_engine=start_engine,
        variants=course_variants(course),
    )


def _require_students(submissions: list[Submission], course: Course, settings: Settings) -> None:
    """Raise CourseError where the folder is one student's, with a folder a lab."""
    labs = set(course.lab_names())
    if all(one.student in labs and one.in_folder for one in submissions):
        folder = settings.submitted.resolve()
        raise CourseError(
            say(
                "labs-not-students",
                name=folder.name,
                parent=folder.parent,
                submitted=settings.submitted,
            )
        )


def _only(
    submissions: list[Submission], students: Iterable[str], settings: Settings
) -> list[Submission]:
    """Return the submissions of the students asked for. Raises CourseError for an unknown one."""
    by_student = {submission.student: submission for submission in submissions}
    wanted = sorted({*students})
    for student in wanted:
        if student not in by_student:
            raise CourseError(say("no-entry", student=student, submitted=settings.submitted))
    return [by_student[student] for student in wanted]
