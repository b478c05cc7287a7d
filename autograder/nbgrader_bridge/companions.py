"""The last step of ``nbgrader generate_assignment``: the files beside the notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors.base import NbGraderPreprocessor

from autograder.assignment.build import produce_safely
from autograder.course.folder import Course
from autograder.grading.cache import write_atomically
from autograder.nbgrader_bridge.engine import make_publisher


class WriteCompanions(NbGraderPreprocessor):
    """Hold the lab to what ``autograder build`` asks for, and write what it writes.

    Expected numbers that are stale or not there yet are made, as ``build`` makes them: without
    them ``check()`` has nothing to compare with.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Write all files of the assignment but the notebook, which nbgrader writes itself.

        Raises CourseError where one of them cannot be made: nbgrader then releases nothing.
        """
        course = Course(Path(self.parent.parent.coursedir.root))
        lab = resources["nbgrader"]["assignment"]
        for name, data in produce_safely(course, lab, make_publisher(course)).items():
            if name != f"{lab}.ipynb":
                write_atomically(course.assignment(lab) / name, data)
        return nb, resources
