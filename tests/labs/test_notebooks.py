"""References and stubs as notebooks in a real kernel: pictures, checks, kind words."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.notebooknode import NotebookNode

from autograder.assignment.source import read_source
from autograder.course.folder import Course
from autograder.exercise.loader import load_exercise

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)
OFTEN = ("module",)
LABS = [
    pytest.param(lab, marks=[] if lab in OFTEN else [pytest.mark.thorough])
    for lab in COURSE.lab_names()
]
LEAST_PICTURES = {
    "slope": 4,
    "line": 5,
    "wide_slope": 3,
    "wide_line": 3,
    "minibatch": 6,
    "attention": 5,
    "mlp": 6,
    "convolution": 7,
    "multiple": 4,
    "softmax": 5,
}


class Ran(NamedTuple):
    """A lab's reference and its stub, run one after the other, and how the stub ended."""

    lab: str
    reference: NotebookNode
    stub: NotebookNode
    error: CellExecutionError


@pytest.fixture(scope="module", params=LABS)
def ran(request: pytest.FixtureRequest) -> Ran:
    """Run both in one kernel, in the folder that students get; the reference finds it fresh."""
    lab = request.param
    reference = read_source(COURSE.reference(lab)).notebook
    stub = nbformat.read(COURSE.assignment(lab) / f"{lab}.ipynb", as_version=4)
    stub.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
    where = {"metadata": {"path": str(COURSE.assignment(lab))}}
    client = NotebookClient(reference, timeout=300, resources=where)
    client.execute(cleanup_kc=False)
    client.nb = stub
    with pytest.raises(CellExecutionError) as error:
        client.execute()
    return Ran(lab, reference, stub, error.value)


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


def test_a_reference_runs_from_top_to_bottom_with_its_pictures(ran: Ran) -> None:
    pictures = [o for o in outputs(ran.reference) if "image/png" in o.get("data", {})]
    assert len(pictures) >= LEAST_PICTURES.get(ran.lab, 2)


def test_a_reference_passes_its_own_checks(ran: Ran) -> None:
    assert sum(check_points(ran.reference)) == load_exercise(COURSE.exercise(ran.lab)).max_score


def test_a_reference_warns_of_nothing(ran: Ran) -> None:
    assert [o.text for o in outputs(ran.reference) if o.get("name") == "stderr"] == []


def test_a_stub_runs_to_its_first_unwritten_cell(ran: Ran) -> None:
    assert ran.error.ename == "NotImplementedError"
    assert "Write your code here" in ran.error.evalue
    first = check_points(ran.stub)[0]
    assert first == 0.0, "the check below the first stub ran, and earned nothing"
