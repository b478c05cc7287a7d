"""Scripts and notebooks of any make become cells; what is neither is refused with a reason."""

from __future__ import annotations

import json

import pytest

from autograder.protocol.job import Budget
from autograder.worker.cells import Cell, Unreadable, read_cells

from .observation import notebook

BUDGET = Budget()


def script(source: bytes | str) -> list[Cell]:
    """Read a script."""
    data = source if isinstance(source, bytes) else source.encode()
    return read_cells("lab.py", data, BUDGET)


def sources(text: str | bytes) -> list[str]:
    """Return the code cells of a notebook."""
    data = text if isinstance(text, bytes) else text.encode()
    return [cell.source for cell in read_cells("lab.ipynb", data, BUDGET)]


def refusal(source: bytes, filename: str = "lab.ipynb", budget: Budget = BUDGET) -> str:
    """Return why a file is refused."""
    with pytest.raises(Unreadable) as caught:
        read_cells(filename, source, budget)
    return str(caught.value)


def test_code_cells_come_in_document_order_and_are_counted() -> None:
    cells = read_cells(
        "lab.ipynb", notebook("a = 1", "b = 2", markdown=("# Lab",)).encode(), BUDGET
    )
    assert cells == [Cell("<cell 1>", "a = 1"), Cell("<cell 2>", "b = 2")]


def test_a_source_given_as_lines_is_joined() -> None:
    assert sources(notebook(["a = 1\n", "b = 2"])) == ["a = 1\nb = 2"]


def test_a_notebook_of_version_3_is_read() -> None:
    old = {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "markdown", "metadata": {}, "source": ["# Lab"]},
                    {
                        "cell_type": "code",
                        "collapsed": False,
                        "input": ["a = 1\n", "b = 2"],
                        "language": "python",
                        "metadata": {},
                        "outputs": [],
                    },
                ],
                "metadata": {},
            }
        ],
    }
    assert sources(json.dumps(old)) == ["a = 1\nb = 2"]


def test_a_notebook_may_lack_what_only_a_validator_wants() -> None:
    cell = {"cell_type": "code", "metadata": {}, "source": "a = 1", "extra": [1]}
    whole = {"cells": [cell], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    assert sources(json.dumps(whole)) == ["a = 1"]


def test_a_byte_order_mark_is_no_part_of_a_notebook() -> None:
    assert sources(b"\xef\xbb\xbf" + notebook("a = 1").encode()) == ["a = 1"]


def test_the_suffix_s_case_does_not_matter() -> None:
    assert read_cells("LAB.IPYNB", notebook("a = 1").encode(), BUDGET)[0].source == "a = 1"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"", "the file is empty"),
        (b" \n\t\n", "the file is empty"),
        (b'{"cells": [', "not a notebook: "),
        (b"a = 1\n", "not a notebook: "),
        (b"[]", "not a notebook: "),
        (b"3", "not a notebook: "),
        (b"null", "not a notebook: "),
        (b"{}", "not a notebook: "),
        (b'{"nbformat": 4, "nbformat_minor": 4, "metadata": {}}', "not a notebook: "),
        (b'{"cells": 3, "nbformat": 4, "nbformat_minor": 4, "metadata": {}}', "not a notebook: "),
        (b'{"cells": [3], "nbformat": 4, "nbformat_minor": 4}', "not a notebook: "),
        (b'{"cells": [], "nbformat": 99, "nbformat_minor": 4}', "not a notebook: "),
        (b'{"cells": [], "nbformat": "x", "nbformat_minor": 4}', "not a notebook: "),
        (notebook().encode(), "the file holds no code"),
        (notebook(" ", "\n").encode(), "the file holds no code"),
        (b"\xff\xfe{}", "not UTF-8 text at byte 0"),
        (b"PK\x03\x04\xff", "not UTF-8 text at byte"),
        (b'{"a":' * 100_000, "not"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_notebook_is_refused_with_a_reason(source: bytes, reason: str) -> None:
    assert reason in refusal(source)


@pytest.mark.parametrize("source", [3, None, {"a": 1}, [1, 2]])
def test_a_cell_whose_source_is_no_text_is_refused(source: object) -> None:
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
    text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    refusal(text.encode())


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"", "the file is empty"),
        (b"a = 1\0", "a binary file"),
        (b"\x7fELF\0\0", "a binary file"),
        (b"a = '\xe4'\n", "not UTF-8 text"),
        (b"# -*- coding: martian -*-\n", "not UTF-8 text"),
    ],
)
def test_what_is_no_script_is_refused_with_a_reason(source: bytes, reason: str) -> None:
    assert reason in refusal(source, "lab.py")


def test_too_much_source_or_too_many_cells_are_refused() -> None:
    small = Budget(source_bytes=1_000_000, cells=2)
    assert "1 MB" in refusal(b"a = 1\n" * 200_000, "lab.py", small)
    assert "2 code cells" in refusal(notebook("a", "b", "c").encode(), "lab.ipynb", small)


def test_a_script_is_one_cell() -> None:
    assert script("a = 1\n\n# %% part\nb = 2\n") == [
        Cell("<script>", "a = 1\n\n# %% part\nb = 2\n")
    ]


def test_a_script_with_a_broken_part_is_read_part_by_part_with_its_own_lines() -> None:
    text = "a = 1\n# %%\ndef broken(:\n# %% [markdown]\n# text\n# In[3]:\nb = 2\n"
    cells = script(text)
    assert [cell.source.strip() for cell in cells] == [
        "a = 1",
        "# %%\ndef broken(:",
        "# %% [markdown]\n# text",
        "# In[3]:\nb = 2",
    ]
    assert cells[3].source.splitlines()[6] == "b = 2"
    assert {cell.filename for cell in cells} == {"<script>"}


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_are_all_alike(end: str) -> None:
    assert script(end.join(["a = 1", "b = 2", ""]))[0].source == "a = 1\nb = 2\n"


def test_a_declared_encoding_is_obeyed() -> None:
    (cell,) = script("# -*- coding: latin-1 -*-\na = 'ä'\n".encode("latin-1"))
    assert "a = 'ä'" in cell.source


def test_a_byte_order_mark_is_no_part_of_a_script() -> None:
    assert script(b"\xef\xbb\xbfa = 1\n")[0].source == "a = 1\n"
