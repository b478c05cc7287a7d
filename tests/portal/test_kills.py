"""The whole portal is killed again and again while students submit: nothing is lost or doubled."""

from __future__ import annotations

import contextlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from autograder.gradebook.attempt import attempts_of
from autograder.gradebook.book import Book, url_of
from autograder.portal.intake import receipts
from autograder.portal.people import grant, student_person
from autograder.portal.serve import clock, open_database
from autograder.portal.tables import JOB
from tests.portal.rooms import LAB, ROOT, make_course

KILLS, SUBMISSIONS, STUDENTS = 20, 200, 40


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Portal:
    """A process that is started again whenever it was killed."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._command = [sys.executable, "-m", "tests.portal.open_portal", folder, str(self.port)]
        self.kills = 0
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, cwd=ROOT)

    def healthy(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=60).is_success
        return False

    def wait(self) -> None:
        while not self.healthy():
            assert self.process.poll() is None
            time.sleep(0.1)

    def kill_for_a_while(self, chance: random.Random) -> None:
        for _ in range(KILLS):
            self.wait()
            time.sleep(chance.uniform(0.0, 1.0))
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.kills += 1
            self.start()


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
        time.sleep(0.2)


@pytest.mark.thorough
def test_kills_lose_nothing_and_grade_nothing_twice(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    database = open_database(course, None)
    with database.write() as connection:
        names = [f"student-{n:02}" for n in range(STUDENTS)]
        people = [student_person(connection, name, "", clock()) for name in names]
        tokens = [grant(connection, person, "token", clock()) for person in people]
    portal = Portal(tmp_path)
    killer = threading.Thread(target=portal.kill_for_a_while, args=(random.Random(5),))
    killer.start()
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda n: send(portal, tokens[n % STUDENTS], n), range(SUBMISSIONS)))
    killer.join()
    portal.wait()
    ended = select(func.count()).where(JOB.c.state == "done")
    while True:
        with database.read() as connection:
            if connection.scalar(ended) == SUBMISSIONS:
                break
        time.sleep(0.2)
    portal.process.terminate()
    portal.process.wait()
    with database.read() as connection:
        stored = receipts(connection)
    assert portal.kills == KILLS
    assert sorted(sent) == sorted(one.id for one in stored)
    assert len({one.sha256 for one in stored}) == SUBMISSIONS
    database.close()
    with Book(url_of(course, None)) as book:
        for name in names:
            digests = [one.submission_sha256 for one in attempts_of(book, name, LAB)]
            assert sorted(digests) == sorted(o.sha256 for o in stored if o.student == name)
