"""One bundle of slope for all tests of packages, and one place where its grader is installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine
from autograder.grading.cache import Store
from autograder.package.bundle import Bundle
from autograder.package.compiling import Order, compile_bundle

from .container import install


@pytest.fixture(scope="session")
def bundle(course: Course, standard: LocalEngine, bank: Path) -> Bundle:
    """The lab slope as it travels; its level uid is allowed."""
    order = Order(course=course, lab="slope", allow_uid=True)
    return compile_bundle(order, standard, Store(bank, "slope"))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the grader in it, as /opt/autograder of a container."""
    if os.getuid() != 0:
        pytest.skip("only root can make a container here")
    place = tmp_path_factory.mktemp("opt")
    return install(place)
