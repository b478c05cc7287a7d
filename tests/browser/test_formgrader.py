"""nbgrader's formgrader on our gradebook, in a browser, as a person who grades by hand uses it."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autograder.engines.pool import LocalEngine
from tests.gradebook.room import Room, graded_room
from tests.shared import within

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SETTINGS = {
    "jpserver_extensions": {"nbgrader.server_extensions.formgrader": True},
    "ip": "127.0.0.1",
    "port": 0,
    "open_browser": False,
    "allow_root": True,
}
SECONDS = 180.0

pytestmark = pytest.mark.timeout(3 * SECONDS)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, standard: LocalEngine, bank: Path) -> Room:
    """A class that was graded and recorded."""
    pytest.importorskip("nbgrader")
    return graded_room(tmp_path_factory.mktemp("course"), standard, bank)


@pytest.fixture(scope="module")
def server(room: Room, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a Jupyter server in the course folder, without a token."""
    home = tmp_path_factory.mktemp("home")
    places = {
        f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")
    }
    settings = {"ServerApp": SETTINGS, "IdentityProvider": {"token": ""}}
    (home / "config").mkdir()
    (home / "config" / "jupyter_server_config.json").write_text(json.dumps(settings), "utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    running = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server"],
        cwd=room.root,
        env={**os.environ, **places, "HOME": str(home), "PATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield wait_for(Path(places["JUPYTER_RUNTIME_DIR"]), running)
    finally:
        running.terminate()
        running.wait()


def wait_for(runtime: Path, running: subprocess.Popen[bytes]) -> str:
    """Return the server's address once it answers."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        for path in runtime.glob("jpserver-*.json"):
            try:
                address: str = json.loads(path.read_bytes())["url"]
                urllib.request.urlopen(f"{address}formgrader", timeout=SECONDS).close()
            except (OSError, ValueError):
                continue
            return address
        time.sleep(0.2)
    raise AssertionError("the Jupyter server did not start")


@pytest.fixture
def formgrader(browser: Browser, server: str) -> Iterator[Page]:
    """A page of the server."""
    context = browser.new_context(viewport={"width": 1100, "height": 900}, base_url=server)
    page = context.new_page()
    page.set_default_timeout(SECONDS * 1000)
    yield page
    context.close()


def by_hand(room: Room) -> list[float]:
    """Return the scores that were given by hand."""
    with contextlib.closing(sqlite3.connect(room.root / "gradebook.db")) as book:
        found = book.execute("SELECT manual_score FROM grade WHERE manual_score IS NOT NULL")
        return [score for (score,) in found]


SCORES = {"student-01": "10 / 10", "student-02": "5 / 10", "student-03": "10 / 10"}


def test_the_class_is_there_with_our_scores(formgrader: Page) -> None:
    formgrader.goto("formgrader/manage_submissions/slope")
    formgrader.wait_for_selector("tbody td.score")
    for student, score in SCORES.items():
        row = formgrader.locator("tbody tr", has_text=student)
        assert row.locator("td.score").inner_text().strip() == score


def test_a_submission_shows_its_checks_and_takes_points_by_hand(
    formgrader: Page, room: Room
) -> None:
    formgrader.goto("formgrader/gradebook/slope/slope")
    name = formgrader.locator("a.name-shown", has_text="student-02")
    name.wait_for(state="attached")
    formgrader.locator("tr", has=name).locator("a.name-hidden").click()
    points = formgrader.locator("#check-train_model")
    points.wait_for()
    assert "gradient_zeroing 0/2" in formgrader.locator("body").inner_text()
    formgrader.locator("#check-train_model[placeholder='1']").wait_for()  # drawn a moment later

    def saved() -> bool:  # formgrader may draw the field once more while one types
        points.fill("4")
        points.press("Tab")
        formgrader.wait_for_timeout(1000)
        return by_hand(room) == [4.0]

    assert within(SECONDS, saved)
    shown = room.run("export", "-a", "slope", "--format", "nbgrader").out
    [line] = [row for row in shown.splitlines() if ",student-02," in row]
    assert ",8.0," in line
