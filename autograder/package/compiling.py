"""Make a bundle of a lab: observe all that submissions are measured by, and try what came of it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

from autograder.course.folder import Course
from autograder.engines.engine import Engine
from autograder.engines.identity import versions
from autograder.engines.pool import LocalEngine
from autograder.errors import CourseError
from autograder.exercise.fixtures import ALTERNATIVES
from autograder.exercise.loader import load_exercise
from autograder.grading.cache import Store
from autograder.grading.cache_key import EXAMPLES, watched
from autograder.grading.lab import load_lab
from autograder.grading.observe import Observatory, budget_for
from autograder.grading.setup import ENTRY, Settings, choose_isolation
from autograder.grading.standard import observe_standard
from autograder.package.bundle import FORMAT, Bundle, known_of, standard_of
from autograder.package.spec import opened_spec
from autograder.words.catalogue import language, say

MOST_BYTES = 50_000_000  # of the spec's files together


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """What a package is to be of: the lab, and what its grader may do."""

    course: Course
    lab: str
    allow_uid: bool = False
    memory_bytes: int = Settings.memory_bytes
    jobs: int = 1


def compile_bundle(
    order: Order, engine: Engine | None = None, store: Store | None = None
) -> Bundle:
    """Observe what submissions are measured by, or take stored traces. Raises AutograderError.

    Nothing of the reference must be needed to load the spec: the bundle is opened once, from its
    own files alone, and the reference's trace must earn full marks by it.
    """
    course, name = order.course, order.lab
    with watched(course, name) as files:
        load_exercise(course.exercise(name))
    if files:
        raise CourseError(say("package-reads", lab=name, files=", ".join(files)))
    lab = load_lab(course, name)
    settings = Settings(
        submitted=course.root, assignment=name, memory_bytes=order.memory_bytes, jobs=order.jobs
    )
    policy, limits = settings.policy(), lab.plan.exercise.limits
    budget = budget_for(limits, output_bytes=settings.output_bytes)
    with contextlib.ExitStack() as stack:
        if engine is None:
            level = choose_isolation(allow_weak=True).level  # the course's own files are run
            started = LocalEngine(level, policy, ENTRY, order.jobs)
            stack.callback(started.close)
            engine = started
        observatory = Observatory(engine, policy, store or Store(course.graded, name))
        standard = observe_standard(lab, observatory, budget)
    expected = course.expected(name)
    bundle = Bundle(
        format=FORMAT,
        lab=name,
        title=lab.plan.exercise.title,
        max_score=lab.plan.exercise.max_score,
        sha256=lab.sha256,
        versions=versions(),
        labs=lab.labs,
        page=lab.page,
        language=language(),
        allow_uid=order.allow_uid,
        policy=policy,
        budget=budget,
        spec=dict(_spec_files(course.exercise(name).parent, name)),
        expected=expected.read_bytes() if expected.is_file() else b"",
        known=known_of(standard),
    )
    with opened_spec(bundle) as exercise:
        standard_of(bundle.known, exercise).require_full_marks(name)
    return bundle


def _spec_files(folder: Path, lab: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files that loading the spec may need: neither the reference nor other solutions.

    Of an alternative only the name is needed: what it gives travels with the plan.
    """
    total = 0
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if not path.is_file() or set(relative.parts) & {*EXAMPLES}:
            continue
        if relative.as_posix() in (f"{lab}.py", f"{lab}.ipynb"):
            continue
        data = b"" if relative.parts[0] == ALTERNATIVES else path.read_bytes()
        total += len(data)
        if total > MOST_BYTES:
            raise CourseError(
                say("package-large", folder=folder, megabytes=MOST_BYTES // 1_000_000)
            )
        yield relative.as_posix(), data
