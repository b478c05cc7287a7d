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
from autograder.grading.cache import Store
from autograder.grading.cache_key import watched
from autograder.grading.choice import better
from autograder.grading.content import Content, read_content
from autograder.grading.lab import Lab, load_lab
from autograder.grading.observe import Observatory, Result, budget_for
from autograder.grading.record import Grade, to_json
from autograder.grading.setup import Opening
from autograder.grading.standard import Standard, observe_standard
from autograder.judge.judge import Judge
from autograder.judge.notices import review_codes, text_of
from autograder.judge.result import Verdict
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget, Job
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


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Ground:
    """What is judged with one variant's hidden data: its lab, its judge, and what was right."""

    lab: Lab
    judge: Judge
    right: dict[bytes, Verdict] = dataclasses.field(default_factory=dict)


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
        self._grounds: dict[int, _Ground] = {}

    def prepare(self, variant: int = 0) -> None:
        """Observe what submissions are measured by, and require full marks for the reference."""
        if variant not in self._grounds:
            lab, diagnose = self._lab.of_variant(variant), self._diagnose
            standard = observe_standard(lab, self._observatory, self._budget, diagnose=diagnose)
            self.take(standard, variant)

    def take(self, standard: Standard, variant: int = 0) -> None:
        """Measure submissions by what was observed before, instead of observing it."""
        lab = dataclasses.replace(self._lab.of_variant(variant), plan=standard.plan)
        judge = standard.judge(diagnose=self._diagnose)
        self._grounds[variant] = _Ground(lab=lab, judge=judge)

    def grade(self, folder: Path, submissions: Sequence[Submission]) -> Iterator[Grade]:
        """Yield a grade for each submission as it is done, in any order."""
        for _, grade in self.graded(folder, submissions):
            yield grade

    def graded(
        self, folder: Path, submissions: Sequence[Submission], *, accepts: Accepts | None = None
    ) -> Iterator[Graded]:
        """Yield what was read of each submission, and its grade, as it is done, in any order.

        Each file is read once, and equal files are run once with the same hidden data. What a
        person ``accepts`` counts, though it says that it is of another lab. Before anything else,
        the reference earns full marks with the hidden data of all who are graded.
        """
        self._accepts = accepts or _none
        for variant in sorted({self._lab.variants.of(one.student) for one in submissions}):
            self.prepare(variant)
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

    def _ground(self, content: Content) -> _Ground:
        return self._grounds[self._lab.variants.of(content.submission.student)]

    def _job(self, content: Content) -> Job:
        return self._ground(content).lab.job(content.files, self._budget)

    def _judged(self, content: Content, result: Result) -> Grade:
        """Judge what was observed of a submission: of two files, the better counts."""
        verdict, key = self._verdict(content, result[0].trace), result[0].key
        for one in result[1:]:
            other = self._verdict(content, one.trace)
            found = better(verdict, other)
            verdict, key = found, one.key if found.file == other.file else key
        return self._grade(content, verdict, result, key)

    def _verdict(self, content: Content, trace: Trace) -> Verdict:
        ground, behaviour = self._ground(content), _behaviour(trace)
        if behaviour in ground.right:
            return ground.right[behaviour]
        accepted = self._accepts(content.submission.student, content.sha256)
        try:
            verdict = ground.judge.judge(trace, accepted=accepted)
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
            ground.right[behaviour] = verdict
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
            variant=self._lab.variants.of(content.submission.student),
        )


def _behaviour(trace: Trace) -> bytes:
    """Return a digest of all in a trace that a verdict of full marks depends on: no code's text."""
    shown = msgspec.structs.replace(trace, listing=None, output="")
    return hashlib.sha256(encode(shown)).digest()


def _is_right(verdict: Verdict) -> bool:
    return verdict.status == "graded" and all(check.passed for check in verdict.checks)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Loaded:
    """A grader, and what its lab was loaded from."""

    grader: Grader
    exercise_sha256: str
    files: tuple[str, ...]


def load_grader(opening: Opening) -> Loaded:
    """Load the lab; its reference is observed before anything is graded. Raises AutograderError."""
    settings = opening.settings
    engine = opening.engine
    with watched(opening.course, settings.assignment) as files:
        lab = load_lab(opening.course, settings.assignment)
    lab = dataclasses.replace(lab, variants=opening.variants)
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
    return Loaded(grader=grader, exercise_sha256=lab.sha256, files=tuple(files))
