"""Read a submitted notebook, whatever it is, into one that nbgrader can work with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from autograder.assignment.source import METADATA
from autograder.course.submission import Submission, Way, read_handed
from autograder.nbgrader_bridge.sanitize import harmless, pictures_only
from autograder.words.catalogue import say
from autograder.words.text import NOTHING, Text, text, verbatim
from autograder.worker.text import decode

CELLS = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
_ODD = (AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)


class SubmissionExporter(NotebookExporter):
    """Never fails on a student's file: what cannot be read becomes a cell that says so.

    The file alone decides about the grade; this notebook is what nbgrader stores and shows.
    """

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> Any:
        """Return the converted notebook and the resources."""
        return self.from_notebook_node(read_notebook(Path(filename)), resources, **kw)


def read_notebook(path: Path) -> NotebookNode:
    """Return a sound notebook of ``…/<student>/<lab>/<lab>.ipynb``, without its outputs.

    Links are not followed, as in ``autograder grade``.
    """
    way = tuple(os.fsencode(part) for part in path.parts[-3:])
    problem = text("entry-is-link") if path.is_symlink() else NOTHING
    return _notebook(path.parents[2], way, problem)


def notebook_of(folder: Path, submission: Submission, file: str) -> NotebookNode:
    """Return a sound notebook of the ``file`` that counts; a script becomes one cell."""
    ways = {handed.name: handed.way for handed in submission.files}
    name = file or next(iter(ways), "")
    problem = submission.problem or (
        NOTHING if name in ways else text("other-file-counts", name=name)
    )
    return _notebook(folder, ways.get(name, ()), problem)


def _notebook(folder: Path, way: Way, problem: Text) -> NotebookNode:
    try:
        if problem:
            raise ValueError(say(problem))
        source = read_handed(folder, way)
        decoded = decode(source, lambda _: True)
        if decoded is None:
            raise ValueError(say("file-no-text"))
        if decoded.text.lstrip()[:1] in "{[":
            read = nbformat.reads(decoded.text, as_version=4)
            cells = [_cell(cell) for cell in read.cells]
        else:
            cells = [new_code_cell(_printable(decoded.text))]
    except (*_ODD, nbformat.ValidationError) as error:
        reason = problem or verbatim(f"{type(error).__name__}: {error}".splitlines()[0])
        told = say("notebook-unreadable", reason=reason)
        cells = [new_markdown_cell(_printable(told))]
    sound = [cell for cell in cells if cell is not None]
    for number, cell in enumerate(sound, start=1):
        cell.id = f"cell-{number:03}"
    notebook: NotebookNode = new_notebook(cells=sound, metadata=from_dict(METADATA))
    return notebook


def _cell(given: Any) -> NotebookNode | None:
    """Return a new cell of the same type and text; None where it has none."""
    kind, source = given.get("cell_type"), given.get("source")
    make = CELLS.get(kind) if isinstance(kind, str) else None
    if isinstance(source, list):
        source = "".join(source)
    if make is None or not isinstance(source, str):
        return None
    shown = _printable(source)
    cell: NotebookNode = make(harmless(shown) if kind == "markdown" else shown)
    metadata = given.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if isinstance(nbgrader, dict):
        cell.metadata.nbgrader = nbgrader
    attachments = given.get("attachments")
    if attachments:
        cell.attachments = attachments
        if nbformat.validator.isvalid(cell, f"{kind}_cell", version=4, version_minor=5):
            cell.attachments = pictures_only(attachments)
        if not nbformat.validator.isvalid(cell, f"{kind}_cell", version=4, version_minor=5):
            del cell["attachments"]
    return cell


def _printable(text: str) -> str:
    """Return text that can be written as UTF-8: JSON may contain halves of characters."""
    return text.encode("utf-8", "replace").decode("utf-8")
