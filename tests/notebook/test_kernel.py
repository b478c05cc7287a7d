"""In a real kernel: check() shows its card and nothing that the functions draw, print or display."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.notebook.student import CRITERION, PILING, TRAIN, lab_folder

SETUP = """\
%matplotlib inline
import torch
import matplotlib.pyplot as plt
from autograder import check
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
"""
LOUD = """\
def forward(x):
    from IPython.display import clear_output, display
    import sys
    print("loud")
    print("loud", file=sys.stderr)
    display("loud")
    clear_output()
    figure = plt.figure()
    plt.plot([0, 1])
    plt.show()
    return w * x
"""


CELLS = {
    "names": SETUP,
    "misspelt": 'check("foward")',
    "forward": LOUD,
    "criterion": CRITERION,
    "wrong": PILING,
    "loud": "check()",
    "left": "LOSS, plt.get_fignums()",
    "mended": TRAIN,
    "right": "check()",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[nbformat.NotebookNode]]:
    """Run the cells in one kernel that works in a lab's folder; return what each put out."""
    folder = lab_folder(tmp_path_factory.mktemp("student"))
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in CELLS.values()])
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=300, allow_errors=True, resources=resources).execute()
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells, strict=True)}


def test_a_student_gets_the_card_then_mends_and_all_pass(
    outputs: dict[str, list[nbformat.NotebookNode]],
) -> None:
    (card,), left = outputs["loud"], outputs["left"]
    assert card.output_type == "execute_result"
    assert float(card.data["text/plain"]) == 5.0
    assert "the sum of the gradients so far" in card.data["text/html"]
    assert card.data["text/html"].count("<svg ") == 2
    assert left[0].data["text/plain"] == "([], [])"
    assert [float(output.data["text/plain"]) for output in outputs["right"]] == [10.0]


def test_a_name_that_is_none_gets_a_card_and_no_traceback(
    outputs: dict[str, list[nbformat.NotebookNode]],
) -> None:
    (card,) = outputs["misspelt"]
    assert card.output_type == "execute_result"
    assert "Did you mean" in card.data["text/html"]
