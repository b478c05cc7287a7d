"""A gradebook on SQLite, and one on a PostgreSQL server that the tests start."""

from __future__ import annotations

import collections
import contextlib
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.exercise.spec import Exercise
from autograder.grading.lab import Lab
from autograder.grading.record import Grade
from autograder.judge.result import CheckResult, Diagnosis
from tests.shared import within

pytest.importorskip("nbgrader")
from autograder.gradebook.book import Book
from autograder.gradebook.release import Release, release_of
from autograder.words.text import verbatim

MakeGrade = Callable[..., Grade]
SECONDS = 180.0
EVERY = 12


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try some tests of each file on PostgreSQL, too; all of them in thorough runs."""
    tried: collections.Counter[Path] = collections.Counter()
    for item in items:
        parameters = getattr(item, "callspec", None)
        if parameters is None or parameters.params.get("url") != "postgresql":
            continue
        if tried[item.path] % EVERY != 1:
            item.add_marker(pytest.mark.thorough)
        tried[item.path] += 1


def server_programs() -> Path | None:
    """Return the folder of Debian's PostgreSQL programs, None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a server of our own, which listens on a socket in a private folder only."""
    programs = server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    pytest.importorskip("psycopg", reason="no psycopg here: pip install 'psycopg[binary]'")
    user, folder = _server_user(), Path(tmp_path_factory.mktemp("pg", numbered=True))
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    place = Path("/tmp") / f"autograder-pg-{os.getpid()}"  # a socket's path is short
    place.mkdir(mode=0o700)
    shutil.chown(place, user)
    data = place / "data"
    server: subprocess.Popen[bytes] | None = None
    try:
        command = [programs / "initdb", "-D", data, "-U", "grader", "-A", "trust", "-N"]
        subprocess.run(command, user=user, check=True, capture_output=True, cwd="/")
        quiet = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(place)]
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *quiet],
            user=user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait(programs, place)
        yield f"postgresql://grader@/postgres?host={place}"
    finally:
        if server is not None:
            server.terminate()
            server.wait()
        shutil.rmtree(place)


def _server_user() -> str:
    """Return whom to run the server as: it refuses to be root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("no user 'postgres' to run the server as")


def _wait(programs: Path, place: Path) -> None:
    ask = [programs / "pg_isready", "-h", place]

    def ready() -> bool:
        return not subprocess.run(ask, check=False, capture_output=True).returncode

    assert within(SECONDS, ready), "PostgreSQL did not start"


@pytest.fixture(scope="session")
def saved_file(tmp_path_factory: pytest.TempPathFactory, course: Course, slope: Lab) -> Path:
    """A gradebook with the lab slope in it: making one takes nbgrader seconds, copying none."""
    path = tmp_path_factory.mktemp("saved") / "gradebook.db"
    _save(f"sqlite:///{path}", course, slope)
    return path


@pytest.fixture(scope="session")
def saved_database(postgresql: str, course: Course, slope: Lab) -> Iterator[str]:
    """The same on PostgreSQL: the name of a database to be copied."""
    with _database(postgresql, f"saved_{os.getpid()}") as url:
        _save(url, course, slope)
        yield f"saved_{os.getpid()}"


def _save(url: str, course: Course, slope: Lab) -> None:
    with Book(url) as book:
        release_of(book, course, "slope", slope.plan.exercise.points)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a gradebook with the lab and no students, of either kind."""
    if request.param == "sqlite":
        path = tmp_path / "gradebook.db"
        shutil.copy(request.getfixturevalue("saved_file"), path)
        yield f"sqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgresql")
    saved: str = request.getfixturevalue("saved_database")
    with _database(server, f"test_{os.getpid()}_{time.monotonic_ns()}", saved) as made:
        yield made


@contextlib.contextmanager
def _database(server: str, name: str, template: str = "template1") -> Iterator[str]:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")  # type: ignore[arg-type]
        try:
            url = server.replace("/postgres?", f"/{name}?")
            yield url.replace("postgresql://", "postgresql+psycopg://")
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.fixture
def book(url: str) -> Iterator[Book]:
    """An open gradebook without students."""
    with Book(url) as opened:
        yield opened


@pytest.fixture
def release(book: Book, course: Course, slope: Lab) -> Release:
    """The lab slope, as the gradebook has it."""
    return release_of(book, course, "slope", slope.plan.exercise.points)


@pytest.fixture(scope="session")
def exercise(slope: Lab) -> Exercise:
    """The spec of slope."""
    return slope.plan.exercise


@pytest.fixture
def make_grade(exercise: Exercise) -> MakeGrade:
    """Return a function that makes a student's grade, some checks of it failed."""

    def make(student: str, *failed: str, status: str = "graded", sha: str = "ab" * 32) -> Grade:
        checks = tuple(
            CheckResult(
                id=name,
                function=name if name in ("forward", "criterion") else "train_model",
                outcome="failed" if name in failed else "passed",
                passed=name not in failed,
                points=0.0 if name in failed else points,
                max_points=points,
                message=verbatim(f"{name} is <b>wrong</b>" if name in failed else ""),
                hint=verbatim("look again" if name in failed else ""),
            )
            for name, points in exercise.points.items()
        )
        ours = status == "sandbox_error"
        named = (
            Diagnosis(id="loss-sum-not-mean", function="criterion", message=verbatim("It sums.")),
        )
        return Grade(
            student=student,
            assignment="slope",
            status=status,  # type: ignore[arg-type]
            score=None if ours else sum(check.points for check in checks),
            max_score=sum(exercise.points.values()),
            checks=() if ours else checks,
            diagnosis=named if "criterion" in failed else (),
            message=verbatim("the sandbox failed" if ours else ""),
            notes=(),
            isolation="namespaces",
            seconds=0.1,
            reused=False,
            submission_sha256=sha,
            exercise_sha256="cd" * 32,
            versions={"torch": "2.13.0"},
        )

    return make
