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
from autograder.words.catalogue import say

SOLUTION = "SOLUTION"
REGIONS = (SOLUTION, "HIDDEN TESTS", "MARK SCHEME")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
METADATA_OF_SOLUTION = (
    'nbgrader={"grade": false, "grade_id": "…", "locked": false, '
    '"schema_version": 3, "solution": true, "task": false}'
)
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
    return say("cell-number-id" if grade_id else "cell-number", number=number, id=grade_id)


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CourseError(say("source-not-utf8", path=path, start=error.start)) from error
    except OSError as error:
        raise CourseError(say("cannot-read", path=path, problem=error.strerror)) from error
    try:
        parsed(text)
    except SyntaxError as error:
        raise CourseError(
            say("line-does-not-parse", line=error.lineno, path=path, problem=error.msg)
        ) from error
    except ValueError as error:
        raise CourseError(say("does-not-parse", path=path, problem=error)) from error
    return text


def _secret(text: str, path: Path) -> dict[int, str]:
    """Return the lines inside regions; raises CourseError where markers do not pair."""
    lines = text.splitlines()
    regions = [(name, *pair) for name in REGIONS for pair in _regions(lines, name, path)]
    if SOLUTION not in {name for name, _, _ in regions}:
        raise CourseError(say("source-no-solution", path=path, solution=SOLUTION))
    return {n: lines[n - 1] for _, first, last in regions for n in range(first + 1, last)}


def _regions(lines: list[str], name: str, path: Path) -> Iterator[tuple[int, int]]:
    """Yield the line numbers of each pair of markers; raises CourseError where one is alone."""
    begin = 0
    for number, line in enumerate(lines, start=1):
        if f"BEGIN {name}" in line:
            if begin:
                raise CourseError(
                    say("source-nested", begin=begin, name=name, number=number, path=path)
                )
            begin = number
        elif f"END {name}" in line:
            if not begin:
                raise CourseError(say("source-end-alone", name=name, number=number, path=path))
            yield begin, number
            begin = 0
        elif begin and _CELL.match(line):
            raise CourseError(
                say("source-not-ended-in-cell", begin=begin, name=name, number=number, path=path)
            )
    if begin:
        raise CourseError(say("source-never-ended", begin=begin, name=name, path=path))


def _notebook(text: str, path: Path) -> NotebookNode:
    """Return the cells; ids come from grade_id or position, so the same text gives the same."""
    try:
        notebook: NotebookNode = jupytext.reads(text, fmt="py:percent", as_version=4)
    except (ValueError, yaml.YAMLError) as error:
        raise CourseError(say("source-header", error=error, path=path)) from error
    notebook.metadata = from_dict({**METADATA, "autograder": {"lab": path.stem}})
    for number, cell in enumerate(notebook.cells, start=1):
        cell.metadata = from_dict({k: v for k, v in cell.metadata.items() if k in KEPT_METADATA})
        _require_metadata(cell, number, path)
        cell.id = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{number:02}")
    return notebook


def _require_metadata(cell: NotebookNode, number: int, path: Path) -> None:
    """Check the cell's nbgrader metadata by nbgrader's own schema."""
    if not isinstance(cell.metadata.get("nbgrader", {}), dict):
        raise CourseError(say("source-not-json", number=number, path=path))
    try:
        MetadataValidator().validate_cell(cell)
    except (InvalidMetadataError, SchemaTooNewError, SchemaTooOldError) as error:
        problem = str(getattr(error, "message", error)).splitlines()[0]
        raise CourseError(
            say("source-nbgrader", described=described(cell, number), path=path, problem=problem)
        ) from error


def _require_valid(notebook: NotebookNode, path: Path) -> None:
    """Require that solutions lie in solution cells, and these have one; and a sound notebook."""
    for number, cell in enumerate(notebook.cells, start=1):
        marked = cell.metadata.get("nbgrader", {}).get("solution", False)
        region = f"BEGIN {SOLUTION}" in cell.source
        where = f"{path}: {described(cell, number)}"
        if region and not marked:
            raise CourseError(
                say("source-not-a-solution-cell", metadata=METADATA_OF_SOLUTION, where=where)
            )
        if marked and not region:
            raise CourseError(say("source-unmarked", solution=SOLUTION, where=where))
    ids = [cell.id for cell in notebook.cells]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise CourseError(say("source-twice", ids=", ".join(twice), path=path))
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        problem = error.message.splitlines()[0]
        raise CourseError(say("source-invalid", path=path, problem=problem)) from error
