"""References and stubs as notebooks in a real kernel: pictures, checks, kind words."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.notebooknode import NotebookNode

from autograder.assignment.source import read_source
from autograder.course.folder import Course

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)
OFTEN = ("slope", "minibatch")  # one of each contract: a kernel takes seconds to start
LABS = [
    pytest.param(lab, marks=[] if lab in OFTEN else [pytest.mark.thorough])
    for lab in COURSE.lab_names()
]
LEAST_PICTURES = {"slope": 4, "line": 5, "wide_slope": 3, "wide_line": 3, "minibatch": 6}


def executed(notebook: NotebookNode, lab: str, *, allow_errors: bool) -> NotebookNode:
    """Run a notebook in the folder that students get, with the environment of these tests."""
    client = NotebookClient(
        notebook,
        timeout=300,
        allow_errors=allow_errors,
        resources={"metadata": {"path": str(COURSE.assignment(lab))}},
    )
    found: NotebookNode = client.execute()
    return found


def outputs(notebook: NotebookNode) -> list[NotebookNode]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def check_points(notebook: NotebookNode) -> list[float]:
    """Return what the check cells gave, as nbgrader reads it."""
    return [
        float(output["data"]["text/plain"])
        for cell in notebook.cells
        if cell.get("metadata", {}).get("nbgrader", {}).get("grade")
        for output in cell.outputs
        if output.output_type == "execute_result"
    ]


@pytest.fixture(scope="module", params=LABS)
def reference(request: pytest.FixtureRequest) -> tuple[str, NotebookNode]:
    lab = request.param
    source = read_source(COURSE.reference(lab)).notebook
    return lab, executed(source, lab, allow_errors=False)


def test_a_reference_runs_from_top_to_bottom_with_its_pictures(
    reference: tuple[str, NotebookNode],
) -> None:
    lab, notebook = reference
    pictures = [o for o in outputs(notebook) if "image/png" in o.get("data", {})]
    assert len(pictures) >= LEAST_PICTURES.get(lab, 2)


def test_a_reference_passes_its_own_checks(reference: tuple[str, NotebookNode]) -> None:
    _, notebook = reference
    assert check_points(notebook) == [2.0, 2.0, 6.0]


def test_a_reference_warns_of_nothing(reference: tuple[str, NotebookNode]) -> None:
    _, notebook = reference
    assert [o.text for o in outputs(notebook) if o.get("name") == "stderr"] == []


@pytest.mark.parametrize("lab", LABS)
def test_a_stub_runs_to_its_first_unwritten_cell(lab: str) -> None:
    notebook = nbformat.read(COURSE.assignment(lab) / f"{lab}.ipynb", as_version=4)
    with pytest.raises(CellExecutionError) as error:
        executed(notebook, lab, allow_errors=False)
    assert error.value.ename == "NotImplementedError"
    assert "Write your code here" in error.value.evalue
    first = check_points(notebook)[0]
    assert first == 0.0, "the check below the first stub ran, and earned nothing"
