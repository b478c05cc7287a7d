"""One run of ``autograder grade``: settings in, ordered grades out, everything stored."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from autograder.course.folder import find_course
from autograder.engines.local import LocalEngine
from autograder.errors import IsolationError
from autograder.grading.grade import Grade, Grader, submissions_in, to_json
from autograder.grading.lab import load_lab
from autograder.grading.observation import ENTRY
from autograder.grading.store import Store
from autograder.sandbox.detection import Trial, detect
from autograder.sandbox.message import Level
from autograder.sandbox.policy import Policy
from autograder.sandbox.registry import STRONG


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """What the command line says."""

    submitted: Path
    assignment: str
    course: Path | None = None
    out: Path | None = None
    jobs: int = 1
    fresh: bool = False
    allow_weak_isolation: bool = False
    timeout_seconds: float = 10.0
    memory_bytes: int = 1_024_000_000
    disk_bytes: int = 64_000_000
    output_bytes: int = 1_000_000
    processes: int = 32

    def policy(self) -> Policy:
        """Return the sandbox's hard limits."""
        return Policy(
            wall_seconds=self.timeout_seconds,
            cpu_seconds=math.ceil(self.timeout_seconds) + 1,
            memory_bytes=self.memory_bytes,
            disk_bytes=self.disk_bytes,
            output_bytes=4 * self.output_bytes,
            processes=self.processes,
        )


def choose_isolation(*, allow_weak: bool) -> Trial:
    """Return the best level that works. Raises IsolationError where only a weak one does."""
    trial = detect()
    if trial.level not in STRONG and not allow_weak:
        raise IsolationError(
            "no isolation that counts works here, and submissions are untrusted code; "
            "'autograder doctor' says why, --allow-weak-isolation runs them all the same"
        )
    return trial


class Session:
    """Opens everything on entry, in the order in which mistakes are cheap to tell."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.sandbox_errors = 0
        self.reused = 0
        self.results_path = Path()

    def __enter__(self) -> Session:
        settings = self._settings
        course = find_course(settings.course, settings.submitted)
        course.exercise(settings.assignment)
        self._submissions = submissions_in(settings.submitted, settings.assignment)
        self.total = len(self._submissions)
        trial = choose_isolation(allow_weak=settings.allow_weak_isolation)
        self.level: Level = trial.level
        self.strong = trial.level in STRONG
        jobs = max(1, min(settings.jobs, self.total))
        self._engine = LocalEngine(trial.level, settings.policy(), ENTRY, jobs)
        try:
            lab = load_lab(course, settings.assignment)
            self.lab_name = lab.name
            self._store = Store(settings.out or course.graded, lab.name)
            self._grader = Grader(
                lab,
                self._engine,
                settings.policy(),
                self._store,
                output_bytes=settings.output_bytes,
                fresh=settings.fresh,
            )
        except BaseException:
            self._engine.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._engine.close()

    def grades(self) -> Iterator[Grade]:
        """Yield the grades in the order of the students' ids; store them even when cut short."""
        waiting: dict[str, Grade] = {}
        lines: dict[str, bytes] = {}
        order = iter([submission.student for submission in self._submissions])
        turn = next(order, None)
        try:
            for grade in self._grader.grade(self._settings.submitted, self._submissions):
                waiting[grade.student] = grade
                lines[grade.student] = to_json(grade)
                self.sandbox_errors += grade.status == "sandbox_error"
                self.reused += grade.reused
                while turn in waiting:
                    yield waiting.pop(turn)
                    turn = next(order, None)
        finally:
            if lines:
                students = (s.student for s in self._submissions if s.student in lines)
                self.results_path = self._store.write_results(lines[s] for s in students)
