"""A course of labs as ``new`` writes them, built and ready to be proved."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.assignment.build import write
from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine
from autograder.grading.cache import Store
from autograder.grading.publish import Publisher
from autograder.grading.setup import Settings
from autograder.sandbox.message import Policy
from autograder.scaffold.course import write_lab
from autograder.scaffold.name import KINDS
from autograder.verification.context import Bench
from tests.shared import ROOT, no_mistakes_published

SALT = "always the same, so that the tests are"


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The limits that all commands have by themselves."""
    return Settings(submitted=ROOT, assignment="").policy()


@pytest.fixture(scope="session")
def engine(standard: LocalEngine) -> LocalEngine:
    """The engine of these limits."""
    return standard


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
        with (
            no_mistakes_published()
        ):  # where docs/write-a-lab.md is followed as a reader does, they are
            list(write(course, f"{kind}_lab", Publisher(course, lambda: engine, policy)))
    return course


@pytest.fixture
def bench(scaffolded: Course, engine: LocalEngine, policy: Policy, tmp_path: Path) -> Bench:
    def store(lab: str) -> Store:
        return Store(tmp_path, lab)

    return Bench(course=scaffolded, engine=engine, policy=policy, store=store)
