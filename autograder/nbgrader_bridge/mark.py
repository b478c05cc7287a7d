"""Mark the cells that need review, after nbgrader has saved their scores."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors.base import NbGraderPreprocessor

MARKED = "autograder_marked"
"""Where ``GradeInSandbox`` leaves the cells' names, in nbconvert's resources."""


class MarkCells(NbGraderPreprocessor):
    """formgrader lists marked cells under manual grading; their points stay as they are."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Mark them in the gradebook."""
        names = resources["nbgrader"]
        where = (names["notebook"], names["assignment"], names["student"])
        cells = resources.get(MARKED, ())
        if cells:
            with Gradebook(names["db_url"]) as gradebook:
                for cell in cells:
                    gradebook.find_grade(cell, *where).needs_manual_grade = True
                gradebook.db.commit()
        return nb, resources
