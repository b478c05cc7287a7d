"""Files of any make become cells by their content; what is none is refused in plain words."""

from __future__ import annotations

import json
import re

import pytest

from autograder.protocol.job import Budget
from autograder.worker.cells import Cell

from .handed_in import SOLVED, chosen, codes, mixed_notebook, packed, refused, said
from .observation import FORWARD, notebook

NOT_WORDS = re.compile(r"\w+Error\b|Exception|Traceback|None\b|dict|utf-8|codec")


def sources(data: str | bytes, name: str = "lab.ipynb") -> list[str]:
    """Return the source of each cell."""
    return [cell.source for cell in chosen({name: data}).cells]


def test_code_cells_come_in_document_order_and_are_counted() -> None:
    found = chosen({"lab.ipynb": notebook("a = 1", "b = 2", markdown=("# Lab",))})
    assert found.cells == [Cell("<cell 1>", "a = 1"), Cell("<cell 2>", "b = 2")]


def test_a_source_given_as_lines_is_joined() -> None:
    assert sources(notebook(["a = 1\n", "b = 2"])) == ["a = 1\nb = 2"]


@pytest.mark.parametrize("version", [2, 3])
def test_a_notebook_of_an_old_version_is_read(version: int) -> None:
    cells = [
        {"cell_type": "heading", "level": 1, "source": ["Lab"]},
        {"cell_type": "code", "language": "python", "input": ["a = 1\n", "b = 2"], "outputs": []},
    ]
    sheets = [{"cells": cells}, {"cells": [{"cell_type": "code", "input": "c = 3"}]}]
    old = {"metadata": {"name": ""}, "nbformat": version, "worksheets": sheets}
    assert sources(json.dumps(old)) == ["a = 1\nb = 2", "c = 3"]


@pytest.mark.parametrize(
    "changed",
    [{"nbformat": 5}, {"nbformat": 99}, {"nbformat": "4"}, {"nbformat": None}, {"metadata": [1]}],
    ids=str,
)
def test_a_notebook_whose_frame_is_odd_is_read_by_its_cells(changed: dict) -> None:
    whole = {**json.loads(notebook("a = 1")), **changed}
    assert sources(json.dumps(whole)) == ["a = 1"]
    whole.pop("nbformat")
    found = chosen({"slope.ipynb": json.dumps(whole)})
    assert [cell.source for cell in found.cells] == ["a = 1"]
    assert "nbformat" in said(found)
    assert not NOT_WORDS.search(said(found))


def test_a_notebook_may_lack_what_only_a_validator_wants() -> None:
    cell = {"cell_type": "code", "source": "a = 1", "extra": [1]}
    assert sources(json.dumps({"cells": [cell], "nbformat": 4})) == ["a = 1"]


def test_a_notebook_as_jupyter_s_server_answers_is_read() -> None:
    whole = {"name": "slope.ipynb", "type": "notebook", "content": json.loads(notebook("a = 1"))}
    assert sources(json.dumps(whole)) == ["a = 1"]


def test_line_ends_that_an_editor_put_into_strings_are_read() -> None:
    assert sources(notebook("a = 1\nb = 2").replace("\\n", "\n")) == ["a = 1\nb = 2"]


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\n  \n"])
def test_what_stands_before_a_notebook_is_no_part_of_it(mark: bytes) -> None:
    assert sources(mark + notebook("a = 1").encode()) == ["a = 1"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("slope.py", notebook("a = 1"), "read-as-notebook"),
        ("slope.ipynb.json", notebook("a = 1"), "read-as-notebook"),
        ("slope.ipynb.txt", notebook("a = 1"), "read-as-notebook"),
        ("slope.json", notebook("a = 1"), "read-as-notebook"),
        ("slope", notebook("a = 1"), "read-as-notebook"),
        ("slope.html", notebook("a = 1"), "read-as-notebook"),
        ("slope.ipynb", "a = 1", "read-as-script"),
        ("slope.py.txt", "a = 1", "read-as-script"),
        ("slope.txt", "a = 1", "read-as-script"),
        ("slope", SOLVED, "read-as-script"),
    ],
)
def test_a_file_is_read_as_what_it_is_with_a_note(name: str, data: str, code: str) -> None:
    found = chosen({name: data})
    assert found.cells
    assert codes(found) == [code]
    assert name in said(found)


def test_the_suffix_s_case_does_not_matter() -> None:
    assert codes(chosen({"LAB.IPYNB": notebook("a = 1")})) == []
    assert codes(chosen({"LAB.PY": "a = 1"})) == []


