"""A file is read without running it: what its statements bind, and what a failed one would have."""

from __future__ import annotations

import pytest

from autograder.protocol.job import Budget
from autograder.protocol.trace import Failure
from autograder.worker.cells import Cell
from autograder.worker.outline import LARGEST_SOURCE, bound_names, names_from, read_outline

from .conftest import Look
from .observation import CRITERION, FORWARD, GLOBALS, TRAIN, notebook, script


def names(source: str, line: int = 0) -> set[str]:
    return set(names_from(Cell("<cell 1>", source), line))


@pytest.mark.parametrize(
    ("source", "bound"),
    [
        ("def f(x):\n    y = 1\n", {"f"}),
        ("async def f(x): pass", {"f"}),
        ("class C:\n    a = 1\n    def m(self): pass\n", {"C"}),
        ("a, (b, *c) = 1, (2, 3)\nd: int = 4\ne += 1\n", {"a", "b", "c", "d", "e"}),
        ("import a.b, c as d\nfrom e import f as g, h\n", {"a", "d", "g", "h"}),
        ("if x:\n    a = 1\nelse:\n    def f(): pass\n", {"a", "f"}),
        ("try:\n    import a\nexcept ImportError:\n    a = b = None\n", {"a", "b"}),
        ("for i in range(3):\n    a = i\nwith open('x') as f: pass\n", {"i", "a", "f"}),
        ("[i for i in range(3)]\nprint(lambda z: z)\nx.y = 1\nx[0] = 1\n", set()),
        ("%matplotlib inline\na = 1\n", {"a"}),
    ],
)
def test_what_statements_bind_in_their_own_scope(source: str, bound: set[str]) -> None:
    assert names(source) - {"get_ipython"} == bound


@pytest.mark.parametrize(
    ("source", "bound"),
    [
        ("def forward(x)\n    return w * x\n", {"forward"}),
        ("a = 1\ndef forward(:\n    pass\nb = 2\n", {"a", "forward", "b"}),
        ("  def forward(x):\n    return x\n", {"forward"}),
        ("class Net(nn.Module:\n    def forward(self): pass\n", {"Net"}),
        ("criterion = nn.MSELoss(\n", {"criterion"}),
        ("a, b = 1, (\n", {"a", "b"}),
        ("from losses import mse as criterion, (\n", {"criterion"}),
        ("if a == b (\n", set()),
        ("print('hello'\ndef f(x):\n    return x\n", {"f"}),
        ("@wrap(\ndef forward(x):\n    return x\n", {"forward"}),
        (
            "def forward(x):\n    # why\n# not\n    return (x\n\ndef g(x): return x\n",
            {"forward", "g"},
        ),
    ],
)
def test_what_does_not_parse_is_read_at_the_beginnings_of_its_lines(
    source: str, bound: set[str]
) -> None:
    assert names(source) == bound


def test_what_stands_above_the_line_that_raised_was_bound() -> None:
    source = "a = 1\nb = (\n    1 / 0\n)\nif True:\n    c = 2\n"
    assert names(source, 3) == {"b", "c"}
    assert names(source, 5) == {"c"}


def test_names_that_no_person_would_read_are_left_out() -> None:
    assert names(f"{'a' * 60} = 1\n{'b' * 61} = 1\n") == {"a" * 60}


def test_a_file_that_is_too_large_is_not_read() -> None:
    cell = Cell("<cell 1>", "a = 1\n" * (LARGEST_SOURCE // 6 + 1))
    assert read_outline([cell]).pieces == ()
    deep = Cell("<cell 1>", "a = " + "(" * 5_000 + ")" * 5_000)
    assert [set(bound_names(p.statement)) for p in read_outline([deep]).pieces] == []


BROKEN = TRAIN.replace("iterations):", "iterations)")


def failures_of(look: Look, *cells: str) -> list[Failure]:
    short = Budget(cells_seconds=0.5)
    return list(look(notebook(*cells), filename="slope.ipynb", budget=short).failures)


@pytest.mark.parametrize(
    ("cells", "blamed"),
    [
        (("import not_there", GLOBALS, FORWARD, CRITERION), [("not_there",)]),
        (("from not_there import train_model", GLOBALS, FORWARD), [("train_model",)]),
        ((GLOBALS, BROKEN), [("train_model",)]),
        ((GLOBALS, "print('a'", TRAIN), [()]),
        ((GLOBALS, "1 / 0", TRAIN), [()]),
        ((GLOBALS, f"while True: pass\n{TRAIN}"), [("train_model",)]),
        ((GLOBALS, f"import sys\nsys.exit()\n{TRAIN}"), [()]),
        ((GLOBALS, f"1 / 0\nif True:\n    train_model = print\n{FORWARD}"), [("train_model",)]),
        ((GLOBALS, f"import not_there\n@not_there.cached\n{FORWARD}"), [("not_there", "forward")]),
        ((GLOBALS, BROKEN, TRAIN), [()]),
    ],
    ids=[
        "import",
        "import of the name",
        "syntax",
        "syntax of something else",
        "error",
        "endless",
        "exit",
        "a block below an error",
        "decorator",
        "defined elsewhere",
    ],
)  # fmt: skip
def test_a_failure_tells_which_names_are_missing_for_it(
    look: Look, cells: tuple[str, ...], blamed: list[tuple[str, ...]]
) -> None:
    assert [failure.binds for failure in failures_of(look, *cells)] == blamed


def test_a_script_s_failures_tell_their_names_too(look: Look) -> None:
    source = script(top=f"import not_there\n{GLOBALS}", train="# %%\n" + BROKEN)
    found = look(source)
    assert [failure.binds for failure in found.failures] == [("train_model",), ("not_there",)]
