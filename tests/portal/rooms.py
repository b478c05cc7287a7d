"""A course of one lab with a gradebook, and its portal: the grader is made up, the rest is real."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from starlette.testclient import TestClient

from autograder.course.folder import Course
from autograder.portal import queue
from autograder.portal.app import make_app
from autograder.portal.bench import Recorder
from autograder.portal.limits import Rates
from autograder.portal.people import (
    Person,
    Role,
    grant,
    join_platform,
    staff_person,
    student_person,
)
from autograder.portal.serve import open_database
from autograder.portal.site import Site
from autograder.portal.worker import Worker
from tests.portal.conftest import LAB, Clock, MadeUp

ROOT = Path(__file__).resolve().parents[2]
BASE = "https://portal.example"
_FORM = re.compile(r'name="form_token" value="([0-9a-f]+)"')

__all__ = ["BASE", "LAB", "ROOT", "Room", "join_platform", "make_course", "open_room"]


def make_course(folder: Path) -> Course:
    """Return a course with one lab."""
    for name in ("reference", "assignments"):
        shutil.copytree(ROOT / name / LAB, folder / name / LAB)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return Course(folder)


@dataclasses.dataclass(eq=False)
class Visitor:
    """A browser; it fills in forms as a person does."""

    client: TestClient
    person: Person | None = None

    def get(self, path: str, **headers: str):
        return self.client.get(path, headers=headers, follow_redirects=False)

    def token(self) -> str:
        found = _FORM.search(self.client.get("/class" if self.person.teaches else "/labs").text)
        return found[1]

    def post(self, path: str, files=None, headers=None, **fields: str):
        form = dict(fields)
        if self.person is not None and "form_token" not in fields:
            form["form_token"] = self.token()
        return self.client.post(
            path, data=form, files=files, headers=headers or {}, follow_redirects=False
        )

    def submit(self, data: bytes = b"x = 1", name: str = "slope.py", **more):
        return self.post(f"/labs/{LAB}", files={"file": (name, data)}, **more)


@dataclasses.dataclass(eq=False)
class Room:
    """What a test works with. ``work`` has the worker do all that there is."""

    site: Site
    worker: Worker
    grades: MadeUp
    clock: Clock

    def work(self) -> None:
        while self.worker.step() or self._waits():
            pass

    def _waits(self) -> bool:
        """Let the time pass until what failed is tried again; False where nothing waits."""
        with self.site.database.read() as connection:
            waiting = queue.lengths(connection).get("queued", 0)
        self.clock.now += max(queue.PAUSES) if waiting else 0.0
        return bool(waiting)

    def person(self, role: Role, name: str) -> Person:
        with self.site.database.write() as connection:
            if role == "student":
                return student_person(connection, name, name, self.clock())
            return staff_person(connection, role, name, self.clock())

    def visitor(self, role: Role | None = None, name: str = "") -> Visitor:
        self.site.rates = Rates()  # all visitors come from one address
        client = TestClient(make_app(self.site), base_url=BASE)
        if role is None:
            return Visitor(client)
        person = self.person(role, name or role)
        with self.site.database.write() as connection:
            link = grant(connection, person, "link", self.clock())
        answer = client.post("/in", data={"secret": link}, follow_redirects=False)
        assert answer.status_code == 303
        return Visitor(client, person)


def open_room(folder: Path, clock: Clock, db: str | None = None) -> Iterator[Room]:
    course = make_course(folder)
    database = open_database(course, db)
    recorder, grades = Recorder(course, folder / "work", db), MadeUp()
    worker = Worker(database, grades, recorder, clock, batch=4)
    site = Site(
        course=course,
        database=database,
        book_url=recorder.url,
        base=BASE,
        clock=clock,
        wake=lambda: None,
    )
    yield Room(site, worker, grades, clock)
    site.shelf.close()
    recorder.close()
    database.close()
