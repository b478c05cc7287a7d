"""Labs are graded under the limits that ``grade`` has by itself, with what their proofs observed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine
from autograder.grading.grade import Grader
from autograder.grading.lab import load_lab
from autograder.grading.setup import Settings
from tests.shared import ROOT, Known


@pytest.fixture(scope="session")
def grader_of(standard: LocalEngine, traces: Path) -> Callable[[str], Grader]:
    """Return a function from a lab to what grades its files; it learns the mistakes once."""
    policy = Settings(submitted=ROOT, assignment="").policy()

    @functools.cache
    def grader(lab: str) -> Grader:
        return Grader(load_lab(Course(ROOT), lab), standard, policy, Known(traces, lab))

    return grader
