"""In place of nbgrader's ``Execute``: grade the submitted file in our sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors.base import NbGraderPreprocessor
from traitlets import Bool, Float

from autograder.assignment.points import (
    cells_to_look_at,
    checks_of_cells,
    graded_by_us,
    worth,
)
from autograder.course.folder import Course
from autograder.errors import CourseError, SandboxError
from autograder.exercise.spec import Exercise
from autograder.grading.decision import load_decisions
from autograder.grading.grade import Grade
from autograder.grading.setup import Settings
from autograder.nbgrader_bridge.engine import cell_output, open_lab
from autograder.nbgrader_bridge.mark import MARKED
from autograder.words.catalogue import say


class GradeInSandbox(NbGraderPreprocessor):
    """Starts no kernel and runs no student code in this process.

    What is graded is the folder in ``submitted/``, as ``autograder grade`` would; the notebook at
    hand only receives the outputs of its check cells.
    """

    allow_weak_isolation = Bool(
        default_value=False,
        help="Grade even where no isolation that counts works: only for code that you trust.",
    ).tag(config=True)
    timeout_seconds = Float(
        default_value=None,
        allow_none=True,
        help="Seconds of processor time that one submission may take (default: the lab's).",
    ).tag(config=True)

    def __call__(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run even if disabled: nbgrader gives full points to a check cell without outputs."""
        return self.preprocess(nb, resources)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Grade, and write points and words into the check cells.

        Raises SandboxError where our side failed: nbgrader then records no grade and goes on.
        """
        names = resources["nbgrader"]
        coursedir = self.parent.parent.coursedir
        submitted = coursedir.submitted_directory
        folder = Path(coursedir.format_path(submitted, names["student"], names["assignment"]))
        settings = Settings(
            submitted=folder.parents[1],
            assignment=names["assignment"],
            allow_weak_isolation=self.allow_weak_isolation,
            timeout_seconds=self.timeout_seconds,
        )
        course = Course(Path(coursedir.root))
        exercise, grade_folder = open_lab(course, names["assignment"], settings)
        grade = grade_folder(folder.parents[1], names["student"])
        groups = show(nb, exercise, grade)
        codes = load_decisions(course.graded / names["assignment"]).asked(grade)
        resources[MARKED] = sorted(cells_to_look_at(codes, grade, groups))
        return nb, resources


def show(nb: NotebookNode, exercise: Exercise, grade: Grade) -> Mapping[str, tuple[str, ...]]:
    """Write a grade into the check cells; return the checks that each of them stands for."""
    if grade.score is None:
        raise SandboxError(
            f"{grade.student}: {say(grade.message)}; nothing was graded, run it again"
        )
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in nb.cells if graded_by_us(cell)}
    groups = checks_of_cells(exercise.points, cells)
    for number, (name, cell) in enumerate(cells.items()):
        wanted, points = worth(exercise.points, groups[name]), cell.metadata.nbgrader.points
        if points != wanted:
            raise CourseError(
                f"{name} is worth {points:g} in the gradebook and {wanted:g} in exercise.py; "
                f"run 'nbgrader generate_assignment {grade.assignment}'"
            )
        checks = [check for check in grade.checks if check.id in groups[name]]
        cell.outputs = [cell_output(grade, checks, notes=number == 0)]
    return groups
