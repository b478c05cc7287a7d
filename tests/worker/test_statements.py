"""Only the statement with an error in it is lost, whole, with its line and what the error is."""

from __future__ import annotations

import ast
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from autograder.judge.notices import ASKING, text_of_failure
from autograder.words.catalogue import say
from autograder.worker.fault import failure_of
from autograder.worker.statements import Fault, compilable, parse

NEW = pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python knows it")


def kept(text: str) -> dict[int, str]:
    """Return the first line of each statement that is kept, by its number."""
    lines = text.split("\n")
    tree = compilable(parse(text, "<script>").tree, "<script>").tree
    compile(tree, "<script>", "exec")
    return {one.lineno: lines[one.lineno - 1] for one in tree.body}


def faults(text: str) -> list[Fault]:
    parsed = parse(text, "<script>")
    return [*parsed.faults, *compilable(parsed.tree, "<script>").faults]


def lost(text: str) -> list[tuple[str, int, str]]:
    """Return code, line and lost lines of each fault."""
    return [(one.code, one.line, one.values["lines"]) for one in faults(text)]


ABOVE = "import torch\nw = 1\n\n"
BELOW = "\n\ndef forward(x):\n    return w * x\n\ny = 2\n"
WHY = {
    "print 'done'": "syntax-python2",
    "print w": "syntax-python2",
    'print "a" % w, w': "syntax-python2",
    "exec 'w'": "syntax-python2",
    "raise ValueError, 'x'": "syntax-python2",
    "x = `w`": "syntax-python2",
    "if w <> 1:\n    pass": "syntax-python2",
    "x = 0777": "syntax-python2",
    "x = 10L": "syntax-python2",
    "try:\n    w\nexcept ValueError, e:\n    pass": "syntax-python2",
    "for i in range(3)\n    w": "syntax-colon",
    "x =\u00a01": "syntax-character",
    "if w:\n\u00a0\u00a0\u00a0\u00a0x = 1": "syntax-character",
    "x\u200b = 1": "syntax-character",
    "print\uff08w\uff09": "syntax-character",
    "x = f(w\uff0c w)": "syntax-character",
    "x = \u201chi\u201d": "syntax-quotes",
    "x = \u2018hi\u2019": "syntax-quotes",
    "x = (1, 2": "syntax-bracket",
    "x = [1,\n     2": "syntax-bracket",
    "x = torch.tensor([1, 2)\n": "syntax-other",
    "x = 'abc": "syntax-string",
    "print('done)": "syntax-string",
    "if w:\n\tx = 1\n        y = 2": "syntax-tabs",
    "if w:\n        x = 1\n\ty = 2": "syntax-tabs",
    "if w:\n    x = 1\n  y = 2": "syntax-indent",
    "if w:\nx = 1": "syntax-indent",
    "return w": "syntax-return",
    "<<<<<<< HEAD": "syntax-merge",
    "12 x = w": "syntax-numbers",
    "12: x = = w": "syntax-numbers",
    "In [3]: x = = 1": "syntax-prompt",
    "x = = 1": "syntax-other",
    "This is my homework": "syntax-prose",
    "The loss falls, because it's convex": "syntax-prose",
    "La pérdida baja en cada paso": "syntax-prose",
    "w jumps to and fro": "syntax-prose",
    "for each step it falls": "syntax-other",
    "```python": "syntax-fence",
    "~~~": "syntax-fence",
    "pip install tqdm": "syntax-command",
    "cd ..": "syntax-command",
    "$ python slope.py": "syntax-command",
    "conda = = 1": "syntax-other",
    "while True print(w)": "syntax-other",
}


@pytest.mark.parametrize("text", WHY)
def test_only_the_statement_with_the_error_is_lost_and_told_why(text: str) -> None:
    whole = ABOVE + text + BELOW
    first, last = 4, 3 + text.rstrip("\n").count("\n") + 1
    assert list(kept(whole).values()) == ["import torch", "w = 1", "def forward(x):", "y = 2"]
    ((code, line, lines),) = lost(whole)
    assert code == WHY[text]
    assert first <= line <= last
    assert lines == (f"{first}-{last}" if last > first else f"{first}")


@NEW
@pytest.mark.parametrize(
    "text",
    [
        'print(f"{d["w"]}")',
        "print(f'{', '.join(d)}')",
        "print(f'{\"\\n\".join(d)}')",
        "type X = int",
        "type Y[T] = list[T]",
        "def g[T](x: T) -> T:\n    return x",
        "class A[T]:\n    pass",
        "x = t'{w}'",
        "try:\n    w\nexcept KeyError, ValueError:\n    pass",
    ],
)
def test_newer_syntax_says_which_python_grades(text: str) -> None:
    whole = ABOVE + text + BELOW
    assert len(kept(whole)) == 4
    (fault,) = faults(whole)
    assert fault.code == "syntax-newer"
    told = say(text_of_failure(failure_of(fault, "<script>")))
    assert f"Python {sys.version_info[0]}.{sys.version_info[1]} grades" in told


