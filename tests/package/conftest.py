"""One bundle of slope for all tests of packages, and one place where its grader is installed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine
from autograder.grading.cache import Store
from autograder.package.bundle import Bundle
from autograder.package.compiling import Order, compile_bundle
from autograder.package.run import Outcome, grade_one
from tests.shared import ROOT

from .container import install


@pytest.fixture(scope="session")
def bundle(course: Course, standard: LocalEngine, bank: Path) -> Bundle:
    """The lab slope as it travels; its level uid is allowed."""
    order = Order(course=course, lab="slope", allow_uid=True)
    return compile_bundle(order, standard, Store(bank, "slope"))


@pytest.fixture(scope="session")
def outcome_of(bundle: Bundle, standard: LocalEngine) -> Callable[[Path], Outcome]:
    """Return a function that grades a folder as a package does, with an engine that runs."""

    def grade(folder: Path) -> Outcome:
        class Shared:
            level, run = standard.level, standard.run

            def __init__(self, *given: object) -> None:
                assert given[0] == standard.level

            def close(self) -> None:
                """Leave it to the session."""

        with (
            patch("autograder.package.run.LocalEngine", Shared),
            patch("autograder.package.run.choose_level", lambda **_: standard.level),
        ):
            return grade_one(bundle, folder)

    return grade


@pytest.fixture(scope="session")
def never_zeroed(outcome_of: Callable[[Path], Outcome]) -> Outcome:
    """What becomes of the sample student who never zeroes the gradient."""
    return outcome_of(ROOT / "submitted" / "student-05")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the grader in it, as /opt/autograder of a container."""
    if os.getuid() != 0:
        pytest.skip("only root can make a container here")
    place = tmp_path_factory.mktemp("opt")
    return install(place)
