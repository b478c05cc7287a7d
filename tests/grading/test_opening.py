"""What cannot be right is told before anything runs."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from autograder.cli.main import main
from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.grading.setup import Settings, open_run


def settings(course: Course, tmp_path: Path) -> Settings:
    return Settings(
        submitted=tmp_path / "submitted" / "student-05",
        assignment="slope",
        course=course.root,
        out=tmp_path / "out",
        allow_weak_isolation=True,
    )


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("w = 1\n", "utf-8")


def test_one_student_s_folder_is_not_taken_for_a_class(course: Course, tmp_path: Path) -> None:
    for lab in ("slope", "line"):
        write(tmp_path / "submitted" / "student-05" / lab / f"{lab}.py")
    with pytest.raises(CourseError, match=r"submitted --student student-05$"):
        open_run(settings(course, tmp_path))


@pytest.mark.parametrize("names", [["slope/slope.py", "eve/slope.py"], ["slope.py"]])
def test_students_may_be_called_like_a_lab(
    course: Course, tmp_path: Path, names: list[str]
) -> None:
    for name in names:
        write(tmp_path / "submitted" / "student-05" / name)
    assert open_run(settings(course, tmp_path)).submissions


def test_nobody_is_accepted_who_is_not_there(course: Course, tmp_path: Path) -> None:
    write(tmp_path / "submitted" / "student-05" / "student-01" / "slope.py")
    given = dataclasses.replace(settings(course, tmp_path), accept=("student-10",))
    with pytest.raises(CourseError, match="no entry for the student 'student-10'"):
        open_run(given)


@pytest.mark.parametrize("url", ["nowhere/deep/gradebook.db", "mysql://x@localhost/grades"])
def test_a_gradebook_that_cannot_be_written_is_told_before_grading(
    course: Course, tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("nbgrader")
    write(tmp_path / "submitted" / "student-01.py")
    place = ["--course", str(course.root), "--out", str(tmp_path / "out")]
    where = url if "://" in url else str(tmp_path / url)
    command = ["grade", str(tmp_path / "submitted"), "-a", "slope", *place, "--db", where]
    assert main([*command, "--allow-weak-isolation"]) == 1
    assert not (tmp_path / "out" / "slope" / "results.jsonl").exists()
    assert url.rpartition("/")[2] in capsys.readouterr().err
