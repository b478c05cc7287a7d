"""A small course that a test may spoil: one lab with a few of its examples."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine
from autograder.grading.setup import Settings
from autograder.sandbox.message import Policy
from autograder.verification.context import Bench
from tests.shared import PROVED, Known

ROOT = Path(__file__).resolve().parents[2]
ACCEPTED = ("no_grad_update.py", "optimizer_sgd.py", "functional_mse.py")
REJECTED = ("criterion_sum.py", "criterion_returns_nothing.py", "criterion_halved.py")


def small_course(folder: Path, lab: str = "slope") -> Course:
    """Copy a lab with a few of its examples."""
    source, reference = ROOT / "reference" / lab, folder / "reference" / lab
    for kind, names in (("accepted", ACCEPTED), ("rejected", REJECTED)):
        (reference / kind).mkdir(parents=True)
        for name in names:
            shutil.copy(source / kind / name, reference / kind)
    for name in ("exercise.py", f"{lab}.py"):
        shutil.copy(source / name, reference)
    shutil.copytree(ROOT / "assignments" / lab, folder / "assignments" / lab)
    return Course(folder)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return small_course(tmp_path / "course")


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The limits that all commands have by themselves."""
    return Settings(submitted=ROOT, assignment="").policy()


@pytest.fixture(scope="session")
def engine(standard: LocalEngine) -> LocalEngine:
    """The engine of these limits."""
    return standard


@pytest.fixture
def bench(engine: LocalEngine, policy: Policy, traces: Path) -> Callable[[Course], Bench]:
    measured = PROVED / "slope" / "usage.json"
    if measured.is_file() and not (traces / "slope" / measured.name).exists():
        (traces / "slope").mkdir(parents=True, exist_ok=True)
        shutil.copy(measured, traces / "slope")  # else what is accepted is run again to measure it

    def make(course: Course) -> Bench:
        return Bench(
            course=course, engine=engine, policy=policy, store=lambda lab: Known(traces, lab)
        )

    return make
