"""Read a lab's source, a percent-format script, into a notebook that nbgrader understands.

Nothing of the lab is run here. Every error names file, line or cell, and what to do.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
import yaml
from nbformat.notebooknode import NotebookNode, from_dict
from nbgrader.nbgraderformat import MetadataValidator, SchemaTooNewError, SchemaTooOldError
from nbgrader.nbgraderformat import ValidationError as InvalidMetadataError

from autograder.errors import CourseError

SOLUTION = "SOLUTION"
REGIONS = (SOLUTION, "HIDDEN TESTS", "MARK SCHEME")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KEPT_METADATA = ("nbgrader", "slideshow", "tags")
_CELL = re.compile(r"# ?%%")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """A lab's source. ``secret`` has the lines inside marked regions by line number."""

    path: Path
    text: str
    notebook: NotebookNode
    secret: dict[int, str]


def read_source(path: Path) -> Source:
    """Return the source as a notebook with solutions. Raises CourseError."""
    text = _text(path)
    secret = _secret(text, path)
    notebook = _notebook(text, path)
    _require_valid(notebook, path)
    return Source(path=path, text=text, notebook=notebook, secret=secret)


def notebook_text(notebook: NotebookNode) -> str:
    """Return the notebook as the text of its file, as nbconvert writes it."""
    text: str = nbformat.writes(notebook, version=4)
    return text if text.endswith("\n") else f"{text}\n"


def parsed(text: str) -> ast.Module:
    """Return the syntax tree; what Python would warn of is the reference's own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def described(cell: NotebookNode, number: int) -> str:
    """Return what a message calls a cell: its number, and its grade_id where it has one."""
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    return f"cell {number} ({grade_id})" if grade_id else f"cell {number}"


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CourseError(f"{path}: not UTF-8 text at byte {error.start}; save it so") from error
    except OSError as error:
        raise CourseError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        parsed(text)
    except SyntaxError as error:
        raise CourseError(f"{path}: line {error.lineno}: does not parse: {error.msg}") from error
    except ValueError as error:
        raise CourseError(f"{path}: does not parse: {error}") from error
    return text


def _secret(text: str, path: Path) -> dict[int, str]:
    """Return the lines inside regions; raises CourseError where markers do not pair."""
    lines = text.splitlines()
    regions = [(name, *pair) for name in REGIONS for pair in _regions(lines, name, path)]
    if SOLUTION not in {name for name, _, _ in regions}:
        raise CourseError(
            f"{path}: has no solution region; put what students are to write between "
            f"'### BEGIN {SOLUTION}' and '### END {SOLUTION}'"
        )
    return {n: lines[n - 1] for _, first, last in regions for n in range(first + 1, last)}


def _regions(lines: list[str], name: str, path: Path) -> Iterator[tuple[int, int]]:
    """Yield the line numbers of each pair of markers; raises CourseError where one is alone."""
    begin = 0
    for number, line in enumerate(lines, start=1):
        if f"BEGIN {name}" in line:
            if begin:
                problem = f"BEGIN {name} inside the region that line {begin} begins"
                raise CourseError(f"{path}: line {number}: {problem}; end that one first")
            begin = number
        elif f"END {name}" in line:
            if not begin:
                problem = f"END {name} without a BEGIN {name} above it"
                raise CourseError(f"{path}: line {number}: {problem}; add that or remove this")
            yield begin, number
            begin = 0
        elif begin and _CELL.match(line):
            problem = f"BEGIN {name} is not ended in its cell; the next begins at line {number}"
            raise CourseError(f"{path}: line {begin}: {problem}")
    if begin:
        raise CourseError(f"{path}: line {begin}: BEGIN {name} is never ended; add END {name}")


def _notebook(text: str, path: Path) -> NotebookNode:
    """Return the cells; ids come from grade_id or position, so the same text gives the same."""
    try:
        notebook: NotebookNode = jupytext.reads(text, fmt="py:percent", as_version=4)
    except (ValueError, yaml.YAMLError) as error:
        raise CourseError(f"{path}: jupytext cannot read the header: {error}") from error
    notebook.metadata = from_dict({**METADATA, "autograder": {"lab": path.stem}})
    for number, cell in enumerate(notebook.cells, start=1):
        cell.metadata = from_dict({k: v for k, v in cell.metadata.items() if k in KEPT_METADATA})
        _require_metadata(cell, number, path)
        cell.id = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{number:02}")
    return notebook


def _require_metadata(cell: NotebookNode, number: int, path: Path) -> None:
    """Check the cell's nbgrader metadata by nbgrader's own schema."""
    if not isinstance(cell.metadata.get("nbgrader", {}), dict):
        raise CourseError(f"{path}: cell {number}: nbgrader= must be a JSON object in one line")
    try:
        MetadataValidator().validate_cell(cell)
    except (InvalidMetadataError, SchemaTooNewError, SchemaTooOldError) as error:
        problem = str(getattr(error, "message", error)).splitlines()[0]
        raise CourseError(f"{path}: {described(cell, number)}: nbgrader says: {problem}") from error


def _require_valid(notebook: NotebookNode, path: Path) -> None:
    """Require that solutions lie in solution cells, and these have one; and a sound notebook."""
    for number, cell in enumerate(notebook.cells, start=1):
        marked = cell.metadata.get("nbgrader", {}).get("solution", False)
        region = f"BEGIN {SOLUTION}" in cell.source
        where = f"{path}: {described(cell, number)}"
        if region and not marked:
            raise CourseError(
                f"{where}: holds a solution but is no solution cell; give its '# %%' line "
                'nbgrader={"grade": false, "grade_id": "…", "locked": false, '
                '"schema_version": 3, "solution": true, "task": false}'
            )
        if marked and not region:
            raise CourseError(f"{where}: a solution cell without BEGIN {SOLUTION}; mark it")
    ids = [cell.id for cell in notebook.cells]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise CourseError(f"{path}: grade_id {', '.join(twice)} stands twice; name each once")
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        problem = error.message.splitlines()[0]
        raise CourseError(f"{path}: makes no valid notebook: {problem}") from error
