"""Grade a folder of submissions: read, observe (or reuse a trace), judge, store."""

from __future__ import annotations

import dataclasses
import logging
import signal
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autograder.course.submission import Submission
from autograder.engines.engine import Engine
from autograder.engines.identity import versions
from autograder.errors import CourseError, SandboxError
from autograder.grading.bank import observe_mutants
from autograder.grading.content import Content, read_content
from autograder.grading.lab import Lab
from autograder.grading.observation import (
    budget_for,
    ending_of,
    trace_key,
    trace_of,
)
from autograder.grading.record import Grade, to_json
from autograder.grading.store import Store
from autograder.judge import words
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.judge import Judge, require_full_marks
from autograder.judge.result import Verdict
from autograder.protocol.codec import encode
from autograder.protocol.job import Job
from autograder.protocol.trace import Trace
from autograder.sandbox.message import Report
from autograder.sandbox.policy import Policy

__all__ = ["Grade", "Grader", "to_json"]

Graded = tuple[Content, Grade]
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Pending:
    """A submission on its way through the engine."""

    content: Content
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
        self._store = store.write_only() if fresh else store
        self._fresh = fresh
        self._diagnose = diagnose
        self._judge: Judge | None = None

    def prepare(self) -> None:
        """Observe the reference through the same path as everyone, and require full marks."""
        path = self._lab.reference_path
        submission = Submission(student="reference", parts=(path.name.encode(),))
        pending = self._pending(Content(submission=submission, source=path.read_bytes()))
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

    def grade(self, folder: Path, submissions: Sequence[Submission]) -> Iterator[Grade]:
        """Yield a grade for each submission as it is done, in any order."""
        for _, grade in self.graded(folder, submissions):
            yield grade

    def graded(self, folder: Path, submissions: Sequence[Submission]) -> Iterator[Graded]:
        """Yield what was read of each submission, and its grade, as it is done, in any order.

        Those that were observed before are first. Equal files are run once.
        """
        if self._judge is None:
            self.prepare()
        left, killed = list(range(len(submissions))), set[int]()
        while left:
            unobserved = []
            for number in left:
                found = self._without_run(folder, submissions[number])
                if found is None:
                    unobserved.append(number)
                else:
                    yield found
            left = []
            files = ((number, read_content(folder, submissions[number])) for number in unobserved)
            yield from self._run(files, killed, left)

    def _run(
        self, contents: Iterable[tuple[int, Content]], killed: set[int], left: list[int]
    ) -> Iterator[Graded]:
        """Have them run; the numbers of those that need another round go to ``left``."""
        done: list[Graded] = []
        waiting: dict[int, _Pending] = {}
        for number, report in self._engine.run(self._jobs(contents, waiting, done, left)):
            yield from _drain(done)
            pending = waiting.pop(number)
            if number not in killed and _unexplained(report, self._policy):
                killed.add(number)
                left.append(number)
                continue
            trace = trace_of(pending.job, report, self._policy)
            self._store.write_trace(pending.key, trace)
            yield pending.content, self._judged(pending, trace, report)
        yield from _drain(done)

    def _jobs(
        self,
        contents: Iterable[tuple[int, Content]],
        waiting: dict[int, _Pending],
        done: list[Graded],
        later: list[int],
    ) -> Iterator[tuple[int, bytes]]:
        """Yield jobs as the engine asks for them; a file equal to one before goes to ``later``."""
        keys: set[str] = set()
        for number, content in contents:
            if content.problem:  # since it was first read
                done.append((content, self._ungradable(content)))
                continue
            pending = self._pending(content)
            if pending.key in keys and not self._fresh:
                later.append(number)
                continue
            keys.add(pending.key)
            waiting[number] = pending
            yield number, encode(pending.job)

    def _without_run(self, folder: Path, submission: Submission) -> Graded | None:
        """Return the grade of what cannot be run, or was run before; None for the others."""
        content = read_content(folder, submission)
        if content.problem:
            return content, self._ungradable(content)
        pending = self._pending(content)
        trace = self._store.read_trace(pending.key)
        return None if trace is None else (content, self._judged(pending, trace, None))

    def _pending(self, content: Content) -> _Pending:
        filename = f"{self._lab.name}.{content.suffix}"
        job = self._lab.plan.job(filename, content.source, self._budget)
        key = trace_key(encode(job), self._policy, self._engine.level)
        return _Pending(content=content, job=job, key=key)

    def _judged(self, pending: _Pending, trace: Trace, report: Report | None) -> Grade:
        if self._judge is None:
            raise CourseError(f"{self._lab.name}: the reference was not observed yet")
        try:
            verdict = self._judge.judge(trace)
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            _log.exception("judging %s failed", pending.content.submission.student)
            verdict = Verdict(
                status="sandbox_error",
                score=None,
                max_score=self._lab.plan.exercise.max_score,
                checks=(),
                message=f"The judge failed ({type(error).__name__}); this is a fault of ours.",
            )
        return self._grade(pending.content, verdict, report, pending.key)

    def _ungradable(self, content: Content) -> Grade:
        verdict = Verdict(
            status="sandbox_error" if content.ours else "not_gradable",
            score=None if content.ours else 0.0,
            max_score=self._lab.plan.exercise.max_score,
            checks=(),
            message=words.clean(content.problem),
        )
        return self._grade(content, verdict, None)

    def _grade(
        self, content: Content, verdict: Verdict, report: Report | None, trace: str = ""
    ) -> Grade:
        return Grade(
            student=content.submission.student,
            assignment=self._lab.name,
            status=verdict.status,
            score=verdict.score,
            max_score=verdict.max_score,
            checks=verdict.checks,
            diagnosis=verdict.diagnosis,
            departure=verdict.departure,
            message=verdict.message,
            notes=(*content.submission.notes, *verdict.notes),
            isolation=self._engine.level,
            seconds=round(report.wall_seconds, 4) if report else 0.0,
            reused=bool(content.sha256) and report is None,
            submission_sha256=content.sha256,
            exercise_sha256=self._lab.sha256,
            versions=versions(),
            trace=trace,
            handed_in=not content.submission.absent,
            review=verdict.review,
            missing_modules=verdict.missing_modules,
        )


def _drain(done: list[Graded]) -> Iterator[Graded]:
    while done:
        yield done.pop(0)


def _unexplained(report: Report, policy: Policy) -> bool:
    """Say whether a child was killed by nobody we know: by the system, or along with the grader.

    The student need not be to blame, so it is run once more; what happens then counts.
    """
    return report.code == -signal.SIGKILL and ending_of(report, policy) == "crash"
