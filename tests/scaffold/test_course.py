"""A new course folder holds what every command expects, and a secret of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.course.folder import Course, find_course
from autograder.errors import CourseError
from autograder.scaffold.course import write_course

FILES = {
    ".gitignore",
    "README.md",
    "nbgrader_config.py",
    "reference/.gitkeep",
    "secret_salt",
    "submitted/.gitkeep",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "deep" / "course"
    write_course(made)
    return made


def test_the_files_are_those_returned(tmp_path: Path) -> None:
    written = write_course(tmp_path / "course")
    found = {path for path in (tmp_path / "course").rglob("*") if path.is_file()}
    assert {str(path.relative_to(tmp_path / "course")) for path in found} == FILES
    assert set(written) == found


def test_it_is_found_as_a_course_before_it_has_a_lab(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert find_course(None, folder / "submitted") == Course(folder)


def test_a_folder_with_references_alone_is_no_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reference").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CourseError, match="make one with 'autograder new course DIR'"):
        find_course(None, tmp_path)


def test_each_course_has_a_salt_of_its_own_that_only_its_owner_reads(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_course(tmp_path / name)
    one, other = (Course(tmp_path / name).salt() for name in ("one", "other"))
    assert one != other
    assert min(len(one), len(other)) >= 32
    assert (tmp_path / "one" / "secret_salt").stat().st_mode & 0o777 == 0o600


def test_git_takes_neither_the_salt_nor_students_work(folder: Path) -> None:
    for name in ("submitted/student-01/slope/slope.py", "graded/slope/results.jsonl"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).touch()
    (folder / "gradebook.db").touch()
    (folder / "reference" / "slope").mkdir()
    (folder / "reference" / "slope" / "exercise.py").touch()
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    command = ["git", "ls-files", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == FILES - {"secret_salt"} | {"reference/slope/exercise.py"}


def test_nbgraders_folders_are_those_of_the_course(folder: Path) -> None:
    config = Config()
    source = (folder / "nbgrader_config.py").read_text("utf-8")
    exec(compile(source, folder / "nbgrader_config.py", "exec"), self_and_config(folder, config))
    assert config.CourseDirectory.root == str(folder)
    assert config.CourseDirectory.release_directory == "assignments"


def self_and_config(folder: Path, config: Config) -> dict[str, object]:
    """Return the globals that nbgrader runs its configuration with."""
    return {"__file__": str(folder / "nbgrader_config.py"), "c": config}


@pytest.mark.parametrize("there", [(), (".git",)])
def test_an_empty_folder_or_a_fresh_clone_becomes_a_course(
    there: tuple[str, ...], tmp_path: Path
) -> None:
    for name in there:
        (tmp_path / name).mkdir()
    write_course(tmp_path)
    assert {*os.listdir(tmp_path)} >= {"reference", "README.md", *there}


def test_a_folder_that_holds_something_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "other").touch()
    with pytest.raises(CourseError, match=r"contains 'notes\.txt'; choose a folder"):
        write_course(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["notes.txt", "other"]


def test_a_file_is_no_place_for_a_course(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match="is a file"):
        write_course(tmp_path / "file")
    with pytest.raises(CourseError, match="cannot be written"):
        write_course(tmp_path / "file" / "inner")


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CourseError, match="a broken link"):
        write_course(tmp_path / "link")
