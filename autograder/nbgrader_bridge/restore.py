"""Give a submitted notebook the graded cells of the release, whatever the student made of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import SCHEMA_VERSION
from nbgrader.preprocessors.base import NbGraderPreprocessor

from autograder.nbgrader_bridge.exporter import CELLS


class RestoreCells(NbGraderPreprocessor):
    """Replace all nbgrader metadata by that of the gradebook, before nbgrader reads any of it.

    nbgrader itself stops the grading of the whole class at a cell that was duplicated, or whose
    metadata claim another schema, and gives no points for a check cell that was deleted.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Restore the cells, and remove what nbgrader copied through links."""
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            released = released_cells(
                gradebook.find_notebook(names["notebook"], names["assignment"])
            )
        nb.cells = restored(nb.cells, released)
        coursedir = self.parent.parent.coursedir
        places = (coursedir.submitted_directory, coursedir.autograded_directory)
        submitted, autograded = (
            Path(coursedir.format_path(place, names["student"], names["assignment"]))
            for place in places
        )
        remove_linked(submitted, autograded)
        return nb, resources


def released_cells(notebook: Any) -> dict[str, NotebookNode]:
    """Return the cells that ``generate_assignment`` put into the gradebook, by grade_id."""
    points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    grades = {cell.name for cell in notebook.grade_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    found = {}
    for saved in notebook.source_cells:
        metadata = {
            "schema_version": SCHEMA_VERSION,
            "grade": saved.name in grades,
            "solution": saved.name in solutions,
            "task": saved.name in tasks,
            "locked": saved.locked,
            "grade_id": saved.name,
            "cell_type": saved.cell_type,
            "checksum": saved.checksum,
        }
        if saved.name in points:
            metadata["points"] = points[saved.name]
        cell = CELLS[saved.cell_type](saved.source)
        cell.id = saved.name
        cell.metadata = from_dict({"deletable": False, "nbgrader": metadata})
        found[saved.name] = cell
    return found


def restored(
    cells: Iterable[NotebookNode], released: Mapping[str, NotebookNode]
) -> list[NotebookNode]:
    """Return the student's cells, each released one marked as such once.

    Of several with one grade_id the last counts, as everywhere in nbgrader. Locked cells get
    their released text; those that are missing stand at the end. All other cells are unmarked.
    """
    kept: list[NotebookNode] = []
    seen = set()
    for cell in reversed(list(cells)):
        name = cell.metadata.pop("nbgrader", {}).get("grade_id")
        if isinstance(name, str) and name in released and name not in seen:
            seen.add(name)
            kept.append(_marked(cell, released[name]))
        else:
            kept.append(cell)
    kept.reverse()
    return kept + [
        cell
        for name, cell in released.items()
        if name not in seen and not cell.metadata.nbgrader.solution
    ]


def _marked(cell: NotebookNode, released: NotebookNode) -> NotebookNode:
    """Return the released cell, with the student's text where it is theirs to write."""
    if not released.metadata.nbgrader.locked:
        released.source = cell.source
        if "attachments" in cell and released.cell_type == "markdown":
            released.attachments = cell.attachments
    return released


def remove_linked(submitted: Path, autograded: Path) -> None:
    """Remove copies of what links in a submission lead to: feedback would hand them out."""
    for folder, _, files in os.walk(submitted):
        for path in (Path(folder, file) for file in files):
            if path.is_symlink():
                (autograded / path.relative_to(submitted)).unlink(missing_ok=True)
