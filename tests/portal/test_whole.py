"""One submission all the way: the real sandbox and judge, the real gradebook, the film's page."""

from __future__ import annotations

import time
from pathlib import Path

from starlette.testclient import TestClient

from autograder.portal.app import make_app
from autograder.portal.bench import Bench
from autograder.portal.people import grant, student_person
from autograder.portal.serve import opened
from tests.portal.rooms import LAB, ROOT, make_course

BASE = "http://127.0.0.1:8000"
SECONDS = 300


def test_a_submission_is_graded_in_the_sandbox_and_its_film_is_shown(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    source = (ROOT / "submitted" / "student-01" / LAB / f"{LAB}.ipynb").read_bytes()
    with (
        opened(course, db=None, base=BASE, bench=lambda work: Bench(course, work, jobs=1)) as site,
        TestClient(make_app(site), base_url=BASE) as client,
    ):
        with site.database.write() as connection:
            person = student_person(connection, "student-01", "", site.clock())
            token = grant(connection, person, "token", site.clock())
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        files = {"file": (f"{LAB}.ipynb", source)}
        sent = client.post(f"/labs/{LAB}", files=files, headers=headers)
        assert sent.status_code == 202
        where = f"/submissions/{sent.json()['id']}"
        for _ in range(SECONDS * 10):
            state = client.get(f"{where}/state", headers=headers).json()
            if state["ended"]:
                break
            time.sleep(0.1)
            site.rates.__init__()
        assert (state["state"], state["score"], state["max_score"]) == ("done", 10.0, 10.0)
        page = client.get(where, headers=headers)
        assert 'id="film"' in page.text
        assert "sha256-" in page.headers["content-security-policy"]
    assert (course.root / "submitted" / "student-01" / LAB / f"{LAB}.ipynb").read_bytes() == source
    assert not list((course.root / "portal" / "work").iterdir())
