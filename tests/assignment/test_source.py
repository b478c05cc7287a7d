"""A source is read whole or refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.assignment.source import METADATA, notebook_text, read_source
from autograder.errors import CourseError

from .conftest import SLOPE, Edit

BEGIN, END = "    ### BEGIN SOLUTION\n", "    ### END SOLUTION\n"
FORWARD = f"{BEGIN}    return w * x\n{END}"
CELL = (
    '# %% nbgrader={"grade": false, "grade_id": "forward", "locked": false, '
    '"schema_version": 3, "solution": true, "task": false}'
)


def refused(path: Path) -> str:
    """Return what is said of a source that is wrong; the message names the file first."""
    with pytest.raises(CourseError) as raised:
        read_source(path)
    said = str(raised.value)
    assert said.startswith(f"{path}: ")
    return said.removeprefix(f"{path}: ")


def line_of(path: Path, text: str) -> int:
    """Return the number of the first line that holds ``text``."""
    return next(n for n, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def test_the_same_source_gives_the_same_notebook() -> None:
    first, again = (read_source(SLOPE / "slope.py").notebook for _ in range(2))
    assert notebook_text(first) == notebook_text(again)


def test_cell_ids_are_grade_ids_or_positions() -> None:
    ids = [cell.id for cell in read_source(SLOPE / "slope.py").notebook.cells]
    assert ids[:3] == ["cell-01", "cell-02", "cell-03"]
    assert {"forward", "check-forward", "train_model", "check-train_model"} <= set(ids)


def test_metadata_name_the_lab_and_say_nothing_of_tools_or_paths() -> None:
    notebook = read_source(SLOPE / "slope.py").notebook
    assert notebook.metadata == {**METADATA, "autograder": {"lab": "slope"}}
    assert {key for cell in notebook.cells for key in cell.metadata} == {"nbgrader"}


def test_windows_line_ends_make_no_difference(edit: Edit) -> None:
    path = edit()
    unix = notebook_text(read_source(path).notebook)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert notebook_text(read_source(path).notebook) == unix


def test_secret_are_the_lines_between_the_markers(edit: Edit) -> None:
    path = edit()
    secret = read_source(path).secret
    assert secret[line_of(path, "return w * x")] == "    return w * x"
    assert not any("SOLUTION" in line for line in secret.values())


def test_a_syntax_error_is_told_by_line(edit: Edit) -> None:
    path = edit(("def forward(x):", "def forward(x:"))
    assert refused(path).startswith(f"line {line_of(path, 'def forward')}: does not parse")


def test_a_file_that_is_no_text_is_refused(edit: Edit) -> None:
    path = edit()
    path.write_bytes(b"# \xff\n")
    assert "not UTF-8" in refused(path)


def test_a_lab_without_a_solution_is_refused(edit: Edit) -> None:
    path = edit(("### BEGIN SOLUTION", "pass"), ("### END SOLUTION", "pass"))
    assert "no solution region" in refused(path)


def test_an_end_without_a_begin_is_told_by_line(edit: Edit) -> None:
    path = edit((FORWARD, f"    return w * x\n{END}"))
    assert refused(path).startswith(f"line {line_of(path, 'END SOLUTION')}: END SOLUTION without")


def test_a_begin_in_a_region_is_told_by_both_lines(edit: Edit) -> None:
    path = edit((FORWARD, BEGIN + FORWARD))
    first = line_of(path, "BEGIN SOLUTION")
    said = refused(path)
    assert said.startswith(f"line {first + 1}: BEGIN SOLUTION inside")
    assert f"begins at line {first}" in said


def test_a_begin_without_an_end_in_its_cell_is_told_by_line(edit: Edit) -> None:
    path = edit((FORWARD, f"{BEGIN}    return w * x\n"))
    assert refused(path).startswith(
        f"line {line_of(path, 'BEGIN SOLUTION')}: BEGIN SOLUTION does not end"
    )


def test_a_last_region_without_an_end_is_told_by_line(edit: Edit) -> None:
    path = edit()
    text = path.read_text("utf-8")
    path.write_text(text[: text.rindex("    ### END SOLUTION")], "utf-8")
    begin = path.read_text("utf-8").count("\n", 0, text.rindex("### BEGIN SOLUTION")) + 1
    assert refused(path) == f"line {begin}: BEGIN SOLUTION never ends; add END SOLUTION"


def test_regions_of_hidden_tests_must_pair_too(edit: Edit) -> None:
    path = edit(('check("forward")', 'check("forward")\n### BEGIN HIDDEN TESTS'))
    assert "BEGIN HIDDEN TESTS" in refused(path)


def test_a_solution_outside_a_solution_cell_is_told_by_cell(edit: Edit) -> None:
    path = edit((CELL, "# %%"))
    assert refused(path).startswith("cell 6: contains a solution but is not a solution cell")


def test_a_solution_cell_without_a_solution_is_told_by_cell(edit: Edit) -> None:
    path = edit((FORWARD, "    return w * x\n"))
    assert refused(path).startswith("cell 6 (forward): a solution cell without")


def test_metadata_that_nbgrader_refuses_are_told_by_cell(edit: Edit) -> None:
    path = edit((CELL, CELL.replace("3", "2")))
    assert refused(path).startswith("cell 6 (forward): nbgrader reports: Outdated schema version")


def test_metadata_that_are_no_object_are_told_by_cell(edit: Edit) -> None:
    path = edit((CELL, "# %% nbgrader=3"))
    assert refused(path).startswith("cell 6: nbgrader=")


def test_a_grade_id_stands_once(edit: Edit) -> None:
    path = edit(('"grade_id": "criterion"', '"grade_id": "forward"'))
    assert "grade_id forward occurs twice" in refused(path)
