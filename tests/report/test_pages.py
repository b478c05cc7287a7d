"""Pages show what was found, as text, and nothing that anybody wrote runs."""

from __future__ import annotations

import html.parser
import json
import re

from autograder.report.markdown import feedback_markdown
from autograder.report.pages import class_page, student_page
from autograder.report.summary import summarise

from .conftest import HOSTILE, HOSTILE_TEXT, Class

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
    assert (tags.count("script"), tags.count("img")) == (2, 0)
    assert HOSTILE in tags.text or HOSTILE in str(embedded(page_of(class_of)))
    assert [row["i"] for row in embedded(page_of(class_of))][2] == HOSTILE


def test_a_mistake_has_a_picture_that_names_nobody(class_of: Class) -> None:
    page = page_of(class_of)
    article = page[page.index("<article") : page.index("</article>")]
    assert SVG in article
    assert "2 students" in article
    assert "It sums." in article
    assert "student-02" not in article
    assert "script&gt;" not in article


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
    assert text.startswith("# One: 8 of 10 points\n")
    assert not re.search(r"(?<!\\)<", text)
    assert "- ✘ `criterion` 0 of 2" in text
    assert HOSTILE_TEXT not in text
