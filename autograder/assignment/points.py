"""Which checks a check cell stands for, and that it is worth their points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from nbformat.notebooknode import NotebookNode

from autograder.assignment.source import Source, described
from autograder.errors import CourseError
from autograder.exercise.spec import Exercise, function_of
from autograder.grading.record import Grade
from autograder.judge.review import CHECK_ERROR
from autograder.words.catalogue import say

Cell = TypeVar("Cell")
PREFIX = "check-"


def checks_of_cells(checks: Iterable[str], cells: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the checks that each cell stands for.

    ``check-<check>`` stands for that check, ``check-<function>`` for those of the function that
    have no cell of their own. Raises CourseError naming a cell that stands for nothing and a
    check that has no cell.
    """
    checks, names = list(checks), {cell: cell.removeprefix(PREFIX) for cell in cells}
    functions = {function_of(check) for check in checks}
    alone = set(names.values()) - functions
    found = {}
    for cell, name in names.items():
        if not cell.startswith(PREFIX) or name not in {*checks, *functions}:
            known = ", ".join(f"{PREFIX}{known}" for known in sorted({*checks, *functions}))
            raise CourseError(say("cell-unknown", cell=cell, known=known))
        if name in functions:
            found[cell] = tuple(c for c in checks if function_of(c) == name and c not in alone)
        else:
            found[cell] = (name,)
    covered = {check for group in found.values() for check in group}
    for check in checks:
        if check not in covered:
            wanted = f"{PREFIX}{function_of(check)}"
            raise CourseError(say("cell-missing", check=check, wanted=wanted))
    return found


def cells_to_look_at(
    codes: Iterable[str], grade: Grade, groups: Mapping[Cell, tuple[str, ...]]
) -> set[Cell]:
    """Return which of the graded cells a person must look at, for these codes of ``review``.

    ``groups`` has the checks that each cell stands for. A broken check concerns its own cell, all
    else every cell.
    """
    codes = set(codes)
    if not codes:
        return set()
    broken = {check.id for check in grade.checks if check.outcome == "error"}
    own = {cell for cell, checks in groups.items() if broken.intersection(checks)}
    return own if own and codes == {CHECK_ERROR} else set(groups)


def graded_by_us(cell: NotebookNode) -> bool:
    """Return whether a cell is graded automatically; a solution is graded by hand."""
    metadata = cell.metadata.get("nbgrader", {})
    return bool(metadata.get("grade")) and not metadata.get("solution")


def require_points(source: Source, exercise: Exercise) -> None:
    """Raise CourseError where the check cells do not match the spec's checks and points."""
    cells = {}
    for number, cell in enumerate(source.notebook.cells, start=1):
        if graded_by_us(cell):
            where = f"{source.path}: {described(cell, number)}"
            if cell.cell_type != "code" or not cell.metadata.nbgrader.locked:
                raise CourseError(say("cell-not-locked", where=where))
            cells[cell.metadata.nbgrader.grade_id] = (where, float(cell.metadata.nbgrader.points))
    try:
        groups = checks_of_cells(exercise.points, cells)
    except CourseError as error:
        raise CourseError(f"{source.path}: {error}") from error
    for name, (where, points) in cells.items():
        wanted = worth(exercise.points, groups[name])
        if points != wanted:
            parts = ", ".join(f"{check} {exercise.points[check]:g}" for check in groups[name])
            raise CourseError(
                say(
                    "cell-points",
                    parts=parts or say("none"),
                    points=points,
                    wanted=wanted,
                    where=where,
                )
            )


def worth(points: Mapping[str, float], checks: Iterable[str]) -> float:
    """Return the points of some checks."""
    return float(sum(points[check] for check in checks))
