"""Grade a folder of submissions: read, observe (or reuse a trace), judge, store.

This is the heavy half of a run: torch, the lab, the judge. The zygote warms up while it loads.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from autograder.course.submission import Submission
from autograder.engines.engine import Engine
from autograder.engines.identity import versions
from autograder.errors import CourseError, SandboxError
from autograder.grading.cache import Store
from autograder.grading.cache_key import watched
from autograder.grading.choice import better
from autograder.grading.content import Content, read_content
from autograder.grading.lab import Lab, load_lab
from autograder.grading.mutants import observe_mutants, observe_part_mutants
from autograder.grading.observe import Observatory, Result, budget_for
from autograder.grading.own_mistakes import own_mistakes
from autograder.grading.record import Grade, to_json
from autograder.grading.settle import settled
from autograder.grading.setup import Opening
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.judge import Judge, require_full_marks, require_whole
from autograder.judge.notices import review_codes, text_of
from autograder.judge.result import Verdict
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget, File, Job
from autograder.protocol.trace import Trace
from autograder.sandbox.message import Policy
from autograder.words.text import text

__all__ = ["Grade", "Grader", "to_json"]

Graded = tuple[Content, Grade]
Accepts = Callable[[str, str], bool]
"""Says of a student and a submission's digest whether a person lets it count."""
_log = logging.getLogger(__name__)


def _none(student: str, submission_sha256: str) -> bool:  # noqa: ARG001  # the type's names
    return False


