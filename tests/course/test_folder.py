"""The course folder is given or found upwards; what is missing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course.folder import Course, find_course
from autograder.errors import CourseError


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with two labs, and a working folder outside any course."""
    for lab in ("slope", "line"):
        folder = tmp_path / "course" / "reference" / lab
        folder.mkdir(parents=True)
        (folder / "exercise.py").touch()
        (folder / f"{lab}.py").touch()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "course"


def test_a_given_course_is_taken(root: Path) -> None:
    assert find_course(root, Path.cwd()) == Course(root)


def test_a_given_folder_without_references_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=f"{tmp_path}: not a course folder"):
        find_course(tmp_path, tmp_path)


def test_the_course_above_the_submissions_is_found(root: Path) -> None:
    near = root / "submitted" / "student-01"
    near.mkdir(parents=True)
    assert find_course(None, near) == Course(root)


def test_the_course_above_the_working_folder_is_found(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "reference")
    assert find_course(None, root.parent / "elsewhere") == Course(root)


def test_no_course_anywhere_is_an_error_that_says_what_to_give(root: Path) -> None:
    with pytest.raises(CourseError, match="name one with --course DIR"):
        find_course(None, root.parent / "elsewhere")


def test_labs_are_the_folders_with_a_spec(root: Path) -> None:
    (root / "reference" / "notes").mkdir()
    assert Course(root).lab_names() == ["line", "slope"]


@pytest.mark.parametrize("lab", ["curve", "Slope", "", "../slope", "slope/../slope", "slope\0"])
def test_an_unknown_lab_is_an_error_that_names_the_labs_there_are(root: Path, lab: str) -> None:
    with pytest.raises(CourseError, match="use one of: line, slope"):
        Course(root).exercise(lab)


def test_spec_and_reference_lie_in_the_lab_s_folder(root: Path) -> None:
    assert Course(root).exercise("slope") == root / "reference" / "slope" / "exercise.py"
    assert Course(root).reference("slope") == root / "reference" / "slope" / "slope.py"


def test_a_missing_reference_is_named(root: Path) -> None:
    path = root / "reference" / "slope" / "slope.py"
    path.unlink()
    with pytest.raises(CourseError, match=f"{path}: no such file"):
        Course(root).reference("slope")


def test_the_salt_is_the_file_s_text_and_empty_without_one(root: Path) -> None:
    assert Course(root).salt() == b""
    (root / "secret_salt").write_bytes(b"pepper\n")
    assert Course(root).salt() == b"pepper"
