"""A page shows a submission's code as text, with the lines marked that something is said of."""

from __future__ import annotations

import msgspec

from autograder.judge.result import Diagnosis
from autograder.protocol.job import VERSION
from autograder.protocol.trace import CodeCell, Landmark, Listing, Loading, Note, Trace
from autograder.report.code import KEPT_LINES, Code, excerpt, make_code
from autograder.report.pages import student_page
from autograder.words.text import verbatim

from .conftest import HOSTILE_TEXT, make_grade, standing
from .test_pages import Tags

SUMS = Diagnosis(id="loss-sum-not-mean", function="criterion", message=verbatim("It sums."))
CELLS = (
    CodeCell(number=1, text="import torch\n"),
    CodeCell(number=2, text="def criterion(yhat, y):\n    return (yhat - y).sum()\n"),
    CodeCell(number=3, text=f"print({HOSTILE_TEXT!r}) # {HOSTILE_TEXT}\n\n"),
)
RETURN = Landmark(role="criterion", part="return", cell=2, first=2, last=2)
GRADE = msgspec.structs.replace(make_grade("student-01", "criterion"), diagnosis=(SUMS,))


def code_of(
    *cells: CodeCell, landmarks: tuple[Landmark, ...] = (RETURN,), notes: tuple[Note, ...] = ()
) -> Code:
    listing = Listing(file="slope/slope.ipynb", cells=cells or CELLS, landmarks=landmarks)
    trace = Trace(
        version=VERSION,
        loading=Loading(notes=notes),
        probes={},
        scenarios={},
        ending="done",
        listing=listing,
    )
    code = make_code(trace, GRADE)
    assert code is not None
    return code


def page_of(code: Code | None) -> str:
    return student_page("One", standing("student-01", GRADE), GRADE, [], code=code)


def test_lines_have_numbers_and_marked_ones_those_of_the_remarks() -> None:
    code = code_of()
    assert [cell.title for cell in code.cells] == ["Code cell 1", "Code cell 2", "Code cell 3"]
    assert [cell.open for cell in code.cells] == [False, True, False]
    assert [(line.number, line.remarks) for line in code.cells[1].lines] == [(1, ()), (2, (1,))]
    assert code.number_of(verbatim("It sums.")) == 1
    assert code.number_of(verbatim("It does not.")) == 0


def test_a_marked_line_leads_to_what_is_said_of_it() -> None:
    page = page_of(code_of())
    tags = Tags(page)
    targets = [given["id"] for _, given in tags.tags if str(given.get("id", "")).startswith("rem")]
    links = [str(given["href"]) for name, given in tags.tags if name == "a"]
    assert targets == ["remark-1"]
    assert links == ["#remark-1"]
    assert '<li value="2" class="marked mistake">' in page
    assert "slope/slope.ipynb" in tags.text


def test_what_nothing_else_says_is_said_under_notes() -> None:
    note = Note(code="nobody-answers", cell=1, line=1)
    page = page_of(code_of(notes=(note,)))
    assert page.count('id="remark-2"') == 1
    assert "during grading, input() returns an empty line" in page


def test_what_students_wrote_is_text() -> None:
    page = page_of(code_of())
    tags = Tags(page)
    assert (tags.count("script"), tags.count("img")) == (0, 0)
    assert "onerror=alert(1)" in tags.text
    assert "{{ 7 * 7 }}" in tags.text
    assert "\u202e" not in page.split('<section id="code">')[1].split("</section>")[0]
    assert "\\u202e" in page


def test_long_lines_are_cut_and_tabs_shown() -> None:
    (cell,) = code_of(CodeCell(text="\tx = 1\n" + "y" * 5000), landmarks=()).cells
    assert cell.lines[0].text == "    x = 1"
    assert len(cell.lines[1].text) == 2001
    assert cell.lines[1].text.endswith("…")


def test_a_script_is_open_and_has_no_title() -> None:
    (cell,) = code_of(CodeCell(text="x = 1"), landmarks=()).cells
    assert (cell.title, cell.open) == ("", True)


def test_the_excerpt_has_the_cells_that_matter_and_is_bounded() -> None:
    assert [title for title, _ in excerpt(code_of())] == ["Code cell 2"]
    long = "\n".join(["x = 1"] * 300 + ["return 1"] + ["x = 2"] * 300)
    mark = Landmark(role="criterion", part="return", first=301, last=301)
    ((_, lines),) = excerpt(code_of(CodeCell(text=long), landmarks=(mark,)))
    assert [line.number for line in lines] == list(range(293, 310))
    ((_, lines),) = excerpt(code_of(CodeCell(text=long), landmarks=()))
    assert len(lines) == KEPT_LINES
    assert excerpt(code_of(CodeCell(text=long), landmarks=()), 3) == []


def test_without_a_listing_there_is_no_code() -> None:
    trace = Trace(version=VERSION, loading=None, probes={}, scenarios={}, ending="crash")
    assert make_code(trace, GRADE) is None
    assert "Your code" not in page_of(None)
