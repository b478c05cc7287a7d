"""A portal's database, by default SQLite's; a clock that tests turn; grades that are made up."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from autograder.exercise.loader import load_exercise
from autograder.exercise.spec import function_of
from autograder.grading.record import Grade
from autograder.judge.result import CheckResult
from autograder.portal.bench import Earlier, Graded, Grades, Item
from autograder.portal.database import Database
from autograder.portal.policy import Counts
from autograder.words.text import NOTHING, text
from tests.postgresql import mark_most_thorough, new_database

ROOT = Path(__file__).resolve().parents[2]
LAB = "slope"
START = 1_900_000_000.0


@dataclasses.dataclass
class Clock:
    now: float = START

    def __call__(self) -> float:
        return self.now


class MadeUp(Grades):
    """Gives points by a file's length; breaks as often as it is told to."""

    def __init__(self) -> None:
        self.graded: list[str] = []
        self.breaks = 0
        self.status = "graded"

    def grade(self, lab: str, items: Sequence[Item]) -> Iterator[Graded]:
        if self.breaks:
            self.breaks -= 1
            raise RuntimeError("the sandbox is gone")
        for item in items:
            self.graded.append(item.receipt.id)
            yield item, grade_of(item, self.status)


class Kept:
    """A gradebook that only counts."""

    def __init__(self) -> None:
        self.of: dict[str, float | None] = {}
        self.times = 0

    def record(self, lab: str, graded: Sequence[Graded], counts: Counts, earlier: Earlier) -> None:
        for item, grade in graded:
            assert item.receipt in [one.receipt for one in earlier(item.receipt.student)]
            self.of[item.receipt.id] = grade.score
            self.times += 1


POINTS = load_exercise(ROOT / "reference" / LAB / "exercise.py").points


def checks_of(points: float) -> tuple[CheckResult, ...]:
    """Return checks that have so many points together, the first ones first."""
    made = []
    for name, most in POINTS.items():
        earned = min(most, points)
        points -= earned
        outcome = "passed" if earned == most else "failed"
        made.append(
            CheckResult(
                id=name,
                function=function_of(name),
                outcome=outcome,
                passed=outcome == "passed",
                points=earned,
                max_points=most,
                message=NOTHING,
                hint=NOTHING,
            )
        )
    return tuple(made)


def grade_of(item: Item, status: str = "graded") -> Grade:
    return Grade(
        student=item.receipt.student,
        assignment=item.receipt.lab,
        status=status,
        score=None if status == "sandbox_error" else min(10.0, len(item.data)),
        max_score=10.0,
        checks=() if status == "sandbox_error" else checks_of(len(item.data)),
        diagnosis=(),
        message=text("judge-broke", error="none") if status == "sandbox_error" else NOTHING,
        notes=(),
        reused=False,
        isolation="namespaces",
        seconds=0.0,
        submission_sha256=item.receipt.sha256,
        exercise_sha256="0" * 64,
        versions={},
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try some tests of each file on PostgreSQL, too; all of them in thorough runs."""
    mark_most_thorough(items, "url", "portal")
    mark_most_thorough(items, "room_url", "portal")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'portal.db'}"
        return
    server: str = request.getfixturevalue("postgresql")
    with new_database(server, f"portal_{os.getpid()}_{time.monotonic_ns()}") as made:
        yield made


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with contextlib.closing(Database(url)) as made:
        yield made


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def room_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where a room's tables lie: on PostgreSQL those of the portal beside the gradebook's."""
    if request.param == "sqlite":
        yield None
        return
    server: str = request.getfixturevalue("postgresql")
    with new_database(server, f"room_{os.getpid()}") as made:
        yield made


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory, room_url: str | None):
    """A portal that all tests share: each has students of its own."""
    from tests.portal.rooms import open_room

    yield from open_room(tmp_path_factory.mktemp("course"), Clock(), room_url)
