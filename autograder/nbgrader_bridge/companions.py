"""The last step of ``nbgrader generate_assignment``: the files beside the notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors.base import NbGraderPreprocessor

from autograder.assignment.build import produce_safely
from autograder.course.folder import Course
from autograder.grading.store import write_atomically


class WriteCompanions(NbGraderPreprocessor):
    """Hold the lab to what ``autograder build`` asks for, and write what it writes."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Write all files of the assignment but the notebook, which nbgrader writes itself."""
        course = Course(Path(self.parent.parent.coursedir.root))
        lab = resources["nbgrader"]["assignment"]
        for name, data in produce_safely(course, lab).items():
            if name != f"{lab}.ipynb":
                write_atomically(course.assignment(lab) / name, data)
        return nb, resources