HTML = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>"
WEBLOC = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>URL</key><string>https://example.com/drive/1</string></dict></plist>
"""
EXPORT = (
    '<!DOCTYPE html>\n<html><body class="jp-Notebook"><div class="jp-Cell"></div></body></html>'
)
CUT = notebook("a = 1", "b = 2")
MERGED = CUT.replace('"metadata"', '\n<<<<<<< HEAD\n"metadata"\n=======\n>>>>>>> b\n"metadata"', 1)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("slope.ipynb", "", "the file is empty"),
        ("slope.py", " \n\t\n", "the file is empty"),
        ("slope.py", b"\xef\xbb\xbf", "the file is empty"),
        ("slope.py", b"\xff\xfe", "the file is empty"),
        ("slope.py", b"a = 1\0", "a binary file"),
        ("slope.py", b"\x7fELF\0\0", "a binary file"),
        ("slope.ipynb", bytes(range(256)), "a binary file"),
        ("slope.ipynb", CUT[:-1], "cut off"),
        ("slope.ipynb", CUT[: len(CUT) // 2], "cut off"),
        ("slope.ipynb", CUT[:-9], "cut off"),
        ("slope.ipynb", MERGED, "merge-conflict mark in line 2"),
        ("slope.ipynb", CUT.replace('"cells":', '"cells"'), "broken in line 1"),
        ("slope.ipynb", CUT.replace("}]", "},]"), "broken in line 1"),
        ("slope.ipynb", HTML, "an HTML page that the browser saved"),
        ("slope.ipynb", f"<!-- saved -->\n{HTML.lower()}", "an HTML page that the browser saved"),
        ("slope.py", EXPORT, "exported as HTML"),
        ("slope.html", EXPORT, "exported as HTML"),
        ("slope.ipynb", "[]", "not a notebook"),
        ("slope.ipynb", "{}", "not a notebook"),
        ("slope.ipynb", '{"a": 1}', "not a notebook"),
        ("slope.ipynb", '{"nbformat": 4, "metadata": {}}', "no cells"),
        ("slope.ipynb", '{"nbformat": 4, "cells": 3}', "no cells"),
        ("slope.ipynb", '{"nbformat": 4, "cells": [3, null]}', "contains no code"),
        ("slope.ipynb", notebook(), "contains no code"),
        ("slope.ipynb", notebook(" ", "\n"), "contains no code"),
        ("slope.ipynb", '{"a":' * 100_000, "nested too deeply"),
        ("slope.ipynb", "[" * 100_000, "nested too deeply"),
        ("slope.ipynb", notebook({"a": 1}), "source is not text"),  # type: ignore[arg-type]
        ("report.pdf", b"%PDF-1.7\n\xff", "report.pdf: a PDF"),
        ("slope.ipynb", b"%PDF-1.7\n\xff", "slope.ipynb: a PDF"),
        ("slope.png", b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
        ("slope.jpg", b"\xff\xd8\xff\xe0\0", "a picture"),
        ("slope.docx", packed({"word/document.xml": "x"}), "word processor"),
        ("slope.odt", packed({"mimetype": "application/vnd.oasis"}), "word processor"),
        ("slope.rtf", "{\\rtf1 def forward}", "word processor"),
        ("slope.xlsx", packed({"xl/workbook.xml": "x"}), "a spreadsheet"),
        ("model.pt", packed({"archive/data.pkl": "x"}), "no code"),
        ("slope.rar", b"Rar!\x1a\x07\0", "an archive of a kind"),
        ("slope.tar.gz", b"\x1f\x8b\x08\0", "an archive of a kind"),
        ("slope.txt", "I could not do it. Sorry!", "contains no code"),
        ("slope.txt", "It is here: https://example.com/drive/1\n", "a link"),
        ("slope.ipynb", "https://example.com/drive/1?usp=sharing\n", "a link"),
        ("slope.url", "[InternetShortcut]\r\nURL=https://example.com/drive/1\r\n", "a link"),
        ("slope.webloc", WEBLOC, "a link"),
        ("slope.gdoc", '{"url": "https://example.com/open?id=1", "doc_id": "1"}', "a link"),
        ("README.md", "# Lab\n\nSee the notebook.", "contains no code"),
    ],
)
def test_what_cannot_be_graded_is_named_and_said_what_it_is(
    name: str, data: str | bytes, words: str
) -> None:
    text = refused({name: data})
    assert text.startswith(f"{name}: ")
    assert words in text
    assert text.endswith("submit slope.ipynb or slope.py")
    assert not NOT_WORDS.search(text)


OTHERS = {
    "R": {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}},
    "Julia": {"kernelspec": {"name": "julia-1.10", "display_name": "Julia"}},
    "julia": {"language_info": {"name": "julia"}},
    "scala": {"kernelspec": {"name": "scala"}},
}


@pytest.mark.parametrize("language", OTHERS)
def test_a_notebook_of_another_language_is_named_as_that(language: str) -> None:
    whole = {**json.loads(notebook("forward <- function(x) w * x")), "metadata": OTHERS[language]}
    text = refused({"slope.ipynb": json.dumps(whole)})
    assert f"written in {language}".lower() in text.lower()
    assert "Python" in text
    assert "parse" not in text


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "slope.py",
            "import marimo\napp = marimo.App()\n@app.cell\ndef _():\n    x = 1\n",
            "marimo",
        ),
        ("slope.qmd", "---\ntitle: x\n---\n\n```{python}\nx = 1\n```\n", "Quarto"),
        ("slope.Rmd", "---\ntitle: x\n---\n\n```{r}\nx <- 1\n```\n", "R Markdown"),
        ("slope.py", "# Title\n\n```{python}\nx = 1\n```\n", "Quarto"),
        ("slope.R", "library(torch)\nforward <- function(x) {\n  w * x\n}\n", "written in R"),
        ("slope.jl", "using Flux\nfunction forward(x)\n  w * x\nend\n", "written in Julia"),
        ("slope.jl", "### A Pluto.jl notebook ###\nusing Flux\n", "Pluto"),
    ],
)
def test_a_file_of_another_tool_or_language_is_named_as_that(
    name: str, text: str, words: str
) -> None:
    assert words in refused({name: text})


@pytest.mark.parametrize(
    "metadata",
    [
        *OTHERS.values(),
        {"kernelspec": {"name": "pytorch", "display_name": "my own"}},
        {"kernelspec": {"name": "python2", "language": "python"}},
        {"kernelspec": {"name": "sagemath", "language": "sage"}},
        {"kernelspec": 3, "language_info": [1]},
    ],
    ids=str,
)
def test_what_defines_the_lab_s_functions_in_python_is_python_whatever_it_says(
    metadata: dict,
) -> None:
    whole = {**json.loads(notebook(SOLVED)), "metadata": metadata}
    assert chosen({"slope.ipynb": json.dumps(whole)}).cells[0].source == SOLVED
    assert chosen({"slope.py": f"import marimo\n{SOLVED}"}).cells


def test_too_much_source_or_too_many_cells_are_refused() -> None:
    small = Budget(source_bytes=1_000_000, cells=2)
    assert "1 MB of source code" in refused({"slope.py": b"a = 1\n" * 200_000}, budget=small)
    assert "2 code cells" in refused({"slope.ipynb": notebook("a", "b", "c")}, budget=small)
    assert chosen({"slope.ipynb": notebook("a", "", " ", "b")}, budget=small).cells


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_are_all_alike(end: str) -> None:
    assert sources(end.join(["a = 1", "b = 2", ""]), "slope.py") == ["a = 1\nb = 2\n"]


TURNED = [FORWARD, f"```python\n{FORWARD}```", f"~~~\n{FORWARD}~~~\n", f"\n``` py\n{FORWARD}\n```"]


@pytest.mark.parametrize("kind", ["markdown", "raw"])
@pytest.mark.parametrize("text", TURNED)
def test_a_code_cell_that_became_text_is_run_at_its_place_with_a_note(kind: str, text: str) -> None:
    page = mixed_notebook(("markdown", "# Lab"), ("code", "a = 1"), (kind, text), ("code", "b = 2"))
    found = chosen({"slope.ipynb": page})
    assert [cell.filename for cell in found.cells] == ["<cell 1>", "<cell -2>", "<cell 2>"]
    assert FORWARD in found.cells[1].source
    lines = found.cells[1].source.split("\n")
    assert lines.index("def forward(x):") == text.split("\n").index("def forward(x):")
    assert codes(found) == ["text-cell"]
    assert said(found).startswith("text cell 2: forward is in a text cell")


def test_a_text_cell_takes_the_place_of_the_untouched_stub() -> None:
    stub = "import torch\n\ndef forward(x):\n    raise NotImplementedError('here')\n\nX = 1"
    page = mixed_notebook(("markdown", f"```\n{FORWARD}\n```"), ("code", stub))
    first, second = chosen({"slope.ipynb": page}).cells
    assert "w * x" in first.source
    assert second.source == "import torch\n\n\n\n\nX = 1"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (FORWARD, "def forward(x):\n    return w * x\n"),  # defined by a code cell
        ("Write `def forward(x)`:", ""),
        (f"Do it like this:\n```python\n{FORWARD}```", ""),  # not all of it is code
        (f"```r\n{FORWARD}```", ""),
        ("def forward(x):\n    raise NotImplementedError", ""),
        ("def forward(x):\n    return (w * x\n", ""),
        ("def other(x):\n    return x\n", ""),
    ],
)
def test_other_text_cells_are_not_run(text: str, code: str) -> None:
    found = chosen({"slope.ipynb": mixed_notebook(("markdown", text), ("code", f"x = 1\n{code}"))})
    assert [cell.filename for cell in found.cells] == ["<cell 1>"]
    assert "text-cell" not in codes(found)


def test_code_in_a_text_cell_that_is_not_run_is_told() -> None:
    text = f"Mine:\n\n```python\n{FORWARD}```"
    found = chosen({"slope.ipynb": mixed_notebook(("markdown", text), ("code", "x = 1"))})
    assert codes(found) == ["text-cell-left"]


def test_the_released_page_s_own_text_is_never_run() -> None:
    from autograder.worker.textcell import digest_of

    text = f"```python\n{FORWARD}```"
    page = mixed_notebook(("markdown", text.replace("\n", "\r\n")), ("code", "x = 1"))
    assert codes(chosen({"slope.ipynb": page}, page=(digest_of(text),))) == []
    assert codes(chosen({"slope.ipynb": page})) == ["text-cell"]
