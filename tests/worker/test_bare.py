"""Bare code is what runs, without what only people read; it behaves the same."""

from __future__ import annotations

import ast

import pytest

from autograder.protocol.trace import LISTED_CHARACTERS
from autograder.worker.bare import bare_texts
from autograder.worker.cells import Cell

from .conftest import Run
from .observation import GLOBALS, script


def bare(source: str, filename: str = "<cell 1>") -> str:
    (text,) = bare_texts([Cell(filename, source)])
    return text


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("# student-01\nx = 1  # by me\n", "x = 1"),
        ('"""Lab of student-01."""\nx = 1', "x = 1"),
        ('x = 1\n"a text alone"\n', "x = 1"),
        ('def f():\n    """Mine."""\n    return 1', "def f():\n    return 1"),
        ('def f():\n    """Mine."""', "def f():\n    pass"),
        ('class A:\n    "Mine."\n    # so\n', "class A:\n    pass"),
        ("if x:\n    'text'\nelse:\n    y = 1", "if x:\n    pass\nelse:\n    y = 1"),
        ("try:\n    x = 1\nexcept E:\n    'text'", "try:\n    x = 1\nexcept E:\n    pass"),
        ("%matplotlib inline\nx = 1", "x = 1"),
        ("!pip install torch\nx = 1", "x = 1"),
        ("x?\ny = 1", "y = 1"),
        ("files = !ls /home/student-01", "files = []"),
        ("%%bash\necho student-01", ""),
        ("%%html\n<p>student-01</p>", ""),
        ("%%time\n# mine\ndef f():\n    return 1", "def f():\n    return 1"),
        ("%time x = 1", "x = 1"),
        ("get_ipython().run_line_magic('pip', 'install torch')\nx = 1", "x = 1"),
        ("get_ipython().run_cell_magic('time', '', 'x = 1  # mine\\n')", "x = 1"),
        ("x = '# no comment'", "x = '# no comment'"),
        ("x = 1\ndef f(:\n    pass  # mine\ny = 2", "x = 1\ny = 2"),
        ("", ""),
    ],
)
def test_what_only_people_read_is_left_out(source: str, kept: str) -> None:
    assert bare(source) == kept


def test_each_cell_has_its_text() -> None:
    cells = [Cell("<cell 1>", "# only words"), Cell("<cell 2>", "x = 1")]
    assert bare_texts(cells) == ("", "x = 1")


@pytest.mark.parametrize("source", ["x = 1\n" * LISTED_CHARACTERS, "-" * 9_000 + "1"])
def test_what_cannot_be_read_costs_nothing_and_shows_nothing(source: str) -> None:
    assert "".join(bare_texts([Cell("<script>", source)])) == ""


def test_the_listing_brings_it_and_it_does_the_same(run: Run) -> None:
    source = script(top=f"# student-01\n'''Mine.'''\n{GLOBALS}")
    found = run(source)
    assert found.listing is not None
    (text,) = found.listing.bare
    assert "student-01" not in text
    assert "Mine" not in text
    assert ast.parse(text)
    again = run(text)
    assert (again.probes, again.scenarios) == (found.probes, found.scenarios)
