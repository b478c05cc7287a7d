"""The portal as people use it: a student from link to film, an instructor, by keyboard and on a phone."""

from __future__ import annotations

import contextlib
import functools
import importlib.resources
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from autograder.portal.app import make_app
from autograder.portal.bench import Bench
from autograder.portal.people import grant, student_person
from autograder.portal.serve import opened
from autograder.portal.site import Site
from tests.portal.conftest import Clock
from tests.portal.rooms import LAB, ROOT, Room, make_course, open_room
from tests.portal.test_whole import quickly
from tests.shared import within

from .conftest import SECONDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
NARROW = {"width": 360, "height": 780}
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A portal that listens on this machine."""
    rooms = open_room(tmp_path_factory.mktemp("course"), Clock())
    room = next(rooms)
    room.site.base = f"http://127.0.0.1:{free_port()}"
    with listening(room.site):
        yield room
    next(rooms, None)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with contextlib.closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def listening(site: Site) -> Iterator[None]:
    """Serve a portal at its address, in a thread."""
    port = int(site.base.rpartition(":")[2])
    server = uvicorn.Server(uvicorn.Config(make_app(site), port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    assert within(SECONDS, lambda: server.started)
    yield
    server.should_exit = True
    thread.join(SECONDS)


@pytest.fixture
def visit(browser: Browser, portal: Room) -> Iterator[Any]:
    """Open a page for somebody; the test fails where one reports an error or asks another host."""
    problems: list[str] = []
    contexts = []

    def open_page(role: Any = None, name: str = "", **settings: Any) -> Page:
        context = browser.new_context(
            **(
                {"viewport": {"width": 1100, "height": 900}, "base_url": portal.site.base}
                | settings
            )
        )
        contexts.append(context)
        made = context.new_page()
        made.set_default_timeout(SECONDS * 1000)
        made.on("pageerror", lambda error: problems.append(str(error)))
        made.on("console", lambda said: _note(problems, said))
        made.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith(("http://127.0.0.1:", "data:"))
                else problems.append(asked.url)
            ),
        )
        if role is not None:
            person = portal.person(role, name or role)
            with portal.site.database.write() as connection:
                secret = grant(connection, person, "link", portal.clock())
            made.goto(f"/in/{secret}")
        return made

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def _note(problems: list[str], said: Any) -> None:
    if said.type == "error" and "status of 40" not in said.text:
        problems.append(said.text)


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's script."""
    name = "axe_playwright_python"
    pytest.importorskip(name, reason="no axe-core here: pip install axe-playwright-python")
    return (importlib.resources.files(name) / "axe.min.js").read_text("utf-8")


def faults(page: Page, axe: str) -> list[str]:
    """Return what axe-core finds that is serious; the page's own policy lets no test script in."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{page.url}: {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def photographed(page: Page, name: str) -> None:
    """Keep a picture of a page, to be looked at, where ``PORTAL_PICTURES`` names a folder."""
    if folder := os.environ.get("PORTAL_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def file_of(tmp_path: Path, name: str = f"{LAB}.py", data: bytes = b"x = 1") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def submitted(page: Page, path: Path) -> None:
    """Submit a file by the lab's page."""
    page.goto(f"/labs/{LAB}")
    page.set_input_files("#file", path)
    page.get_by_role("button", name="Submit").click()
    page.locator("[data-events]").wait_for()


def test_a_student_goes_from_link_to_feedback_and_an_instructor_sees_it(
    portal: Room, visit: Any, tmp_path: Path, axe: str
) -> None:
    student = visit("student", "student-61", viewport=NARROW)
    seen = [*faults(student, axe)]
    student.get_by_role("button", name="Sign in").press("Enter")
    student.wait_for_url("**/labs")
    seen += faults(student, axe)
    submitted(student, file_of(tmp_path))
    seen += faults(student, axe)
    portal.work()
    student.locator("[data-events]").wait_for(state="detached")  # the page reloads by itself
    assert "5 of 10" in student.inner_text("body").replace("\n", " ")
    assert student.evaluate(WIDE) <= 0
    seen += faults(student, axe)
    student.goto(f"/labs/{LAB}")
    assert student.locator("tbody tr").count() == 1
    assert student.evaluate(WIDE) <= 0
    boss = visit("instructor", color_scheme="dark")
    seen += faults(boss, axe)
    boss.get_by_role("button", name="Sign in").click()
    for path in ("/class", f"/class/{LAB}", f"/class/{LAB}/students/student-61", "/people"):
        boss.goto(path)
        seen += faults(boss, axe)
    boss.set_viewport_size(NARROW)
    assert boss.evaluate(WIDE) <= 0
    assert seen == []


