"""Whatever a student's file is, nbgrader gets a sound notebook, and nothing through links."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.course.submission import find_submissions
from autograder.nbgrader_bridge.exporter import notebook_of, read_notebook

CODE = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}


def notebook(*cells: Any, **more: Any) -> bytes:
    """Return the bytes of a notebook file."""
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells} | more
    ).encode()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The path of a submission in nbgrader's layout; the file is not there yet."""
    path = tmp_path / "submitted" / "student-01" / "slope" / "slope.ipynb"
    path.parent.mkdir(parents=True)
    return path


def read(place: Path, data: bytes) -> nbformat.NotebookNode:
    """Return the sound notebook that is made of these bytes."""
    place.write_bytes(data)
    found = read_notebook(place)
    nbformat.validate(found)
    return found


ODD = {
    "empty": b"",
    "not JSON": b"{ not json",
    "not UTF-8": b"\xff\xfe",
    "a list": b"[]",
    "nested too deeply": b'{"a":' * 100_000,
    "no cells": json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}}).encode(),
    "cells of text": notebook("x = 1"),
    "cells that are no list": notebook(cells={"a": 1}),
    "a later format": notebook(nbformat=99),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_notebook_becomes_a_cell_that_says_so(kind: str, place: Path) -> None:
    (cell,) = read(place, ODD[kind]).cells
    assert cell.cell_type == "markdown"
    assert cell.source.startswith("This file cannot be read as a notebook. ")


def test_text_and_type_of_cells_are_kept_and_outputs_are_not(place: Path) -> None:
    output = {"output_type": "execute_result", "data": {"text/plain": "9"}, "metadata": {}}
    cells = (
        {
            **CODE,
            "id": "a",
            "source": ["x = 1\n", "y"],
            "outputs": [{**output, "execution_count": 1}],
        },
        {"cell_type": "markdown", "id": "b", "metadata": {"tags": ["x"]}, "source": "# Hi"},
    )
    found = read(place, notebook(*cells)).cells
    assert [(cell.cell_type, cell.source) for cell in found] == [
        ("code", "x = 1\ny"),
        ("markdown", "# Hi"),
    ]
    assert found[0].outputs == []
    assert found[1].metadata == {}


@pytest.mark.filterwarnings("ignore")
def test_cells_without_text_are_left_out(place: Path) -> None:
    odd = {"cell_type": "odd", "metadata": {}}
    cells = ({**CODE, "source": 3}, {**odd, "source": "x"}, {**CODE, "source": "y"}, CODE)
    assert [cell.source for cell in read(place, notebook(*cells)).cells] == ["y"]


def test_half_characters_can_be_written(place: Path) -> None:
    (cell,) = read(place, notebook({**CODE, "id": "a", "source": "\ud800"})).cells
    assert cell.source == "?"


def test_pictures_in_text_are_kept_where_they_are_sound(place: Path) -> None:
    text = {"cell_type": "markdown", "metadata": {}, "source": "![](attachment:a.png)"}
    good = {**text, "id": "a", "attachments": {"a.png": {"image/png": "AAAA"}}}
    bad = {**text, "id": "b", "attachments": {"a.png": {"image/png": 3}}}
    found = read(place, notebook(good, bad)).cells
    assert ["attachments" in cell for cell in found] == [True, False]


def test_links_are_not_followed(place: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.ipynb"
    other.write_bytes(notebook({**CODE, "id": "a", "source": "secret = 1"}))
    place.symlink_to(other)
    assert "secret" not in str(read_notebook(place))


def test_a_folder_that_is_a_link_is_not_followed(place: Path) -> None:
    place.write_bytes(notebook({**CODE, "id": "a", "source": "secret = 1"}))
    other = place.parents[2] / "student-05"
    other.mkdir()
    (other / "slope").symlink_to(place.parent)
    assert "secret" not in str(read_notebook(other / "slope" / "slope.ipynb"))


def test_a_fifo_is_not_waited_for(place: Path) -> None:
    os.mkfifo(place)
    assert "cannot be read as a notebook" in read_notebook(place).cells[0].source


def test_what_is_shown_is_the_file_that_counts(tmp_path: Path) -> None:
    folder = tmp_path / "student-01" / "slope"
    folder.mkdir(parents=True)
    (folder / "slope.ipynb").write_bytes(notebook({**CODE, "id": "a", "source": "a = 1"}))
    (folder / "slope.py").write_bytes(notebook({**CODE, "id": "a", "source": "b = 2"}))
    (folder / "wide.py").write_bytes("c = 3".encode("utf-16"))
    (submission,) = find_submissions(tmp_path, "slope")
    for name, source in (("slope.ipynb", "a = 1"), ("slope.py", "b = 2"), ("wide.py", "c = 3")):
        assert [one.source for one in notebook_of(tmp_path, submission, name).cells] == [source]
    (told,) = notebook_of(tmp_path, submission, "hw.zip/slope.py").cells
    assert "hw.zip/slope.py counts instead." in told.source
