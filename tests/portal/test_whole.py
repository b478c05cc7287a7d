"""One submission all the way: the real sandbox and judge, the real gradebook, the film's page."""

from __future__ import annotations

from pathlib import Path

from httpx import Response
from starlette.testclient import TestClient

from autograder.grading.cache import Store
from autograder.grading.grade import Grader, Loaded
from autograder.grading.lab import load_lab
from autograder.grading.setup import Opening
from autograder.portal import queue
from autograder.portal.app import make_app
from autograder.portal.bench import Bench
from autograder.portal.limits import Rates
from autograder.portal.people import grant, student_person
from autograder.portal.policy import Policy, save_policy
from autograder.portal.serve import opened
from autograder.portal.site import Site
from tests.portal.rooms import LAB, ROOT, make_course
from tests.shared import within

BASE = "http://127.0.0.1:8000"
SECONDS = 300


def quickly(opening: Opening) -> Loaded:
    """Load the lab without its known mistakes, which take most of the time."""
    lab, policy = load_lab(opening.course, LAB), opening.settings.policy()
    store = Store(opening.out, LAB)
    grader = Grader(lab, opening.engine, policy, store, diagnose=False)
    grader.prepare()
    return Loaded(grader=grader, exercise_sha256=lab.sha256, files=())


class Student:
    """One who submits with a token."""

    def __init__(self, site: Site, client: TestClient, name: str) -> None:
        with site.database.write() as connection:
            person = student_person(connection, name, "", site.clock())
            token = grant(connection, person, "token", site.clock())
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._site, self._client = site, client

    def submit(self, path: Path) -> str:
        files = {"file": (path.name, path.read_bytes())}
        sent = self._client.post(f"/labs/{LAB}", files=files, headers=self._headers)
        assert sent.status_code == 202
        return f"/submissions/{sent.json()['id']}"

    def get(self, path: str) -> Response:
        self._site.rates = Rates()
        return self._client.get(path, headers=self._headers)

    def wait(self, where: str) -> dict[str, object]:
        state: dict[str, object] = {}
        assert within(
            SECONDS, lambda: state.update(self.get(f"{where}/state").json()) or state["ended"]
        )
        return state


def jobs_seen(bench: Bench) -> list[object]:
    """Note from now on what the sandbox is handed."""
    seen: list[object] = []
    run = bench._engine.run

    def noting(jobs):
        return run(seen.append(job) or job for job in jobs)

    bench._engine.run = noting
    return seen


def test_a_submission_is_graded_in_the_sandbox_and_its_film_is_shown(tmp_path: Path) -> None:
    course, benches = make_course(tmp_path), []
    right = ROOT / "submitted" / "student-01" / LAB / f"{LAB}.ipynb"
    wrong = ROOT / "reference" / LAB / "rejected" / "criterion_sum.py"

    def bench(work: Path) -> Bench:
        benches.append(Bench(course, work, jobs=1, load=quickly))
        return benches[0]

    with (
        opened(course, db=None, base=BASE, bench=bench) as site,
        TestClient(make_app(site), base_url=BASE) as client,
    ):
        one, other = (Student(site, client, f"student-0{n}") for n in (1, 2))
        where, there = one.submit(right), other.submit(wrong)
        state = one.wait(where)
        assert (state["state"], state["score"], state["max_score"]) == ("done", 10.0, 10.0)
        page = one.get(where)
        assert 'id="film"' in page.text
        assert "sha256-" in page.headers["content-security-policy"]
        assert other.wait(there)["score"] < 10.0

        set_rules(site, told="public")  # judged by what students have
        assert "score" not in other.wait(there)
        shown = other.get(there).text
        assert '<td>✘</td><th scope="row"><code>criterion</code>' in shown
        assert '<td>✔</td><th scope="row"><code>forward</code>' in shown
        assert "✘" not in one.get(where).text
        assert 'id="film"' not in one.get(where).text
        set_rules(site, told="all")

        seen = jobs_seen(benches[0])  # no student code runs where traces stand
        with site.database.write() as connection:
            assert queue.regrade(connection, LAB, site.clock()) == 2
        site.wake()
        assert within(SECONDS, lambda: all_ended(site))
        assert seen == []
        assert one.wait(where)["score"] == 10.0
    kept = course.root / "submitted" / "student-01" / LAB / f"{LAB}.ipynb"
    assert kept.read_bytes() == right.read_bytes()
    assert not list((course.root / "portal" / "work").iterdir())


def set_rules(site: Site, **changes: str) -> None:
    with site.database.write() as connection:
        save_policy(connection, Policy(lab=LAB, **changes))


def all_ended(site: Site) -> bool:
    with site.database.read() as connection:
        return set(queue.lengths(connection)) == {"done"}
