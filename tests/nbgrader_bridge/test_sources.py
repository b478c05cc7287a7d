"""nbgrader's source folder holds the labs' notebooks and nothing else."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import nbformat
import pytest

from autograder.course.folder import Course
from autograder.nbgrader_bridge.sources import FOLDER, write_sources

SLOPE = Path(__file__).resolve().parents[2] / "reference" / "slope"


@pytest.fixture
def copy(tmp_path: Path) -> Course:
    """A course with one whole lab, its secrets included."""
    shutil.copytree(SLOPE, tmp_path / "reference" / "slope")
    return Course(tmp_path)


def files(course: Course) -> list[str]:
    """Return all files in nbgrader's source folder."""
    folder = course.root / FOLDER
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_each_lab_gives_one_notebook_and_no_other_file(copy: Course) -> None:
    write_sources(copy)
    assert files(copy) == ["slope/slope.ipynb"]
    nbformat.validate(nbformat.read(copy.root / FOLDER / "slope" / "slope.ipynb", as_version=4))


def test_what_else_lies_there_is_removed(copy: Course) -> None:
    write_sources(copy)
    for name in ("slope/exercise.py", "slope/rejected/wrong.py", "old/old.ipynb"):
        path = copy.root / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("secret", "utf-8")
    write_sources(copy)
    assert files(copy) == ["slope/slope.ipynb"]


def test_a_changed_source_is_written_anew(copy: Course) -> None:
    write_sources(copy)
    source = copy.root / "reference" / "slope" / "slope.py"
    source.write_text(source.read_text("utf-8").replace("Training one", "Finding one"), "utf-8")
    write_sources(copy)
    assert "Finding one" in (copy.root / FOLDER / "slope" / "slope.ipynb").read_text("utf-8")


def test_a_wrong_source_is_named_and_its_old_notebook_removed(
    copy: Course, caplog: pytest.LogCaptureFixture
) -> None:
    write_sources(copy)
    (copy.root / "reference" / "slope" / "slope.py").write_text("x = (", "utf-8")
    with caplog.at_level(logging.ERROR):
        write_sources(copy)
    assert files(copy) == []
    assert "slope.py: line 1: does not parse" in caplog.text
