"""Grade a folder of submissions: read, observe (or reuse a trace), judge, store."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec

from autograder.course.submission import Submission, read_submission
from autograder.engines.engine import Engine
from autograder.engines.identity import versions
from autograder.errors import CourseError, SandboxError
from autograder.grading.bank import observe_mutants
from autograder.grading.lab import Lab
from autograder.grading.observation import budget_for, trace_key, trace_of
from autograder.grading.store import Store
from autograder.judge import words
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.judge import Judge, require_full_marks
from autograder.judge.result import CheckResult, Diagnosis, Status, Verdict
from autograder.protocol.codec import encode
from autograder.protocol.job import Job
from autograder.protocol.trace import Trace
from autograder.sandbox.message import Level, Report
from autograder.sandbox.policy import Policy

_log = logging.getLogger(__name__)


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """One line of ``autograder grade --json``."""

    student: str
    assignment: str
    status: Status
    score: float | None
    max_score: float
    checks: tuple[CheckResult, ...]
    diagnosis: tuple[Diagnosis, ...]
    departure: str = ""
    message: str
    notes: tuple[str, ...]
    isolation: Level
    seconds: float
    reused: bool
    submission_sha256: str
    exercise_sha256: str
    versions: dict[str, str]


def to_json(grade: Grade) -> bytes:
    """Return one JSON object; what HTML could take for a tag is escaped."""
    text = msgspec.json.encode(grade)
    for character, escape in ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026")):
        text = text.replace(character, escape)
    return text.replace("\u2028".encode(), b"\\u2028").replace("\u2029".encode(), b"\\u2029")


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Pending:
    """A submission on its way through the engine."""

    submission: Submission
    sha256: str
    job: Job
    key: str


class Grader:
    """Grades submissions of one lab with one engine."""

    def __init__(
        self,
        lab: Lab,
        engine: Engine,
        policy: Policy,
        store: Store,
        *,
        output_bytes: int = 1_000_000,
        fresh: bool = False,
        diagnose: bool = True,
    ) -> None:
        self._lab = lab
        self._engine = engine
        self._policy = policy
        self._budget = budget_for(policy, output_bytes)
        self._store = store
        self._fresh = fresh
        self._diagnose = diagnose
        self._judge: Judge | None = None

    def prepare(self) -> None:
        """Observe the reference through the same path as everyone, and require full marks."""
        path = self._lab.reference_path
        pending = self._pending(Submission(student="reference"), path.name, path.read_bytes())
        trace = self._store.read_trace(pending.key)
        if trace is None:
            ((_, report),) = self._engine.run([(0, encode(pending.job))])
            trace = trace_of(pending.job, report, self._policy)
            self._store.write_trace(pending.key, trace)
        if trace.ending == "sandbox":
            raise SandboxError(f"{path}: could not be observed: {trace.detail}")
        judge = Judge(self._lab.plan, trace)
        require_full_marks(judge.judge(trace), str(path))
        self._judge = Judge(self._lab.plan, trace, self._diagnoser(trace))

    def _diagnoser(self, reference: Trace) -> Diagnoser | None:
        """Observe the reference with each known mistake in it, or take the stored traces."""
        if not self._diagnose:
            return None
        mutants = observe_mutants(self._lab, self._engine, self._policy, self._store, self._budget)
        return Diagnoser(self._lab.plan, reference, mutants)

    def grade(self, folder: Path, submissions: list[Submission]) -> Iterator[Grade]:
        """Yield a grade for each submission as it is done, in any order."""
        if self._judge is None:
            self.prepare()
        done: list[Grade] = []
        waiting: dict[int, _Pending] = {}
        jobs = self._jobs(folder, submissions, waiting, done)
        for number, report in self._engine.run(jobs):
            yield from _drain(done)
            pending = waiting.pop(number)
            trace = trace_of(pending.job, report, self._policy)
            self._store.write_trace(pending.key, trace)
            yield self._judged(pending, trace, report)
        yield from _drain(done)

    def _jobs(
        self,
        folder: Path,
        submissions: list[Submission],
        waiting: dict[int, _Pending],
        done: list[Grade],
    ) -> Iterator[tuple[int, bytes]]:
        """Yield jobs as the engine asks for them; what needs no run goes straight to ``done``."""
        for number, submission in enumerate(submissions):
            if submission.problem:
                done.append(self._ungradable(submission, submission.problem))
                continue
            try:
                source = read_submission(folder, submission)
            except ValueError as error:
                done.append(self._ungradable(submission, f"{submission.filename}: {error}"))
                continue
            except OSError as error:
                problem = f"{submission.filename}: cannot be read: {error.strerror}"
                done.append(self._ungradable(submission, problem, ours=error.errno != errno.ELOOP))
                continue
            pending = self._pending(submission, submission.filename, source)
            trace = None if self._fresh else self._store.read_trace(pending.key)
            if trace is not None:
                done.append(self._judged(pending, trace, None))
                continue
            waiting[number] = pending
            yield number, encode(pending.job)

    def _pending(self, submission: Submission, filename: str, source: bytes) -> _Pending:
        suffix = "ipynb" if filename.lower().endswith(".ipynb") else "py"
        job = self._lab.plan.job(f"{self._lab.name}.{suffix}", source, self._budget)
        return _Pending(
            submission=submission,
            sha256=hashlib.sha256(source).hexdigest(),
            job=job,
            key=trace_key(encode(job), self._policy, self._engine.level),
        )

    def _judged(self, pending: _Pending, trace: Trace, report: Report | None) -> Grade:
        if self._judge is None:
            raise CourseError(f"{self._lab.name}: the reference was not observed yet")
        try:
            verdict = self._judge.judge(trace)
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            _log.exception("judging %s failed", pending.submission.student)
            verdict = Verdict(
                status="sandbox_error",
                score=None,
                max_score=self._lab.plan.exercise.max_score,
                checks=(),
                message=f"The judge failed ({type(error).__name__}); this is a fault of ours.",
            )
        return self._grade(pending.submission, verdict, pending.sha256, report)

    def _ungradable(self, submission: Submission, problem: str, *, ours: bool = False) -> Grade:
        verdict = Verdict(
            status="sandbox_error" if ours else "not_gradable",
            score=None if ours else 0.0,
            max_score=self._lab.plan.exercise.max_score,
            checks=(),
            message=words.clean(problem),
        )
        return self._grade(submission, verdict, "", None)

    def _grade(
        self, submission: Submission, verdict: Verdict, sha256: str, report: Report | None
    ) -> Grade:
        return Grade(
            student=submission.student,
            assignment=self._lab.name,
            status=verdict.status,
            score=verdict.score,
            max_score=verdict.max_score,
            checks=verdict.checks,
            diagnosis=verdict.diagnosis,
            departure=verdict.departure,
            message=verdict.message,
            notes=(*submission.notes, *verdict.notes),
            isolation=self._engine.level,
            seconds=round(report.wall_seconds, 4) if report else 0.0,
            reused=bool(sha256) and report is None,
            submission_sha256=sha256,
            exercise_sha256=self._lab.sha256,
            versions=versions(),
        )


def _drain(done: list[Grade]) -> Iterator[Grade]:
    while done:
        yield done.pop(0)
