"""A gradebook on SQLite, and one on a PostgreSQL server that the tests start."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.exercise.spec import Exercise
from autograder.grading.lab import Lab
from autograder.grading.record import Grade
from autograder.judge.result import CheckResult, Diagnosis
from tests.postgresql import mark_most_thorough, new_database

pytest.importorskip("nbgrader")
from autograder.gradebook.book import Book
from autograder.gradebook.release import Release, release_of
from autograder.words.text import verbatim

MakeGrade = Callable[..., Grade]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try some tests of each file on PostgreSQL, too; all of them in thorough runs."""
    mark_most_thorough(items, "url", "gradebook")


@pytest.fixture(scope="session")
def saved_file(tmp_path_factory: pytest.TempPathFactory, course: Course, slope: Lab) -> Path:
    """A gradebook with the lab slope in it: making one takes nbgrader seconds, copying none."""
    path = tmp_path_factory.mktemp("saved") / "gradebook.db"
    _save(f"sqlite:///{path}", course, slope)
    return path


@pytest.fixture(scope="session")
def saved_database(postgresql: str, course: Course, slope: Lab) -> Iterator[str]:
    """The same on PostgreSQL: the name of a database to be copied."""
    with new_database(postgresql, f"saved_{os.getpid()}") as url:
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
    with new_database(server, f"test_{os.getpid()}_{time.monotonic_ns()}", saved) as made:
        yield made


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
