"""Labs whose training is wider than a line's are proved: examples, planted mistakes, release."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.assignment.build import write
from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine
from autograder.grading.publish import Publisher
from autograder.sandbox.message import Policy
from autograder.verification.context import Bench
from autograder.verification.verifier import prove_lab
from tests.shared import SOME, no_mistakes_published, some_planted

HERE = Path(__file__).parent
PUBLISHED = "validated"  # with its mistakes


# What two of them are about is proved by labs of the course as well: softmax, and mlp.
@pytest.mark.parametrize(
    ("lab", "every"),
    [
        pytest.param("classes", 1, marks=pytest.mark.thorough),
        pytest.param("moments", SOME, marks=pytest.mark.thorough),
        pytest.param("moments", 1, marks=pytest.mark.thorough),
        pytest.param("by_hand", 1, marks=pytest.mark.thorough),
        pytest.param("two_inputs", 1, marks=pytest.mark.thorough),
        pytest.param("validated", 1, marks=pytest.mark.thorough),
    ],
)
def test_a_lab_is_proved(
    lab: str,
    every: int,
    tmp_path: Path,
    bench: Callable[[Course], Bench],
    engine: LocalEngine,
    policy: Policy,
) -> None:
    shutil.copytree(HERE / lab, tmp_path / "reference" / lab)
    course = Course(tmp_path)
    published = contextlib.nullcontext() if lab == PUBLISHED else no_mistakes_published()
    with published:
        list(write(course, lab, Publisher(course, lambda: engine, policy)))
    with some_planted(every, course.exercise(lab).parent):
        proof = prove_lab(bench(course), lab, planting=False)
    assert {f"{one.group}/{one.name}": one.message for one in proof.refuted} == {}
    assert proof.count("accepted", "proved") == len(list((HERE / lab / "accepted").iterdir()))
    assert proof.count("rejected", "proved") == len(list((HERE / lab / "rejected").iterdir()))
