"""nbgrader's formgrader on our gradebook, in a browser, as a person who grades by hand uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autograder.sandbox.message import Level
from tests.gradebook.room import Room, graded_room

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

EXTENSION = {"nbgrader.server_extensions.formgrader": True}
SECONDS = 60.0


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, best_level: Level) -> Room:
    """A class that was graded and recorded."""
    pytest.importorskip("nbgrader")
    return graded_room(tmp_path_factory.mktemp("course"), best_level)


@pytest.fixture(scope="module")
def server(room: Room, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a Jupyter server in the course folder, without a token."""
    home = tmp_path_factory.mktemp("home")
    places = {
        f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")
    }
    options = {
        "jpserver_extensions": json.dumps(EXTENSION),
        "token": "",
        "ip": "127.0.0.1",
        "port": "0",
        "open_browser": "False",
        "allow_root": "True",
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    running = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter_server"),
            *(f"--ServerApp.{name}={value}" for name, value in options.items()),
            "--IdentityProvider.token=",
        ],
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


def rows(page: Page) -> dict[str, list[str]]:
    """Return the cells of each row of a table, by the first."""
    page.wait_for_selector("tbody tr td a")
    found = [row.split("\t") for row in page.locator("tbody tr").all_inner_texts()]
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in found}


def test_the_class_is_there_with_our_scores(formgrader: Page) -> None:
    formgrader.goto("formgrader/manage_students")
    students = rows(formgrader)
    scores = {student: row[-1] for student, row in students.items() if "student-" in student}
    assert list(scores.values()) == ["10 / 10", "5 / 10", "10 / 10", "8 / 10"]


def test_a_submission_shows_its_checks_and_takes_points_by_hand(
    formgrader: Page, room: Room
) -> None:
    formgrader.goto("formgrader/gradebook/slope/slope")
    formgrader.locator("tbody tr td a").first.wait_for()
    formgrader.locator("tbody tr", has_text="Submission #2").locator("a").first.click()
    formgrader.wait_for_selector(".nbgrader_cell")
    assert "gradient_zeroing" in formgrader.content()
