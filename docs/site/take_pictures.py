"""Take the pictures on the first page: ``python docs/site/take_pictures.py FOLDER``.

A portal is started on the sample course, students of the sample class submit in Chromium, and what
the browser shows is kept: card, film, class report, portal. Nothing is drawn by hand. Needs the
extra ``dev``, Debian's package ``chromium``, and up to five minutes on a busy machine.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
LAB = "line"
WRONG = "student-05"
LARGEST = 150_000  # bytes of a picture
WAIT_SECONDS = 300  # the first grade of a lab observes its known mistakes
WIDTH, HEIGHT = 1000, 640


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="autograder-pictures-") as name, browsing() as browser:
        course = make_course(Path(name))
        take_card(browser, course, folder / "card.png")
        with portal(course) as address:
            for student in sorted(path.name for path in (course / "handed-in").iterdir()):
                page = submit(browser, course, address, student)
                if student == WRONG:
                    take_film(page, folder / "film.png")
                    take(page, folder / "portal.png")
                page.context.close()
            page = signed_in(browser, course, address, "--instructor", "Instructor")
            page.goto(f"{address}/class/{LAB}/report")
            page.locator("table").first.wait_for()
            take(page, folder / "report.png")


def make_course(root: Path) -> Path:
    """Return a course of one lab, and what the sample class has written for it."""
    for name in ("reference", "assignments"):
        shutil.copytree(ROOT / name / LAB, root / name / LAB)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for folder in (ROOT / "submitted").glob(f"*/{LAB}"):
        shutil.copytree(folder, root / "handed-in" / folder.parent.name)
    return root


def autograder(course: Path, *words: str) -> list[str | Path]:
    """Return a command of this environment's autograder."""
    return [Path(sys.executable).with_name("autograder"), *words, "--course", course]


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    """Open Debian's Chromium without a screen."""
    root = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=root)
        yield opened
        opened.close()


@contextlib.contextmanager
def portal(course: Path) -> Iterator[str]:
    """Serve the course on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = autograder(course, "serve", "--port", str(port), "--allow-weak-isolation")
    served = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        for _ in range(WAIT_SECONDS):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(1)
        yield f"http://127.0.0.1:{port}"
    finally:
        served.terminate()
        served.wait(WAIT_SECONDS)


def signed_in(browser: Browser, course: Path, address: str, *who: str) -> Page:
    """Return a page of somebody who used a personal link."""
    words = autograder(course, "portal", "link", *who, "--url", address)
    link = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split("\t")[1]
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    page.set_default_timeout(WAIT_SECONDS * 1000)
    page.goto(link.strip())
    page.get_by_role("button").last.click()
    page.wait_for_url(f"{address}/*")
    return page


def submit(browser: Browser, course: Path, address: str, student: str) -> Page:
    """Submit a student's file in the browser; return the page when the feedback is there."""
    page = signed_in(browser, course, address, student)
    page.goto(f"{address}/labs/{LAB}")
    page.set_input_files("#file", next((course / "handed-in" / student).glob(f"{LAB}.*")))
    page.locator("form.drop button").click()
    page.locator(".figure").wait_for()
    return page


def take_film(page: Page, path: Path) -> None:
    """Show the first wrong step of a training, and keep the film alone."""
    page.locator("[data-go=departs]").click()
    take(page, path, within="#training")
    page.evaluate("scrollTo(0, 0)")


def take_card(browser: Browser, course: Path, path: Path) -> None:
    """Run a student's notebook, and keep the last card of ``check()`` that it shows."""
    folder = course / "handed-in" / WRONG
    notebook = nbformat.read(folder / f"{LAB}.ipynb", nbformat.NO_CONVERT)
    call = nbformat.v4.new_code_cell("from autograder import check\n\ncheck()")
    notebook.cells.append(call)
    shutil.copy(course / "assignments" / LAB / "expected.json", folder)
    runner = ExecutePreprocessor(timeout=WAIT_SECONDS, kernel_name="python3", allow_errors=True)
    runner.preprocess(notebook, {"metadata": {"path": folder}})
    notebook.cells = [call]
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    page.route("http*://**", lambda route: route.abort())  # the exporter's own fonts and formulas
    page.set_content(HTMLExporter().from_notebook_node(notebook)[0], wait_until="domcontentloaded")
    take(page, path, within="main")
    page.close()


def take(page: Page, path: Path, within: str = "") -> None:
    """Keep what the browser shows, or one element of it, with a palette of 256 colours."""
    if within:
        page.locator(within).first.screenshot(path=path)
    else:
        page.screenshot(path=path)
    with Image.open(path) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    if size > LARGEST:
        raise SystemExit(f"{path}: {size} bytes; {LARGEST} is the most")
    print(f"{path}: {size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
