"""Debian's Chromium, without a screen, for pages that are files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SECONDS = 180.0  # may a page take on a busy machine
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser; skips where there is none.

    Playwright keeps an event loop running in this thread, in which nothing else of asyncio works:
    it must be gone before other suites' tests run.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    reason = "no Playwright here: pip install playwright"
    api = pytest.importorskip("playwright.sync_api", reason=reason)
    root = ["--no-sandbox"] if os.getuid() == 0 else []
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=root)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test where it reports an error, shows a dialog or asks the network."""
    problems: list[str] = []
    context = browser.new_context(viewport={"width": 1100, "height": 900}, color_scheme="light")
    made = context.new_page()
    made.set_default_timeout(SECONDS * 1000)
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
    made.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    made.on(
        "request",
        lambda asked: None if asked.url.startswith("file:") else problems.append(asked.url),
    )
    yield made
    context.close()
    assert problems == []


def address(path: Path) -> str:
    """Return a file's URL."""
    return path.resolve().as_uri()
