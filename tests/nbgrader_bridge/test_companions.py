"""A release is whole, or there is none."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_notebook
from traitlets.config import Configurable

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.exercise.published import load_published
from autograder.nbgrader_bridge.companions import WriteCompanions
from tests.shared import no_mistakes_published


class Holder(Configurable):  # type: ignore[misc]  # traitlets has no annotations
    """What stands above a preprocessor in nbgrader."""

    coursedir = SimpleNamespace(root="")


@pytest.fixture
def lab(course: Course, tmp_path: Path) -> Course:
    """A course of one lab that was never built."""
    folder = tmp_path / "reference" / "slope"
    folder.mkdir(parents=True)
    for path in (course.exercise("slope"), course.reference("slope")):
        shutil.copy(path, folder)
    return Course(tmp_path)


def write(course: Course) -> None:
    """Write what goes beside a notebook; which mistakes are known is the publisher's concern."""
    top = Holder()
    top.coursedir = SimpleNamespace(root=str(course.root))
    resources = {"nbgrader": {"assignment": "slope"}}
    with no_mistakes_published():
        WriteCompanions(parent=Holder(parent=top)).preprocess(new_notebook(), resources)


def test_numbers_that_are_not_there_or_stale_are_made(lab: Course) -> None:
    write(lab)
    first = load_published(lab.expected("slope"))
    assert first.expected_scenarios
    before = lab.expected("slope").read_bytes()
    write(lab)
    assert lab.expected("slope").read_bytes() == before
    spec = lab.exercise("slope")
    spec.write_text(spec.read_text("utf-8").replace("iterations=4", "iterations=5"), "utf-8")
    write(lab)
    assert load_published(lab.expected("slope")).scenarios[0].calls == (5,)


def test_a_reference_that_cannot_be_observed_releases_nothing(lab: Course) -> None:
    path = lab.reference("slope")
    text = path.read_text("utf-8")
    assert "loss.backward()" in text
    path.write_text(text.replace("loss.backward()", "loss.backwards()"), "utf-8")
    with pytest.raises(CourseError, match="the reference could not be observed"):
        write(lab)
    assert not lab.assignment("slope").exists()