class Grader:
    """Grades submissions of one lab with one engine."""

    def __init__(
        self,
        lab: Lab,
        engine: Engine,
        policy: Policy,
        store: Store,
        *,
        budget: Budget | None = None,
        fresh: bool = False,
        diagnose: bool = True,
    ) -> None:
        self._lab = lab
        self._engine = engine
        self._budget = budget or budget_for(lab.plan.exercise.limits)
        self._observatory = Observatory(engine, policy, store.write_only() if fresh else store)
        self._fresh = fresh
        self._diagnose = diagnose
        self._accepts: Accepts = _none
        self._judge: Judge | None = None
        self._right: dict[bytes, Verdict] = {}

    def prepare(self) -> None:
        """Observe the reference through the same path as everyone, and require full marks."""
        path, source = self._lab.reference_path, self._lab.reference_source
        plan = settled(self._lab.plan, path, source, self._observatory, self._budget)
        self._lab = dataclasses.replace(self._lab, plan=plan)
        files = (File(name=path.name, data=source),)
        job = self._job(Content(submission=Submission(student="reference"), files=files))
        trace = self._observatory.observe_one(job).trace
        if trace.ending == "sandbox":
            raise SandboxError(f"{path}: could not be observed: {trace.detail}")
        require_whole(trace, str(path))
        judge = Judge(self._lab.plan, trace)
        require_full_marks(judge.judge(trace), str(path))
        self._judge = Judge(self._lab.plan, trace, self._diagnoser(trace), cache=judge.cache)

    def _diagnoser(self, reference: Trace) -> Diagnoser | None:
        """Observe the known mistakes and the course's own, or take the stored traces."""
        if not self._diagnose:
            return None
        mutants = observe_mutants(self._lab, self._observatory, self._budget)
        own = own_mistakes(self._lab, self._observatory, self._budget)
        parts = observe_part_mutants(self._lab, self._observatory, self._budget)
        return Diagnoser(self._lab.plan, reference, mutants, own, parts)

    def grade(self, folder: Path, submissions: Sequence[Submission]) -> Iterator[Grade]:
        """Yield a grade for each submission as it is done, in any order."""
        for _, grade in self.graded(folder, submissions):
            yield grade

    def graded(
        self, folder: Path, submissions: Sequence[Submission], *, accepts: Accepts | None = None
    ) -> Iterator[Graded]:
        """Yield what was read of each submission, and its grade, as it is done, in any order.

        Each file is read once, and equal files are run once. What a person ``accepts`` counts,
        though it says that it is of another lab.
        """
        self._accepts = accepts or _none
        if self._judge is None:
            self.prepare()
        broken: list[Content] = []
        waiting: dict[int, Content] = {}

        def jobs() -> Iterator[tuple[int, Job]]:
            for number, submission in enumerate(submissions):
                content = read_content(folder, submission)
                if content.problem:
                    broken.append(content)
                    continue
                waiting[number] = content.without_data()
                yield number, self._job(content)

        for number, result in self._observatory.observe(jobs(), share=not self._fresh):
            content = waiting.pop(number)
            yield content, self._judged(content, result)
        for content in broken:
            yield content, self._ungradable(content)

    def _job(self, content: Content) -> Job:
        return self._lab.job(content.files, self._budget)

    def _judged(self, content: Content, result: Result) -> Grade:
        """Judge what was observed of a submission: of two files, the better counts."""
        if self._judge is None:
            raise CourseError(f"{self._lab.name}: the reference was not observed yet")
        verdict, key = self._verdict(content, result[0].trace), result[0].key
        for one in result[1:]:
            other = self._verdict(content, one.trace)
            found = better(verdict, other)
            verdict, key = found, one.key if found.file == other.file else key
        return self._grade(content, verdict, result, key)

    def _verdict(self, content: Content, trace: Trace) -> Verdict:
        if self._judge is None:
            raise CourseError(f"{self._lab.name}: the reference was not observed yet")
        behaviour = _behaviour(trace)
        if behaviour in self._right:
            return self._right[behaviour]
        accepted = self._accepts(content.submission.student, content.sha256)
        try:
            verdict = self._judge.judge(trace, accepted=accepted)
        except Exception as error:  # noqa: BLE001  # beyond the judge's own net: ours, not theirs
            _log.exception("judging %s failed", content.submission.student)
            return Verdict(
                status="sandbox_error",
                score=None,
                max_score=self._lab.plan.exercise.max_score,
                checks=(),
                message=text("judge-broke", error=type(error).__name__),
            )
        if _is_right(verdict) and trace.loading is not None and not trace.loading.lab:
            self._right[behaviour] = verdict
        return verdict

    def _ungradable(self, content: Content) -> Grade:
        verdict = Verdict(
            status="sandbox_error" if content.ours else "not_gradable",
            score=None if content.ours else 0.0,
            max_score=self._lab.plan.exercise.max_score,
            checks=(),
            message=content.problem,
        )
        return self._grade(content, verdict)

    def _grade(
        self, content: Content, verdict: Verdict, result: Result = (), trace: str = ""
    ) -> Grade:
        reports = [one.report for one in result if one.report is not None]
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
            notes=(*map(text_of, content.notes), *verdict.notes),
            isolation=self._engine.level,
            seconds=round(math.fsum(report.wall_seconds for report in reports), 4),
            reused=bool(content.sha256) and not reports,
            submission_sha256=content.sha256,
            exercise_sha256=self._lab.sha256,
            versions=versions(),
            trace=trace,
            handed_in=not content.submission.absent,
            review=(*review_codes(content.notes), *verdict.review),
            file=verdict.file,
            missing_modules=verdict.missing_modules,
        )


def _behaviour(trace: Trace) -> bytes:
    """Return a digest of all in a trace that a verdict of full marks depends on: no code's text."""
    shown = msgspec.structs.replace(trace, listing=None, output="")
    return hashlib.sha256(encode(shown)).digest()


def _is_right(verdict: Verdict) -> bool:
    return verdict.status == "graded" and all(check.passed for check in verdict.checks)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Loaded:
    """A grader whose reference earned full marks, and what its lab was loaded from."""

    grader: Grader
    exercise_sha256: str
    files: tuple[str, ...]


def load_grader(opening: Opening) -> Loaded:
    """Load the lab and observe its reference. Raises AutograderError."""
    settings = opening.settings
    engine = opening.engine
    with watched(opening.course, settings.assignment) as files:
        lab = load_lab(opening.course, settings.assignment)
    if settings.real_plots:
        lab = dataclasses.replace(lab, plots="real")
    grader = Grader(
        lab,
        engine,
        settings.policy(),
        Store(opening.out, lab.name),
        budget=budget_for(
            lab.plan.exercise.limits,
            total_seconds=settings.timeout_seconds,
            output_bytes=settings.output_bytes,
        ),
        fresh=settings.fresh,
    )
    grader.prepare()
    return Loaded(grader=grader, exercise_sha256=lab.sha256, files=tuple(files))
