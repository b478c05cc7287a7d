"""One student's file, which came by mail, has a way in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.cli.main import main

from .conftest import MakeZip
from .test_collect import tree


def collect(path: Path, course: Path, *flags: str) -> int:
    words = ["collect", str(path), "-a", "slope", "--course", str(course)]
    return main([*words, *flags])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A notebook as it was mailed."""
    path = tmp_path / "my homework.ipynb"
    path.write_text("first", "utf-8")
    return path


def test_one_file_is_a_student_s_attempt_with_its_time(
    file: Path, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ("--at", "2026-10-01 12:00", "--zone", "Europe/Berlin")
    assert collect(file, course, "--student", "student-01", *at) == 0
    assert tree(course / "submitted") == {
        "student-01/slope/my homework.ipynb": "first",
        "student-01/slope/timestamp.txt": "2026-10-01 10:00:00.000000 UTC\n",
    }
    assert "1 student (file): 1 new" in capsys.readouterr().err


def test_it_replaces_what_was_there_which_is_kept(file: Path, course: Path) -> None:
    folder = course / "submitted" / "student-01" / "slope"
    folder.mkdir(parents=True)
    (folder / "slope.ipynb").write_text("old", "utf-8")
    assert collect(file, course, "--student", "student-01") == 0
    assert tree(course / "submitted") == {"student-01/slope/my homework.ipynb": "first"}
    assert tree(course / "attempts") == {"student-01/slope/undated/slope.ipynb": "old"}


def test_a_time_that_is_said_later_is_noted(file: Path, course: Path) -> None:
    own, stamp = ("--student", "student-01"), "student-01/slope/timestamp.txt"
    assert collect(file, course, *own) == 0
    assert stamp not in tree(course / "submitted")
    for hour in (12, 13):
        assert collect(file, course, *own, "--at", f"2026-10-01 {hour}:00+00:00") == 0
        assert tree(course / "submitted")[stamp] == f"2026-10-01 {hour}:00:00.000000 UTC\n"
    assert not (course / "attempts").exists()


def test_one_that_is_older_replaces_nothing(file: Path, course: Path) -> None:
    own = ("--student", "student-01", "--at")
    assert collect(file, course, *own, "2026-10-02 12:00+00:00") == 0
    file.write_text("earlier", "utf-8")
    assert collect(file, course, *own, "2026-10-01 12:00+00:00") == 0
    assert tree(course / "submitted")["student-01/slope/my homework.ipynb"] == "first"
    kept = "student-01/slope/2026-10-01T120000Z/my homework.ipynb"
    assert tree(course / "attempts")[kept] == "earlier"


@pytest.mark.parametrize("name", ["slope.py", "slope.ipynb.json", "slope.zip", "report.pdf"])
def test_it_is_taken_as_it_came(tmp_path: Path, course: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("x", "utf-8")
    assert collect(path, course, "--student", "student-01") == 0
    stored = {path.rpartition("/")[2] for path in tree(course / "submitted")}
    assert stored == {name}, "the sandbox says what it is"


@pytest.mark.parametrize(
    ("name", "flags", "problem"),
    [
        ("absent.py", ("--student", "student-01"), "cannot be read: No such file"),
        ("slope.py", (), "not a zip file.*--student ID for one student's file"),
        ("slope.py", ("--at", "2026-10-01"), "only with --student"),
        ("slope.py", ("--student", "../x"), "cannot be a student id"),
    ],
)
def test_what_cannot_be_taken_is_told(
    tmp_path: Path,
    course: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    flags: tuple[str, ...],
    problem: str,
) -> None:
    path = tmp_path / name
    if not name.startswith("absent"):
        path.write_text("x", "utf-8")
    assert collect(path, course, *flags) == 1
    assert re.search(problem, capsys.readouterr().err)
    assert not (course / "submitted").exists()


@pytest.mark.parametrize("flags", [("--at", "yesterday"), ("--zone", "Europe/Atlantis")])
def test_a_time_or_zone_that_is_none_is_a_wrong_use(
    file: Path, course: Path, flags: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit):
        collect(file, course, "--student", "student-01", *flags)


def test_a_new_student_among_known_ones_is_said(
    file: Path, make_zip: MakeZip, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class_of_three = make_zip({f"student-0{n}.py": "x" for n in range(3)})
    assert main(["collect", str(class_of_three), "-a", "slope", "--course", str(course)]) == 0
    assert collect(file, course, "--student", "student-10") == 0
    assert "student-10: new in this course" in capsys.readouterr().err
