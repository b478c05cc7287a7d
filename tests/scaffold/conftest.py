"""A course of labs as ``new`` writes them, built and ready to be proved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.assignment.build import write
from autograder.course.folder import Course
from autograder.engines.local import LocalEngine
from autograder.grading.opening import ENTRY
from autograder.grading.publish import Publisher
from autograder.grading.store import Store
from autograder.sandbox.message import Level
from autograder.sandbox.policy import Policy
from autograder.scaffold.lab import write_lab
from autograder.scaffold.name import KINDS
from autograder.verification.ready import Bench

SALT = "always the same, so that the tests are"


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Time enough for a busy machine."""
    return Policy(wall_seconds=30.0, cpu_seconds=31)


@pytest.fixture(scope="session")
def engine(policy: Policy, best_level: Level) -> Iterator[LocalEngine]:
    started = LocalEngine(best_level, policy, ENTRY, 2)
    yield started
    started.close()


@pytest.fixture(scope="session")
def scaffolded(
    tmp_path_factory: pytest.TempPathFactory, engine: LocalEngine, policy: Policy
) -> Course:
    """A course with a new lab of each kind, called as its kind."""
    course = Course(tmp_path_factory.mktemp("course"))
    (course.root / "reference").mkdir()
    (course.root / "secret_salt").write_text(SALT, "utf-8")
    for kind in KINDS:
        write_lab(course, f"{kind}_lab", kind, 'Of "lines" and $planes')
        list(write(course, f"{kind}_lab", Publisher(course, lambda: engine, policy)))
    return course


@pytest.fixture
def bench(scaffolded: Course, engine: LocalEngine, policy: Policy, tmp_path: Path) -> Bench:
    def store(lab: str) -> Store:
        return Store(tmp_path, lab)

    return Bench(course=scaffolded, engine=engine, policy=policy, store=store)
