"""The heavy half of a run: torch, the lab, the judge; the zygote warms up meanwhile."""

from __future__ import annotations

import dataclasses

from autograder.grading.grade import Grader
from autograder.grading.inputs import watched
from autograder.grading.lab import load_lab
from autograder.grading.observe import budget_for
from autograder.grading.opening import Opening
from autograder.grading.store import Store


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