@pytest.mark.parametrize("text", ["x = f'{w'", "x = f'{w' + '}'", 'x = f"{w!}"', "x = f'{'"])
def test_a_broken_f_string_is_not_taken_for_a_newer_one(text: str) -> None:
    assert "syntax-newer" not in {one.code for one in faults(ABOVE + text + BELOW)}


PARTS = {
    "a decorator": "@torch.no_grad(\ndef g(x):\n    return x",
    "decorators": "@a\n@b\ndef g(x) return 1\n    return 2",
    "else": "if w\n    f()\nelif w:\n    g()\nelse:\n    h()",
    "except": "try:\n    f(\nexcept E:\n    g()\nfinally:\n    h()",
    "for else": "for i in w:\n    f(]\nelse:\n    g()",
    "a method": "class A:\n    def f(self):\n        return 1\n\n    def g(self)\n        return 2",
    "a body with blank lines": "def g(x):\n    a = (\n\n    b = 2\n\n    return b",
    "a body that lost its indentation": "def g(n):\nfor i in range(n):\n    f(i)\nh(n)",
    "one that begins indented": "  x = 1\n  y = 3",
    "text in triple quotes": 'x = f("""\ndef forward(x):\n    return 0\n""" 3)',
    "a call over lines": "f(\na=1\nb=2,\nc=3\n)",
    "a dictionary over lines": "d = {\n'a': 1\n'b': 2,\n}",
    "methods that are not as deep as the first": (
        "class A:\n     def f(self):\n        return 1\n\n    def g(self):\n        return 2"
    ),
    "a bracket in column 0": "def g(x):\n    a = 1\n)    b = 2",
    "a backslash": "x = w + \\\ny = 3 +",
}


@pytest.mark.parametrize("text", PARTS.values(), ids=PARTS)
def test_no_part_of_a_lost_statement_is_run(text: str) -> None:
    whole = ABOVE + text + BELOW
    assert list(kept(whole).values()) == ["import torch", "w = 1", "def forward(x):", "y = 2"]


@pytest.mark.parametrize(
    "torn",
    [
        "loss.backward()\n        w.grad = None",
        "loss.backward()\na = 1\n        w.grad = None",
        "# loss\nloss.backward()\n    return 3",
    ],
)
def test_no_part_of_a_torn_body_is_run(torn: str) -> None:
    text = f"def train_model(n):\n    for i in range(n):\n        loss = f()\n{torn}\n\ny = 2\n"
    assert list(kept(text).values()) == ["y = 2"]
    assert lost(text)[0][0] == "syntax-torn"
    assert faults(text)[0].values["name"] == "train_model"


def test_a_stray_indented_line_costs_itself_alone() -> None:
    text = "x = 1\n  y = 2\nz = 3\n"
    assert list(kept(text).values()) == ["x = 1", "z = 3"]
    assert lost(text) == [("syntax-indent", 2, "2")]


def test_a_function_that_is_indented_a_little_costs_itself_alone() -> None:
    text = "def f(x):\n    return x\n\n def g(x):\n     return x\n\ny = 1\n"
    assert list(kept(text).values()) == ["def f(x):", "y = 1"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("X = torch.arange(-3, 3, 0.1).view(-1, 1\nY = -3 * X\nlr = 1\n", ["Y", "lr"]),
        ("def g(x):\n    return f(x\n\ndef h(x):\n    return x\n", ["h"]),
        ("def g(x):\n    return f(x\nLOSS = []\nlr = 1\n", ["LOSS", "lr"]),
        ("x = f(a,\nb = 2\nlr = 3\n", ["lr"]),
        ("x = f(a,\n\n@torch.no_grad()\ndef h(x):\n    return x\n", ["h"]),
        ("x = {'a': [1, 2}\nlr = 3\n", ["lr"]),
        ("def g(x:\n    return x\nlr = 1\n", ["lr"]),
        ("for i in range(3:\n    f(i)\n# %%\nlr = 1\n", ["lr"]),
        ("x = (\n# a comment )\ny = 1\nz = 2\n", ["z"]),
    ],
)
def test_a_bracket_that_is_never_closed_does_not_swallow_the_rest(
    text: str, names: list[str]
) -> None:
    found = [getattr(one, "name", None) or one.targets[0].id for one in parse(text, "").tree.body]  # type: ignore[attr-defined]
    assert found == names
    assert [one.line for one in faults(text)] == [one.line for one in faults(text)[:1]]


def test_quotes_that_are_never_closed_cost_their_own_function() -> None:
    docs = '    """Return it."""\n'
    text = (
        f'def f(x):\n    """Return it.\n    return x\n\ndef g(x):\n{docs}    return x\n\n'
        f"def h(x):\n{docs}    return x\n"
    )
    assert list(kept(text).values()) == ["def g(x):", "def h(x):"]


