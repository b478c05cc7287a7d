"""One sandbox for all that an nbgrader process grades, and what a check cell shows afterwards."""

from __future__ import annotations

import atexit
import dataclasses
import functools
import hashlib
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

from nbformat.notebooknode import NotebookNode, from_dict

from autograder.course.folder import Course, require_writable
from autograder.course.secret import variants_of
from autograder.course.submission import submission_of
from autograder.engines.pool import LocalEngine
from autograder.errors import CourseError, IsolationError
from autograder.exercise.fixtures import FOLDERS, digest_of_files, read_files
from autograder.exercise.spec import Exercise
from autograder.grading.cache import Store
from autograder.grading.decision import load_decisions
from autograder.grading.grade import Grade, Grader
from autograder.grading.lab import load_lab
from autograder.grading.observe import budget_for
from autograder.grading.publish import Publisher
from autograder.grading.setup import ENTRY, Settings, choose_isolation
from autograder.grading.variant import course_variants
from autograder.judge.grouping import further, heads, paragraphs
from autograder.judge.result import CheckResult
from autograder.sandbox.message import Policy
from autograder.words.catalogue import say

Grading = tuple[Exercise, Callable[[Path, str], Grade]]


def open_lab(course: Course, lab: str, settings: Settings) -> Grading:
    """Return the lab's spec, and what grades what a student submitted, in nbgrader's layout.

    The lab is loaded anew when its files change: a server of nbgrader's may run for weeks.
    """
    files = (course.exercise(lab), course.reference(lab))
    parts = [file.read_bytes() for file in files]
    parts += [digest_of_files(read_files(files[0].parent, folder)) for folder in FOLDERS]
    parts += [course.salt(), str(variants_of(course)).encode()]
    digest = hashlib.sha256(b"\0".join(parts))
    return _opened(course, lab, settings, digest.hexdigest())


@functools.lru_cache(maxsize=16)
def _opened(course: Course, lab: str, settings: Settings, _digest: str) -> Grading:
    engine = _engine(settings.policy(), allow_weak=settings.allow_weak_isolation)
    loaded = dataclasses.replace(load_lab(course, lab), variants=course_variants(course))
    store = Store(require_writable(course.graded), lab)
    budget = budget_for(
        loaded.plan.exercise.limits,
        total_seconds=settings.timeout_seconds,
        output_bytes=settings.output_bytes,
    )
    grader = Grader(loaded, engine, settings.policy(), store, budget=budget)

    def grade(folder: Path, student: str) -> Grade:
        submission = submission_of(folder, student, lab, loaded.labs)
        accepts = load_decisions(course.graded / lab).accepts  # as of now: servers run for weeks
        found = [grade for _, grade in grader.graded(folder, [submission], accepts=accepts)]
        if len(found) != 1:
            raise CourseError(say("not-graded", path=folder / student))
        return found[0]

    return loaded.plan.exercise, grade


def make_publisher(course: Course) -> Publisher:
    """Return what observes references, in any isolation: they are the instructor's own code."""
    policy = Settings(submitted=course.root, assignment="").policy()
    return Publisher(course, lambda: _engine(policy, allow_weak=True), policy)


@functools.cache
def _engine(policy: Policy, *, allow_weak: bool) -> LocalEngine:
    try:
        trial = choose_isolation(allow_weak=allow_weak)
    except IsolationError:
        raise IsolationError(say("bridge-no-sandbox")) from None  # its advice is a flag of grade
    engine = LocalEngine(trial.level, policy, ENTRY, jobs=1)
    atexit.register(engine.close)
    return engine


def cell_output(grade: Grade, checks: Sequence[CheckResult], *, notes: bool) -> NotebookNode:
    """Return the output of a check cell.

    nbgrader reads the points from ``text/plain`` and feedback shows ``text/html``.
    """
    points = sum(check.points for check in checks)
    data = {"text/plain": repr(float(points)), "text/html": _html(grade, checks, notes=notes)}
    shape: dict[str, object] = {
        "output_type": "execute_result",
        "metadata": {},
        "execution_count": None,
    }
    output: NotebookNode = from_dict({**shape, "data": data})  # new_output validates: 1 ms each
    return output


def _html(grade: Grade, checks: Sequence[CheckResult], *, notes: bool) -> str:
    lines = [f"<p>{escape(say(grade.message))}</p>"] if grade.message else []
    within = {check.id for check in checks}
    for group in grade.groups:
        lines += [f"<p>{escape(line)}</p>" for line in paragraphs(group, within)]
    for check in checks:
        if check.passed:
            said = say("costs", checks=heads([check]), why=check.message)
            lines.append(f"<p>{escape(said if check.message else heads([check]))}</p>")
    if notes:
        lines += [
            f"<p>{escape(say('note', note=note))}</p>"
            for note in further(grade.notes, grade.groups)
        ]
    return "\n".join(lines)
