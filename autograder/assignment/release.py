"""Make the students' version of a lab with nbgrader's own preprocessors."""

from __future__ import annotations

from collections.abc import Iterable

import jupytext
import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbgrader.nbgraderformat import ValidationError as InvalidMetadataError
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from traitlets.config import Config

from autograder.assignment.source import Source
from autograder.errors import CourseError
from autograder.words.catalogue import say

STUB = 'raise NotImplementedError("Write your code here, then run this cell again.")'
# What GenerateAssignment runs, less what reads other files (IncludeHeaderFooter) or runs code
# (InstantiateTests). Between the two parts nbgrader saves the cells to its gradebook.
BEFORE_SAVING = (LockCells, ClearSolutions, ClearOutput, CheckCellMetadata, ComputeChecksums)
AFTER_SAVING = (ClearHiddenTests, ClearMarkScheme, ComputeChecksums, CheckCellMetadata)
_SCRIPT = {
    "extension": ".py",
    "format_name": "percent",
    "notebook_metadata_filter": "-all",
    "cell_metadata_filter": "-all",
}


def configure_release(config: Config) -> None:
    """Set what the preprocessors need to know, here and in ``nbgrader generate_assignment``."""
    config.ClearSolutions.code_stub = {"python": STUB}


def make_stub(source: Source) -> NotebookNode:
    """Return the notebook that students receive. Raises CourseError where nbgrader refuses."""
    return _converted(source, (*BEFORE_SAVING, *AFTER_SAVING))


def make_saved(source: Source) -> NotebookNode:
    """Return the notebook whose cells nbgrader saves. Raises CourseError where it refuses."""
    return _converted(source, BEFORE_SAVING)


def _converted(source: Source, preprocessors: Iterable[type]) -> NotebookNode:
    config = Config()
    config.Exporter.default_preprocessors = []
    configure_release(config)
    exporter = NotebookExporter(config=config)
    for preprocessor in preprocessors:
        exporter.register_preprocessor(preprocessor)
    try:
        text, _ = exporter.from_notebook_node(source.notebook)
    except (InvalidMetadataError, RuntimeError, ValueError) as error:
        raise CourseError(say("nbgrader-refuses", error=error, path=source.path)) from error
    converted: NotebookNode = nbformat.reads(text, as_version=4)
    return converted


def script_text(stub: NotebookNode) -> str:
    """Return the notebook as a plain percent script, without metadata."""
    return str(jupytext.writes(stub, fmt=dict(_SCRIPT)))
