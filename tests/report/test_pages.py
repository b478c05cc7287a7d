"""Pages show what was found, as text, and nothing that anybody wrote runs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html.parser
import json
import re

import msgspec
from markupsafe import escape

from autograder.report.markdown import feedback_markdown
from autograder.report.pages import class_page, student_page
from autograder.report.summary import summarise
from autograder.words.text import verbatim

from .conftest import HOSTILE, HOSTILE_TEXT, Class, make_grade, standing

SVG = '<svg class="chart"><path d="M0 0"/></svg>'


class Tags(html.parser.HTMLParser):
    """Collects elements, and the text outside scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def page_of(class_of: Class) -> str:
    return class_page("One", "slope", summarise(class_of), class_of, {"loss-sum-not-mean": SVG})


def embedded(page: str) -> list[dict[str, object]]:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    rows: list[dict[str, object]] = json.loads(found[1])
    return rows


def test_the_class_page_needs_nothing_from_anywhere(class_of: Class) -> None:
    page = page_of(class_of)
    tags = Tags(page)
    loading = ("src", "href", "srcset", "action", "poster", "data")
    assert [a for _, given in tags.tags for a in loading if a in given] == []
    assert "url(" not in page
    policy = [given["content"] for name, given in tags.tags if "http-equiv" in given]
    assert policy
    assert str(policy[0]).startswith("default-src 'none'")


def test_what_students_wrote_is_text_on_the_class_page(class_of: Class) -> None:
    tags = Tags(page_of(class_of))
    assert (tags.count("script"), tags.count("img")) == (3, 0)
    assert HOSTILE in tags.text or HOSTILE in str(embedded(page_of(class_of)))
    assert [row["i"] for row in embedded(page_of(class_of))][2] == HOSTILE


def test_a_mistake_has_a_picture_that_names_nobody(class_of: Class) -> None:
    page = page_of(class_of)
    article = page[page.index("<article") : page.index("</article>")]
    assert SVG in article
    assert "2 students" in article
    assert "It sums." in article
    card, foot = article.split('<p class="foot">')
    assert "student-02" not in card
    assert "script&gt;" not in card
    assert f"Show student-02, {escape(HOSTILE)}</button>" in foot


def test_the_button_of_a_mistake_of_many_says_how_many(class_of: Class) -> None:
    more = [f"student-1{n}" for n in range(2)]
    many = [
        standing(one, make_grade(one, "criterion", mistake="loss-sum-not-mean")) for one in more
    ]
    page = page_of([*class_of, *many])
    assert "Show these 4 students</button>" in page
    assert not re.search(r"Show[^<]*student-\d", page)


def test_who_needs_a_person_and_who_is_missing_come_before_the_mistakes(class_of: Class) -> None:
    titles = re.findall(r"<h2>(.*?)</h2>", page_of(class_of))
    wanted = ["Worth a look", "Nothing submitted", "What the class gets wrong"]
    assert [title for title in titles if title in wanted] == wanted


def test_a_tile_counts_who_handed_in_nothing_where_there_is_somebody(class_of: Class) -> None:
    tile = 'Nothing submitted</span><b class="figure">1</b>student<'
    assert tile in page_of(class_of)
    assert "Nothing submitted" not in page_of(class_of[:4])


def test_times_have_a_column_where_there_is_one(class_of: Class) -> None:
    assert "Submitted (UTC)" not in page_of(class_of)
    when = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
    late = standing("student-06", make_grade("student-06"), submitted=when)
    assert "Submitted (UTC)" in page_of([*class_of, late])


def test_the_class_page_says_why_a_person_must_look(class_of: Class) -> None:
    asked = dataclasses.replace(class_of[0], review=("other-lab", "<b>of tomorrow"))
    page = page_of([asked, *class_of[1:]])
    tile = 'Needs review</span><b class="figure">1</b>submission<'
    assert tile in page
    assert "<p>The submission says that it belongs to another lab.</p>" in page
    assert "<p>&lt;b&gt;of tomorrow</p>" in page
    assert "autograder reviewed STUDENT -a slope" in page
    assert embedded(page)[0]["v"] == [
        "The submission says that it belongs to another lab.",
        "<b>of tomorrow",
    ]
    assert 'id="look"' not in page_of(class_of), "nobody to look at, nothing to choose"


def test_a_student_reads_that_a_person_will_look_and_no_code() -> None:
    grade = msgspec.structs.replace(
        make_grade("student-01"), notes=(verbatim("code cell 3 is a text cell; it was run"),)
    )
    later = msgspec.structs.replace(grade, message=verbatim("slope.ipynb is no notebook"))
    one = standing("student-01", grade, review=("text-cell",), later=later)
    for text in (student_page("One", one, grade, []), feedback_markdown("One", one, grade)):
        assert "A person will look at this before it is final" in text
        assert "could not be graded, so the one before it counts" in text
        assert "slope.ipynb is no notebook" in text
        assert "it was run" in text
        assert "text-cell" not in text
    none = standing("student-01", grade)
    assert "person" not in student_page("One", none, grade, [])


def test_a_student_on_whom_nobody_decided_reads_no_points() -> None:
    grade = make_grade("student-01")
    one = standing("student-01", grade, score=None, undecided=True, review=("check-error",))
    assert '<b class="figure">-</b>of 10' in student_page("One", one, grade, [])
    assert feedback_markdown("One", one, grade).startswith("One: no points yet\n")
    assert "A check failed on our side" in student_page("One", one, grade, [])


def test_a_student_s_page_has_points_words_and_nobody_else(class_of: Class) -> None:
    one = class_of[1]
    assert one.grade is not None
    page = student_page("One", one, one.grade, [("The losses", SVG)])
    tags = Tags(page)
    assert (tags.count("script"), tags.count("img")) == (0, 0)
    assert "{{ 7 * 7 }}" in tags.text, "no template in a template"
    assert SVG in page
    assert "8" in tags.text
    assert "student-01" not in page
    assert "Look at the sum." in tags.text


def test_feedback_as_markdown_holds_no_markup_of_the_student_s(class_of: Class) -> None:
    one = class_of[2]
    assert one.grade is not None
    text = feedback_markdown("One", one, one.grade)
    assert text.startswith("One: 8 of 10 points\n")
    assert not re.search(r"(?<!\\)<", text)
    assert "✘ criterion 0/2" in text
    assert HOSTILE_TEXT not in text
