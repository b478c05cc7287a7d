"""Building writes what is needed, the same each time; checking writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.assignment import build
from autograder.assignment.build import Draft, compare, make_draft, produce, write
from autograder.course.folder import Course
from autograder.errors import CourseError

from .conftest import ROOT, Edit

FILES = ["slope.ipynb", "slope.py"]


def states(files: list[build.File]) -> dict[str, str]:
    """Return the state of each file by name."""
    return {file.path.name: file.state for file in files}


def test_the_first_build_writes_and_the_second_changes_nothing(copy: Course) -> None:
    assert states(list(write(copy, "slope"))) == dict.fromkeys(FILES, "written")
    before = {path: path.stat().st_mtime_ns for path in copy.root.rglob("assignments/*/*")}
    assert states(list(write(copy, "slope"))) == dict.fromkeys(FILES, "unchanged")
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_the_course_s_place_makes_no_difference(copy: Course) -> None:
    there = produce(make_draft(Course(ROOT), "slope"))
    assert produce(make_draft(copy, "slope")) == there
    assert not any(str(ROOT).encode() in data for data in there.values())


def test_this_repository_s_slope_is_up_to_date(course: Course) -> None:
    assert set(states(list(compare(course, "slope"))).values()) == {"unchanged"}


def test_check_tells_missing_from_stale_and_writes_nothing(copy: Course) -> None:
    assert states(list(compare(copy, "slope"))) == dict.fromkeys(FILES, "missing")
    assert not (copy.root / "assignments").exists()
    list(write(copy, "slope"))
    script = copy.root / "assignments" / "slope" / "slope.py"
    script.write_text(script.read_text("utf-8") + "\n", "utf-8")
    assert states(list(compare(copy, "slope"))) == {"slope.ipynb": "unchanged", "slope.py": "stale"}


def test_a_solution_pasted_into_the_stub_is_a_leak(copy: Course) -> None:
    list(write(copy, "slope"))
    script = copy.root / "assignments" / "slope" / "slope.py"
    script.write_text(script.read_text("utf-8") + "# return w * x\n", "utf-8")
    leaking = {file.path.name: file for file in compare(copy, "slope")}["slope.py"]
    assert leaking.state == "leaks"
    assert "the solution in line" in leaking.detail


def test_a_source_that_gives_its_solution_away_is_not_built(copy: Course, edit: Edit) -> None:
    path = edit(("Use the global `w`.", "Use the global `w`: `return w * x`."))
    with pytest.raises(CourseError, match=r"slope\.ipynb would show a solution: cell 5 has"):
        list(write(copy, "slope"))
    assert not (copy.root / "assignments").exists()
    assert set(states(list(compare(copy, "slope"))).values()) == {"leaks"}
    assert path.exists()


def test_one_more_producer_is_one_more_file(copy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def expected(draft: Draft) -> dict[str, bytes]:
        return {"expected.json": draft.lab.encode()}

    monkeypatch.setattr(build, "PRODUCERS", (*build.PRODUCERS, expected))
    assert states(list(write(copy, "slope")))["expected.json"] == "written"
    assert (copy.root / "assignments/slope/expected.json").read_bytes() == b"slope"


def test_the_lab_s_code_is_not_run(copy: Course, edit: Edit, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    edit(("import torch\n", f"import torch\nopen({str(marker)!r}, 'w')\n"))
    list(write(copy, "slope"))
    assert not marker.exists()


def test_a_folder_that_cannot_be_read_is_told(copy: Course) -> None:
    (copy.root / "assignments" / "slope" / "slope.py").mkdir(parents=True)
    with pytest.raises(CourseError, match=r"slope\.py: cannot be read"):
        list(compare(copy, "slope"))
