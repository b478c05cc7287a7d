"""Load one lab of a course: spec, plan and reference, and what identifies them."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Literal

import msgspec

from autograder.course.folder import Course
from autograder.errors import SpecError
from autograder.exercise.loader import load_exercise
from autograder.exercise.plan import Plan, make_plan
from autograder.grading.parsing import require_script
from autograder.grading.variant import ONE, Variants
from autograder.protocol.job import Budget, File, Job
from autograder.worker.cells import Unreadable, read_document
from autograder.worker.textcell import digest_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lab:
    """A lab ready to grade. ``sha256`` covers spec, reference and everything that is run.

    ``labs`` are all of the course, ``page`` has a digest of each text of the released page.
    ``plots`` says whether submissions draw at once, or only where something failed without.
    Hidden data are drawn with ``salt``; ``variants`` says who has which.
    """

    name: str
    plan: Plan
    reference_path: Path
    reference_source: bytes
    sha256: str
    labs: tuple[str, ...] = ()
    page: tuple[str, ...] = ()
    plots: Literal["inert", "real"] = "inert"
    salt: bytes = dataclasses.field(default=b"", repr=False)
    variants: Variants = ONE

    def of_variant(self, variant: int) -> Lab:
        """Return the lab with a variant's hidden data."""
        if variant == self.plan.variant:
            return self
        plan = make_plan(self.plan.exercise, self.salt, variant)
        return dataclasses.replace(self, plan=plan)

    def job(self, files: tuple[File, ...], budget: Budget) -> Job:
        """Return the job that observes what a student submitted."""
        job = self.plan.job_of(files, budget, labs=self.labs, page=self.page)
        return msgspec.structs.replace(job, plots=self.plots)


def load_lab(course: Course, name: str) -> Lab:
    """Load a lab. Raises CourseError or SpecError."""
    spec = course.exercise(name)
    exercise = load_exercise(spec)
    salt = course.salt()
    try:
        plan = make_plan(exercise, salt)
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
        labs=tuple(course.lab_names()),
        page=_page(course.assignment(name) / f"{name}.ipynb"),
        salt=salt,
    )


def _page(path: Path) -> tuple[str, ...]:
    """Return a digest of each text of the released page; none where there is no sound one."""
    try:
        texts = read_document(path.name, path.read_bytes()).texts
    except (OSError, Unreadable):
        return ()
    return tuple(sorted({digest_of(text.source) for text in texts}))
