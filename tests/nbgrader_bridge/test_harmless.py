"""A student's Markdown runs nothing where an instructor reads it."""

from __future__ import annotations

import html.parser

import pytest
from nbconvert.filters import markdown2html

from autograder.nbgrader_bridge.sanitize import harmless, harmless_html, pictures_only

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a <b onclick='alert(1)'>b</b>",
    "<!-- <script>alert(1)</script> -->",
    "[c](javascript:alert(1))",
    "[c]( JaVaScRiPt:alert(1))",
    "[c](&#106;avascript:alert(1))",
    "[c](java&Tab;script&colon;alert(1))",
    "[c](<javascript:alert(1)>)",
    "[c](\n javascript:alert(1))",
    "[c][d]\n\n[d]: javascript:alert(1)",
    "[c][d]\n\n[d]:\n  javascript:alert(1)",
    "[c]\n\n[c]: <javascript:alert(1)>",
    "<javascript:alert(1)>",
    "![p](javascript:alert(1))",
    "[c](data:text/html,<script>alert(1)</script>)",
    "[c](vbscript:x)",
    "$<script>alert(1)</script>$",
    "`x` <svg/onload=alert(1)>",
    "```\n</code><script>alert(1)</script>\n```",
    "[a](\\javascript:alert(1))",
]


class Live(html.parser.HTMLParser):
    """Collects what would do something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "svg", "iframe", "object", "b"):
            self.found.append(tag)
        for name, value in attrs:
            target = "".join((value or "").lower().split())
            if name.startswith("on") or target.startswith(("javascript:", "data:", "vbscript:")):
                self.found.append(f"{tag} {name}={value}")


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_runs(text: str) -> None:
    assert Live(markdown2html(harmless(text))).found == []


def test_the_attacks_are_some() -> None:
    assert sum(bool(Live(markdown2html(text)).found) for text in ATTACKS) >= 8


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n\n*a* < b, and `x <= y`",
        "[page](https://example.org/a?b=c#d), [mail](mailto:a@example.org), [near](slope.ipynb#w)",
        "![p](picture.png) and ![q](attachment:q.png)",
        "$w_0 < w_1$",
    ],
)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_formulas_hold_no_link() -> None:
    assert "\\href" not in harmless(r"$\href{javascript:alert(1)}{x}$")


def test_only_pictures_are_attached() -> None:
    given = {"a.png": {"image/png": "AA=="}, "b": {'image/png" onerror="alert(4)': "AA=="}}
    assert pictures_only(given) == {"a.png": {"image/png": "AA=="}}


def test_our_own_html_keeps_its_paragraphs_and_nothing_else() -> None:
    bad = '<p onclick="x()">w is &lt;b&gt;</p><script>x()</script><img src=x onerror=x()>'
    assert harmless_html(bad) == "<p>w is &lt;b&gt;</p>"