def test_merge_marks_are_told_once_and_what_stands_between_them_is_kept_whole() -> None:
    text = "<<<<<<< HEAD\ndef f(x):\n    return 1\n=======\ndef f(x):\n    return 2\n>>>>>>> b\nz = 1\n"
    assert list(kept(text)) == [2, 5, 8]
    assert lost(text) == [("syntax-merge", 1, "1")]
    body = "def f(x):\n    a = 1\n<<<<<<< HEAD\n    return a\n=======\n    return 2\n>>>>>>> b\nz = 1\n"
    assert list(kept(body)) == [8]
    assert "syntax-merge" in ASKING


def test_line_numbers_copied_with_the_code_are_told_once() -> None:
    text = "1 import torch\n2\n3 def f(x):\n4     return x\n5\n6 y = 3\n"
    assert kept(text) == {}
    assert lost(text)[0][0] == "syntax-numbers"
    assert len(faults(text)) == 1


def test_prompts_copied_with_the_code_are_taken_away() -> None:
    assert list(kept(">>> x = 1\n>>> def f(x):\n...     return x\n...\n>>> y = 2\n")) == [1, 2, 5]
    assert list(kept("In [3]: x = 1\n")) == [1]


def test_magics_work_beside_a_broken_statement_and_lines_stay() -> None:
    text = '\n%matplotlib inline\n!pip install "x\nprint x\ny = !ls (\n%timeit f(\nz = 3\n'
    assert list(kept(text)) == [2, 3, 5, 6, 7]
    assert lost(text) == [("syntax-python2", 4, "4")]


def test_what_says_the_same_of_lines_one_after_the_other_is_told_once() -> None:
    text = "This is my homework\nI hope it works\n\nx = 1\nprint x\nprint x\n"
    assert [one.values["lines"] for one in faults(text)] == ["1-2", "5-6"]


@pytest.mark.parametrize("text", ["x = 1\nreturn x\ny = 2", "x = 1\nbreak\ny = 2"])
def test_what_parses_and_does_not_compile_is_lost_alone(text: str) -> None:
    assert list(kept(text)) == [1, 3]
    assert [line for _, line, _ in lost(text)] == [2]


def test_an_import_from_the_future_that_comes_late_is_lost_alone() -> None:
    text = '"""Doc."""\nfrom __future__ import annotations\nx = 1\n{}y = 2'
    assert faults(text.format("")) == []
    assert [line for _, line, _ in lost(text.format("from __future__ import division\n"))] == [4]


def test_a_sound_text_is_parsed_as_it_is() -> None:
    text = f"{ABOVE}{BELOW}match w:\n    case 1:\n        pass\n"
    assert ast.dump(parse(text, "").tree) == ast.dump(ast.parse(text))


HOSTILE = [
    "(" * 5_000,
    "x = (\n" * 3_000,
    '"""\n' * 2_001,
    "def f(:\n" * 2_000,
    "<<<<<<< \n  x\n" * 1_000,
    "1" * 9_000 + " x\n" * 3,
    "f'{" * 2_000,
    "@a\n" * 2_000,
    "if x:\n" * 2_000,
    "x = '\ud800'\ny = = 1",
    "x = 1\0\ny = 2",
    "\x0c\x0b x = = 2",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_is_no_code_breaks_the_parser(text: str) -> None:
    assert isinstance(faults(text), list)


ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "reference").glob("*/accepted/*.py"))
RIGHT = [text for path in FILES if "\n%" not in (text := path.read_text("utf-8"))]
SIGNS = ("", '"', "'", "(", ")", "[", "}", "\u00a0", " ", ":", "=", "\t", " foo bar ", "\\")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(10))
def test_wherever_an_error_is_no_other_statement_and_no_part_of_one_comes_to_be(seed: int) -> None:
    """Put a sign at any place of any statement: what is kept is what was there, nearly all of it."""
    draw = random.Random(seed)
    lost = tried = 0
    for _ in range(60):
        text = draw.choice(RIGHT)
        body = ast.parse(text).body
        spoiled = draw.choice(body)
        lines = text.split("\n")
        offset = sum(len(line) + 1 for line in lines[: spoiled.lineno - 1])
        place = offset + draw.randrange(len(ast.get_source_segment(text, spoiled) or " "))
        sign = draw.choice(SIGNS)
        changed = text[:place] + sign + text[place + (not sign) :]
        try:
            compile(changed, "<script>", "exec")
        except SyntaxError:
            whole = [ast.dump(one) for one in body]
            tree = compilable(parse(changed, "<script>").tree, "<script>").tree
            found = [ast.dump(one) for one in tree.body]
            assert not Counter(found) - Counter(whole), changed
            lost += len(whole) - len(found) - 1
            tried += 1
    assert tried > 10
    assert lost <= tried / 5
