"""What students receive."""

from __future__ import annotations

import pytest
from nbformat.notebooknode import NotebookNode

from autograder.assignment.release import STUB, make_stub, script_text
from autograder.assignment.source import read_source

from .conftest import SLOPE


@pytest.fixture(scope="module")
def stub() -> NotebookNode:
    return make_stub(read_source(SLOPE / "slope.py"))


def cells(stub: NotebookNode) -> dict[str, NotebookNode]:
    """Return the cells that nbgrader knows, by grade_id."""
    return {c.metadata.nbgrader.grade_id: c for c in stub.cells if "nbgrader" in c.metadata}


@pytest.mark.parametrize("function", ["forward", "criterion", "train_model"])
def test_a_solution_becomes_the_stub_and_the_rest_stays(function: str, stub: NotebookNode) -> None:
    lines = cells(stub)[function].source.splitlines()
    assert lines[0].startswith(f"def {function}(")
    assert lines[-1] == f"    {STUB}"


def test_check_cells_can_be_neither_edited_nor_deleted(stub: NotebookNode) -> None:
    for name in ("check-forward", "check-criterion", "check-train_model"):
        metadata = cells(stub)[name].metadata
        assert (metadata.editable, metadata.deletable) == (False, False)
        assert metadata.nbgrader.locked
        assert len(metadata.nbgrader.checksum) == 32


def test_solution_cells_can_be_edited_but_not_deleted(stub: NotebookNode) -> None:
    metadata = cells(stub)["forward"].metadata
    assert metadata.deletable is False
    assert "editable" not in metadata


def test_there_are_no_outputs(stub: NotebookNode) -> None:
    code = [cell for cell in stub.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)


def test_the_script_is_plain_and_runs_as_it_stands(stub: NotebookNode) -> None:
    script = script_text(stub)
    compile(script, "slope.py", "exec")
    assert script.startswith("# %% [markdown]\n# # Training one parameter\n")
    assert script.endswith("\n")
    assert not any(word in script for word in ("nbgrader", "jupytext", "kernelspec"))
    assert script.count(STUB) == 3
