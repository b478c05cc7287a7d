"""What runs is killed again and again while students submit: nothing is lost or doubled.

The portal with its worker, the database server below it, and the sandbox that grades. ``-k small``
is a run that takes a minute, ``-k whole`` one that takes many.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from autograder.course.folder import Course
from autograder.gradebook.attempt import attempts_of
from autograder.gradebook.book import Book, url_of
from autograder.portal.bench import Bench
from autograder.portal.database import Database, Unavailable
from autograder.portal.intake import Receipt, Sent, receipts, store
from autograder.portal.people import grant, student_person
from autograder.portal.serve import clock, open_database, opened
from autograder.portal.tables import JOB
from tests.portal.rooms import LAB, ROOT, make_course
from tests.portal.test_whole import quickly
from tests.postgresql import Server, new_database

Act = Callable[[], None]


@dataclasses.dataclass(frozen=True)
class Size:
    kills: int
    submissions: int
    students: int


SMALL, WHOLE = Size(4, 24, 8), Size(20, 200, 40)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Portal:
    """A process that is started again whenever it ended, as systemd does."""

    def __init__(self, folder: Path, db: str | None) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "tests.portal.open_portal", folder, str(self.port)]
        self._command = [*command, db] if db else command
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, cwd=ROOT)

    def healthy(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=60).is_success
        return False

    def wait(self) -> None:
        while not self.healthy():
            if self.process.poll() is not None:
                self.start()  # it found no database
            time.sleep(0.1)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.start()


def kill_for_a_while(portal: Portal, acts: Sequence[Act], chance: random.Random) -> None:
    """Do each of these once the portal is well again, at a random moment."""
    for act in acts:
        portal.wait()
        time.sleep(chance.uniform(0.0, 1.0))
        act()


def send(portal: Portal, token: str, number: int) -> str:
    """Submit as a browser does that asks again until it is answered; return the receipt's id."""
    while True:
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.post(
                f"http://127.0.0.1:{portal.port}/labs/{LAB}",
                data={"once": f"form-{number}"},
                files={"file": ("slope.py", b"# %06d" % number)},
                headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
                timeout=60,
            )
            if answer.status_code == 202:
                return answer.json()["id"]
            assert answer.status_code in (429, 503), answer.text
        time.sleep(0.2)


@contextlib.contextmanager
def placed(kind: str) -> Iterator[tuple[str | None, list[Callable[[Portal], Act]]]]:
    """Yield where the database is, and what can be killed there."""
    if kind == "sqlite":
        yield None, [lambda portal: portal.kill]
        return

    def cut() -> None:
        server.kill()
        server.start()

    with contextlib.closing(Server()) as server, new_database(server.url, "course") as db:
        yield db, [lambda portal: portal.kill, lambda _: cut]


def all_done(database: Database, count: int) -> bool:
    ended = select(func.count()).where(JOB.c.state == "done")
    with contextlib.suppress(Unavailable), database.read() as connection:
        return connection.scalar(ended) == count
    return False


def require_each_once(
    course: Course, db: str | None, names: Sequence[str], stored: Sequence[Receipt]
) -> None:
    with Book(url_of(course, db)) as book:
        for name in names:
            digests = [one.submission_sha256 for one in attempts_of(book, name, LAB)]
            assert sorted(digests) == sorted(o.sha256 for o in stored if o.student == name)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("size", [SMALL, WHOLE], ids=["small", "whole"])
def test_kills_lose_nothing_and_grade_nothing_twice(tmp_path: Path, kind: str, size: Size) -> None:
    course, chance = make_course(tmp_path), random.Random(5)
    names = [f"student-{n:02}" for n in range(size.students)]
    with placed(kind) as (db, ways):
        with contextlib.closing(open_database(course, db)) as database:
            with database.write() as connection:
                people = [student_person(connection, name, "", clock()) for name in names]
                tokens = [grant(connection, person, "token", clock()) for person in people]
            portal = Portal(tmp_path, db)
            try:
                acts = [ways[n % len(ways)](portal) for n in range(size.kills)]
                with ThreadPoolExecutor(5) as pool:
                    killer = pool.submit(kill_for_a_while, portal, acts, chance)
                    numbers = range(size.submissions)
                    sent = list(
                        pool.map(lambda n: send(portal, tokens[n % len(names)], n), numbers)
                    )
                    killer.result()
                portal.wait()
                while not all_done(database, size.submissions):
                    time.sleep(0.2)
            finally:
                portal.process.terminate()
                portal.process.wait()
            with database.read() as connection:
                stored = receipts(connection)
        assert sorted(sent) == sorted(one.id for one in stored)
        assert len({one.sha256 for one in stored}) == size.submissions
        require_each_once(course, db, names, stored)


def zygotes() -> list[int]:
    """Return the sandboxes that this process started."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"zygote" in (path / "cmdline").read_bytes():
                found.append(int(path.name))
    return found


@pytest.mark.thorough
def test_a_sandbox_that_is_killed_loses_no_submission(tmp_path: Path) -> None:
    course, chance = make_course(tmp_path), random.Random(7)
    source = (ROOT / "reference" / LAB / "accepted" / "inplace_data.py").read_bytes()
    names = [f"student-{n:02}" for n in range(12)]

    def bench(work: Path) -> Bench:
        return Bench(course, work, jobs=1, load=quickly)

    with opened(course, db=None, base="http://127.0.0.1:1", bench=bench) as site:
        kills = 0
        for number in range(36):
            sent = Sent(name="slope.py", data=source + b"# %d\n" % number)
            with site.database.write() as connection:
                store(connection, names[number % len(names)], LAB, sent, site.clock())
            site.wake()
            if number % 4 == 3:
                time.sleep(chance.uniform(0.0, 2.0))
                for pid in zygotes():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                        kills += 1
        while not all_done(site.database, 36):
            time.sleep(0.2)
        with site.database.read() as connection:
            stored = receipts(connection)
    assert kills
    require_each_once(course, None, names, stored)
