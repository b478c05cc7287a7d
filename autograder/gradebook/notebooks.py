"""``autograded/<student>/<lab>/<lab>.ipynb``: what formgrader and generate_feedback work on."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from autograder.course.folder import Course
from autograder.course.submission import Submission
from autograder.course.timestamp import TIMESTAMP, timestamp_text
from autograder.exercise.spec import Exercise
from autograder.gradebook.attempt import Graded, digest_of
from autograder.gradebook.book import Book
from autograder.grading.file import write_atomically
from autograder.nbgrader_bridge.exporter import notebook_of
from autograder.nbgrader_bridge.restore import released_cells, restored
from autograder.nbgrader_bridge.sandbox import show

FOLDER = "autograded"
KEY = "autograder"


class Notebooks:
    """Writes a lab's notebooks with the results in their check cells."""

    def __init__(
        self, book: Book, course: Course, exercise: Exercise, lab: str, folder: Path | None = None
    ) -> None:
        self._root = (folder or course.root).absolute() / FOLDER
        self._exercise = exercise
        self._lab = lab
        self._cells: Mapping[str, NotebookNode] = released_cells(
            book.nbgrader.find_notebook(lab, lab)
        )

    def write(self, folder: Path, submission: Submission, graded: Graded) -> bool:
        """Write one student's notebook; False where it is there already, or there is no grade.

        The submission's own outputs and metadata do not count, and links are not followed.
        Raises CourseError where it cannot be written.
        """
        grade = graded.grade
        path = self._root / grade.student / self._lab / f"{self._lab}.ipynb"
        digest = digest_of(grade)
        if grade.score is None or self._digest_at(path) == digest:
            return False
        if path.parents[2] != self._root:  # an id such as ".."
            return False
        notebook = notebook_of(folder, submission, grade.file)
        notebook.cells = restored(notebook.cells, copy.deepcopy(dict(self._cells)))
        notebook.metadata[KEY] = {"grade_sha256": digest}
        show(notebook, self._exercise, grade)
        text = nbformat.v4.writes(notebook)  # type: ignore[no-untyped-call]  # untyped
        if graded.submitted is not None:
            stamp = timestamp_text(graded.submitted).encode()
            write_atomically(path.with_name(TIMESTAMP), stamp)
        write_atomically(path, f"{text}\n".encode())
        return True

    def _digest_at(self, path: Path) -> str:
        try:
            metadata = json.loads(path.read_bytes())["metadata"]
            return str(metadata[KEY]["grade_sha256"])
        except (OSError, ValueError, LookupError, TypeError):
            return ""
