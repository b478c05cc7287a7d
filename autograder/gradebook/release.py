"""A lab's cells in the gradebook: those that nbgrader saved, or saved now."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.preprocessors import SaveCells

from autograder.assignment.points import checks_of_cells, worth
from autograder.assignment.release import make_saved
from autograder.assignment.source import read_source
from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.exercise.spec import function_of
from autograder.gradebook.book import Book
from autograder.words.catalogue import say


@dataclasses.dataclass(frozen=True, kw_only=True)
class Release:
    """A lab as the gradebook has it.

    ``grades`` has the checks of each cell that is graded automatically, ``solutions`` the
    function that each solution cell asks for, both by the id of nbgrader's row.
    """

    lab: str
    assignment_id: str
    notebook_id: str
    grades: Mapping[str, tuple[str, ...]]
    by_hand: tuple[str, ...]
    solutions: Mapping[str, str]


def release_of(book: Book, course: Course, lab: str, points: Mapping[str, float]) -> Release:
    """Return the lab's release, saved into the gradebook first where it is not there.

    ``points`` are the spec's, by check. Raises CourseError where they are not the gradebook's.
    """
    if not _is_whole(book, lab, points):
        _save(book, course, lab)
    wrong = _wrong_points(book, lab, points)
    if wrong:
        spec, page = course.exercise(lab), course.reference(lab)
        raise CourseError(say("points-differ", page=page, spec=spec, wrong=wrong))
    notebook = book.nbgrader.find_notebook(lab, lab)
    solutions = {cell.id: cell.name for cell in notebook.solution_cells}
    both = set(solutions.values())
    graded = _graded_cells(notebook)
    groups = checks_of_cells(points, graded)
    functions = {function_of(check) for check in points}
    return Release(
        lab=lab,
        assignment_id=notebook.assignment.id,
        notebook_id=notebook.id,
        grades={graded[name].id: checks for name, checks in groups.items()},
        by_hand=tuple(cell.id for cell in notebook.grade_cells if cell.name in both),
        solutions={i: name for i, name in solutions.items() if name in functions},
    )


def _graded_cells(notebook: Any) -> dict[str, Any]:
    """Return nbgrader's rows of the cells that are graded automatically, by name."""
    solutions = {cell.name for cell in notebook.solution_cells}
    return {cell.name: cell for cell in notebook.grade_cells if cell.name not in solutions}


def _wrong_points(book: Book, lab: str, points: Mapping[str, float]) -> str:
    """Return which cell is not worth what the spec says, empty where all are."""
    graded = _graded_cells(book.nbgrader.find_notebook(lab, lab))
    groups = checks_of_cells(points, graded)
    for name, cell in graded.items():
        wanted = worth(points, groups[name])
        if cell.max_score != wanted:
            return say("points-cell", name=name, points=cell.max_score, wanted=wanted)
    return ""


def _is_whole(book: Book, lab: str, points: Mapping[str, float]) -> bool:
    """Return whether all cells are there as the spec wants them: saving may have been cut short."""
    if not _is_saved(book, lab):
        return False
    notebook = book.nbgrader.find_notebook(lab, lab)
    named = {cell.name for cell in (*notebook.grade_cells, *notebook.solution_cells)}
    if named - {cell.name for cell in notebook.source_cells}:
        return False
    try:
        return not _wrong_points(book, lab, points)
    except CourseError:
        return False


def _is_saved(book: Book, lab: str) -> bool:
    try:
        book.nbgrader.find_notebook(lab, lab)
    except MissingEntry:
        return False
    return True


def _save(book: Book, course: Course, lab: str) -> None:
    """Save the cells of the release, as ``nbgrader generate_assignment`` does."""
    notebook = make_saved(read_source(course.reference(lab)))
    book.nbgrader.update_or_create_assignment(lab)
    names = {"assignment": lab, "notebook": lab, "db_url": book.url, "student": "."}
    SaveCells().preprocess(notebook, {"nbgrader": names})
    book.nbgrader.db.expire_all()
