"""Cells run once, in order; what breaks costs only itself and is told with its place."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.exercise.plan import Plan
from autograder.protocol.job import Budget
from autograder.protocol.trace import Loading, Note
from autograder.worker.candidates import choose
from autograder.worker.namespace import load, new_namespace

from .observation import notebook

BUDGET = Budget(cells_seconds=0.3)


def not_run(what: str) -> Note:
    return Note(code="not-run", values={"what": what})


@pytest.fixture
def run(plan: Plan):
    """Return a function that loads cells and gives what was said and the namespace."""

    def loaded(*cells: str, script: bytes | None = None) -> tuple[Loading, dict[str, Any]]:
        contract = plan.exercise.contract
        namespace = new_namespace(contract, plan.preset, plan.exercise.inert)
        if script is None:
            job = plan.job("slope.ipynb", notebook(*cells).encode(), BUDGET)
        else:
            job = plan.job("slope.py", script, BUDGET)
        return load(choose(job).cells, namespace, contract, BUDGET), namespace

    return loaded


DEF = "def forward(x):\n    return {}\n"


def test_what_the_lab_s_page_gives_is_there(run) -> None:
    loading, namespace = run("ok = X.shape == Y.shape, w.item(), lr, LOSS, __name__")
    assert loading == Loading()
    assert namespace["ok"] == (True, -10.0, 0.1, [], "__main__")


def test_definitions_are_found_under_their_names_and_aliases(run) -> None:
    loading, _ = run(DEF.format("x"), "def my_train_model(n): pass")
    assert loading.defined == {"forward": "forward", "train_model": "my_train_model"}


def test_the_canonical_name_counts_before_an_alias(run) -> None:
    loading, _ = run("def train(n): pass\ndef train_model(n): pass")
    assert loading.defined["train_model"] == "train_model"


def test_what_cannot_be_called_is_not_defined(run) -> None:
    loading, _ = run("forward = 3\ncriterion = None")
    assert loading.defined == {}


def test_the_last_definition_counts(run) -> None:
    _, namespace = run(DEF.format(1), DEF.format(2), "x = 0", DEF.format(3))
    assert namespace["forward"](0) == 3


def test_a_cell_that_raises_keeps_its_later_definitions_and_those_of_other_cells(run) -> None:
    loading, namespace = run(
        "before = 1\n1 / 0\nimport math\nafter = 2\ndef forward(x):\n    return after\n",
        "def criterion(a, b):\n    return before\n",
    )
    assert set(loading.defined) == {"forward", "criterion"}
    assert (namespace["forward"](0), namespace["criterion"](0, 0)) == (2, 1)
    assert namespace["math"].pi > 3


def test_what_only_acts_is_not_run_below_the_line_that_raised(run) -> None:
    _, namespace = run("acts = []\n1 / 0\nacts.append(1)\nfor n in range(3): acts.append(n)\n")
    assert namespace["acts"] == []


def test_the_place_of_what_raised_is_told(run) -> None:
    loading, _ = run("a = 1", "b = 2\nc = 3\n1 / 0\n")
    (failure,) = loading.failures
    assert (failure.kind, failure.cell, failure.line) == ("exception", 2, 3)
    assert failure.text == "ZeroDivisionError: division by zero"


def test_the_place_is_the_innermost_line_of_the_student_s_own(run) -> None:
    loading, _ = run("def helper():\n    return int('x')\n", "\nhelper()\n")
    assert [(f.cell, f.line) for f in loading.failures] == [(1, 2)]


def test_a_script_s_lines_are_counted_through(run) -> None:
    loading, _ = run(script=b"a = 1\n# %%\nb = 2\n1 / 0\n")
    assert [(f.cell, f.line) for f in loading.failures] == [(None, 4)]


def test_a_broken_part_of_a_script_costs_only_itself(run) -> None:
    loading, namespace = run(script=b"a = 1\n# %%\ndef forward(:\n# %%\nb = 2\n1 / 0\n")
    assert (namespace["a"], namespace["b"]) == (1, 2)
    assert [(f.kind, f.line) for f in loading.failures] == [("syntax", 3), ("exception", 6)]


def test_a_statement_that_does_not_parse_is_told_with_its_place_and_costs_only_itself(run) -> None:
    loading, namespace = run("a = 1", "b = 2\ndef forward(:\n", "c = 3")
    (failure,) = loading.failures
    assert (failure.kind, failure.cell, failure.line) == ("syntax", 2, 2)
    assert failure.values["name"] == "forward"
    assert (namespace["a"], namespace["b"], namespace["c"]) == (1, 2, 3)


def test_what_does_not_compile_costs_only_itself(run) -> None:
    loading, namespace = run("a = 1\nreturn a\nb = 2\nprint a\nbreak\nc = 3")
    assert [(f.kind, f.cell, f.line) for f in loading.failures] == [
        ("syntax", 1, 4),
        ("syntax", 1, 2),
        ("syntax", 1, 5),
    ]
    assert (namespace["a"], namespace["b"], namespace["c"]) == (1, 2, 3)


def test_the_body_of_a_cell_magic_is_read_statement_by_statement_too(run) -> None:
    loading, namespace = run("%%time\na = 1\nprint a\nb = 2")
    assert [(f.kind, f.cell, f.line) for f in loading.failures] == [("syntax", 1, 3)]
    assert (namespace["a"], namespace["b"]) == (1, 2)


@pytest.mark.parametrize("call", ["sys.exit()", "exit()", "quit()", "raise SystemExit(3)"])
def test_leaving_the_program_ends_the_cell_alone(run, call: str) -> None:
    loading, namespace = run(f"import sys\nbefore = 1\n{call}\nafter = 2\n", "later = 3")
    assert [(f.kind, f.cell, f.line) for f in loading.failures] == [("exit", 1, 3)]
    assert (namespace["before"], namespace["later"]) == (1, 3)


def test_asking_for_input_ends_the_cell_alone(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda *a: (_ for _ in ()).throw(EOFError()))
    loading, namespace = run("n = int(input('n: '))\ndef forward(x): return x\n", "later = 3")
    assert [(f.kind, f.text) for f in loading.failures] == [("exception", "EOFError")]
    assert namespace["later"] == 3
    assert "forward" in loading.defined


def test_an_endless_cell_ends_and_the_others_run(run) -> None:
    loading, namespace = run("def forward(x): return x\nwhile True: pass\n", "later = 3")
    assert [(f.kind, f.cell, f.line) for f in loading.failures] == [("time", 1, 2)]
    assert (namespace["later"], loading.defined) == (3, {"forward": "forward"})


def test_an_endless_loop_that_catches_exceptions_ends(run) -> None:
    loading, _ = run("while True:\n    try:\n        1 / 0\n    except Exception:\n        pass\n")
    assert [f.kind for f in loading.failures] == ["time"]


@pytest.mark.parametrize(
    "cell",
    [
        "%matplotlib inline\na = 1",
        "%time a = 1",
        "%%time\na = 1",
        "%%capture out\na = 1",
        "%load_ext autoreload\n%autoreload 2\na = 1",
        "a = 1\na?",
        "get_ipython().run_line_magic('time', 'a = 1')",
        "get_ipython().magic('matplotlib inline')\na = 1",
        "get_ipython().run_cell_magic('time', '', 'a = 1\\n')",
    ],
)
def test_harmless_magics_neither_break_nor_are_told(run, cell: str) -> None:
    loading, namespace = run(cell)
    assert (loading.failures, loading.notes) == ((), ())
    assert namespace["a"] == 1


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("!pip install torch\na = 1", "!"),
        ("files = !ls /\na = 1 if files == [] else 0", "!"),
        ("%pip install torch\na = 1", "%pip"),
        ("%run other.py\na = 1", "%run"),
    ],
)
def test_the_system_is_refused_with_a_note_and_the_cell_goes_on(run, cell: str, what: str) -> None:
    loading, namespace = run(cell)
    assert (loading.failures, loading.notes) == ((), (not_run(what),))
    assert namespace["a"] == 1


@pytest.mark.parametrize("magic", ["bash", "sh", "writefile x.py", "perl"])
def test_cells_in_another_language_are_not_run_and_told(run, magic: str) -> None:
    loading, namespace = run(f"%%{magic}\na = 1\n", "b = 2")
    assert loading.notes == (not_run(f"%%{magic.split(maxsplit=1)[0]}"),)
    assert ("a" in namespace, namespace["b"]) == (False, 2)


def test_not_every_failure_is_kept(run) -> None:
    loading, _ = run(*["1 / 0"] * 50)
    assert len(loading.failures) == 20


def test_every_cell_starts_from_the_same_seed(run) -> None:
    _, namespace = run(
        "import torch, random\na = torch.rand(1).item(), random.random()",
        "b = torch.rand(1).item(), random.random()",
    )
    assert namespace["a"] == namespace["b"]


def test_classes_and_pickles_find_their_module(run) -> None:
    loading, _ = run("import sys\nclass Data: pass\nassert sys.modules['__main__'].Data is Data")
    assert loading.failures == ()
