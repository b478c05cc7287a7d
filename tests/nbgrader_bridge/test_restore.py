"""Graded cells are the release's, whatever a student made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.preprocessors import CheckCellMetadata

from autograder.nbgrader_bridge.restore import remove_linked, restored

CHECK = 'check("forward")'


def metadata(name: str, **more: Any) -> dict[str, Any]:
    """Return sound nbgrader metadata."""
    sound = {"schema_version": 3, "grade": False, "solution": False, "task": False, "locked": False}
    return {"nbgrader": {**sound, "grade_id": name, **more}}


def solution(source: str, **more: Any) -> NotebookNode:
    """Return the cell in which a student writes forward."""
    return new_code_cell(source, metadata=metadata("forward", solution=True, **more))


def check(source: str = CHECK, **more: Any) -> NotebookNode:
    """Return the cell that is graded for it."""
    given = {"grade": True, "locked": True, "points": 2, **more}
    return new_code_cell(source, metadata=metadata("check-forward", **given))


@pytest.fixture
def released() -> dict[str, NotebookNode]:
    return {"forward": solution("stub"), "check-forward": check()}


def test_an_honest_notebook_stays_as_it_is(released: dict[str, NotebookNode]) -> None:
    cells = restored([new_markdown_cell("# Hi"), solution("mine"), check()], released)
    assert [cell.source for cell in cells] == ["# Hi", "mine", CHECK]


@pytest.mark.parametrize(
    "forged", [{"points": 1000}, {"schema_version": 99}, {"locked": False}, {"grade": "yes"}]
)
def test_forged_metadata_are_replaced(forged: Any, released: dict[str, NotebookNode]) -> None:
    (_, cell) = restored([solution("mine", **forged), check("1000", **forged)], released)
    assert cell.metadata == check().metadata
    assert cell.source == CHECK


def test_a_deleted_check_cell_comes_back(released: dict[str, NotebookNode]) -> None:
    cells = restored([solution("mine"), new_markdown_cell("end")], released)
    assert [cell.source for cell in cells] == ["mine", "end", CHECK]


def test_of_duplicates_the_last_counts_and_the_others_are_plain(
    released: dict[str, NotebookNode],
) -> None:
    cells = restored([check(), solution("old"), solution("new"), check()], released)
    assert [cell.source for cell in cells] == [CHECK, "old", "new", CHECK]
    assert ["nbgrader" in cell.metadata for cell in cells] == [False, False, True, True]


@pytest.mark.parametrize("name", ["check-all", "", 3, ["check-forward"], None])
def test_unknown_names_are_dropped(name: Any, released: dict[str, NotebookNode]) -> None:
    cell = new_code_cell("x", metadata=metadata(name, grade=True, points=5))
    assert restored([cell, solution("mine"), check()], released)[0].metadata == {}


def test_a_solution_turned_into_text_is_code_again(released: dict[str, NotebookNode]) -> None:
    cell = new_markdown_cell("mine", metadata=metadata("forward", solution=True))
    (found, _) = restored([cell, check()], released)
    assert (found.cell_type, found.source) == ("code", "mine")


def test_nbgrader_finds_nothing_wrong_with_the_worst(released: dict[str, NotebookNode]) -> None:
    worst = [check(schema_version=1), check(grade_id=""), solution("x", schema_version=7), check()]
    CheckCellMetadata().preprocess(new_notebook(cells=restored(worst, released)), {})


def test_copies_of_what_links_lead_to_are_removed(tmp_path: Path) -> None:
    submitted, autograded = tmp_path / "submitted", tmp_path / "autograded"
    for folder in (submitted, autograded):
        (folder / "deep").mkdir(parents=True)
    (submitted / "deep" / "link.txt").symlink_to("/etc/passwd")
    (submitted / "own.txt").write_text("mine", "utf-8")
    for name in ("deep/link.txt", "own.txt"):
        (autograded / name).write_text("copied", "utf-8")
    remove_linked(submitted, autograded)
    assert [path.name for path in autograded.rglob("*.txt")] == ["own.txt"]
