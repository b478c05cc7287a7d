"""Load one lab of a course: spec, plan and reference, and what identifies them."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from autograder.course.folder import Course
from autograder.errors import SpecError
from autograder.exercise.loader import load_exercise
from autograder.exercise.plan import Plan, make_plan
from autograder.grading.parsing import require_script


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lab:
    """A lab ready to grade. ``sha256`` covers spec, reference and everything that is run."""

    name: str
    plan: Plan
    reference_path: Path
    reference_source: bytes
    sha256: str


def load_lab(course: Course, name: str) -> Lab:
    """Load a lab. Raises CourseError or SpecError."""
    spec = course.exercise(name)
    exercise = load_exercise(spec)
    try:
        plan = make_plan(exercise, course.salt())
    except SpecError as error:
        raise SpecError(error.key, error.problem, path=str(spec)) from error
    path = course.reference(name)
    source = path.read_bytes()
    require_script(path, source)
    parts = (spec.read_bytes(), source, plan.sha256().encode())
    digest = hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts))
    return Lab(
        name=name,
        plan=plan,
        reference_path=path,
        reference_source=source,
        sha256=digest.hexdigest(),
    )
