"""The documentation as a reader sees it: as files, with search, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.conftest import site as site  # noqa: PLC0414  # a fixture
from tests.shared import within

from .conftest import SECONDS, address

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page


TAKES_TEXT = """() => {
  let active = document.activeElement;
  while (active && active.shadowRoot) active = active.shadowRoot.activeElement;
  return active !== null && active.tagName === "INPUT" && active.type !== "checkbox";
}"""


def test_search_works_on_pages_that_are_files(page: Page, site: Path) -> None:
    page.goto(address(site / "index.html"))

    def typing() -> bool:  # the page takes the key once its script has run
        if not page.evaluate(TAKES_TEXT):
            page.keyboard.press("Control+k")
            page.wait_for_timeout(500)
        return bool(page.evaluate(TAKES_TEXT))

    assert within(SECONDS, typing)
    page.keyboard.type("landlock")
    page.get_by_text("Known gaps, by name").first.click()
    page.wait_for_url("**/security.html*")


@pytest.mark.parametrize(
    "name",
    [
        "index",
        "reference/command-line",
        pytest.param("comparison", marks=pytest.mark.thorough),
        pytest.param("performance", marks=pytest.mark.thorough),
    ],
)
def test_no_page_is_wider_than_a_phone(page: Page, site: Path, name: str) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(address(site / f"{name}.html"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_dark_is_dark_where_the_reader_s_system_is(page: Page, site: Path) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(address(site / "index.html"))
    red, green, blue = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)"
    )
    assert max(red, green, blue) < 60