PAGES = (
    ("student", ("/labs", f"/labs/{LAB}", "/submissions/{}")),
    (
        "instructor",
        ("/class", f"/class/{LAB}", f"/class/{LAB}/report", "/queue", "/people", "/log"),
    ),
    ("instructor", (f"/class/{LAB}/students/student-62", "/submissions/{}")),
    (None, ("/", "/in/nothing", "/labs")),
)


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 360])
def test_every_page_can_be_read_by_everybody(
    portal: Room, visit: Any, tmp_path: Path, axe: str, scheme: str, width: int
) -> None:
    settings = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    first = visit("student", "student-62")
    first.get_by_role("button", name="Sign in").click()
    submitted(first, file_of(tmp_path))
    submission = first.url.rpartition("/")[2]
    portal.work()
    seen = []
    for role, paths in PAGES:
        page = visit(role, "student-62" if role == "student" else "", **settings)
        if role is not None:
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_load_state()
        for path in paths:
            page.goto(path.format(submission))
            seen += faults(page, axe)
            if page.evaluate(WIDE) > 0:
                seen.append(f"{page.url} is too wide")
            name = path.strip("/").replace("/", "-").format("id") or "start"
            photographed(page, f"{role}-{name}-{width}-{scheme}")
    assert seen == []


@pytest.mark.thorough
def test_all_can_be_done_by_keyboard(portal: Room, visit: Any, tmp_path: Path) -> None:
    page = visit("student", "student-63")

    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                style = "getComputedStyle(document.activeElement)"
                assert page.evaluate(f"{style}.outlineStyle") != "none", selector
                return
        raise AssertionError(f"no way to {selector}")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    tab_to("button.main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/labs")
    tab_to("ul.labs a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/labs/{LAB}")
    tab_to("#file")
    page.set_input_files("#file", file_of(tmp_path))
    tab_to("button.main")
    page.keyboard.press("Enter")
    page.locator("[data-events]").wait_for()
    portal.work()
    page.locator("[data-events]").wait_for(state="detached")
    boss = page = visit("instructor")
    tab_to("button.main")
    boss.keyboard.press("Enter")
    boss.wait_for_url("**/class")
    boss.goto(f"/class/{LAB}/students/student-63")
    tab_to("select[name=kind]")
    boss.keyboard.type("total")
    tab_to("input[name=points]")
    boss.keyboard.type("7")
    tab_to("input[name=reason]")
    boss.keyboard.type("spoken exam")
    tab_to("button.main")
    boss.keyboard.press("Enter")
    boss.locator("ol li").first.wait_for()


@pytest.mark.thorough
def test_a_file_is_graded_in_the_sandbox_and_its_film_plays(
    visit: Any, tmp_path: Path, axe: str
) -> None:
    course, base = make_course(tmp_path / "course"), f"http://127.0.0.1:{free_port()}"
    bench = functools.partial(Bench, course, jobs=1, load=quickly)
    with opened(course, db=None, base=base, bench=bench) as site, listening(site):
        for name in ("inplace_data", "criterion_sum"):
            folder = "accepted" if name == "inplace_data" else "rejected"
            with site.database.write() as connection:
                person = student_person(connection, f"student-{name}", "", site.clock())
                secret = grant(connection, person, "link", site.clock())
            page = visit(base_url=base, viewport=NARROW)
            page.goto(f"/in/{secret}")
            page.get_by_role("button", name="Sign in").click()
            submitted(page, ROOT / "reference" / LAB / folder / f"{name}.py")
            page.locator("#film").wait_for(state="attached")
            photographed(page, f"film-{name}")
            assert faults(page, axe) == []
            assert page.evaluate(WIDE) <= 0
